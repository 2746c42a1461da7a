"""Captures written to a file and read again, for the tests of their reader."""

from pathlib import Path
from typing import Any

from mingjian.inputs.recording import pcap as importer
from mingjian.inputs.recording.track import Carried, Head, Track
from mingjian.model.run import Net, Span

GET = b"GET /v1/config?channel=abc HTTP/1.1\r\nHost: api.example\r\nUser-Agent: test\r\n\r\n"
BODY = b"imei=490154203237518"
POST = b"POST /v1/beacon HTTP/1.1\r\nHost: ads.example:8080\r\nContent-Length: 20\r\n\r\n" + BODY

CHUNKED = (
    b"POST /c HTTP/1.1\r\nHost: c.example\r\nTransfer-Encoding: chunked\r\n\r\n5;x=1\r\nimei=\r\nF\r\n490154203237518\r\n0\r\nX: y\r\n\r\n"
)


def opened(content: bytes, folder: Path) -> Track:
    file = folder / "capture.pcap"
    file.write_bytes(content)
    assert importer.recognises(Head(file.name, content[: 64 << 10]))
    return importer.read(file)


def told(content: bytes, folder: Path) -> list[Any]:
    events = list(opened(content, folder).events())
    numbers = [(each.event if isinstance(each, Carried) else each).seq for each in events]
    assert numbers == list(range(2, 2 + len(events)))
    return events


def requests(content: bytes, folder: Path) -> list[tuple[str, str, bytes, bool]]:
    """Method, address, body and completeness of each request."""
    return [
        (each.event.method or "", each.payload.url, each.payload.body, each.payload.complete)
        for each in told(content, folder)
        if isinstance(each, Carried) and isinstance(each.event, Net) and each.payload
    ]


def losses(content: bytes, folder: Path) -> dict[str, str]:
    return {each.what: each.detail for each in told(content, folder) if isinstance(each, Span)}


def opaque(content: bytes, folder: Path) -> list[Net]:
    return [each for each in told(content, folder) if isinstance(each, Net)]
