"""Run files are read whole, or what is lost of them is told: nothing of a damaged file makes a mark disappear unnoticed."""

from pathlib import Path

import msgspec
import pytest

from mingjian.errors import InputError
from mingjian.inputs.recording import run1
from mingjian.inputs.recording.track import Head, Track
from mingjian.model.run import AnyEvent, Api, Mark, Part, Session, Span
from tests.unit.inputs.recording.run_file_samples import EVENTS, SESSION, START, encoded, imei, written

LINES = encoded()


def read(folder: Path, lines: list[bytes]) -> Track:
    return run1.read(written(folder, lines))


def events(track: Track) -> list[AnyEvent]:
    return [item for item in track.events() if not isinstance(item, Span)]  # type: ignore[misc]


def losses(track: Track) -> dict[tuple[str, str], str]:
    return {(span.what, span.channel): span.detail for span in track.events() if isinstance(span, Span) and span.status == "lost"}


def test_a_whole_file_gives_what_was_written(tmp_path: Path) -> None:
    track = read(tmp_path, LINES)
    assert track.session == SESSION
    assert tuple(events(track)) == EVENTS
    assert tuple(events(track)) == EVENTS, "and again from the start"
    assert track.marks() == tuple(event for event in EVENTS if isinstance(event, Mark))
    assert not losses(track)


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: [b"\xef\xbb\xbf" + lines[0], *lines[1:]],
        lambda lines: [line.replace(b"\n", b"\r\n") for line in lines],
        lambda lines: [line.replace(b"\n", b"\n\n \t\n") for line in lines],
        lambda lines: [*lines[:-1], lines[-1].rstrip()],
        lambda lines: [line for line in lines for _ in range(2)],
        lambda lines: [*lines, *lines],
        lambda lines: [lines[0].replace(b"{", b'{"later":{"kind":"mark","deep":[[[]]]},', 1), *lines[1:]],
        lambda lines: [lines[0], *(line.replace(b"{", b'{"unheard":1e300,', 1) for line in lines[1:])],
    ],
    ids=["byte order mark", "CRLF", "empty lines", "no last line break", "doubled lines", "doubled file", "later session", "later events"],
)
def test_what_changes_no_meaning_loses_nothing(change, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    track = read(tmp_path, change(LINES))
    assert tuple(events(track)) == EVENTS
    assert not losses(track)


def test_order_of_lines_is_not_relied_on(tmp_path: Path) -> None:
    track = read(tmp_path, [LINES[0], *reversed(LINES[1:])])
    assert {event.seq for event in events(track)} == {event.seq for event in EVENTS}
    assert not losses(track)


@pytest.mark.parametrize(
    "line",
    [
        b"not json\n",
        b'{"kind":"weather","seq":40}\n',
        b'{"kind":"api","seq":40}\n',
        b'{"kind":"api","seq":"40","api":{"cls":"a","method":"b"}}\n',
        b'{"kind":"net","seq":40,"visibility":"half"}\n',
        b'{"kind":"net","seq":40,"visibility":"plain","ts":NaN}\n',
        b'{"kind":"net","seq":40,"visibility":"plain","ts":1e999}\n',
        b'{"kind":"net","seq":40,"visibility":"plain","ts":-1}\n',
        b'{"kind":"net","seq":40,"visibility":"plain","ts":253402300799000}\n',
        b'{"kind":"net","seq":40,"visibility":"plain","ts":"2026-01-01T00:00:00Z"}\n',
        b'{"kind":"net","seq":-1,"visibility":"plain"}\n',
        b'{"kind":"net","seq":' + b"9" * 30 + b',"visibility":"plain"}\n',
        b'{"kind":"net","seq":40,"part":2,"visibility":"plain"}\n',
        b'{"kind":"net","seq":40,"part":-1,"visibility":"plain"}\n',
        b'{"kind":"ui","seq":40,"nodes":[{"up":0}]}\n',
        b'{"kind":"ui","seq":40,"nodes":[{"up":1},{}]}\n',
        b'{"kind":"ui","seq":40,"nodes":[{}],"shades":[{"node":1}]}\n',
        b'{"kind":"net","seq":40,"visibility":"plain","host":"\xff"}\n',
        b'{"kind":"net","seq":40,"visibility":"plain","host":"\\ud800"}\n',
        b'{"kind":"net","seq":40,"visibility":"plain"} {"kind":"net"}\n',
        b'{"kind":"net","seq":40,"x":' + b"[" * 100_000 + b"\n",
        b"[" * 100_000 + b"\n",
        b"\x00\x01\x02\x7f\n",
    ],
)
def test_a_bad_line_costs_that_line_and_is_told(line: bytes, tmp_path: Path) -> None:
    track = read(tmp_path, [*LINES[:4], line, *LINES[4:]])
    assert tuple(events(track)) == EVENTS
    assert {channel for _, channel in losses(track)} == {"api", "network"}
    assert set(losses(track).values()) == {"1 (run:5)"}


def test_times_may_be_fractions_and_may_be_missing(tmp_path: Path) -> None:
    odd = [
        b'{"kind":"net","seq":40,"visibility":"plain","ts":0}\n',
        b'{"kind":"net","seq":41,"visibility":"plain","ts":1767225600000.25}\n',
    ]
    found = events(read(tmp_path, [LINES[0], *odd, b'{"kind":"net","seq":42,"visibility":"plain"}\n']))
    assert [event.ts for event in found] == [0.0, START + 0.25, None]


def test_an_endless_line_is_passed_over_in_little_memory(tmp_path: Path) -> None:
    long = b'{"kind":"net","seq":40,"visibility":"plain","host":"' + b"a" * (9 << 20) + b'"}\n'
    track = read(tmp_path, [*LINES[:4], long, *LINES[4:]])
    assert tuple(events(track)) == EVENTS
    assert {what for what, _ in losses(track)} == {"too_long"}


@pytest.mark.parametrize(("over", "lost"), [(0, set()), (1, {"too_long"})])
def test_the_longest_line_is_four_mebibytes(over: int, lost: set[str], tmp_path: Path) -> None:
    empty = b'{"kind":"net","seq":40,"visibility":"plain","host":""}'
    long = empty.replace(b'""', b'"' + b"a" * ((4 << 20) - len(empty) + over) + b'"')
    track = read(tmp_path, [*LINES[:4], long + b"\n", *LINES[4:]])
    assert {event.seq for event in events(track)} == {event.seq for event in EVENTS} | ({40} if not over else set())
    assert {what for what, _ in losses(track)} == lost


def test_a_last_line_without_end_is_a_cut(tmp_path: Path) -> None:
    track = read(tmp_path, [*LINES[:-1], LINES[-1][:-5]])
    assert tuple(events(track)) == EVENTS[:-1]
    assert {what for what, _ in losses(track)} == {"truncated"}
    (begin,) = {event.begin for event in track.events() if isinstance(event, Span)}
    assert begin == START + 9000, "the lines were in order: nothing before the last of them is missing"
    assert track.session.fresh
    assert track.marks()


def test_a_cut_between_two_lines_is_known_by_the_count(tmp_path: Path) -> None:
    counted = encoded(session=msgspec.structs.replace(SESSION, events=len(EVENTS)))
    assert not losses(read(tmp_path, counted))
    assert losses(read(tmp_path, counted[:-2])) == {("truncated", "api"): "2 (run:8)", ("truncated", "network"): "2 (run:8)"}


@pytest.mark.parametrize(
    "lines",
    [
        [*LINES[:6], LINES[6][:-20] + b"\n", *LINES[7:]],
        [*LINES[:6], LINES[6].replace(b'"accepted"', b'"agreed"'), *LINES[7:]],
        [*LINES[:6], LINES[6].replace(b'"ts":1', b'"ts":-1'), *LINES[7:]],
        [*LINES[:6], LINES[6].replace(b'"seq":7', b'"seq":4'), *LINES[7:]],
        [*LINES[:6], b"\x00" * 40 + b"\n", *LINES[7:]],
        [*LINES[:6], LINES[6].replace(b"{", b'{"x":{"kind":"api"},', 1).replace(b'"seq":7', b'"seq":"7"'), *LINES[7:]],
        [LINES[0], *reversed(LINES[2:]), LINES[1][:-9]],
    ],
    ids=["cut", "unknown name", "no time", "number of another", "wiped out", "another kind within", "cut file out of order"],
)
def test_where_a_mark_may_be_lost_no_phase_is_known(lines: list[bytes], tmp_path: Path) -> None:
    track = read(tmp_path, lines)
    assert "bad_mark" in {what for what, _ in losses(track)}
    assert track.marks() == ()
    assert track.session.fresh is None


def test_a_line_that_says_it_is_another_event_is_no_mark_whatever_it_holds(tmp_path: Path) -> None:
    line = b'{"kind":"net","seq":40,"visibility":"half","path":"mark","note":"mark"}\n'
    for at in (4, len(LINES)):
        track = read(tmp_path, [*LINES[:at], line, *LINES[at:]])
        assert {what for what, _ in losses(track)} == {"bad_line"}
        assert track.marks() == tuple(event for event in EVENTS if isinstance(event, Mark))


def test_marks_are_found_however_their_kind_is_written(tmp_path: Path) -> None:
    for written_so in (b'"kind":"m\\u0061rk"', b'"k\\u0069nd" : "mark"'):
        track = read(tmp_path, [line.replace(b'"kind":"mark"', written_so) for line in LINES])
        assert track.marks() == tuple(event for event in EVENTS if isinstance(event, Mark))
        assert not losses(track)


def test_two_events_of_one_number_are_a_fault_and_the_first_stands(tmp_path: Path) -> None:
    other = encoded([imei(4, START + 2001)])[1]
    track = read(tmp_path, [*LINES[:4], other, *LINES[4:]])
    assert [event.ts for event in events(track) if isinstance(event, Api)] == [START + 2000, START + 9000]
    assert {what for what, _ in losses(track)} == {"conflict"}


@pytest.mark.parametrize("base", [0, (1 << 24) - 4, 1 << 40], ids=["small", "across the limit", "large"])
def test_numbers_may_be_any(base: int, tmp_path: Path) -> None:
    many = [imei(base + number, START + number) for number in range(50)]
    track = read(tmp_path, [LINES[0], *(line for line in encoded(many)[1:] for _ in range(2))])
    assert events(track) == many
    assert not losses(track)


def test_numbers_that_cannot_be_kept_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run1, "_MOST_SPARSE", 2)
    track = read(tmp_path, [LINES[0], *encoded([imei((1 << 30) + number, START) for number in range(4)])[1:]])
    assert len(events(track)) == 2
    assert losses(track)["unchecked", "api"] == "2 (run:4)"


