"""One device behind the adb server of this machine. Every request has a deadline and a limit of what it may answer, so that a device that
hangs, drips or floods can be left at any time."""

import shlex
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import TimeoutExpired
from time import monotonic
from typing import Any

from mingjian.errors import InputError, MingjianError, TryAgainError, UsageError

try:
    import adbutils
except ImportError:  # it comes with the extra `device`
    adbutils = None

SECONDS = 30.0
"""How long a request may take unless its caller says otherwise."""
MOST_BYTES = 64 << 20
"""What a request may answer unless its caller says otherwise."""
INSTALL_SECONDS = 300.0

_CHUNK = 1 << 16
_EXIT = b"mingjian-exit:"
_STDOUT, _STDERR, _LEFT = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command on the device wrote, and the exit code it left with."""

    code: int
    output: bytes
    complaint: bytes = b""

    @property
    def text(self) -> str:
        """The output as text without white space around it."""
        return self.output.decode("utf-8", "replace").replace("\r\n", "\n").strip()


@dataclass(frozen=True, slots=True)
class Listed:
    """A device that the adb server knows; `state` is `device` when it can be used, else `unauthorized`, `offline` …"""

    serial: str
    state: str


class Device:
    """A device that answers. Every method raises `TryAgainError` when it no longer does, or not in time."""

    def __init__(self, connector: Any, serial: str) -> None:
        self.serial = serial
        self._connector = connector
        with _told(serial), _connected(connector, monotonic() + SECONDS) as wire:
            wire.ask(f"host-serial:{serial}:features")
            self._features = frozenset(wire.block().split(","))

    def run(self, command: Sequence[str] | str, seconds: float = SECONDS, most: int = MOST_BYTES) -> Answer:
        """Runs a command in the device's shell: words, which are quoted, or a line of the shell. What goes beyond `most` bytes is left."""
        line = command if isinstance(command, str) else shlex.join(command)
        until = monotonic() + seconds
        if "shell_v2" in self._features:
            with self._opened(f"shell,v2,raw:{line}", until) as wire:
                return _packets(wire, most)
        # `exec` gives the bytes as they are, where the old `shell` turns line ends; neither tells the exit code.
        with self._opened(f"exec:{line}; echo {_EXIT.decode()}$?", until) as wire:
            output = wire.rest(most)
        content, marker, code = output.rpartition(_EXIT)
        if not marker or not code.strip().isdigit():
            raise TryAgainError("record.cut_off", serial=self.serial)
        return Answer(int(code), content)

    def text(self, command: Sequence[str] | str, seconds: float = SECONDS) -> str:
        """What the command wrote, whatever it left with."""
        return self.run(command, seconds).text

    def has_root(self) -> bool:
        """Whether commands may run as root: the whole shell does, or `su` lets it."""
        return any(self.run(command).text == "0" for command in (["id", "-u"], ["su", "-c", "id -u"]))

    def install(self, package: Path) -> None:
        """Installs a package file, or another version over it, keeping its data. Raises `InputError` with the device's own reason when
        it refuses."""
        size = package.stat().st_size
        with (
            package.open("rb") as content,
            self._opened(f"exec:cmd package install -r -t -S {size}", monotonic() + INSTALL_SECONDS) as wire,
        ):
            while chunk := content.read(_CHUNK):
                wire.send(chunk)
            told = wire.rest(_CHUNK).decode("utf-8", "replace").strip()
        if "Success" not in told:
            raise InputError("record.install_refused", path=package, why=" ".join(told.split())[:200] or "?")

    @contextmanager
    def reversed(self, remote: int, local: int) -> Iterator[None]:
        """Lets programs on the device reach a port of this machine at a port of their own, as long as the context lasts."""
        self._reverse(f"forward:tcp:{remote};tcp:{local}")
        try:
            yield
        finally:
            with suppress(MingjianError):
                self._reverse(f"killforward:tcp:{remote}")

    def _reverse(self, what: str) -> None:
        with self._opened(f"reverse:{what}", monotonic() + SECONDS) as wire:
            # The first OKAY says that it was understood, the second that it was done.
            wire.expect_okay()

    @contextmanager
    def _opened(self, service: str, until: float) -> Iterator["_Wire"]:
        with _told(self.serial), _connected(self._connector, until) as wire:
            wire.ask(f"host:transport:{self.serial}")
            wire.ask(service)
            yield wire


