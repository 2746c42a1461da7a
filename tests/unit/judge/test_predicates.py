import pytest

from mingjian.judge.predicates import CATEGORY, PREDICATES
from mingjian.model.types import Subject, Truth


@pytest.mark.parametrize(
    ("category", "data", "expected"),
    [
        ("map_navigation", "permission.call_log.READ_CALL_LOG", ("yes", ())),
        ("map_navigation", "permission.location.ACCESS_FINE_LOCATION", ("no", ())),
        ("map_navigation", "permission.microphone.RECORD_AUDIO", ("no", ())),
        ("map_navigation", "permission.call.X", ("no", ())),
        ("map_navigation", "location.precise", ("no", ())),
        ("map_navigation", "unknown", ("unknown", ())),
        (None, "permission.call_log.READ_CALL_LOG", ("unknown", (CATEGORY,))),
        (None, None, ("no", ())),
        ("fortune_telling", "permission.call_log.READ_CALL_LOG", ("unknown", ())),
    ],
)
def test_low_relevance_follows_our_derivation_only(category: str | None, data: str | None, expected: tuple[Truth, tuple[str, ...]]) -> None:
    """A map app needs the location, has use for a microphone, and none for the call log (`derived` in the catalogue)."""
    subject = Subject("0", "android", "a.b", "1", "App", None, (), category=category)
    assert PREDICATES["low_relevance"].answer(subject, {"data": data}) == expected
