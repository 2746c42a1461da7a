"""Run files are written in order, numbered by their lines, whole or not at all."""

import os
import stat
from io import BytesIO
from pathlib import Path

import msgspec
import pytest

from mingjian.errors import InputError
from mingjian.inputs.recording import run1
from mingjian.inputs.recording.track import Carried, Payload
from mingjian.model.run import AnyEvent, Api, Clock, Mark, Match, Net, Node, Span, Ui
from mingjian.model.values import sealed_hash
from mingjian.runs import write
from mingjian.runs.hashing import hashed
from mingjian.runs.write import Spool, replacing, write_run
from tests.unit.inputs.recording.run_file_samples import EVENTS, SALT, SESSION, START, imei

IMEI = "860000000000005"


def lines_of(events: list[AnyEvent]) -> list[bytes]:
    with Spool() as spool:
        for event in events:
            spool.add(event)
        sink = BytesIO()
        write_run(SESSION, spool, sink)
    return sink.getvalue().splitlines(keepends=True)


def read_back(lines: list[bytes], folder: Path) -> list[AnyEvent]:
    path = folder / "back.jsonl"
    path.write_bytes(b"".join(lines))
    return [event for event in run1.read(path).events() if not isinstance(event, Carried)]


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    assert tuple(read_back(lines_of(list(EVENTS)), tmp_path)) == EVENTS


def test_lines_are_sorted_by_time_and_numbered_by_place(tmp_path: Path) -> None:
    first = Mark(seq=500, ts=START - 1, name="install")
    found = read_back(lines_of([*reversed(EVENTS), first]), tmp_path)
    assert [event.seq for event in found] == list(range(2, len(EVENTS) + 3))
    assert [event.ts for event in found] == [START - 1, *sorted(event.ts or 0 for event in EVENTS)]
    (request,) = (event for event in found if isinstance(event, Net))
    (call,) = (event for event in found if isinstance(event, Api) and event.ts == START + 2000)
    assert request.matches[0].event == call.seq == 5, "one line further down than it was"


def test_what_has_no_time_stands_last_and_one_moment_keeps_its_order(tmp_path: Path) -> None:
    timeless = Span(seq=1, channel="ui", status="walked")
    found = read_back(
        lines_of([timeless, imei(2, START + 5, "c.B.second"), imei(3, START, "c.A.a"), imei(4, START + 5, "c.C.third")]), tmp_path
    )
    assert [event.stack[-1] if isinstance(event, Api) else event.channel for event in found] == ["c.A.a", "c.B.second", "c.C.third", "ui"]  # type: ignore[union-attr]


def test_beyond_what_is_sorted_the_order_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "MOST_SORTED", 2)
    found = read_back(lines_of([imei(2, START + 2), imei(3, START + 1), imei(4, START)]), tmp_path)
    assert [event.ts for event in found] == [START + 2, START + 1, START]


def test_a_reference_to_nothing_is_dropped(tmp_path: Path) -> None:
    request = Net(seq=2, visibility="plain", matches=(Match(data="device.imei", where="query.a", by="value", event=99),))
    (found,) = read_back(lines_of([request]), tmp_path)
    assert isinstance(found, Net)
    assert found.matches[0].event is None
    assert found.matches[0].where == "query.a"


def test_text_that_looks_like_a_number_of_ours_is_left_alone(tmp_path: Path) -> None:
    tricky = Mark(seq=7, ts=START, name="launch", note='{"seq":0,"event":4}', data='"seq":0')
    (found,) = read_back(lines_of([tricky]), tmp_path)
    assert found == msgspec.structs.replace(tricky, seq=2)


@pytest.mark.parametrize(
    ("event", "what", "channel"),
    [
        (Ui(seq=2, ts=START, nodes=(Node(text="a" * (5 << 20)),)), "too_large", "ui"),
        (Net(seq=2, ts=START, visibility="plain", path="/\ud800"), "bad_text", "network"),
    ],
)
def test_what_no_line_can_hold_leaves_word_of_itself(event: AnyEvent, what: str, channel: str, tmp_path: Path) -> None:
    (found,) = read_back(lines_of([event]), tmp_path)
    assert isinstance(found, Span)
    assert (found.what, found.channel, found.ts, found.status) == (what, channel, START, "lost")


