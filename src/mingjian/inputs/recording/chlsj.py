"""Sessions of Charles, exported as JSON (`.chlsj`): one array of requests. Its own binary sessions are refused with what to do."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mingjian.errors import InputError
from mingjian.inputs.files import open_file
from mingjian.inputs.recording.exchange import Exchange, http_status, lost, protocol
from mingjian.inputs.recording.instant import iso_instant
from mingjian.inputs.recording.json_stream import JsonStream, fields, items, number, text
from mingjian.inputs.recording.sent_body import Headers, SentBody, from_base64, from_text, header, without_body
from mingjian.inputs.recording.track import Head, Item, Track
from mingjian.inputs.recording.web_address import WebAddress, ip_address
from mingjian.model.run import Part, Session

name = "charles"

_BINARY = (".chls", ".chlz", ".chlsx")
_MARKS = (b'"protocolVersion"', b'"actualPort"', b'"tunnel"', b'"keptAlive"', b'"clientAddress"', b'"remoteAddress"', b'"webSocket"')
_FEWEST_MARKS = 3
_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}


def recognises(head: Head) -> bool:
    """An array of objects with Charles' field names. Its binary sessions have no mark of their own and go by the name."""
    start = head.start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"["):
        return start[1:].lstrip().startswith(b"{") and sum(mark in start for mark in _MARKS) >= _FEWEST_MARKS
    return head.name.lower().endswith(_BINARY)


def read(path: Path) -> Track:
    """The file as a track. Raises `InputError` for a session in a form of Charles' own, and when no request can be reached."""
    with open_file(path, "run") as file:
        if not file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"["):
            raise InputError("input.run_charles_session", path=path)
        file.seek(0)
        first = next(JsonStream(file).elements(None, ("charles",)), None)
    if first is not None and first.index is None:
        raise InputError("input.run_no_traffic", path=path, format="Charles")
    part = Part(tool="Charles", tier="proxy", format=name, name=path.name)
    return Track(Session(parts=(part,)), lambda: _events(path))


def _events(path: Path) -> Iterator[Item]:
    with open_file(path, "run") as file:
        for seq, element in enumerate(JsonStream(file).elements(None, ("charles",)), 2):
            at = f"charles:[{element.index}]" if element.index is not None else "charles:"
            if element.lost or not isinstance(element.value, dict):
                yield lost(seq, at, element.lost or "bad_record")
            else:
                yield _exchange(at, element.value).item(seq)


def _exchange(at: str, entry: dict[str, Any]) -> Exchange:
    request, response = fields(entry.get("request")), fields(entry.get("response"))
    headers = _headers(request)
    address = _address(entry)
    status = number(response.get("status"))
    received = number(fields(response.get("sizes")).get("body"))
    times = fields(entry.get("times"))
    begun = iso_instant(times.get("requestBegin"))
    method = text(entry.get("method")).strip().upper()
    websocket = entry.get("webSocket") is True
    return Exchange(
        at=at,
        url=address.written(),
        address=address,
        ts=begun if begun is not None else iso_instant(times.get("start")),
        end=iso_instant(times.get("end")),
        proto="websocket" if websocket else protocol(text(entry.get("protocolVersion"))),
        method=method or None,
        headers=headers,
        body=_body(request, headers),
        status=http_status(status),
        ip=ip_address(entry.get("remoteAddress")),
        received=int(received) if received is not None and received >= 0 else None,
        tunnel=entry.get("tunnel") is True or method == "CONNECT",
        error=_error(entry),
    )


def _address(entry: dict[str, Any]) -> WebAddress:
    scheme, host = text(entry.get("scheme")).lower(), text(entry.get("host")).strip().rstrip(".").lower()
    told = next((port for port in (number(entry.get("actualPort")), number(entry.get("port"))) if port), 0)
    port = int(told) if told and math.isfinite(told) and 0 < told < 65536 else _PORTS.get(scheme)
    query = text(entry.get("query"))
    return WebAddress(scheme, host[:300], port, (text(entry.get("path")) or "/") + (f"?{query}" if query else ""))


def _headers(request: dict[str, Any]) -> Headers:
    listed = items(fields(request.get("header")).get("headers")) or items(request.get("headers"))
    headers = tuple((text(pair.get("name")), text(pair.get("value"))) for pair in map(fields, listed) if text(pair.get("name")))
    kind, packed = text(request.get("mimeType")), text(request.get("contentEncoding"))
    headers = tuple(pair for pair in headers if not pair[0].startswith(":"))
    if kind and not header(headers, "content-type"):
        headers += (("Content-Type", kind),)
    if packed and not header(headers, "content-encoding"):
        headers += (("Content-Encoding", packed),)
    return headers


def _body(request: dict[str, Any], headers: Headers) -> SentBody:
    """Text as Charles decoded it, or bytes in Base64 (`encoded`)."""
    size = number(fields(request.get("sizes")).get("body"))
    body = fields(request.get("body"))
    if encoded := text(body.get("encoded")):
        return from_base64(encoded, headers)
    if shown := text(body.get("text")):
        charset = text(body.get("charset"))
        known = headers if not charset else tuple(pair for pair in headers if pair[0].lower() != "content-type")
        typed = (*known, ("Content-Type", f"{header(headers, 'content-type')}; charset={charset}")) if charset else known
        return from_text(shown, typed, size)
    return without_body(headers, size)


def _error(entry: dict[str, Any]) -> str:
    failed = text(entry.get("status")).upper() in ("FAILED", "EXCEPTION", "BLOCKED")
    said = [text(entry.get(field)) for field in ("errorMessage", "exception", "error")]
    said += [text(entry.get("notes"))] if failed else []
    return "; ".join(dict.fromkeys(word.strip() for word in said if word.strip())) or ("failed" if failed else "")