class _Wire:
    """A connection to one service, until its deadline."""

    def __init__(self, socket: Any, until: float) -> None:
        self._socket = socket
        self._until = until

    def ask(self, service: str) -> None:
        asked = service.encode()
        self.send(b"%04x" % len(asked) + asked)
        self.expect_okay()

    def expect_okay(self) -> None:
        if self.exactly(4) != b"OKAY":
            raise adbutils.AdbError(self.block())

    def block(self) -> str:
        """A text behind its length in four hexadecimal digits."""
        return self.exactly(int(self.exactly(4), 16)).decode("utf-8", "replace")

    def send(self, content: bytes) -> None:
        self._hurry()
        self._socket.sendall(content)

    def exactly(self, size: int) -> bytes:
        content = bytearray()
        while len(content) < size:
            self._hurry()
            chunk = self._socket.recv(min(_CHUNK, size - len(content)))
            if not chunk:
                raise EOFError
            content += chunk
        return bytes(content)

    def rest(self, most: int) -> bytes:
        content = bytearray()
        while len(content) < most:
            self._hurry()
            chunk = self._socket.recv(min(_CHUNK, most - len(content)))
            if not chunk:
                break
            content += chunk
        return bytes(content)

    def _hurry(self) -> None:
        left = self._until - monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)


def _packets(wire: _Wire, most: int) -> Answer:
    """The answer of the second shell protocol: packets of one byte kind, four bytes length, content."""
    found = {_STDOUT: bytearray(), _STDERR: bytearray()}
    while True:
        head = wire.exactly(5)
        size = int.from_bytes(head[1:], "little")
        if size > most:
            raise EOFError
        content = wire.exactly(size)
        if head[0] == _LEFT:
            return Answer(content[0] if content else 255, bytes(found[_STDOUT]), bytes(found[_STDERR]))
        if head[0] in found and len(found[head[0]]) + size <= most:
            found[head[0]] += content


@contextmanager
def _connected(client: Any, until: float) -> Iterator[_Wire]:
    """A connection to the adb server, which is started when it is not running."""
    # The library would wait for ever on a socket without a time.
    with client.make_connection(max(0.1, until - monotonic())).conn as socket:
        yield _Wire(socket, until)


@contextmanager
def _told(serial: str) -> Iterator[None]:
    """What the library and the socket raise, in our words."""
    try:
        yield
    except (TimeoutError, TimeoutExpired, adbutils.AdbTimeout) as error:
        raise TryAgainError("record.late", serial=serial) from error
    except (OSError, EOFError) as error:
        raise TryAgainError("record.cut_off", serial=serial) from error
    except (adbutils.AdbError, ValueError) as error:
        raise TryAgainError("record.no_answer", serial=serial, why=" ".join(str(error).split())[:200]) from error


def connector() -> Any:
    """The client of this machine's adb server. Raises `UsageError` where adbutils is missing."""
    if adbutils is None:
        raise UsageError("record.no_extra")
    return adbutils.AdbClient(socket_timeout=SECONDS)


def devices(client: Any) -> tuple[Listed, ...]:
    """What the adb server lists, in its order. Raises `UsageError` when there is no server and no adb program to start one."""
    try:
        with _told("adb"), _connected(client, monotonic() + SECONDS) as wire:
            wire.ask("host:devices")
            lines = wire.block().splitlines()
    except TryAgainError as error:
        if shutil.which("adb") is None:
            raise UsageError("record.no_adb") from error
        raise
    pairs = (line.split("\t", 1) for line in lines if "\t" in line)
    return tuple(Listed(serial, state.strip()) for serial, state in pairs)


def connect(serial: str | None) -> Device:
    """The device of this serial number, or the only one there is.

    Raises `UsageError` when none is meant clearly, and `TryAgainError` when it is not ready: locked, not authorised, gone."""
    client = connector()
    listed = devices(client)
    if serial is None:
        if len(listed) != 1:
            raise UsageError("record.which_device", serials=", ".join(each.serial for each in listed) or "–")
        serial = listed[0].serial
    state = next((each.state for each in listed if each.serial == serial), None)
    if state is None:
        raise TryAgainError("record.no_device", serial=serial, serials=", ".join(each.serial for each in listed) or "–")
    if state != "device":
        raise TryAgainError("record.unauthorized" if state == "unauthorized" else "record.not_ready", serial=serial, state=state)
    return Device(client, serial)