def test_the_session_counts_its_lines() -> None:
    lines = lines_of(list(EVENTS))
    assert msgspec.json.decode(lines[0])["events"] == len(EVENTS) == len(lines) - 1


def test_a_file_of_no_events_is_one_line() -> None:
    assert len(lines_of([])) == 1


def test_the_old_file_stands_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"old")
    with pytest.raises(RuntimeError), replacing(path) as sink:
        sink.write(b"half")
        raise RuntimeError
    assert path.read_bytes() == b"old"
    with replacing(path) as sink:
        sink.write(b"new")
    assert path.read_bytes() == b"new"
    assert [each.name for each in tmp_path.iterdir()] == ["out"]


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot_write"), replacing(tmp_path / "none" / "out") as sink:
        sink.write(b"")
    with pytest.raises(InputError, match="cannot_write"):
        Spool(tmp_path / "none")


def carried(raw: str = IMEI) -> list[Carried]:
    call = msgspec.structs.replace(imei(2, START + 2000), value=None)
    request = Net(seq=3, ts=START + 2500, part=1, visibility="decrypted", host="ads.example", method="POST", path="/v1?id=***")
    return [Carried(call, raw=raw), Carried(request, Payload("https://ads.example/v1?id=" + raw))]


def test_values_are_sealed_and_found_in_requests(tmp_path: Path) -> None:
    raw = BytesIO()
    written = lines_of(list(hashed(carried(), SESSION, raw)))
    call, request = read_back(written, tmp_path)
    assert isinstance(call, Api)
    assert isinstance(request, Net)
    assert call.value is not None
    assert call.value.hash == sealed_hash(IMEI, SALT)
    assert [(match.data, match.by, match.where, match.event) for match in request.matches] == [
        ("device.imei", "value", "query.id", call.seq)
    ]
    assert IMEI.encode() not in b"".join(written), "no value stands in a run file"
    assert msgspec.json.decode(raw.getvalue()) == {"hash": call.value.hash, "value": IMEI}


@pytest.mark.parametrize(("error_ms", "found"), [(5.0, False), (None, True)])
def test_a_value_read_later_was_not_in_it_unless_the_clocks_were_never_compared(error_ms: float | None, found: bool) -> None:
    call, request = carried("4f1e2a9c7b3d6058")
    late = Carried(msgspec.structs.replace(call.event, ts=START + 3_600_000), raw=call.raw)
    parts = (SESSION.parts[0], msgspec.structs.replace(SESSION.parts[1], clock=Clock(error_ms=error_ms)))
    *_, net = hashed([late, request], msgspec.structs.replace(SESSION, parts=parts))
    assert isinstance(net, Net)
    assert any(match.by == "value" for match in net.matches) is found


def test_another_salt_gives_other_hashes() -> None:
    one, other = (next(hashed(carried(), msgspec.structs.replace(SESSION, salt=salt))) for salt in (SALT, "ff" * 16))
    assert isinstance(one, Api)
    assert isinstance(other, Api)
    assert one.value is not None
    assert other.value is not None
    assert one.value.hash != other.value.hash
    assert one.value.forms["md5"] != other.value.forms["md5"]


def test_raw_values_are_their_owners_alone(tmp_path: Path) -> None:
    with replacing(tmp_path / "raw", 0o600) as sink:
        sink.write(b"secret")
        part = next(tmp_path.iterdir())
        assert stat.S_IMODE(part.stat().st_mode) == 0o600, "from the first byte on"
    assert stat.S_IMODE((tmp_path / "raw").stat().st_mode) == 0o600


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with replacing(pipe) as sink:
        sink.write(b"line\n")
    assert os.read(reader, 100) == b"line\n"
    os.close(reader)
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]
