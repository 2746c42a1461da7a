"""Elements are the same whether the buffer holds them whole or they come in pieces, and whatever stands beside them."""

import io
import json

import pytest

from mingjian.inputs.recording import json_stream
from mingjian.inputs.recording.json_stream import Element, JsonStream

SOUND = [{"a": 'x]}"\\', "中": ["文", "\ud83d", None]}, [], {}, "[", 1, {"text": "é" * 40, "inner": [[{"b": 1.5}]]}, [{"last": True}]]


def elements(content: bytes) -> list[Element]:
    return list(JsonStream(io.BytesIO(content)).elements("log", ("entries",)))


def document(entries: bytes) -> bytes:
    return '{"log":{"comment":"旁边","entries":'.encode() + entries + b"}}"


def nested(depth: int) -> bytes:
    return b'{"a":' * (depth - 1) + b"{}" + b"}" * (depth - 1)


@pytest.mark.parametrize("chunk", [1, 7, 64, 1 << 20])
@pytest.mark.parametrize("plain", [True, False], ids=["escaped", "UTF-8"])
def test_sound_elements_arrive_as_they_are(chunk: int, plain: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "_CHUNK", chunk)
    written = json.dumps(SOUND, ensure_ascii=plain, indent=1).encode("utf-8", "surrogatepass")
    # Half of a surrogate pair is no UTF-8: each of its bytes arrives as one half.
    expected = json.loads(written.decode("utf-8", "surrogateescape"))
    assert elements(document(written)) == [Element("entries", index, value) for index, value in enumerate(expected)]


@pytest.mark.parametrize("chunk", [16, 1 << 20])
@pytest.mark.parametrize(
    ("lost", "why"),
    [(b'{"a":}', "bad_record"), (b'{"a":"\xff" b}', "bad_record"), (nested(201), "too_large"), (b"[" * 201 + b"]" * 201, "too_large")],
)
def test_an_element_is_lost_alone(chunk: int, lost: bytes, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "_CHUNK", chunk)
    first, last = {"名": [1]}, {"b": "ü"}
    found = elements(document(b"[%s, %s,%s]" % (json.dumps(first, ensure_ascii=False).encode(), lost, json.dumps(last).encode())))
    assert found == [Element("entries", 0, first), Element("entries", 1, lost=why), Element("entries", 2, last)]


@pytest.mark.parametrize("chunk", [16, 1 << 20])
def test_depth_is_counted_in_containers_not_in_brackets(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "_CHUNK", chunk)
    wide = json.dumps([["[{"] for _ in range(300)]).encode()
    found = elements(document(b"[%s,%s]" % (nested(200), wide)))
    assert [each.lost for each in found] == ["", ""]
    assert found[1].value == [["[{"]] * 300
