"""TCP put in order: each connection of a capture, and the requests that its client sends in clear text."""

import heapq
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

from mingjian.inputs.recording import http1, tls_hello
from mingjian.inputs.recording.frames import ACK, SYN, Segment
from mingjian.inputs.recording.http1 import Request

MOST_CONNECTIONS = 16_384
"""Connections followed at a time; beyond that the one that was silent longest is told as it stands."""
MOST_HELD = 64 << 20
"""Bytes of all connections together that wait for what is missing."""

_MOST_WAITING = 1024
_MOST_WAITING_BYTES = 1 << 20
_FAR = 1 << 24
"""A sequence number further off than any window belongs to another connection between the same addresses."""
_MOST_PIECES = 64
"""A first message in more pieces than this is made to cost time."""
_MODULUS = 1 << 32
_HTTP2 = b"PRI * HTTP/2.0\r\n"
_TLS_DATA = b"\x17\x03"

Address = tuple[bytes, int]


@dataclass(slots=True)
class Side:
    """What one end sends. `reach` counts bytes up to the last that was seen, missing ones included."""

    base: int | None = None
    next: int = 0
    reach: int = 0
    held: int = 0
    _waiting: list[tuple[int, int, bytes, int]] = field(default_factory=list)
    _order: int = 0

    def distance(self, seq: int) -> int:
        """How far a sequence number lies ahead of the next one that is due; behind it is negative."""
        if self.base is None:
            return 0
        ahead = (seq - self.base - self.next) % _MODULUS
        return ahead - _MODULUS if ahead >= _MODULUS // 2 else ahead

    def place(self, seq: int, payload: bytes, cut: int) -> Iterator[bytes | int]:
        """Takes in a segment whose last `cut` bytes were not captured; gives what is now in order, and counts of bytes that are missing."""
        if self.base is None:
            self.base = seq
        offset = self.next + self.distance(seq)
        self.reach = max(self.reach, offset + len(payload) + cut)
        heapq.heappush(self._waiting, (offset, self._order, payload, cut))
        self._order += 1
        self.held += len(payload)
        full = len(self._waiting) > _MOST_WAITING or self.held > _MOST_WAITING_BYTES
        yield from self._due(until=self._waiting[0][0] if full else self.next)

    def flush(self) -> Iterator[bytes | int]:
        """Everything that still waits, with counts of what is missing between."""
        while self._waiting:
            yield from self._due(until=self._waiting[0][0])

    def forget(self) -> None:
        """Drops what waits."""
        self._waiting.clear()
        self.held = 0

    def _due(self, until: int) -> Iterator[bytes | int]:
        while self._waiting and self._waiting[0][0] <= max(until, self.next):
            offset, _, payload, cut = heapq.heappop(self._waiting)
            self.held -= len(payload)
            if offset > self.next:
                yield offset - self.next
                self.next = offset
            known = self.next - offset
            if payload[known:]:
                yield payload[known:]
            missing = min(cut, offset + len(payload) + cut - self.next)
            self.next = max(self.next, offset + len(payload) + cut)
            if missing > 0:
                yield missing


@dataclass(slots=True)
class Connection:
    """One connection, from its first packet on.

    `speaks` is `http`, `tls`, `h2`, what it was upgraded to, `other`, or empty while nobody can tell; `host` is what the client names in
    TLS; `through` is the host and port that it asked a proxy for. `made` says that a program wrote it down and it went over no network;
    `hole` is the packet at which a part of what the client sent was first missed."""

    client: Address
    server: Address
    at: int
    begun: float | None
    ended: float | None
    uid: int | None = None
    made: bool = False
    speaks: str = ""
    host: str | None = None
    through: str | None = None
    hole: int | None = None
    up: Side = field(default_factory=Side)
    down: Side = field(default_factory=Side)
    reader: http1.Reader = field(default_factory=http1.Reader)
    start: bytearray = field(default_factory=bytearray)
    pieces: int = 0
    since: tuple[int, float | None] = (0, None)

    @property
    def held(self) -> int:
        """Bytes in memory."""
        return self.up.held + self.reader.held + len(self.start)


@dataclass(frozen=True, slots=True)
class Sent:
    """A request, and the packet and moment at which it began."""

    connection: Connection
    request: Request
    at: int
    ts: float | None


@dataclass(frozen=True, slots=True)
class Ended:
    """A connection of which nothing more will be told."""

    connection: Connection


Told = Sent | Ended


@dataclass(slots=True)
class Streams:
    """All connections of a capture. `cut` counts those that were given up because too much was waiting at a time."""

    cut: int = 0
    _open: OrderedDict[tuple[Address, Address], Connection] = field(default_factory=OrderedDict)
    _held: int = 0

    def take(self, segment: Segment, number: int, ts: float | None) -> Iterator[Told]:
        """Takes in one TCP segment, that of packet `number`."""
        key = (min(segment.source, segment.target), max(segment.source, segment.target))
        connection = self._open.get(key)
        if connection is not None and _is_another(connection, segment):
            yield from self._close(key)
            connection = None
        if connection is None:
            if not (segment.payload or segment.cut or segment.flags & SYN):
                return
            if len(self._open) >= MOST_CONNECTIONS:
                yield from self._close(next(iter(self._open)))
            connection = self._open[key] = _begin(segment, number, ts)
        self._open.move_to_end(key)
        connection.ended = ts if ts is not None else connection.ended
        connection.uid = connection.uid if connection.uid is not None else segment.uid
        before = connection.held
        yield from _follow(connection, segment, number, ts)
        self._held += connection.held - before
        if self._held > MOST_HELD and connection.held:
            self.cut += 1
            self._held -= connection.held
            yield from _give_up(connection)
            self._held += connection.held

    def finish(self) -> Iterator[Told]:
        """Tells all connections that are still open, in the order of their last packets."""
        while self._open:
            yield from self._close(next(iter(self._open)))

    def _close(self, key: tuple[Address, Address]) -> Iterator[Told]:
        connection = self._open.pop(key)
        self._held -= connection.held
        for piece in connection.up.flush():
            yield from _read(connection, piece, connection.at, connection.ended)
        if connection.speaks == "http":
            for request in connection.reader.finish():
                yield Sent(connection, request, *connection.since)
        yield Ended(connection)


