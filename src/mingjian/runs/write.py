"""Events of any order -> a run file, sorted and numbered by its lines. Memory holds three numbers an event; the events wait on disk."""

import os
import tempfile
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from math import inf
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Literal

import msgspec

from mingjian.errors import InputError
from mingjian.inputs.recording.run1 import MOST_LINE
from mingjian.model.run import AnyEvent, Net, Session, Span, Ui

MOST_SORTED = 8_000_000
"""Events beyond which the order is left as it came: readers do not rely on it, and sorting takes memory."""

_FIRST_LINE = 2
_UNNUMBERED = b'"seq":0'
_encode = msgspec.json.Encoder().encode
_decode_net = msgspec.json.Decoder(Net).decode


class Spool:
    """Events that wait to be written. What refers to another event by its number does so by the number that one came with, which is
    to be unique among all that are added. A context manager: the file that they wait in, in `folder`, disappears at the end."""

    def __init__(self, folder: Path | None = None) -> None:
        try:
            self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  closed by __exit__
        except OSError as error:
            raise _unwritten(folder, error) from error
        self._folder = folder
        self._times = array("d")
        self._starts = array("Q", [0])
        self._numbers = array("q")
        self._referred: set[int] = set()
        self._in_order = True

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._times)

    def add(self, event: AnyEvent) -> None:
        """One more event. One that no line can hold leaves word of its loss instead. Raises `InputError` when the disk is full."""
        line = _line(event)
        # What has no time stands behind everything else.
        time = inf if event.ts is None else event.ts
        self._in_order = self._in_order and (not self._times or self._times[-1] <= time)
        self._times.append(time)
        self._numbers.append(event.seq)
        self._starts.append(self._starts[-1] + len(line))
        try:
            self._file.write(line)
        except OSError as error:
            raise _unwritten(self._folder, error) from error
        if isinstance(event, Net):
            self._referred.update(match.event for match in event.matches if match.event is not None)

    def lines(self) -> Iterator[bytes]:
        """The lines behind the session, in order of time and, within a moment, as they were added."""
        count = len(self._times)
        sort = not self._in_order and count <= MOST_SORTED
        order: Iterable[int] = sorted(range(count), key=self._times.__getitem__) if sort else range(count)
        numbers: dict[int | None, int] = {}
        if self._referred:
            found = ((self._numbers[index], line) for line, index in enumerate(order, start=_FIRST_LINE))
            numbers.update((before, line) for before, line in found if before in self._referred)
        place = None
        for number, index in enumerate(order, start=_FIRST_LINE):
            start, end = self._starts[index], self._starts[index + 1]
            if start != place:
                self._file.seek(start)
            line, place = self._file.read(end - start), end
            if self._referred and b'"event":' in line and line.startswith(b'{"kind":"net"'):
                line = _referring(line, numbers)
            yield line.replace(_UNNUMBERED, b'"seq":%d' % number, 1)


def _unwritten(path: Path | None, error: OSError) -> InputError:
    return InputError("error.cannot_write", path=path or tempfile.gettempdir(), why=error.strerror or type(error).__name__)


def _line(event: AnyEvent) -> bytes:
    # The number stands first behind the kind, so that it can be filled in without reading the line again.
    unnumbered = msgspec.structs.replace(event, seq=0)
    try:
        line = _encode(unnumbered) + b"\n"
    except UnicodeEncodeError:
        what = "bad_text"
    else:
        if len(line) <= MOST_LINE:
            return line
        what = "too_large"
    lost = Span(seq=0, ts=event.ts, part=event.part, at=event.at, channel=_channel(event), status="lost", what=what)
    return _encode(lost) + b"\n"


def _channel(event: AnyEvent) -> Literal["api", "network", "ui"]:
    return "network" if isinstance(event, Net) else "ui" if isinstance(event, Ui) else "api"


def _referring(line: bytes, numbers: dict[int | None, int]) -> bytes:
    event = _decode_net(line)
    matches = tuple(msgspec.structs.replace(match, event=numbers.get(match.event)) for match in event.matches)
    return _encode(msgspec.structs.replace(event, matches=matches)) + b"\n"


def write_run(session: Session, spool: Spool, sink: BinaryIO) -> None:
    """The run file of this session and these events."""
    sink.write(_encode(msgspec.structs.replace(session, events=len(spool))) + b"\n")
    sink.writelines(spool.lines())


def save_run(session: Session, events: Iterable[AnyEvent], path: Path) -> None:
    """The run file of this session and these events, of any order, in place of whatever stood at `path`. Raises `InputError`."""
    with Spool(path.parent) as spool:
        for event in events:
            spool.add(event)
        with replacing(path) as sink:
            write_run(session, spool, sink)


@contextmanager
def replacing(path: Path, mode: int = 0o666) -> Iterator[BinaryIO]:
    """A file that takes the place of `path` once everything is written, created with these permissions. Raises `InputError` when it
    cannot be written; the old file stands then. A device or a pipe is written to and stays what it is."""
    part = path.with_name(path.name + ".part")
    try:
        if path.exists() and not path.is_file():
            with path.open("wb") as sink:
                yield sink
            return
        with suppress(FileNotFoundError):
            part.unlink()
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode), "wb") as sink:
            yield sink
        part.replace(path)
    except OSError as error:
        raise _unwritten(path, error) from error
    finally:
        with suppress(OSError):
            part.unlink()
