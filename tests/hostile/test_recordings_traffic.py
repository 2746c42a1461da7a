"""Recordings of traffic that were damaged in every way: reading ends with events, the lost ones told, or with one error of the input.
Nothing else is ever raised, every event can be written to a run file, and numbers of events stay unique."""

import copy
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from fixtures.recordings.traffic import FORM, START, charles, entry, flow, har, posted, session, tnetstring
from mingjian.errors import InputError
from mingjian.inputs.recording import chlsj, flows, pcapdroid_csv
from mingjian.inputs.recording import har as har_
from mingjian.inputs.recording.track import Carried, Head
from mingjian.model.run import AnyEvent, Session

MESSAGES = [{"type": "send", "time": START, "opcode": opcode, "data": "AAE="} for opcode in (1, 2)]
ENTRIES = [
    entry(request=posted(FORM, headers=[{"name": "Content-Type", "value": "text/plain; charset=gbk"}]), serverIPAddress="203.0.113.7"),
    entry("a.example:443", "CONNECT", connection="1", response={"status": 0, "_error": "certificate unknown"}),
    entry("wss://a.example/", _webSocketMessages=MESSAGES, connection="1"),
    entry(request={"method": "POST", "postData": {"mimeType": "multipart/form-data; boundary=x", "params": [{"name": "a", "value": "b"}]}}),
    entry(request=posted("AAEC", "x/y", encoding="base64") | {"headers": [{"name": "content-encoding", "value": "deflate"}]}),
]
REQUESTS = [charles(), charles(tunnel=True), charles(request={"body": {"encoded": "AAEC"}})]
MESSAGE = [1, True, b"x", START, False, False]
FLOWS = [
    flow(),
    flow(websocket={"messages": [MESSAGE]}, error={"msg": "unknown ca"}),
    flow(type="tcp", messages=[[True, b"x", START]]),
    flow(type="dns", request={"questions": [{"name": "a.example"}], "timestamp": START}),
]
LINES = (
    "IPProto,SrcIP,SrcPort,DstIp,DstPort,UID,App,PackageName,Proto,Status,Info,BytesSent,BytesRcvd,PktsSent,PktsRcvd,FirstSeen,LastSeen\n"
    "6,10.0.0.2,40001,203.0.113.7,443,10123,Shop, two,com.example.shop,TLS,Closed,ads.example,1,2,3,4,1790000000250,1790000003250\n"
    '6,10.0.0.2,40001,2001:db8::1,80,-1,"a ""b""",com.example.shop,HTTP,Closed,http://ads.example/x?y=1,1,2,3,4,2026-09-21T14:13:20Z,0\n'
)
WHOLE: dict[str, tuple[ModuleType, bytes]] = {
    "har": (har_, har(*ENTRIES)),
    "charles": (chlsj, session(*REQUESTS)),
    "mitmproxy": (flows, b"".join(map(tnetstring, FLOWS))),
    "pcapdroid": (pcapdroid_csv, LINES.encode()),
}
STRANGE: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**30,
    1.5e308,
    "",
    "\ud800",
    "x" * 5000,
    "\x00\x1f",
    [],
    {},
    [[]],
    {"a": {"a": []}},
    ["a", 1, None],
)


def survives(importer: ModuleType, content: bytes, path: Path) -> int:
    """How many events came out; all of them are sound."""
    path.write_bytes(content)
    importer.recognises(Head(path.name, content[:65536]))
    try:
        track = importer.read(path)
    except InputError:
        return 0
    assert msgspec.json.decode(msgspec.json.encode(track.session), type=Session) == track.session
    events = list(track.events())
    written = [item.event if isinstance(item, Carried) else item for item in events]
    assert [event.seq for event in written] == list(range(2, len(written) + 2))
    assert [msgspec.json.decode(msgspec.json.encode(event), type=AnyEvent) for event in written] == written
    for item in events:
        if isinstance(item, Carried) and item.payload is not None:
            item.payload.url.encode()
            "".join(text for header in item.payload.headers for text in header).encode()
    return len(written)


