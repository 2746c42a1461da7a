"""HAR 1.2 as proxies, captures and browsers write it (mitmproxy, Charles, Fiddler, Proxyman, Reqable, HTTP Toolkit, PCAPdroid, Chrome,
Firefox). Missing, extra and wrongly typed fields are met everywhere; every field is taken where it is what it should be."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mingjian.errors import InputError
from mingjian.inputs.files import open_file
from mingjian.inputs.recording.exchange import Exchange, http_status, lost, protocol, sound
from mingjian.inputs.recording.instant import epoch_instant, iso_instant
from mingjian.inputs.recording.json_stream import JsonStream, fields, items, number, text
from mingjian.inputs.recording.sent_body import Headers, SentBody, from_base64, from_parameters, from_text, header, without_body
from mingjian.inputs.recording.track import Head, Item, Track
from mingjian.inputs.recording.web_address import WebAddress, ip_address, web_address
from mingjian.model.run import Part, Session, Tier
from mingjian.model.shipped import catalog

name = "har"

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_CAPTURES = ("pcapdroid",)
_MOST_TUNNELS = 100_000
_MOST_HEADERS = 1000
_STREAM_HEADERS = re.compile(r"\A(?:Content-[A-Za-z-]{1,40}:[^\r\n]{0,400}\r\n){1,6}\r\n")
"""Firefox puts the headers of an upload before its text."""
_ENTRIES, _REFUSALS = "entries", "_tlsErrors"


def recognises(head: Head) -> bool:
    """A JSON object with a `log`; in UTF-16 too, so that reading can say what to do."""
    start = head.start
    if start.startswith(_UTF16):
        return b'"\0l\0o\0g\0"' in start[:4096]
    return start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{") and b'"log"' in start[:4096]


def read(path: Path) -> Track:
    """The file as a track. Raises `InputError` when no list of entries can be reached in it, or when it is in UTF-16."""
    with open_file(path, "run") as file:
        if file.read(2) in _UTF16:
            raise InputError("input.run_utf16", path=path)
        file.seek(0)
        stream = JsonStream(file)
        first = next(stream.elements("log", (_ENTRIES, _REFUSALS)), None)
    if not stream.met or (first is not None and first.index is None):
        raise InputError("input.run_no_traffic", path=path, format="HAR")
    made_by = fields(stream.aside.get("creator"))
    tool, version = (sound(text(made_by.get(field)))[:100] for field in ("name", "version"))
    part = Part(tool=tool or "HAR", version=version or None, tier=_tier(tool), format=name, name=path.name)
    return Track(Session(parts=(part,)), lambda: _events(path))


def _tier(tool: str) -> Tier:
    return "capture" if tool.lower().startswith(_CAPTURES) else "proxy"


def _events(path: Path) -> Iterator[Item]:
    seq = 2
    with open_file(path, "run") as file:
        for item in _items(JsonStream(file)):
            yield item.item(seq) if isinstance(item, Exchange) else lost(seq, *item)
            seq += 1


def _items(stream: JsonStream) -> Iterator[Exchange | tuple[str, str]]:
    """Requests, and the places that are lost, each with why."""
    tunnels = _Tunnels()
    for element in stream.elements("log", (_ENTRIES, _REFUSALS)):
        at = f"har:{element.array}[{element.index}]" if element.index is not None else "har:"
        if element.lost:
            yield at, element.lost
        elif not isinstance(element.value, dict):
            yield at, "bad_record"
        elif element.array == _REFUSALS:
            yield _refusal(at, element.value)
        else:
            for exchange in _exchanges(at, element.value):
                if not tunnels.holds(exchange, str(element.value.get("connection"))[:200]):
                    yield exchange
    yield from tunnels.unread()


class _Tunnels:
    """Some tools (Fiddler) list the CONNECT of a connection beside the requests that they decrypted in it. Such a CONNECT says nothing;
    one whose connection has no requests was not read. What merely repeats the server's port names no connection."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str], list[Exchange]] = {}
        self._read: set[tuple[str, str]] = set()

    def holds(self, exchange: Exchange, connection: str) -> bool:
        """Whether the exchange is a tunnel that is kept back until all requests are known."""
        key = (connection, exchange.address.host)
        is_port = connection == str(exchange.address.port)
        if connection in ("None", "", "0") or is_port or len(self._waiting) + len(self._read) >= _MOST_TUNNELS:
            return False
        if exchange.visibility() == "opaque":
            self._waiting.setdefault(key, []).append(exchange)
            return True
        if exchange.visibility() == "decrypted":
            self._read.add(key)
        return False

    def unread(self) -> Iterator[Exchange]:
        """The tunnels in which no request was read."""
        for key, exchanges in self._waiting.items():
            if key not in self._read:
                yield from exchanges


