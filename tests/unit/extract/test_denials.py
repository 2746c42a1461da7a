"""What the user denied, asked for again or open later all the same."""

import pytest

from mingjian.extract.call_arguments import Act
from mingjian.extract.denials import Denials
from mingjian.model.run import Mark

FINE, COARSE = "permission.location.ACCESS_FINE_LOCATION", "permission.location.ACCESS_COARSE_LOCATION"


def mark(at: float, name: str, data: str | None = None) -> Mark:
    return Mark(seq=int(at), ts=at, name=name, data=data)  # type: ignore[arg-type]


DENIED = mark(10, "permission_denied", "android.permission.ACCESS_FINE_LOCATION")
UPDATE = mark(20, "update")


@pytest.mark.parametrize(
    ("marks", "permission", "certain"),
    [
        ([DENIED, UPDATE], FINE, True),
        ([mark(10, "permission_denied", "permission.location"), UPDATE], COARSE, True),
        # Without an update the user may have turned it on in the system's settings.
        ([DENIED], FINE, False),
        ([UPDATE, mark(25, "permission_denied", FINE)], FINE, False),
    ],
)
def test_what_was_denied_and_is_open_was_changed(marks: list[Mark], permission: str, certain: bool) -> None:
    assert Denials(marks).reset(permission, 30.0) == Act("reset", permission, certain)


@pytest.mark.parametrize(
    ("marks", "permission"),
    [
        ([], FINE),
        ([UPDATE], FINE),
        # The rough location may have been granted when the precise one was denied.
        ([DENIED, UPDATE], COARSE),
        ([DENIED, UPDATE], "permission.camera.CAMERA"),
        ([DENIED, UPDATE, mark(25, "permission_granted", FINE)], FINE),
        ([DENIED, UPDATE, mark(25, "permission_granted", "permission.location")], FINE),
        # A new installation begins with nothing denied.
        ([DENIED, mark(15, "install"), UPDATE], FINE),
        ([mark(40, "permission_denied", FINE), UPDATE], FINE),
        ([mark(10, "permission_denied"), UPDATE], FINE),
    ],
)
def test_what_was_not_denied_or_granted_since_was_not_changed(marks: list[Mark], permission: str) -> None:
    assert Denials(marks).reset(permission, 30.0) is None
    assert Denials([DENIED, UPDATE]).reset(FINE, None) is None


def test_a_request_in_a_group_that_was_denied_last_asks_again() -> None:
    asked = (Act("ask", COARSE, True), Act("ask", "permission.camera.CAMERA", True), Act("request", FINE, True))
    assert Denials([DENIED]).again(asked, 30.0) == (Act("ask.again", COARSE, True),)
    assert Denials([DENIED]).again(asked, 5.0) == ()
    assert Denials([DENIED, mark(25, "permission_granted", COARSE)]).again(asked, 30.0) == ()
