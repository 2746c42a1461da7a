"""Every fault of a run file is told with its line; a sound file has none."""

from pathlib import Path

import pytest
from msgspec import structs

from mingjian.model.run import AnyEvent, Mark, Match, Net, Session
from mingjian.runs.validate import validate
from tests.unit.inputs.recording.run_file_samples import EVENTS, SESSION, START, encoded, written

LINES = encoded()


def problems(folder: Path, lines: list[bytes]) -> list[tuple[int | None, str]]:
    return [(problem.line, problem.what.en) for problem in validate(written(folder, lines))]


def of_events(folder: Path, *events: AnyEvent, session: Session = SESSION) -> list[tuple[int | None, str]]:
    return problems(folder, encoded(events, session))


def test_a_sound_file_has_no_problems(tmp_path: Path) -> None:
    assert problems(tmp_path, LINES) == []
    assert problems(tmp_path, (Path(__file__).parents[2] / "formats/run-1.jsonl").read_bytes().splitlines(keepends=True)) == []


@pytest.mark.parametrize(
    ("lines", "line", "said"),
    [
        ([*LINES[:3], b"oops\n", *LINES[3:]], 4, "may have been a mark"),
        ([*LINES[:3], b'{"kind":"weather","seq":99}\n', *LINES[3:]], 4, "left out"),
        ([*LINES[:3], LINES[2], *LINES[3:]], 4, "the very same line"),
        ([*LINES[:-1], LINES[-1][:-9]], 9, "the file was cut"),
        ([*LINES, LINES[0].replace(b"00112233", b"ffffffff")], 10, "another session"),
        ([LINES[0], LINES[2], LINES[1], *LINES[3:]], 3, "not sorted"),
        ([*LINES[:4], LINES[4].replace(b'"event":4', b'"event":8888'), *LINES[5:]], 5, "not in the file"),
        ([*LINES[:4], LINES[4].replace(b'"event":4', b'"event":2'), *LINES[5:]], 5, "not in the file"),
        ([*LINES[:4], LINES[4].replace(b'"part":1', b'"part":9'), *LINES[5:]], 5, "$.part"),
        ([*LINES[:3], LINES[3].replace(b'"seq":4', b'"seq":2'), *LINES[4:]], 4, "of another event"),
    ],
)
def test_faults_of_lines_are_told_with_the_line(lines: list[bytes], line: int, said: str, tmp_path: Path) -> None:
    assert any(number == line and said in what for number, what in problems(tmp_path, lines)), problems(tmp_path, lines)


@pytest.mark.parametrize(
    ("marks", "line", "said"),
    [
        ([("accepted", 1000), ("launch", 2000)], 2, "accepted stands before launch"),
        ([("launch", 0), ("accepted", 1000), ("prompt_shown", 2000)], 3, "accepted stands before prompt_shown"),
        ([("launch", 0), ("withdrawn", 1000), ("accepted", 2000)], 3, "withdrawn stands before accepted"),
        ([("launch", 0), ("end", 1000), ("background", 2000)], 4, "behind the end"),
        ([("launch", 0), ("end", 61_000)], 3, "outside the session"),
        ([("launch", -1)], 2, "outside the session"),
    ],
)
def test_marks_that_contradict_each_other_are_told(marks: list[tuple[str, int]], line: int, said: str, tmp_path: Path) -> None:
    events = [Mark(seq=seq, ts=START + after, name=name) for seq, (name, after) in enumerate(marks, start=2)]  # type: ignore[arg-type]
    assert any(number == line and said in what for number, what in of_events(tmp_path, *events))


def test_void_marks_contradict_nothing(tmp_path: Path) -> None:
    events = [Mark(seq=2, ts=START, name="accepted", void=True), Mark(seq=3, ts=START + 1, name="launch")]
    assert of_events(tmp_path, *events) == []


def test_a_mark_without_a_time_is_told(tmp_path: Path) -> None:
    assert of_events(tmp_path, Mark(seq=2, name="accepted")) == [(2, "the mark accepted has no time and decides nothing")]


@pytest.mark.parametrize(
    ("session", "said"),
    [
        (structs.replace(SESSION, started=START + 60_000, ended=START), "ends before it starts"),
        (structs.replace(SESSION, events=99), "says 99 events, there are 8"),
        (structs.replace(SESSION, events=7), "says 7 events, there are 8"),
    ],
)
def test_a_session_that_contradicts_itself_is_told(session: Session, said: str, tmp_path: Path) -> None:
    assert any(number == 1 and said in what for number, what in problems(tmp_path, encoded(EVENTS, session)))


def test_one_line_is_told_for_each_missing_call(tmp_path: Path) -> None:
    twice = Net(seq=2, ts=START, visibility="plain", matches=tuple(Match(data="d", where="w", by="value", event=77) for _ in range(3)))
    assert of_events(tmp_path, twice) == [(2, "refers to a call that is not in the file")]
