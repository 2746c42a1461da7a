"""The browser's only way out: a proxy on this machine that keeps pages of the internet out of private networks and ends what has no end."""

import select
import socket
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from time import monotonic
from urllib.parse import urlsplit

from mingjian.inputs import plain_http

_MOST_BYTES = 256 << 20
"""What a page may load with all that it shows."""
_MOST_HEAD = 1 << 16
_IDLE = 10.0
"""Seconds without a byte after which a connection is closed: the browser's clock for scripts stands still while an answer is awaited."""
_CHUNK = 1 << 16


@contextmanager
def gate(until: float, public: bool) -> Iterator[str]:
    """The address of a proxy that works until `until` of the monotonic clock; `public` when the page stands in the internet."""
    with _Gate(until, public) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


class _Gate(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, until: float, public: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Passage)
        self.until = until
        self.public = public
        self.room = _MOST_BYTES


class _Passage(socketserver.BaseRequestHandler):
    server: _Gate

    def handle(self) -> None:
        """One connection of the browser, to the server that its first line names."""
        with suppress(OSError, ValueError):
            self.request.settimeout(_IDLE)
            head, rest = self._head()
            method, target, version = head.split(b"\r\n", 1)[0].decode("ascii").split(" ")
            parts = urlsplit(f"//{target}" if method == "CONNECT" else target)
            if not parts.hostname or parts.scheme not in ("", "http"):
                raise ValueError("no server is named")
            with socket.create_connection((parts.hostname, parts.port or 80), timeout=_IDLE) as there:
                if self.server.public and not plain_http.is_public(there.getpeername()[0]):
                    self.request.sendall(b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n")
                    return
                if method == "CONNECT":
                    self.request.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                    there.sendall(rest)
                else:
                    path = parts._replace(scheme="", netloc="").geturl() or "/"
                    there.sendall(_direct(head, f"{method} {path} {version}") + rest)
                self._pump(there)

    def _head(self) -> tuple[bytes, bytes]:
        data = b""
        while b"\r\n\r\n" not in data:
            more = self.request.recv(_CHUNK)
            data += more
            if not more or len(data) > _MOST_HEAD:
                raise ValueError("no request")
        head, _, rest = data.partition(b"\r\n\r\n")
        return head, rest

    def _pump(self, there: socket.socket) -> None:
        other = {self.request: there, there: self.request}
        while (left := self.server.until - monotonic()) > 0:
            ready, _, _ = select.select(list(other), [], [], min(_IDLE, left))
            if not ready:
                return
            for one in ready:
                data = one.recv(_CHUNK)
                self.server.room -= len(data)
                if not data or self.server.room < 0:
                    return
                other[one].sendall(data)


def _direct(head: bytes, first: str) -> bytes:
    """The request as the server itself expects it, for one answer only: the next request may go to another server."""
    fields = [line for line in head.split(b"\r\n")[1:] if not line.lower().startswith((b"proxy-", b"connection:"))]
    return b"\r\n".join([first.encode(), *fields, b"Connection: close", b"", b""])
