"""Run files that are cut, jumbled, doubled, damaged, of another version or made to exhaust their reader: what is read is true, what is
lost is told, and nothing ends in a traceback."""

import os
import random
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from mingjian.errors import InputError
from mingjian.inputs.recording import open_recording, run1
from mingjian.model.run import AnyEvent, Mark, Span
from mingjian.runs.validate import validate
from tests.unit.inputs.recording.run_file_samples import EVENTS, SESSION, encoded, written

COUNTED = msgspec.structs.replace(SESSION, events=len(EVENTS))
WHOLE = b"".join(encoded(session=COUNTED))
SEED = 20260101


def read(path: Path) -> tuple[list[AnyEvent], set[str], tuple[Mark, ...]]:
    """Events, what was lost, and the marks that count; `InputError` is for the caller."""
    track = run1.read(path)
    found = list(track.events())
    lost = {event.what for event in found if isinstance(event, Span) and event.status == "lost"}
    return [event for event in found if not isinstance(event, Span)], lost, track.marks()  # type: ignore[misc]


def test_a_file_cut_at_any_byte_is_refused_or_partial(tmp_path: Path) -> None:
    session_ends = WHOLE.index(b"\n")
    for size in range(1, len(WHOLE)):
        path = written(tmp_path, [WHOLE[:size]])
        try:
            events, lost, marks = read(path)
        except InputError:
            assert size < session_ends
            continue
        assert events == list(EVENTS[: len(events)]), size
        assert marks == tuple(event for event in events if isinstance(event, Mark)), size
        assert lost == ({"truncated"} if len(events) < len(EVENTS) else set()), size
        assert bool(lost) == bool(list(validate(path))), size


@pytest.mark.parametrize("seed", range(20))
def test_lines_in_any_order_and_any_number_say_the_same(seed: int, tmp_path: Path) -> None:
    rng = random.Random(SEED + seed)
    first, *rest = WHOLE.splitlines(keepends=True)
    lines = rest * rng.randint(1, 3)
    rng.shuffle(lines)
    events, lost, marks = read(written(tmp_path, [first, *lines]))
    assert sorted(events, key=lambda event: event.seq) == list(EVENTS)
    assert sorted(mark.seq for mark in marks) == [event.seq for event in EVENTS if isinstance(event, Mark)]
    assert not lost


@pytest.mark.parametrize("gone", range(len(EVENTS)))
def test_a_line_that_is_missing_is_told_and_may_have_been_a_mark(gone: int, tmp_path: Path) -> None:
    first, *rest = WHOLE.splitlines(keepends=True)
    del rest[gone]
    _, lost, marks = read(written(tmp_path, [first, *rest]))
    at_the_end = gone == len(EVENTS) - 1
    assert lost == ({"truncated"} if at_the_end else {"truncated", "bad_mark"})
    assert bool(marks) is at_the_end


def test_no_damage_ends_in_an_exception(tmp_path: Path) -> None:
    rng = random.Random(SEED)
    for _ in range(1500):
        content = bytearray(WHOLE)
        for _ in range(rng.randint(1, 6)):
            place = rng.randrange(len(content))
            match rng.randrange(4):
                case 0:
                    content[place] = rng.randrange(256)
                case 1:
                    del content[place : place + rng.randint(1, 80)]
                case 2:
                    content[place:place] = bytes(rng.choices(b'{}[]",:\\0e-nul\x00\xff\n', k=rng.randint(1, 40)))
                case _:
                    content[place:place] = content[: rng.randint(1, 200)]
        path = written(tmp_path, [bytes(content) or b"\n"])
        try:
            _, lost, marks = read(path)
        except InputError:
            continue
        assert not ("bad_mark" in lost and marks), "phases from marks of which some may be lost"
        list(validate(path))


HOSTILE = {
    "binary": bytes(range(256)) * 64,
    "nested": b"[" * 100_000,
    "nested session": b'{"kind":"session","schema":"run/1","x":' + b"[" * 100_000 + b"\n",
    "endless line": b'{"kind":"session","schema":"run/1","app":"' + b"a" * (12 << 20),
    "newer": WHOLE.replace(b"run/1", b"run/2", 1),
    "older": WHOLE.replace(b"run/1", b"trace/1", 1),
    "no session": b"".join(encoded()[1:]),
    "UTF-16": WHOLE.decode().encode("utf-16"),
    "zeros": b"\0" * 100_000,
    "only line breaks": b"\n" * 100_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_run_is_one_line_and_65(name: str, tmp_path: Path) -> None:
    path = written(tmp_path, [HOSTILE[name]], "hostile.jsonl")
    for verb in ("show", "validate"):
        found = subprocess.run(
            [sys.executable, "-m", "mingjian.cli", "run", verb, str(path)],
            capture_output=True,
            env=os.environ | {"MINGJIAN_LANG": "en"},
            check=False,
        )
        assert found.returncode == 65, found.stderr.decode()[-500:]
        assert len(found.stderr.decode().strip().splitlines()) == 1
        assert b"hostile.jsonl" in found.stderr


def test_words_of_a_run_command_no_terminal(tmp_path: Path) -> None:
    evil = [Mark(seq=2, ts=EVENTS[0].ts, name="launch", note="\x1b[2J\u202e", data="\x07")]
    path = written(tmp_path, encoded(evil), "hostile.jsonl")
    for options in ((), ("--events",), ("--format", "json", "--events")):
        found = subprocess.run([sys.executable, "-m", "mingjian.cli", "run", "show", str(path), *options], capture_output=True, check=False)
        assert found.returncode == 0, found.stderr.decode()
        assert not {"\x1b", "\u202e", "\x07"} & set(found.stdout.decode())


def test_a_file_of_ten_gigabytes_is_refused_unread(tmp_path: Path) -> None:
    path = written(tmp_path, [WHOLE], "hostile.jsonl")
    os.truncate(path, 10 << 30)
    with pytest.raises(InputError) as refused:
        open_recording([path])
    assert refused.value.key == "input.too_large"


@pytest.mark.parametrize("in_order", [True, False])
def test_more_marks_than_anybody_sets_are_refused(in_order: bool, tmp_path: Path) -> None:
    first = WHOLE.splitlines(keepends=True)[0]
    marks = [b'{"kind":"mark","seq":%d,"ts":%d,"name":"user_action"}\n' % (seq, 1.7e12 + seq) for seq in range(2, run1.MOST_MARKS + 4)]
    path = written(tmp_path, [first, *(marks if in_order else reversed(marks))])
    with pytest.raises(InputError) as told:
        run1.read(path)
    assert told.value.key == "input.run_too_many_marks"
    assert any("more than" in problem.what.en for problem in validate(path))
