"""Requests inside TLS, decrypted by the program tshark with a key log that belongs to the capture.

It runs as a child that is killed with everything it started, without asking for names, and with a home of its own that holds the key log
and is gone afterwards."""

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import ijson

from mingjian.inputs.recording.http1 import MOST_BODY, Request
from mingjian.inputs.recording.streams import Address

SECONDS = 600.0
"""As long as tshark may take."""
MOST_RECORD = 128 << 20
"""Bytes that it may say about one packet. It writes every byte of a body several times, in hexadecimal."""

_MOST_PORTS = 64
_MOST_STREAMS = 4096
_MOST_HELD = 64 << 20
_HEADERS, _DATA, _CONTINUATION, _END_STREAM, _PADDED = 1, 0, 9, 1, 8
_ADDRESSES = (("ip", "ip.src", "ip.dst"), ("ipv6", "ipv6.src", "ipv6.dst"))


@dataclass(frozen=True, slots=True)
class Decrypted:
    """A request that could be decrypted, the packet in which it was complete, and the ends of its connection. `proto` is `http` or `h2`."""

    client: Address
    server: Address
    number: int
    ts: float
    proto: str
    host: str
    request: Request


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be decrypted: the capture, its key log, the ports at which servers speak TLS, and those at which proxies were asked."""

    path: Path
    keys: bytes = field(repr=False)
    ports: frozenset[int]
    proxies: frozenset[int]


class Decryption:
    """One run of tshark over a capture. `lost` tells in one word why it did not come to its end, else it is empty."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._http2 = _Http2()
        self.lost = ""

    def requests(self, program: str) -> Iterator[Decrypted]:
        """The requests in the order in which they were complete. Never raises for what the capture holds."""
        with TemporaryDirectory(prefix="mingjian-tshark-", ignore_cleanup_errors=True) as home:
            with _started(_command(program, self._asked, Path(home)), home) as (child, late):
                assert child.stdout
                output = _Bounded(child.stdout)
                try:
                    for record in ijson.items(output, "item"):
                        output.since = 0
                        yield from self._read(record)
                except ijson.JSONError:
                    self.lost = "tshark_failed"
                except _TooMuchError:
                    self.lost = "too_large"
                child.stdout.close()
                if not self.lost and child.wait() != 0:
                    self.lost = "tshark_failed"
            if late.is_set():
                self.lost = "timeout"
        yield from self._http2.finish()

    def _read(self, record: Any) -> Iterator[Decrypted]:
        layers = record["_source"]["layers"]
        place = _place(layers)
        if place is None:
            return
        for layer in _all(layers.get("http")):
            request = _http1_request(layer)
            if request is not None:
                yield Decrypted(*place, "http", request.header("host"), request)
        for layer in _all(layers.get("http2")):
            fields = _fields(layer)
            yield from self._http2.take(place, _fields(fields.get("http2.stream")), _bytes(fields.get("http2.stream_raw")))


_Place = tuple[Address, Address, int, float]


class _Http2:
    """Requests of HTTP/2 whose bodies are still coming in, by connection and stream."""

    def __init__(self) -> None:
        self._open: dict[tuple[Address, Address, str], Decrypted] = {}
        self._held = 0

    def take(self, place: _Place, frame: dict[str, Any], raw: bytes) -> Iterator[Decrypted]:
        """Takes in one frame, `raw` as it was sent; gives the requests that end with it."""
        kind, stream = _integer(frame.get("http2.type")), str(frame.get("http2.streamid"))
        key = (place[0], place[1], stream)
        headers = [
            (str(pair.get("http2.header.name", "")), str(pair.get("http2.header.value", "")))
            for pair in _all(frame.get("http2.header"))
            if isinstance(pair, dict)
        ]
        if kind in (_HEADERS, _CONTINUATION) and any(name == ":method" for name, _ in headers):
            yield from self._end(key, complete=False)
            self._open[key] = _http2_request(place, headers)
        elif kind == _DATA and key in self._open:
            begun = self._open[key]
            self._open[key] = _with_body(begun, begun.request.body + _content(raw), complete=True)
            self._held += len(self._open[key].request.body) - len(begun.request.body)
        if kind in (_HEADERS, _DATA) and _integer(frame.get("http2.flags")) & _END_STREAM:
            yield from self._end(key, complete=True)
        while len(self._open) > _MOST_STREAMS or self._held > _MOST_HELD:
            yield from self._end(next(iter(self._open)), complete=False)

    def finish(self) -> Iterator[Decrypted]:
        """The requests of which the end was not seen."""
        for key in list(self._open):
            yield from self._end(key, complete=False)

    def _end(self, key: tuple[Address, Address, str], *, complete: bool) -> Iterator[Decrypted]:
        begun = self._open.pop(key, None)
        if begun is not None:
            self._held -= len(begun.request.body)
            yield _with_body(begun, begun.request.body, complete=complete)


def find() -> str | None:
    """Where tshark is; none when it is not installed."""
    found = shutil.which("tshark")
    return str(Path(found).resolve()) if found else None