def _is_another(connection: Connection, segment: Segment) -> bool:
    """Whether a segment between the same addresses belongs to a later connection."""
    side = connection.up if segment.source == connection.client else connection.down
    if segment.flags & SYN:
        return side.base is not None and side.base != (segment.seq + 1) % _MODULUS
    if connection.made:
        return side is connection.up and not connection.reader.between and http1.begins_http(segment.payload) is True
    return bool(segment.payload) and abs(side.distance(segment.seq)) > _FAR


def _begin(segment: Segment, number: int, ts: float | None) -> Connection:
    client, server = segment.source, segment.target
    if not _is_client(segment):
        client, server = server, client
    return Connection(client, server, number, ts, ts, made=segment.unchecked and not segment.flags & SYN)


def _is_client(segment: Segment) -> bool:
    if segment.flags & SYN:
        return not segment.flags & ACK
    payload = segment.payload
    if payload.startswith(b"HTTP/1."):
        return False
    if tls_hello.begins_tls(payload[:3]) and len(payload) > 5:
        return payload[5] != 2
    if http1.begins_http(payload):
        return True
    # Whoever offers a service does so at a low port.
    return segment.source[1] >= segment.target[1]


def _follow(connection: Connection, segment: Segment, number: int, ts: float | None) -> Iterator[Told]:
    side = connection.up if segment.source == connection.client else connection.down
    seq = segment.seq
    if segment.flags & SYN:
        side.base = seq = (seq + 1) % _MODULUS
    if not segment.payload and not segment.cut:
        return
    if connection.made:
        # A program that writes down what was sent does so in order; it counts bytes of several connections together.
        side.reach += len(segment.payload) + segment.cut
        pieces: Iterator[bytes | int] = iter((segment.payload, segment.cut))
    elif side is connection.down:
        side.base = seq if side.base is None else side.base
        side.reach = side.next = max(side.reach, side.next + side.distance(seq) + len(segment.payload) + segment.cut)
        return
    else:
        pieces = side.place(seq, segment.payload, segment.cut)
    if side is connection.up:
        for piece in pieces:
            yield from _read(connection, piece, number, ts)


def _read(connection: Connection, piece: bytes | int, number: int, ts: float | None) -> Iterator[Sent]:
    """What the client sent next, or how many bytes of it are missing."""
    if not piece:
        return
    if isinstance(piece, int):
        connection.hole = connection.hole or number
    reader = connection.reader
    if (reader.between or reader.lost) and not connection.start:
        connection.since = (number, ts)
    if connection.speaks in ("", "other"):
        piece = _recognise(connection, piece, number)
    if connection.speaks != "http" or not piece:
        return
    requests = reader.skip(piece) if isinstance(piece, int) else reader.feed(piece)
    for request in requests:
        yield Sent(connection, request, *connection.since)
        connection.since = (number, ts)
    if reader.lost:
        connection.hole = connection.hole or number
    if reader.foreign:
        _change(connection, requests[-1])


def _recognise(connection: Connection, piece: bytes | int, number: int) -> bytes | int:
    """Finds out what the client speaks; gives the beginning that an HTTP reader is to read, else nothing."""
    if isinstance(piece, int):
        connection.speaks = connection.speaks or "other"
        connection.start.clear()
        return 0
    if connection.speaks == "other":
        # A part is missing, or the capture began later: the next request may begin with a segment.
        if not http1.begins_http(piece):
            return 0
        connection.speaks = "http"
        connection.hole = connection.hole or number
        return piece
    connection.start += piece
    connection.pieces += 1
    start = bytes(connection.start)
    if tls_hello.begins_tls(start[:3]):
        connection.host, read = tls_hello.host_of(start)
        if read or len(start) > tls_hello.MOST_BYTES or connection.pieces > _MOST_PIECES:
            connection.speaks = "tls"
            connection.start.clear()
        return 0
    speaks = http1.begins_http(start)
    if speaks is None:
        return 0
    if speaks:
        connection.speaks = "http"
    elif start.startswith(_HTTP2):
        connection.speaks = "h2"
    else:
        connection.speaks = "tls" if start.startswith(_TLS_DATA) else "other"
    connection.start.clear()
    return start if speaks else 0


def _change(connection: Connection, last: Request) -> None:
    """After such a request the connection carries something else."""
    if last.method == "CONNECT":
        connection.through = last.target
        connection.speaks = ""
    else:
        connection.speaks = last.header("upgrade").lower().partition(",")[0].strip()[:20] or "other"
    connection.reader = http1.Reader()


def _give_up(connection: Connection) -> Iterator[Sent]:
    """Frees what a connection holds; what comes later on it may be read again from the beginning of a request on."""
    connection.up.next = max(connection.up.next, connection.up.reach)
    connection.up.forget()
    connection.start.clear()
    connection.speaks = connection.speaks or "other"
    connection.hole = connection.hole or connection.at
    if connection.speaks == "http":
        for request in connection.reader.drop():
            yield Sent(connection, request, *connection.since)
