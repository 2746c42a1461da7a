"""What was seen in a capture, as events: each request once, though it may pass by twice, before a proxy and behind it."""

import ipaddress
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mingjian.inputs.recording.datagrams import Flow
from mingjian.inputs.recording.dns import Names
from mingjian.inputs.recording.http1 import Request
from mingjian.inputs.recording.streams import Address, Connection, Sent, Told
from mingjian.inputs.recording.track import Carried, Item, Payload
from mingjian.inputs.recording.tshark import Decrypted
from mingjian.inputs.recording.web_address import host_and_port, masked_target, web_address
from mingjian.model.run import Net, Span

_HTTP, _HTTPS = 80, 443
_MOST_PROXIED = 100_000
_MOST_KEPT = 100_000
_CLOCK_STEP = 1.0
"""Milliseconds by which two readers of one capture may round differently."""


@dataclass(frozen=True, slots=True)
class _Exchange:
    """A request with what is known of its way: `scheme` as it was sent, `through` where a proxy was asked for."""

    request: Request
    connection: Connection | None
    server: Address
    through: str | None
    host: str
    scheme: str


class CaptureEvents:
    """Numbers and tells the events of one capture. With `hold`, TLS connections wait until it is known whether they could be decrypted."""

    def __init__(self, names: Names, packages: Mapping[int, str], *, hold: bool) -> None:
        self._names = names
        self._packages = packages
        self._hold = hold
        self._seq = 1
        self._lost: Counter[str] = Counter()
        self._first_lost: dict[str, int] = {}
        self._asked: set[tuple[bytes, str]] = set()
        """Proxies by address, with the hosts that clients asked them for."""
        self._read_before: set[tuple[bytes, str]] = set()
        self._read_behind: set[tuple[bytes, str]] = set()
        """The same, where what went to the proxy, or what it sent on, could be decrypted."""
        self._kept: dict[tuple[Address, Address], list[Connection]] = {}
        self._kept_count = 0
        self._decrypted: set[int] = set()

    def lose(self, what: str, number: int) -> None:
        """Counts something that was not seen, by the packet where it was met."""
        self._lost[what] += 1
        self._first_lost.setdefault(what, number)

    def losses(self) -> Iterator[Item]:
        """One event for each kind of loss, with how often it was met."""
        for what in sorted(self._lost):
            at = f"pcap:packet[{self._first_lost[what]}]"
            yield Span(seq=self._next(), at=at, channel="network", status="lost", what=what, detail=str(self._lost[what]))

    def stream(self, told: Told) -> Iterator[Item]:
        """A request in clear text, or the end of a connection that could not be read."""
        connection = told.connection
        if isinstance(told, Sent):
            yield from self._request(told)
            return
        if connection.speaks == "http":
            self._lose_hole(connection)
            return
        refused = connection.through is not None and not connection.speaks and not connection.start
        if refused or not (connection.up.reach or connection.down.reach):
            return
        if self._hold and connection.speaks == "tls" and self._kept_count < _MOST_KEPT:
            self._kept.setdefault((connection.client, connection.server), []).append(connection)
            self._kept_count += 1
        elif not self._is_behind(connection, self._host(connection)):
            yield self._unread(connection)

    def datagrams(self, flow: Flow) -> Item:
        """What went over UDP, which is not read."""
        return Net(
            seq=self._next(),
            ts=flow.begun,
            at=f"pcap:packet[{flow.at}]",
            visibility="opaque",
            proto="quic" if flow.quic else "udp",
            host=flow.first.host or self._names.host(flow.server[0]),
            ip=_ip(flow.server),
            port=flow.server[1],
            end=flow.ended,
            uid=flow.uid,
            package=self._package(flow.uid),
            sent=flow.sent,
            received=flow.received,
            unread="encrypted" if flow.quic else "protocol",
        )

    def ports(self) -> frozenset[int]:
        """The ports of the servers to which the connections lead that wait."""
        return frozenset(server[1] for (_, server), kept in self._kept.items() if any(each.through is None for each in kept))

    def proxies(self) -> frozenset[int]:
        """The ports of the proxies that were asked to let such connections through."""
        return frozenset(server[1] for (_, server), kept in self._kept.items() if any(each.through is not None for each in kept))

    def decrypted(self, found: Decrypted) -> Item | None:
        """A request inside TLS; none when it was told before a proxy sent it on."""
        connection = self._connection(found)
        through = connection.through if connection else None
        host = host_and_port(found.host)[0] or (connection.host if connection else None) or ""
        if connection:
            self._decrypted.add(connection.at)
        if through is not None:
            self._read_before.add((found.server[0], host_and_port(through)[0]))
        elif asked := self._asked_for(found.client[0], host, found.server):
            if (found.client[0], asked) in self._read_before:
                return None
            self._read_behind.add((found.client[0], asked))
        exchange = _Exchange(found.request, connection, found.server, through, found.host or host, "https")
        return self._carried(exchange, found.ts, found.number, found.proto)

    def unread(self) -> Iterator[Item]:
        """The connections that waited and could not be decrypted."""
        for kept in self._kept.values():
            for connection in kept:
                asked = host_and_port(connection.through or "")[0]
                if connection.at in self._decrypted:
                    self._lose_hole(connection)
                elif (connection.server[0], asked) not in self._read_behind and not self._is_behind(connection, self._host(connection)):
                    yield self._unread(connection)

    def _lose_hole(self, connection: Connection) -> None:
        """Of what cannot be read at all it does not matter what is missing."""
        if connection.hole is not None:
            self.lose("gap", connection.hole)

    def _connection(self, found: Decrypted) -> Connection | None:
        for connection in self._kept.get((found.client, found.server), ()):
            begun, ended = connection.begun, connection.ended
            if begun is None or ended is None or begun - _CLOCK_STEP <= found.ts <= ended + _CLOCK_STEP:
                return connection
        return None

    def _request(self, sent: Sent) -> Iterator[Item]:
        connection, request = sent.connection, sent.request
        proxy = connection.server[0]
        if request.method == "CONNECT":
            self._ask(proxy, host_and_port(request.target)[0])
            return
        named = web_address(request.target).host
        host = request.header("host") or self._names.host(connection.server[0]) or ""
        if named:
            self._ask(proxy, named)
        elif self._is_behind(connection, host_and_port(host)[0]):
            return
        # A program that writes plaintext down took it before it was encrypted, except at the port where nobody encrypts.
        scheme = "https" if connection.made and connection.server[1] != _HTTP else "http"
        exchange = _Exchange(request, connection, connection.server, connection.through, host, scheme)
        yield self._carried(exchange, sent.ts, sent.at, "http")

    def _carried(self, exchange: _Exchange, ts: float | None, number: int, proto: str) -> Item:
        request, connection = exchange.request, exchange.connection
        asked = web_address(request.target)
        host, port = (asked.host, asked.port) if asked.host else host_and_port(exchange.host)
        at_proxy = bool(asked.host) or exchange.through is not None
        if port is None:
            port = host_and_port(exchange.through)[1] if exchange.through else exchange.server[1]
        url = request.target if asked.host else f"{exchange.scheme}://{_authority(host or _ip(exchange.server), port)}{request.target}"
        uid = connection.uid if connection else None
        event = Net(
            seq=self._next(),
            ts=ts,
            at=f"pcap:packet[{number}]",
            visibility="decrypted" if exchange.scheme == "https" else "plain",
            proto=proto,
            host=host or None,
            ip=None if at_proxy else _ip(exchange.server),
            port=port,
            method=request.method,
            path=masked_target(asked.target),
            uid=uid,
            package=self._package(uid),
            sent=request.size,
        )
        return Carried(event, Payload(url, request.headers, request.body, request.header("content-encoding").lower(), request.complete))

    def _unread(self, connection: Connection) -> Item:
        tunnelled = connection.through is not None
        return Net(
            seq=self._next(),
            ts=connection.begun,
            at=f"pcap:packet[{connection.at}]",
            visibility="opaque",
            proto=connection.speaks if connection.speaks not in ("", "other") else "tcp",
            host=self._host(connection) or None,
            ip=None if tunnelled else _ip(connection.server),
            port=host_and_port(connection.through)[1] if connection.through is not None else connection.server[1],
            end=connection.ended,
            uid=connection.uid,
            package=self._package(connection.uid),
            sent=connection.up.reach,
            received=connection.down.reach,
            unread="encrypted" if connection.speaks == "tls" else "protocol",
        )

    def _host(self, connection: Connection) -> str:
        """The host that the client named to the server or to a proxy, else the one that the server's address was answered for."""
        if connection.host or connection.through is not None:
            return connection.host or host_and_port(connection.through or "")[0]
        return self._names.host(connection.server[0]) or ""

    def _ask(self, proxy: bytes, host: str) -> None:
        if host and len(self._asked) < _MOST_PROXIED:
            self._asked.add((proxy, host))

    def _asked_for(self, client: bytes, host: str, server: Address) -> str:
        """Under which name or address a client, being a proxy, was asked for this server; empty when it was not."""
        return next((name for name in (host, _ip(server)) if (client, name) in self._asked), "")

    def _is_behind(self, connection: Connection, host: str) -> bool:
        """Whether this is what a proxy sends on: its client is a proxy that was asked for the same server."""
        return connection.through is None and bool(self._asked_for(connection.client[0], host, connection.server))

    def _package(self, uid: int | None) -> str | None:
        return self._packages.get(uid) if uid is not None else None

    def _next(self) -> int:
        self._seq += 1
        return self._seq


def _authority(host: str, port: int | None) -> str:
    bracketed = f"[{host}]" if ":" in host else host
    return bracketed if port in (None, _HTTP, _HTTPS) else f"{bracketed}:{port}"


def _ip(address: Address) -> str:
    return str(ipaddress.ip_address(address[0]))
