"""Flow files of mitmproxy, of every version since 0.11: one typed netstring after another, read without mitmproxy.

What mitmproxy's operator made (replayed requests, injected messages) is no act of the app and is passed over."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from mingjian.errors import InputError
from mingjian.inputs.files import open_file
from mingjian.inputs.recording.exchange import Exchange, http_status, lost, protocol
from mingjian.inputs.recording.instant import epoch_instant
from mingjian.inputs.recording.sent_body import Headers, SentBody, from_bytes, header, without_body
from mingjian.inputs.recording.tnetstring import ENDS, MalformedError, Value, records, value
from mingjian.inputs.recording.track import Head, Item, Track
from mingjian.inputs.recording.web_address import WebAddress, host_and_port, ip_address
from mingjian.model.run import Part, Session

name = "mitmproxy"

_MOST_HEADERS = 1000
_NAMES = (
    rb"version|type|id|request|response|error|client_conn|server_conn|websocket|metadata|intercepted|marked|comment|backup|mode|messages"
)
_BEGINS = re.compile(rb"\d{1,12}:\d{1,6}:(?:" + _NAMES + rb"|is_replay|timestamp_created)[;,]")
_REPLY = b"response"
_NOTHING = value(b"0:~")

Members = dict[str, Value]


def recognises(head: Head) -> bool:
    """A map whose first name is one of those that flows have."""
    return _BEGINS.match(head.start) is not None


def read(path: Path) -> Track:
    """The file as a track. Raises `InputError` when not even the first flow is whole."""
    with open_file(path, "run") as file:
        first = next(records(file, _REPLY), None)
    if first in (None, *ENDS):
        raise InputError("input.run_no_traffic", path=path, format="mitmproxy")
    part = Part(tool="mitmproxy", tier="proxy", format=name, name=path.name)
    return Track(Session(parts=(part,)), lambda: _events(path))


def _events(path: Path) -> Iterator[Item]:
    seq = 2
    with open_file(path, "run") as file:
        for index, record in enumerate(records(file, _REPLY)):
            at = f"flow:{index}"
            found: Iterator[Exchange | str] = iter((record,)) if isinstance(record, str) else _exchanges(at, record)
            for exchange in found:
                yield lost(seq, at, exchange) if isinstance(exchange, str) else exchange.item(seq)
                seq += 1


def _exchanges(at: str, record: bytes) -> Iterator[Exchange | str]:
    try:
        flow = value(record).members()
        if flow.get("is_replay", _NOTHING).text() == "request" or _members(flow, "request").get("is_replay", _NOTHING).truth():
            return
        match flow.get("type", _NOTHING).text() or "http":
            case "http":
                yield from _http(at, flow)
            case "websocket":
                yield from _messages(at, _connected(at, flow, "websocket"), flow.get("messages", _NOTHING))
            case "tcp" | "udp" as transport:
                yield from _stream(at, flow, transport)
            case "dns":
                yield _look_up(at, flow)
            case _:
                yield "unknown_kind"
    except MalformedError:
        yield "bad_record"


def _http(at: str, flow: Members) -> Iterator[Exchange | str]:
    request, response = _members(flow, "request"), _members(flow, "response")
    if not request:
        yield "bad_record"
        return
    client, server = _members(flow, "client_conn"), _members(flow, "server_conn")
    headers = _headers(request)
    address = _address(request, headers)
    method = request.get("method", _NOTHING).text().upper()
    status = (response.get("status_code") or response.get("code") or _NOTHING).number()
    replied = response.get("content") or response.get("body") or _NOTHING
    ended = epoch_instant((response.get("timestamp_end") or _NOTHING).number())
    version = request.get("http_version", _NOTHING).text()
    whole = Exchange(
        at=at,
        url=address.written(),
        address=address,
        ts=epoch_instant(request.get("timestamp_start", _NOTHING).number()),
        end=ended,
        proto=protocol(version),
        method=method or None,
        headers=tuple(pair for pair in headers if not pair[0].startswith(":")),
        body=_body(request, headers),
        status=http_status(status),
        ip=_ip(server),
        received=replied.end - replied.start if replied.kind == "," else None,
        tunnel=method == "CONNECT",
        encrypted=True if _is_encrypted(client) else None,
        error=_members(flow, "error").get("msg", _NOTHING).text(),
    )
    yield whole
    yield from _messages(at, whole, _members(flow, "websocket").get("messages", _NOTHING))


def _messages(at: str, opened: Exchange, messages: Value) -> Iterator[Exchange]:
    """What the app sent over a web socket: kind, sent by the client, content, moment, dropped, injected (the last two since version 7)."""
    for index, message in enumerate(messages.items()):
        parts = [part for part, _ in zip(message.items(), range(6), strict=False)]
        if len(parts) < 3 or not parts[1].truth() or (len(parts) > 5 and parts[5].truth()):
            continue
        yield Exchange(
            at=f"{at}.messages[{index}]",
            url=opened.url,
            address=opened.address,
            ts=epoch_instant(parts[3].number()) if len(parts) > 3 else None,
            proto="websocket",
            body=SentBody(parts[2].content()),
            ip=opened.ip,
            encrypted=opened.encrypted,
        )


def _connected(at: str, flow: Members, proto: str) -> Exchange:
    """The connection of a flow that has no request of HTTP."""
    client, server = _members(flow, "client_conn"), _members(flow, "server_conn")
    named = _name_of_server(client) or _name_of_server(server)
    host, port = _peer(server.get("address", _NOTHING))
    encrypted = _is_encrypted(client)
    address = WebAddress("", named or host, port, "")
    return Exchange(
        at=at,
        url=replace(address, scheme=proto).written(),
        address=address,
        ts=epoch_instant((flow.get("timestamp_created") or client.get("timestamp_start") or _NOTHING).number()),
        proto=proto,
        ip=_ip(server),
        encrypted=encrypted,
        error=_members(flow, "error").get("msg", _NOTHING).text(),
    )


def _stream(at: str, flow: Members, transport: str) -> Iterator[Exchange]:
    """A connection of another protocol, with everything that the client sent as its body."""
    opened = _connected(at, flow, transport)
    sent: list[bytes] = []
    moment: float | None = None
    for message in flow.get("messages", _NOTHING).items():
        parts = [part for part, _ in zip(message.items(), range(3), strict=False)]
        if len(parts) >= 2 and parts[0].truth():
            sent.append(parts[1].content())
            moment = moment if moment is not None or len(parts) < 3 else epoch_instant(parts[2].number())
    yield Exchange(
        at=at,
        url=opened.url,
        address=opened.address,
        ts=moment if moment is not None else opened.ts,
        proto=transport,
        body=SentBody(b"".join(sent)),
        ip=opened.ip,
        encrypted=opened.encrypted,
        error=opened.error,
    )


def _look_up(at: str, flow: Members) -> Exchange:
    """A name that was asked for: it is no recipient, so it stands where a path would."""
    opened = _connected(at, flow, "dns")
    request = _members(flow, "request")
    asked = next(request.get("questions", _NOTHING).items(), _NOTHING).members().get("name", _NOTHING).text()
    moment = epoch_instant(request.get("timestamp", _NOTHING).number())
    return Exchange(
        at=at,
        url=opened.url,
        address=WebAddress("", "", opened.address.port, asked),
        ts=moment if moment is not None else opened.ts,
        proto="dns",
        ip=opened.ip,
        encrypted=opened.encrypted,
        error=opened.error,
    )


def _members(owner: Members, field: str) -> Members:
    return owner.get(field, _NOTHING).members()


def _headers(request: Members) -> Headers:
    """Pairs of a list; the map of versions before 0.12 is one of pairs too."""
    found: list[tuple[str, str]] = []
    for pair in request.get("headers", _NOTHING).items():
        parts = [part for part, _ in zip(pair.items(), range(2), strict=False)]
        if len(parts) == 2 and len(found) < _MOST_HEADERS:
            found.append((parts[0].text(), parts[1].text()))
    return tuple(found)


def _address(request: Members, headers: Headers) -> WebAddress:
    """The address as the app wrote it: the name in `:authority` or `Host` before the one that the proxy connected to."""
    scheme = request.get("scheme", _NOTHING).text().lower()
    authority = request.get("authority", _NOTHING).text() or header(headers, ":authority") or header(headers, "host")
    told, port = host_and_port(authority)
    host = told or host_and_port(request.get("host", _NOTHING).text())[0]
    connected = request.get("port", _NOTHING).number()
    known = int(connected) if connected is not None and 0 < connected < 65536 else port
    return WebAddress(scheme, host, known, request.get("path", _NOTHING).text() or "/")


def _body(request: Members, headers: Headers) -> SentBody:
    content = request.get("content") or request.get("body") or _NOTHING
    return from_bytes(content.content(), headers) if content.kind == "," and content.content() else without_body(headers, None)


def _is_encrypted(connection: Members) -> bool:
    """Whether TLS was established; the field's name differs by version."""
    if any(connection.get(field, _NOTHING).truth() for field in ("tls_established", "ssl_established")):
        return True
    return any(connection.get(field, _NOTHING).number() is not None for field in ("timestamp_tls_setup", "timestamp_ssl_setup"))


def _name_of_server(connection: Members) -> str:
    return host_and_port(connection.get("sni", _NOTHING).text())[0]


def _ip(server: Members) -> str | None:
    """The address that the proxy reached the server at."""
    for field in ("peername", "ip_address", "peer_address", "address"):
        found = ip_address(_peer(server.get(field, _NOTHING))[0])
        if found is not None:
            return found
    return None


def _peer(pair: Value) -> tuple[str, int | None]:
    """Host and port of a list, or of the map that versions before 2 wrapped it in."""
    listed = pair.members().get("address", _NOTHING) if pair.kind == "}" else pair
    parts = [part for part, _ in zip(listed.items(), range(2), strict=False)]
    if len(parts) < 2:
        return "", None
    port = parts[1].number()
    return parts[0].text().strip().rstrip(".").lower()[:300], int(port) if port is not None and 0 < port < 65536 else None