def _refusal(at: str, entry: dict[str, Any]) -> Exchange:
    """One of HTTP Toolkit's list of failed handshakes."""
    host = text(entry.get("hostname"))
    address = web_address(f"https://{host}") if host else WebAddress("https", "", None, "/")
    cause = text(entry.get("cause")) or "?"
    return Exchange(
        at=at,
        url="",
        address=address,
        ts=iso_instant(entry.get("startedDateTime")),
        tunnel=True,
        error=f"client TLS handshake failed: {cause}",
    )


def _exchanges(at: str, entry: dict[str, Any]) -> Iterator[Exchange]:
    request, response = fields(entry.get("request")), fields(entry.get("response"))
    if _stayed_inside(entry, request, response):
        return
    pseudo, headers = _headers(request)
    url = _url(request, pseudo, headers)
    address = web_address(url)
    begun = iso_instant(entry.get("startedDateTime"))
    lasted = number(entry.get("time"))
    method = text(request.get("method")).strip().upper()
    status = number(response.get("status"))
    received = number(response.get("bodySize"))
    whole = Exchange(
        at=at,
        url=url,
        address=address,
        ts=begun,
        end=begun + lasted if begun is not None and lasted is not None and lasted >= 0 else None,
        proto=protocol(text(request.get("httpVersion")) or text(response.get("httpVersion"))),
        method=method or None,
        headers=headers,
        body=_body(request, headers),
        status=http_status(status),
        ip=ip_address(entry.get("serverIPAddress")),
        received=int(received) if received is not None and received >= 0 else None,
        tunnel=method == "CONNECT",
        error=_error(entry, request, response),
    )
    yield whole
    yield from _messages(whole, entry)


def _stayed_inside(entry: dict[str, Any], request: dict[str, Any], response: dict[str, Any]) -> bool:
    """Whether a browser lists what it never sent: served from its cache, an address of its own, a step to HTTPS that it made by itself. A
    server can write the words of such a step too; only what reached none has no address of one."""
    if request.get("method") == "CONNECT":
        return False
    scheme, colon, _ = text(request.get("url"))[:40].strip().partition(":")
    if colon and scheme.lower() in catalog("traffic")["local"]:
        return True
    reached = ip_address(entry.get("serverIPAddress")) is not None
    if entry.get("_fromCache") in ("disk", "memory", "prefetch", True):
        return not reached or number(response.get("_transferSize")) == 0
    reasons = (text(pair.get("name")).lower() == "non-authoritative-reason" for pair in map(fields, items(response.get("headers"))))
    stepped = text(response.get("statusText")) == "Internal Redirect" or any(reasons)
    return stepped and not reached and number(response.get("status")) == 307


def _messages(opened: Exchange, entry: dict[str, Any]) -> Iterator[Exchange]:
    """What the app sent over a web socket: Chrome's extension, which others took over. Binary messages are in Base64."""
    for index, value in enumerate(items(entry.get("_webSocketMessages"))):
        message = fields(value)
        if message.get("type") not in ("send", "request", "outgoing"):
            continue
        content = text(message.get("data"))
        packed = message.get("opcode") == 2 or text(message.get("encoding")).lower() == "base64"
        yield Exchange(
            at=f"{opened.at}._webSocketMessages[{index}]",
            url=opened.url,
            address=opened.address,
            ts=epoch_instant(message.get("time")),
            proto="websocket",
            body=from_base64(content, ()) if packed else from_text(content, (), None),
            ip=opened.ip,
        )


