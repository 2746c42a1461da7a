import pytest

from mingjian.judge.covered import Covered
from mingjian.model.types import Channel, Coverage, Status


def row(channel: Channel, extractor: str, status: Status, phases: tuple[str, ...] = (), artifact: str | None = None) -> Coverage:
    return Coverage(channel, extractor, status, phases, artifact)


BEFORE = ("before_consent",)


@pytest.mark.parametrize(
    ("rows", "covered"),
    [
        ((), False),
        ((row("code", "code", "complete"),), True),
        ((row("code", "code", "partial"),), False),
        ((row("code", "code", "failed"),), False),
        ((row("code", "code", "absent"),), False),
        ((row("policy", "policy", "complete"),), False),
        ((row("code", "code", "complete"), row("code", "packer", "failed")), False),
        ((row("code", "code", "complete"), row("code", "hybrid", "absent")), True),
        ((row("code", "code", "partial", artifact="a"), row("code", "code", "complete", artifact="b")), True),
        ((row("code", "code", "complete", artifact="b"), row("code", "packer", "partial", artifact="b")), False),
    ],
)
def test_every_extractor_that_reported_must_be_complete_somewhere(rows: tuple[Coverage, ...], covered: bool) -> None:
    assert Covered(rows).lacking(("code",), ()) == (() if covered else ("code",))


@pytest.mark.parametrize(
    ("rows", "covered"),
    [
        ((row("api", "frida", "complete", BEFORE),), True),
        ((row("api", "frida", "complete", ("foreground",)),), False),
        ((row("api", "frida", "complete"),), False),
        ((row("api", "frida", "complete", BEFORE), row("api", "frida", "partial", ("foreground",))), True),
        ((row("api", "frida", "complete", BEFORE), row("api", "strace", "partial", BEFORE)), False),
        ((row("api", "frida", "complete", BEFORE), row("api", "strace", "complete", ("foreground",))), True),
        ((row("api", "frida", "complete", BEFORE), row("api", "strace", "failed")), False),
        ((row("api", "frida", "partial", BEFORE, "a"), row("api", "frida", "complete", BEFORE, "b")), True),
    ],
)
def test_a_recording_covers_only_the_phases_it_spans(rows: tuple[Coverage, ...], covered: bool) -> None:
    assert Covered(rows).lacking(("api",), BEFORE) == (() if covered else ("api@before_consent",))


def test_what_lacks_is_named_channel_by_channel_and_phase_by_phase() -> None:
    covered = Covered((row("api", "frida", "complete", BEFORE), row("policy", "policy", "complete")))
    assert covered.lacking(("api", "policy", "code"), ("before_consent", "background")) == ("api@background", "code")