def test_another_recording_in_the_same_file_is_not_mixed_in(tmp_path: Path) -> None:
    stranger = encoded(session=msgspec.structs.replace(SESSION, salt="ff" * 16))
    track = read(tmp_path, [*LINES, *stranger])
    assert tuple(events(track)) == EVENTS
    assert {what for what, _ in losses(track)} == {"another_session"}


def test_losses_are_told_for_the_channels_of_the_parts(tmp_path: Path) -> None:
    tiers = {"hook": "api", "os_record": "api", "capture": "network", "ui": "ui", "operator": "api"}
    for tier, channel in tiers.items():
        lone = Session(parts=(Part(tool="t", tier=tier, format="run"),))  # type: ignore[arg-type]
        assert {channel for _, channel in losses(read(tmp_path, [encoded([], lone)[0], b"{}\n"]))} == {channel}


@pytest.mark.parametrize(
    ("first", "key"),
    [
        (b"", "input.empty"),
        (b"\n", "input.run_no_session"),
        (b"{}\n", "input.run_no_session"),
        (b'{"kind":"session"}\n', "input.run_no_session"),
        (b'{"kind":"session","schema":"trace/1"}\n', "input.run_no_session"),
        (b'{"kind":"mark","schema":"run/1"}\n', "input.run_no_session"),
        (b'{"kind":"session","schema":"run/2"}\n', "input.run_newer"),
        (b'{"kind":"session","schema":"run/10","parts":7}\n', "input.run_newer"),
        (b'{"kind":"session","schema":"run/1"}\n', "input.run_bad_session"),
        (b'{"kind":"session","schema":"run/1","parts":[{"tool":"t","tier":"guess","format":"run"}]}\n', "input.run_bad_session"),
        (LINES[0].replace(b'"salt":"00', b'"salt":"zz'), "input.run_bad_session"),
        (LINES[0].replace(b'"error_ms":5.0', b'"error_ms":-5.0'), "input.run_bad_session"),
        (LINES[0][:-30], "input.run_no_session"),
        (b"".join(LINES).decode().encode("utf-16"), "input.run_utf16"),
        (b'{"kind":"session","schema":"run/1","x":' + b"[" * 100_000 + b"\n", "input.run_no_session"),
        (b'{"kind":"session","schema":"run/1","x":"' + b"a" * (5 << 20) + b'"}\n', "input.run_no_session"),
    ],
)
def test_what_cannot_be_read_at_all_is_refused(first: bytes, key: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        run1.read(written(tmp_path, [first]))
    assert refused.value.key == key


@pytest.mark.parametrize(
    ("start", "is_run"),
    [
        (LINES[0], True),
        (b"\xef\xbb\xbf \n" + LINES[0], True),
        (b'{"schema": "run/9", "kind": "session"}', True),
        (b"".join(LINES).decode().encode("utf-16"), True),
        (b'{"log":{"version":"1.2","entries":[]}}', False),
        (b'{"kind":"api","seq":2}', False),
        (b"PK\x03\x04", False),
        (b"", False),
        (b"{" * 60_000, False),
    ],
)
def test_it_is_recognised_by_its_first_line(start: bytes, is_run: bool) -> None:
    assert run1.recognises(Head("any.name", start)) is is_run