def _headers(request: dict[str, Any]) -> tuple[dict[str, str], Headers]:
    """The pseudo headers of HTTP/2, which repeat what stands elsewhere, and the others. A list of names and values, or a map."""
    listed = request.get("headers")
    if isinstance(listed, dict):
        pairs = [(str(key), _plain(value)) for key, value in listed.items()]
    else:
        pairs = [(text(pair.get("name")), _plain(pair.get("value"))) for pair in map(fields, items(listed))]
    pairs = [(key, value) for key, value in pairs if key][:_MOST_HEADERS]
    pseudo = {key.lower(): value for key, value in pairs if key.startswith(":")}
    others = [(key, value) for key, value in pairs if not key.startswith(":")]
    known = tuple(others)
    if not header(known, "cookie") and (cookies := _pairs(request.get("cookies"))):
        others.append(("Cookie", "; ".join(f"{key}={value or ''}" for key, value, _ in cookies)))
    kind = text(fields(request.get("postData")).get("mimeType"))
    if kind and not header(known, "content-type"):
        others.append(("Content-Type", kind))
    return pseudo, tuple(others)


def _pairs(value: object) -> list[tuple[str, str | None, str]]:
    """Name, value and file name of each; the value is none where the tool left it out."""
    return [
        (text(pair.get("name")), _plain(pair["value"]) if pair.get("value") is not None else None, text(pair.get("fileName")))
        for pair in map(fields, items(value))
        if text(pair.get("name"))
    ]


def _plain(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None or isinstance(value, (dict, list)) else str(value)


def _url(request: dict[str, Any], pseudo: dict[str, str], headers: Headers) -> str:
    """The address, whole: tools leave out the server, or the query."""
    url = text(request.get("url")).strip()
    host = pseudo.get(":authority") or header(headers, "host")
    if not url or (url.startswith("/") and not url.startswith("//")):
        scheme = pseudo.get(":scheme", "")
        url = (f"{scheme}:" if scheme else "") + (f"//{host}" if host else "") + (url or pseudo.get(":path", ""))
    query = _pairs(request.get("queryString"))
    if query and "?" not in url:
        url += "?" + from_parameters(query, "").content.decode("ascii")
    return url


def _body(request: dict[str, Any], headers: Headers) -> SentBody:
    """The body: `postData` as the standard has it, HTTP Toolkit's `_content` for what is no form, a form of parameters alone."""
    size = number(request.get("bodySize"))
    posted = request.get("postData")
    for holder in ({"text": posted} if isinstance(posted, str) else fields(posted), fields(request.get("_content"))):
        content = _STREAM_HEADERS.sub("", text(holder.get("text")), count=1)
        if content:
            packed = text(holder.get("encoding")).lower() == "base64"
            return from_base64(content, headers) if packed else from_text(content, headers, size)
    parameters = _pairs(fields(posted).get("params"))
    if parameters:
        return from_parameters(parameters, header(headers, "content-type"))
    return without_body(headers, size)


def _error(entry: dict[str, Any], request: dict[str, Any], response: dict[str, Any]) -> str:
    """What the tool says of a request without a reply; the comment of a request that was answered is somebody's note, and its status line
    the server's."""
    said = [text(response.get("_error")), text(entry.get("_error"))]
    if http_status(number(response.get("status"))) is None and not response.get("headers"):
        said += [text(holder.get("comment")) for holder in (response, entry, request)]
        said.append(text(response.get("statusText")))
    return "; ".join(dict.fromkeys(word.strip() for word in said if word.strip()))
