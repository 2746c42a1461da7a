"""One page by plain HTTP, bounded in size, time and redirects, which lead neither to files nor from the internet into a private network."""

import ipaddress
import socket
import ssl
import string
import threading
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from time import monotonic
from typing import Any, TypeVar
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urljoin, urlsplit
from urllib.request import (
    HTTPCookieProcessor,
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from mingjian.errors import InputError, TryAgainError

SCHEMES = ("http", "https")
MOST_REDIRECTS = 10
MOST_BYTES = 32 << 20
"""The largest page, in bytes, also after it is unpacked."""

Taken = TypeVar("Taken")

_CHUNK = 1 << 16
_AGAIN = (408, 425, 429)
"""Statuses below 500 that ask to come back later."""
_HEADERS = {
    "User-Agent": "Mozilla/5.0 (compatible; mingjian)",
    "Accept": "text/html,*/*;q=0.8",
    "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server sent: the address that redirects led to, the media type and charset that it names (empty for none), the bytes.
    `public` says whether any server on the way stands in the internet."""

    address: str
    media_type: str
    charset: str
    body: bytes
    public: bool


@dataclass(slots=True)
class Way:
    """The servers met so far. Once one of them stands in the internet, none in a private network may follow. Redirects lead to nothing but
    `schemes`."""

    address: str
    public: bool = False
    schemes: tuple[str, ...] = SCHEMES
    redirects: int = field(default=0, init=False)
    _lines: list[socket.socket] = field(default_factory=list, init=False)
    _over: bool = field(default=False, init=False)

    def meet(self, line: socket.socket) -> None:
        """A connection stands; nothing was sent yet. Raises `InputError` for a private network after the internet."""
        if self._over:
            raise TimeoutError
        # TLS takes the socket itself away.
        self._lines.append(line.dup())
        host = line.getpeername()[0]
        if is_public(host):
            self.public = True
        elif self.public:
            raise InputError("fetch.private", address=self.address, target=host)

    def cut(self) -> None:
        """Ends what is still connected, and whoever waits for it."""
        self._over = True
        for line in self._lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()


def is_public(host: str) -> bool:
    """Whether this IP address belongs to the internet: not to this machine, its network, or an intranet."""
    address = ipaddress.ip_address(host.partition("%")[0])
    return (getattr(address, "ipv4_mapped", None) or address).is_global


def get(address: str, until: float, public: bool = False) -> Answer:
    """What stands at the address, by the time `until` of the monotonic clock; `public` when a page of the internet named the address.

    Raises `TryAgainError` for what may work later, and `InputError` for what will not."""
    way = Way(address, public)

    def answer(response: HTTPResponse) -> Answer:
        body = _body(response, address, until)
        charset = response.headers.get_content_charset() or ""
        media_type = response.headers.get_content_type() if "Content-Type" in response.headers else ""
        return Answer(response.url, media_type, charset, body, way.public)

    return received(way, until, answer)


def received(way: Way, until: float, take: Callable[[HTTPResponse], Taken]) -> Taken:
    """What `take`, called in a thread of its own, makes of the answer whose body is not read yet. `take` looks at the clock itself.

    Raises what `take` raises, and as `get` does."""
    found: list[tuple[Taken] | Exception] = []

    def work() -> None:
        try:
            found.append((_received(way, until, take),))
        except Exception as error:  # noqa: BLE001  raised again in the thread that asked
            found.append(error)

    # The timeout of a socket counts from byte to byte, and to look up a name has none: only another thread can stop waiting for both.
    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    worker.join(max(0.0, until - monotonic()))
    over = list(found)
    way.cut()
    match over:
        case [Exception() as error]:
            raise error
        case [(taken,)]:
            return taken
        case _:
            raise TryAgainError("fetch.late", address=way.address)


def _received(way: Way, until: float, take: Callable[[HTTPResponse], Taken]) -> Taken:
    opener = OpenerDirector()
    # The opener of urllib would bring handlers for files, data and FTP. Cookies live as long as this one request.
    for handler in (
        ProxyHandler(),
        _Http(way),
        _Https(way),
        HTTPCookieProcessor(),
        _Redirects(way),
        HTTPErrorProcessor(),
        HTTPDefaultErrorHandler(),
    ):
        opener.add_handler(handler)
    request = Request(way.address, headers=_HEADERS)  # noqa: S310  the scheme was checked
    try:
        with opener.open(request, timeout=max(0.1, until - monotonic())) as response:
            return take(response)
    except HTTPError as error:
        error.close()
        kind = TryAgainError if error.code >= 500 or error.code in _AGAIN else InputError
        raise kind("fetch.status", address=way.address, status=error.code) from error
    except (OSError, HTTPException, ValueError) as error:
        raise _failed(way.address, error) from error


def _failed(address: str, error: Exception) -> InputError | TryAgainError:
    cause = error.reason if isinstance(error, URLError) and isinstance(error.reason, Exception) else error
    match cause:
        case ssl.SSLCertVerificationError():
            return InputError("fetch.certificate", address=address, why=cause.verify_message)
        case socket.gaierror():
            return TryAgainError("fetch.no_name", address=address)
        case TimeoutError():
            return TryAgainError("fetch.late", address=address)
        case OSError():
            return TryAgainError("fetch.no_connection", address=address, why=cause.strerror or str(cause) or type(cause).__name__)
        case _:
            return InputError("fetch.no_http", address=address, why=str(cause)[:100] or type(cause).__name__)


def _body(response: HTTPResponse, address: str, until: float) -> bytes:
    packed = (response.headers.get("Content-Encoding") or "identity").lower()
    if packed not in ("identity", "gzip", "x-gzip", "deflate"):
        raise InputError("fetch.no_http", address=address, why=f"Content-Encoding: {packed[:40]}")
    # 32 + 15: zlib's sign for either header, gzip's or its own.
    unpacker = zlib.decompressobj(47) if packed != "identity" else None
    body = bytearray()
    while chunk := response.read1(_CHUNK):
        try:
            body += unpacker.decompress(chunk, MOST_BYTES + 1 - len(body)) if unpacker else chunk
        except zlib.error as error:
            raise InputError("fetch.no_http", address=address, why=str(error)) from error
        if len(body) > MOST_BYTES:
            raise InputError("fetch.too_large", address=address, limit=MOST_BYTES >> 20)
        if monotonic() > until:
            raise TryAgainError("fetch.late", address=address)
    if response.length or (unpacker and not unpacker.eof):
        raise TryAgainError("fetch.cut_off", address=address)
    return bytes(body)


class _Connection(HTTPConnection):
    way: Way | None = None

    def connect(self) -> None:
        super().connect()
        if self.way:
            self.way.meet(self.sock)


class _SecureConnection(HTTPSConnection, _Connection):
    """Connects by `_Connection`, so that the other side is known before the first byte of TLS."""


class _Http(HTTPHandler):
    def __init__(self, way: Way) -> None:
        super().__init__()
        self._way = way

    def http_open(self, req: Request) -> HTTPResponse:
        return self.do_open(_watched(_Connection, req, self._way), req)


class _Https(HTTPSHandler):
    def __init__(self, way: Way) -> None:
        super().__init__()
        self._way = way

    def https_open(self, req: Request) -> HTTPResponse:
        return self.do_open(_watched(_SecureConnection, req, self._way), req)


def _watched(kind: Any, request: Request, way: Way) -> Any:
    """Connections of this kind that tell the way whom they meet. Behind a proxy that is the proxy, which has to know what it reaches."""
    direct = request.host == urlsplit(request.full_url).netloc
    return type(kind.__name__, (kind,), {"way": way}) if direct else kind


class _Redirects(HTTPRedirectHandler):
    """Follows as urllib does, but reads no byte of what comes with a redirect."""

    def __init__(self, way: Way) -> None:
        self._way = way

    def http_error_302(self, req: Request, fp: Any, code: int, msg: str, headers: Any) -> Any:
        fp.close()
        address = self._way.address
        self._way.redirects += 1
        if self._way.redirects > MOST_REDIRECTS:
            raise InputError("fetch.redirects", address=address, limit=MOST_REDIRECTS)
        # Header bytes arrive as Latin-1; what is no ASCII in them was meant as it stands.
        target = quote(urljoin(req.full_url, headers.get("Location", "")), safe=string.punctuation, encoding="iso-8859-1")
        if urlsplit(target).scheme not in self._way.schemes:
            raise InputError("fetch.scheme", address=address, target=target[:200])
        request = self.redirect_request(req, fp, code, msg, headers, target)
        return self.parent.open(request, timeout=req.timeout) if request else None

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302
