"""A reviewer moves marks: the moment means what was said, and what was there before stays, as void."""

import pytest

from mingjian.errors import UsageError
from mingjian.model.run import Mark
from mingjian.runs.marks import change, changed, moment
from tests.unit.inputs.recording.run_file_samples import EVENTS, START

MARKS = [event for event in EVENTS if isinstance(event, Mark)]


@pytest.mark.parametrize(
    ("said", "ts", "error"),
    [
        ("2026-01-01T00:00:05Z", START + 5000, 1000),
        ("2026-01-01T08:00:05+08:00", START + 5000, 1000),
        ("2026-01-01T08:00:05.25+0800", START + 5250, 10),
        ("2025-12-31T19:00:05.123456-05:00", START + 5123.456, 0.001),
        ("1767225605000", START + 5000, 1),
        ("+5", START + 5000, 1000),
        ("+5.25", START + 5250, 10),
        ("-1.5", START - 1500, 100),
    ],
)
def test_moments_are_true_to_their_last_digit(said: str, ts: float, error: float) -> None:
    found, unit = moment(said, MARKS)
    assert found == pytest.approx(ts, abs=1e-3)
    assert unit == pytest.approx(error)


@pytest.mark.parametrize(
    "said",
    ["", "now", "12:00", "2026-01-01", "2026-01-01T00:00:05", "2026-01-01T00:00", "2026-13-01T00:00:05Z", "2026-01-01T00:00:05 CST",
     "5", "+", "+1e3", "9" * 30, "+٣", "9999-01-01T00:00:00Z", "1960-01-01T00:00:00Z", "2026-01-01T00:00:05+99:00"],
)  # fmt: skip
def test_what_names_no_moment_is_refused(said: str) -> None:
    with pytest.raises(UsageError):
        moment(said, MARKS)


def test_seconds_after_the_launch_need_a_launch() -> None:
    with pytest.raises(UsageError, match="run_no_launch"):
        moment("+5", [])
    with pytest.raises(UsageError, match="run_no_launch"):
        moment("+5", [Mark(seq=2, ts=START, name="launch", void=True)])


def marks_after(placed: list[str], void: list[str]) -> list[tuple[str, float, bool, str]]:
    events = changed(EVENTS, change(MARKS, placed, void, "me: because"))
    found = [(mark.name, (mark.ts or 0) - START, mark.void, mark.by) for mark in events if isinstance(mark, Mark)]
    return sorted(each for each in found if each[0] in ("accepted", "declined", "permission_denied"))


def test_a_mark_is_moved_and_the_old_one_stays_void() -> None:
    assert marks_after(["accepted=+12.5"], []) == [("accepted", 5000, True, "ui"), ("accepted", 12_500, False, "reviewer")]


def test_a_mark_is_set_where_there_was_none() -> None:
    assert marks_after(["declined=+3.0"], []) == [("accepted", 5000, False, "ui"), ("declined", 3000, False, "reviewer")]


@pytest.mark.parametrize("which", ["accepted", "7"])
def test_marks_are_put_out_of_force_by_name_and_by_number(which: str) -> None:
    assert marks_after([], [which]) == [("accepted", 5000, True, "ui")]


def test_marks_of_other_data_stay() -> None:
    denied = [
        Mark(seq=20, ts=START, name="permission_denied", data="camera"),
        Mark(seq=21, ts=START, name="permission_denied", data="location"),
    ]
    wanted = change([*MARKS, *denied], ["permission_denied:location=+4.0"], [], "")
    assert wanted.void == {21}
    assert [(mark.name, mark.data) for mark in wanted.added] == [("permission_denied", "location")]


def test_the_note_says_who_and_why_and_the_clock_is_that_of_the_old_mark() -> None:
    ui = [*MARKS, Mark(seq=30, ts=START, part=1, name="closed")]
    (mark,) = change(ui, ["closed=+9"], [], "me: because").added
    assert (mark.note, mark.part, mark.by, mark.error_ms) == ("me: because", 1, "reviewer", 1000)


@pytest.mark.parametrize("words", ["agreed=+1", "accepted", "accepted=", "=+1", "accepted:=+1"])
def test_what_is_no_mark_is_refused(words: str) -> None:
    with pytest.raises(UsageError, match="run_mark"):
        change(MARKS, [words], [], "")


@pytest.mark.parametrize("words", ["declined", "4", "99", ""])
def test_what_is_not_there_cannot_be_put_out_of_force(words: str) -> None:
    with pytest.raises(UsageError, match="run_no_such_mark"):
        change(MARKS, [], [words], "")
