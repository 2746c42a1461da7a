"""Phases are computed from marks; what cannot be told apart is unknown."""

from mingjian.extract.timeline import Timeline
from mingjian.model.run import Clock, Mark, Part, Session


def session(fresh: bool | None = None, second_clock: float | None = 0.0) -> Session:
    parts = (
        Part(tool="a", tier="operator", format="run", clock=Clock(error_ms=0.0)),
        Part(tool="b", tier="proxy", format="har", clock=Clock(error_ms=second_clock)),
    )
    return Session(parts=parts, fresh=fresh)


def marks(*told: tuple[float, str]) -> list[Mark]:
    return [Mark(seq=number, ts=ts * 1000, name=name) for number, (ts, name) in enumerate(told, 2)]  # type: ignore[arg-type]


USUAL = marks((0, "install"), (1, "launch"), (5, "prompt_shown"), (20, "accepted"), (40, "background"), (60, "closed"))


def test_consent_divides_the_time() -> None:
    line = Timeline.of(session(), USUAL)
    assert line.phases(2000) == ("before_consent",)
    assert line.phases(19_990) == ("before_consent",)
    assert line.phases(20_010) == ("foreground",)
    assert line.phases(50_000) == ("background",)
    assert line.phases(90_000) == ("closed",)


def test_a_moment_on_the_mark_itself_is_unknown() -> None:
    assert Timeline.of(session(), USUAL).phases(20_000) == ("unknown",)


def test_nothing_is_known_of_a_session_that_nobody_says_is_fresh() -> None:
    line = Timeline.of(session(), marks((1, "launch"), (20, "background")))
    assert line.phases(2000) == ("unknown",)
    assert Timeline.of(session(fresh=True), marks((1, "launch"))).phases(2000) == ("before_consent",)
    assert Timeline.of(session(fresh=False), marks((1, "launch"))).phases(2000) == ("unknown",)


def test_a_prompt_tells_that_nobody_agreed_yet() -> None:
    line = Timeline.of(session(), marks((1, "launch"), (5, "prompt_shown"), (9, "accepted")))
    assert line.phases(3000) == ("unknown",)
    assert line.phases(7000) == ("before_consent",)


def test_an_app_that_asks_nobody_is_in_use_all_the_same() -> None:
    line = Timeline.of(session(), marks((0, "install"), (1, "launch"), (20, "no_prompt"), (90, "background"), (400, "end")))
    assert line.phases(10_000) == ("before_consent",)
    assert line.phases(50_000) == ("before_consent", "foreground")
    assert line.phases(200_000) == ("before_consent", "background")
    assert line.watched(0, 400_000, walked=True) == ("before_consent", "foreground", "background")
    late = Timeline.of(session(), marks((0, "install"), (1, "launch"), (20, "no_prompt"), (30, "prompt_shown"), (60, "accepted")))
    assert late.phases(40_000) == ("before_consent",)


def test_refusal_and_withdrawal() -> None:
    line = Timeline.of(session(), marks((0, "install"), (5, "declined"), (10, "launch"), (20, "accepted"), (30, "withdrawn")))
    assert line.phases(12_000) == ("after_refusal",)
    assert line.phases(25_000) == ("foreground",)
    assert line.phases(35_000) == ("after_refusal",)


def test_conditions_hold_beside_the_phase() -> None:
    told = marks((0, "install"), (5, "accepted"), (8, "permission_denied"), (15, "permission_granted"), (20, "update"), (30, "cancel_done"))
    line = Timeline.of(session(), told)
    assert line.phases(10_000) == ("foreground", "after_denial")
    assert line.phases(17_000) == ("foreground",)
    assert line.phases(25_000) == ("foreground", "after_update")
    assert line.phases(35_000) == ("foreground", "after_update", "after_cancel")


def test_an_app_closed_without_consent_is_both() -> None:
    assert Timeline.of(session(), marks((0, "install"), (1, "launch"), (9, "closed"))).phases(20_000) == ("before_consent", "closed")


def test_the_error_of_a_mark_and_of_two_clocks_add_up() -> None:
    told = [Mark(seq=2, ts=0, name="install"), Mark(seq=3, ts=10_000, name="accepted", error_ms=500)]
    line = Timeline.of(session(second_clock=300), told)
    assert line.phases(9600) == ("unknown",)
    assert line.phases(9300) == ("before_consent",)
    assert line.phases(9300, part=1) == ("unknown",)
    assert line.phases(9100, part=1) == ("before_consent",)


def test_clocks_that_nobody_compared_tell_no_phase() -> None:
    line = Timeline.of(session(second_clock=None), USUAL)
    assert line.phases(2000) == ("before_consent",)
    assert line.phases(2000, part=1) == ("unknown",)
    assert line.phases(None) == ("unknown",)


def test_a_mark_that_was_replaced_does_not_count() -> None:
    told = [*USUAL, Mark(seq=90, ts=3000, name="accepted", void=True)]
    assert Timeline.of(session(), told).phases(4000) == ("before_consent",)


def test_whoever_came_late_has_not_seen_the_phase() -> None:
    line = Timeline.of(session(), USUAL)
    assert line.watched(0, 60_000, walked=False) == ("before_consent",)
    assert "before_consent" not in line.watched(2000, 60_000, walked=False)


def test_before_the_first_launch_there_is_nothing_to_watch() -> None:
    line = Timeline.of(session(), USUAL)
    assert "before_consent" in line.watched(1000, 60_000, walked=False)
    unlaunched = Timeline.of(session(), marks((0, "install"), (5, "prompt_shown"), (20, "accepted")))
    assert "before_consent" not in unlaunched.watched(5000, 60_000, walked=False)


def test_short_phases_and_unwalked_screens_prove_nothing_by_silence() -> None:
    told = marks((0, "install"), (1, "launch"), (20, "accepted"), (100, "background"), (500, "closed"))
    line = Timeline.of(session(), told)
    assert line.watched(-100, 500_000, walked=False) == ("before_consent", "background")
    assert line.watched(-100, 500_000, walked=True) == ("before_consent", "foreground", "background")
    assert line.watched(-100, 600_000, walked=True) == ("before_consent", "foreground", "background", "closed")


def test_who_watched_screens_missed_nothing_while_the_app_was_left() -> None:
    told = marks((0, "install"), (1, "launch"), (120, "background"), (400, "closed"), (500, "end"))
    line = Timeline.of(session(), told)
    assert line.watched(0, 120_000, walked=True, screens=True) == ("before_consent",)
    assert line.watched(0, 120_000, walked=True) == ()
    assert line.watched(0, 90_000, walked=True, screens=True) == ()
