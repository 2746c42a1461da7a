"""Requests of HTTP/1.x as they go over one connection, read piece by piece, with holes where pieces were lost (RFC 9112)."""

import re
from dataclasses import dataclass, field

MOST_HEAD = 1 << 16
"""Bytes of a request's first line and headers."""
MOST_BODY = 8 << 20
"""Bytes of a body that are kept; of a longer one the beginning is."""

_MOST_HEADERS = 200
_MOST_CHUNK_LINE = 4096
_MOST_LOOKED_AT = 256
_LINE = re.compile(rb"([A-Z][A-Z0-9_-]{0,31}) (\S{1,65536}) HTTP/1\.[0-9]")
_BEGINNING = re.compile(rb"[A-Z][A-Z0-9_-]{0,31}(?:\Z| (?:\Z|[^\s\x00-\x1f]))")
_LENGTH = re.compile(r"\d{1,15}")
_SIZE = re.compile(rb"[0-9A-Fa-f]{1,12}")


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `complete` says whether all of its body is here; `size` counts its bytes as sent."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    complete: bool
    size: int

    def header(self, name: str) -> str:
        """The first value of a header, its name in lower case; empty when it is not there."""
        return next((value for header, value in self.headers if header.lower() == name), "")


def begins_http(start: bytes) -> bool | None:
    """Whether a connection that begins so sends HTTP/1.x requests; none while that cannot be told yet."""
    line, ended, _ = start.partition(b"\n")
    if ended:
        return bool(_LINE.fullmatch(line.rstrip(b"\r")))
    if len(start) > MOST_HEAD:
        return False
    return None if _BEGINNING.match(start) else False


@dataclass(slots=True)
class Reader:
    """Reads what a client sends. `lost` says that the reader does not know where a request begins: the stream is no HTTP/1.x, or a part is
    missing whose length decided where the next one starts. `foreign` says that what follows is another protocol."""

    lost: bool = False
    foreign: bool = False
    _buffer: bytearray = field(default_factory=bytearray)
    _head: Request | None = None
    _body: bytearray = field(default_factory=bytearray)
    _whole: bool = True
    _size: int = 0
    _searched: int = 0
    _left: int = 0
    _chunks: bool = False
    _trailer: bool = False

    @property
    def held(self) -> int:
        """Bytes in memory."""
        return len(self._buffer) + len(self._body)

    @property
    def between(self) -> bool:
        """Whether the last request has ended and no other has begun."""
        return self._head is None and not self._buffer

    def feed(self, data: bytes) -> list[Request]:
        """The requests that end with these bytes."""
        if self.foreign:
            return []
        if self.lost:
            if not begins_http(data):
                return []
            self.lost = False
        self._buffer += data
        ended: list[Request] = []
        while self._step(ended):
            pass
        return ended

    def skip(self, count: int) -> list[Request]:
        """The same for bytes that are missing."""
        if self.foreign or self.lost:
            return []
        ended: list[Request] = []
        self._whole = False
        if self._head is not None and not self._chunks and not self._buffer and count <= self._left:
            self._left -= count
            self._size += count
            if self._left == 0:
                ended.append(self._end())
            return ended
        if self._head is None and self._buffer:
            self._begin_cut()
        if self._head is not None:
            ended.append(self._end())
        self._give_up()
        return ended

    def finish(self) -> list[Request]:
        """The request that was under way when the connection ended."""
        if self.foreign or self.lost:
            return []
        if self._head is None and self._buffer:
            self._begin_cut()
        if self._head is None:
            return []
        self._whole = False
        return [self._end()]

    def drop(self) -> list[Request]:
        """Gives up what is under way, to free its memory; the request is told with what there is of it."""
        ended = self.finish()
        self._give_up()
        return ended

    def _give_up(self) -> None:
        self.lost = True
        self._head = None
        self._whole = True
        self._buffer.clear()
        self._searched = 0

    def _step(self, ended: list[Request]) -> bool:
        """One part of what stands in the buffer; whether there may be another."""
        if self.foreign or not self._buffer:
            return False
        if self._head is None:
            return self._begin(ended)
        if self._chunks:
            return self._chunk(ended)
        self._take(self._left)
        if self._left == 0:
            ended.append(self._end())
        return bool(self._buffer)

    def _begin(self, ended: list[Request]) -> bool:
        while self._buffer[:2] == b"\r\n":
            del self._buffer[:2]
        if not self._buffer or self._buffer == b"\r":
            return False
        end = self._buffer.find(b"\r\n\r\n", max(0, self._searched - 3), MOST_HEAD + 4)
        self._searched = len(self._buffer)
        if end < 0:
            if self._searched > MOST_HEAD or begins_http(bytes(self._buffer[:_MOST_LOOKED_AT])) is False:
                self._give_up()
            return False
        self._searched = 0
        head = _head(bytes(self._buffer[:end]))
        if head is None:
            self._give_up()
            return False
        del self._buffer[: end + 4]
        self._size = end + 4
        self._start(head)
        if self._left == 0 and not self._chunks:
            ended.append(self._end())
            self.foreign = head.method == "CONNECT" or bool(head.header("upgrade"))
        return True

    def _begin_cut(self) -> None:
        """A request whose headers are not all here."""
        head = _head(bytes(self._buffer[: max(0, self._buffer.rfind(b"\r\n"))]))
        self._size = len(self._buffer)
        self._buffer.clear()
        self._searched = 0
        self._head = head

    def _start(self, head: Request) -> None:
        self._head, self._whole, self._trailer = head, True, False
        self._chunks = head.header("transfer-encoding").lower().rstrip().endswith("chunked")
        length = head.header("content-length").strip()
        self._left = int(length) if _LENGTH.fullmatch(length) and not self._chunks else 0

    def _take(self, most: int) -> None:
        """Moves bytes of the body out of the buffer."""
        count = min(most, len(self._buffer))
        room = max(0, min(count, MOST_BODY - len(self._body)))
        self._body += self._buffer[:room]
        self._whole = self._whole and room == count
        del self._buffer[:count]
        self._left -= count
        self._size += count

    def _chunk(self, ended: list[Request]) -> bool:
        if self._left:
            self._take(self._left)
            return bool(self._buffer)
        end = self._buffer.find(b"\r\n", 0, _MOST_CHUNK_LINE)
        if end < 0:
            if len(self._buffer) > _MOST_CHUNK_LINE:
                ended += self.drop()
            return False
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        self._size += end + 2
        if self._trailer:
            if not line:
                ended.append(self._end())
            return True
        if not line:
            return True
        found = _SIZE.match(line)
        if found is None:
            ended += self.drop()
            return False
        self._left = int(found[0], 16)
        self._trailer = self._left == 0
        return True

    def _end(self) -> Request:
        assert self._head is not None
        head = self._head
        request = Request(head.method, head.target, head.headers, bytes(self._body), self._whole, self._size)
        self._head = None
        self._body.clear()
        self._whole, self._chunks, self._trailer, self._left = True, False, False, 0
        return request


def _head(content: bytes) -> Request | None:
    """First line and headers; none when that is no request."""
    first, *lines = content.split(b"\r\n", _MOST_HEADERS)
    found = _LINE.fullmatch(first)
    if found is None:
        return None
    headers = tuple(
        (name.decode("latin-1").strip(), value.decode("latin-1").strip())
        for name, colon, value in (line.partition(b":") for line in lines)
        if colon
    )
    return Request(found[1].decode(), found[2].decode("latin-1"), headers, b"", True, 0)