def _command(program: str, asked: Asked, home: Path) -> list[str]:
    keys = home / "keys"
    keys.touch(mode=0o600)
    keys.write_bytes(asked.keys)
    ports = sorted(asked.ports | asked.proxies)[:_MOST_PORTS]
    to_server = f" && tcp.dstport in {{{', '.join(map(str, ports))}}}" if 0 < len(ports) < _MOST_PORTS else ""
    command = [program, "-n", "-r", str(asked.path.resolve()), "-T", "json", "--no-duplicate-keys", "-x"]
    command += ["-J", "frame ip ipv6 tcp http http2", "-Y", f"tls && (http.request || http2.type in {{0, 1, 9}}){to_server}"]
    for preference in (f"tls.keylog_file:{keys}", "http.decompress_body:FALSE", "tcp.reassemble_out_of_order:TRUE"):
        command += ["-o", preference]
    for port in ports:
        command += ["-d", f"tcp.port=={port},{'http' if port in asked.proxies else 'tls'}"]
    return command


@contextmanager
def _started(command: list[str], home: str) -> Iterator[tuple["subprocess.Popen[bytes]", threading.Event]]:
    """tshark at work, and whether it was stopped for taking too long."""
    kept = {"PATH": os.environ.get("PATH", os.defpath), "HOME": home, "XDG_CONFIG_HOME": home, "WIRESHARK_CONFIG_DIR": home, "TMPDIR": home}
    child = subprocess.Popen(  # noqa: S603 - the program is found on PATH, and no argument comes from the capture
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=home,
        env=kept | {"LC_ALL": "C.UTF-8"},
        start_new_session=True,
    )
    late = threading.Event()

    def stop() -> None:
        late.set()
        _kill(child.pid)

    timer = threading.Timer(SECONDS, stop)
    timer.start()
    try:
        with child:
            try:
                yield child, late
            finally:
                _kill(child.pid)
    finally:
        timer.cancel()


def _kill(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


class _TooMuchError(Exception):
    pass


class _Bounded:
    """The output, of which no packet may take more than `MOST_RECORD`; `since` counts the bytes since the last one."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.since = 0

    def read(self, size: int = -1) -> bytes:
        content = self._file.read(size)
        self.since += len(content)
        if self.since > MOST_RECORD:
            raise _TooMuchError
        return content


def _place(layers: dict[str, Any]) -> _Place | None:
    frame, tcp = _fields(layers.get("frame")), _fields(layers.get("tcp"))
    for layer, source, target in _ADDRESSES:
        ip = _fields(layers.get(layer))
        if source not in ip:
            continue
        try:
            client = (ip_address(str(ip[source])).packed, _integer(tcp.get("tcp.srcport")))
            server = (ip_address(str(ip[target])).packed, _integer(tcp.get("tcp.dstport")))
            return client, server, _integer(frame.get("frame.number")), float(frame["frame.time_epoch"]) * 1000
        except (ValueError, KeyError, TypeError):
            return None
    return None


def _http1_request(layer: Any) -> Request | None:
    fields = _fields(layer)
    line = next((value for value in fields.values() if isinstance(value, dict) and "http.request.method" in value), None)
    if line is None:
        return None
    headers = []
    for header in _all(fields.get("http.request.line")):
        name, _, value = str(header).partition(":")
        headers.append((name.strip(), value.strip()))
    body = _bytes(fields.get("http.file_data_raw"))
    declared = next((value for name, value in headers if name.lower() == "content-length"), "")
    complete = not declared.isascii() or not declared.isdecimal() or len(body) == int(declared[:15])
    size = len(body) + sum(len(name) + len(value) + 4 for name, value in headers)
    target = str(line.get("http.request.uri", ""))
    return Request(str(line["http.request.method"]), target, tuple(headers), body[:MOST_BODY], complete and len(body) <= MOST_BODY, size)


def _http2_request(place: _Place, headers: list[tuple[str, str]]) -> Decrypted:
    pseudo = {name: value for name, value in headers if name.startswith(":")}
    plain = tuple((name, value) for name, value in headers if not name.startswith(":"))
    host = pseudo.get(":authority") or next((value for name, value in plain if name == "host"), "")
    size = sum(len(name) + len(value) for name, value in headers)
    request = Request(pseudo.get(":method", ""), pseudo.get(":path", ""), plain, b"", True, size)
    return Decrypted(*place, "h2", host, request)


def _content(frame: bytes) -> bytes:
    """What a DATA frame carries (RFC 9113, section 6.1): tshark itself shows it unpacked, or put together with the frames before."""
    content = frame[9:]
    if len(frame) > 9 and frame[4] & _PADDED:
        content = content[1 : max(1, len(content) - content[0])]
    return content


def _with_body(begun: Decrypted, body: bytes, *, complete: bool) -> Decrypted:
    old = begun.request
    whole = complete and old.complete and len(body) <= MOST_BODY
    request = Request(old.method, old.target, old.headers, body[:MOST_BODY], whole, old.size + len(body) - len(old.body))
    return Decrypted(begun.client, begun.server, begun.number, begun.ts, begun.proto, begun.host, request)


def _all(value: Any) -> list[Any]:
    """tshark writes one of a kind as itself and several as a list."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _fields(value: Any) -> dict[str, Any]:
    value = value[0] if isinstance(value, list) and value else value
    return value if isinstance(value, dict) else {}


def _bytes(raw: Any) -> bytes:
    """A raw field: its bytes in hexadecimal, then where they stand; or a list of such."""
    if isinstance(raw, list) and raw and isinstance(raw[0], list):
        return b"".join(map(_bytes, raw))
    try:
        return bytes.fromhex(raw[0]) if isinstance(raw, list) and raw and isinstance(raw[0], str) else b""
    except ValueError:
        return b""


def _integer(value: Any) -> int:
    try:
        return int(str(value), 0)
    except ValueError:
        return 0