def damages(content: bytes, chance: random.Random) -> Iterator[bytes]:
    """Bytes changed, taken out, put in, repeated, moved; the file cut, begun late, doubled."""
    size = len(content)
    for _ in range(150):
        at, length = chance.randrange(size), chance.choice((1, 1, 2, 7, 40))
        yield content[:at] + chance.randbytes(length) + content[at + length :]
        yield content[:at] + content[at + length :]
        yield (
            content[:at] + chance.choice((b'"', b"{", b"]", b"\\", b",", b"\x00", b"9", b":", b"\xff", b"\n", b"}")) * length + content[at:]
        )
        start = chance.randrange(size)
        yield content[:at] + content[start : start + 300] + content[at:]
        yield content[:at]
        yield content[at:]
    yield content + content
    yield content + content[: size // 2]
    yield b"\xef\xbb\xbf" + content
    yield content.decode("utf-8", "replace").encode("utf-16")


@pytest.mark.parametrize("kind", WHOLE)
def test_damaged_bytes(kind: str, tmp_path: Path) -> None:
    importer, content = WHOLE[kind]
    path = tmp_path / "sample"
    assert survives(importer, content, path) >= 2
    read = sum(survives(importer, damaged, path) > 0 for damaged in damages(content, random.Random(kind)))
    assert read > 100


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every member and element, as its holder and its name or number there."""
    for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from places(value[key])


def with_strange_values(records: list[dict[str, Any]], write: Callable[[list[Any]], bytes]) -> Iterator[bytes]:
    for number in range(len(list(places(records)))):
        for strange in STRANGE:
            changed = copy.deepcopy(records)
            holder, key = list(places(changed))[number]
            holder[key] = strange
            yield write(changed)


def written_har(records: list[Any]) -> bytes:
    return json.dumps({"log": {"entries": records}}).encode()


def written_flows(records: list[Any]) -> bytes:
    return b"".join(tnetstring(sound(record)) for record in records)


def sound(value: Any) -> Any:
    """A flow file holds bytes where JSON holds halves of surrogate pairs."""
    if isinstance(value, dict):
        return {key: sound(member) for key, member in value.items()}
    if isinstance(value, list):
        return [sound(member) for member in value]
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) and not value.isascii() else value


STRUCTURED = {
    "har": (har_, ENTRIES, written_har),
    "charles": (chlsj, REQUESTS, lambda records: json.dumps(records).encode()),
    "mitmproxy": (flows, FLOWS, written_flows),
}


@pytest.mark.parametrize("kind", STRUCTURED)
def test_strange_values_in_every_place(kind: str, tmp_path: Path) -> None:
    importer, records, write = STRUCTURED[kind]
    path = tmp_path / "sample"
    for content in with_strange_values(records[:2], write):
        assert survives(importer, content, path) >= 1


@pytest.mark.parametrize("kind", WHOLE)
def test_a_file_that_shrinks_between_two_readings(kind: str, tmp_path: Path) -> None:
    importer, content = WHOLE[kind]
    path = tmp_path / "sample"
    path.write_bytes(content)
    track = importer.read(path)
    whole = len(list(track.events()))
    path.write_bytes(content[: len(content) // 2])
    assert 0 < len(list(track.events())) <= whole
    path.unlink()
    with pytest.raises(InputError):
        list(track.events())


@pytest.mark.parametrize("depth", [100, 1_000, 100_000])
def test_nesting(depth: int, tmp_path: Path) -> None:
    path = tmp_path / "sample"
    for opening, closing in ((b"[", b"]"), (b'{"a":', b"}"), (b'[{"log":', b"}]")):
        bomb = opening * depth + b"1" + closing * depth
        assert survives(har_, b'{"log": {"entries": [' + bomb + b", {}]}}", path) == 2
        assert survives(har_, b'{"log": {"entries": [{}, ' + opening * depth, path) == 2
        assert survives(chlsj, b"[" + bomb + b", {}]", path) == 2
    assert survives(har_, b'{"log":' * depth, path) == 0


ENDLESS = (b'"' + b"a" * 3_000_000, b'"' + b"\\" * 3_000_001, b'{"' + b'\\"' * 1_000_000, b'["' + b'",{["' * 500_000, b" " * 3_000_000)


@pytest.mark.parametrize("tail", ENDLESS, ids=range(len(ENDLESS)))
def test_strings_that_never_end(tail: bytes, tmp_path: Path) -> None:
    assert survives(har_, b'{"log": {"entries": [{}, ' + tail, tmp_path / "sample") == 2


def test_a_number_that_never_ends(tmp_path: Path) -> None:
    """It is one lost entry, and the file is cut."""
    assert survives(har_, b'{"log": {"entries": [{}, ' + b"1" * 3_000_000, tmp_path / "sample") == 3


@pytest.mark.parametrize("strange", STRANGE, ids=range(len(STRANGE)))
def test_strange_words_about_the_tool(strange: object, tmp_path: Path) -> None:
    for creator in (strange, {"name": strange, "version": strange}):
        assert (
            survives(har_, json.dumps({"log": {"version": strange, "creator": creator, "entries": [{}]}}).encode(), tmp_path / "sample")
            == 1
        )


def test_members_without_end(tmp_path: Path) -> None:
    path = tmp_path / "sample"
    many = b"".join(tnetstring(f"name{number}") + b"0:~" for number in range(5_000))
    assert survives(flows, tnetstring(flow()) + b"%d:%s}" % (len(many), many), path) == 2
    headers = [[b"X%d" % number, b"v"] for number in range(50_000)]
    assert survives(flows, tnetstring(flow(request_headers=headers)), path) == 1
    assert survives(har_, har(entry(request={"headers": [{"name": f"X{number}", "value": "v"} for number in range(50_000)]})), path) == 1
