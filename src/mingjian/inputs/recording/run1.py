"""The reader of run files (`run/1`), line by line. What the types cannot say is checked here: indexes lead somewhere, numbers are unique,
times can be. Whoever is handed an event need not check it again."""

import itertools
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, Union
from zlib import crc32

import msgspec

from mingjian.errors import InputError
from mingjian.inputs.files import open_file
from mingjian.inputs.recording.track import Head, Track
from mingjian.model.run import SCHEMA, AnyEvent, Api, File, Mark, Net, OsAccess, Session, Span, Tier, Ui

name = "run"

MOST_LINE = 4 << 20
"""Bytes of one line."""
MOST_PARTS = 64
MOST_MARKS = 10_000
"""Marks of one file: every phase is told by all of them, so they are kept in memory."""
LATEST = 4_102_444_800_000.0
"""The beginning of the year 2100: a later time is one in other units than milliseconds."""

What = Literal["bad_line", "too_long", "truncated", "conflict", "unchecked", "another_session", "bad_mark", "unreadable", "repeated"]

_CHANNELS: dict[Tier, Literal["api", "network", "ui"]] = {
    "hook": "api",
    "os_record": "api",
    "proxy": "network",
    "capture": "network",
    "ui": "ui",
}
_MOST_ZONE = 18 * 60
_MOST_DENSE = 1 << 24
_MOST_SPARSE = 1 << 20
_LARGEST_SEQ = 1 << 53
_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_FIRST = re.compile(rb'\s*\{[^\n]*"(?:kind"\s*:\s*"session"|schema"\s*:\s*"run/)')
_KIND = re.compile(rb'"kind"\s*:\s*"\w+"')
_KIND_WITHIN = 4096
_VERSION = re.compile(r"run/(\d{1,9})")
_SALT = re.compile(r"(?:[0-9a-f]{2}){8,64}")


class _First(msgspec.Struct):
    kind: str = ""
    schema: str = ""


_FIRST_DECODER = msgspec.json.Decoder(_First)
_SESSION_DECODER = msgspec.json.Decoder(Session)
_DECODER = msgspec.json.Decoder(AnyEvent)


class _Other(msgspec.Struct, tag_field="kind", gc=False):
    """Of a line that calls itself another event than a mark: its number."""

    seq: int


_OTHERS = [
    msgspec.defstruct(f"_{kind.__name__}", (), bases=(_Other,), tag=kind.__struct_config__.tag, gc=False)
    for kind in (Api, OsAccess, File, Ui, Net, Span)
]
_MARKS_DECODER: msgspec.json.Decoder[Mark | _Other] = msgspec.json.Decoder(Union[(Mark, *_OTHERS)])


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line. All but `repeated` (the very same line once more) mean that something was lost; `bad_mark` that a mark
    may have been, without which no phase can be told."""

    what: What
    detail: str = ""


def recognises(head: Head) -> bool:
    """Whether the first line calls itself a session, in UTF-8 or, to be told so, in UTF-16."""
    start = head.start
    if start.startswith(_UTF_16):
        start = start[: len(start) & ~1].decode("utf-16", "replace").encode()
    return _FIRST.match(start.removeprefix(_BOM)) is not None


def read(path: Path) -> Track:
    """The run in this file. Where a mark may have been lost none is handed on and the session is not known to be fresh: every phase is
    unknown then. Raises `InputError` when the first line is no session that this version reads, or for more marks than anybody sets."""
    with open_file(path, "run") as file:
        session = read_session(path, file)
        marks = _marks_in_order(file, session)
    numbered = marks is not None
    if marks is None:
        marks = _marks_read_closely(path)
    if marks is None:
        return Track(msgspec.structs.replace(session, fresh=None), lambda: _events(path))
    found = tuple(marks)
    return Track(session, lambda: _events(path, numbered=numbered), lambda: found)


def _marks_read_closely(path: Path) -> list[Mark] | None:
    """The marks of any file; none where one may have been lost."""
    marks: list[Mark] = []
    for event in _events(path):
        if isinstance(event, Mark):
            if len(marks) >= MOST_MARKS:
                raise InputError("input.run_too_many_marks", path=path, limit=MOST_MARKS)
            marks.append(event)
        elif isinstance(event, Span) and event.what == "bad_mark":
            return None
    return marks


def _marks_in_order(file: BinaryIO, session: Session) -> list[Mark] | None:
    """The marks of a file whose lines are whole, say what they are, and are numbered upwards, so that no mark is missing and no number
    comes twice. None for every other file, which takes a closer reading. `file` stands behind its first line."""
    decode = _MARKS_DECODER.decode
    marks: list[Mark] = []
    count, largest, last = 0, -1, b"\n"
    try:
        while line := file.readline(MOST_LINE + 1):
            found = decode(line)
            if found.seq <= largest or len(line) > MOST_LINE:
                return None
            if type(found) is Mark:
                if _unsound(found, session) is not None or len(marks) >= MOST_MARKS:
                    return None
                marks.append(found)
            count, largest, last = count + 1, found.seq, line
    except (ValueError, RecursionError, OSError):
        return None
    whole = last.endswith(b"\n") and largest < _MOST_DENSE and (session.events is None or count >= session.events)
    return marks if whole else None


def read_session(path: Path, file: BinaryIO) -> Session:
    """The session in the first line of a file that was just opened. Raises `InputError` when it is none that this version reads."""
    line = file.readline(MOST_LINE + 1)
    if line.startswith(_UTF_16):
        raise InputError("input.run_utf16", path=path)
    line = line.removeprefix(_BOM)
    try:
        first = _FIRST_DECODER.decode(line)
    except (ValueError, RecursionError) as error:
        raise InputError("input.run_no_session", path=path) from error
    version = _VERSION.fullmatch(first.schema)
    if first.kind != "session" or version is None:
        raise InputError("input.run_no_session", path=path)
    if first.schema != SCHEMA:
        raise InputError("input.run_newer", path=path, schema=first.schema, known=SCHEMA)
    try:
        session = _SESSION_DECODER.decode(line)
    except (ValueError, RecursionError) as error:
        raise InputError("input.run_bad_session", path=path, why=str(error)[:200]) from error
    if why := _unsound_session(session):
        raise InputError("input.run_bad_session", path=path, why=why)
    return session


def _unsound_session(session: Session) -> str | None:
    if not 0 < len(session.parts) <= MOST_PARTS:
        return f"`$.parts`: 1 to {MOST_PARTS}"
    if session.salt is not None and not _SALT.fullmatch(session.salt):
        return "`$.salt`: 8 to 64 bytes in lower-case hex"
    if not all(map(_possible, (session.started, session.ended))):
        return "`$.started`, `$.ended`"
    if session.device is not None and abs(session.device.zone_minutes or 0) > _MOST_ZONE:
        return "`$.device.zone_minutes`"
    for index, part in enumerate(session.parts):
        if part.clock.error_ms is not None and part.clock.error_ms < 0:
            return f"`$.parts[{index}].clock.error_ms`: < 0"
    return None


def lines(file: BinaryIO, session: Session, *, numbered: bool = False) -> Iterator[tuple[int, AnyEvent | Fault]]:
    """Every line after the session with its number: the event, or what is wrong with it. `file` stands behind its first line. `numbered`:
    the events are known to bear different numbers."""
    numbers = None if numbered else _Numbers()
    decode, parts = _DECODER.decode, len(session.parts)
    for number in itertools.count(2):
        try:
            line = file.readline(MOST_LINE + 1)
            if len(line) > MOST_LINE and not line.endswith(b"\n"):
                _skip_line(file)
                yield number, _lost("too_long", line, f"> {MOST_LINE}")
                continue
        except OSError as error:
            yield number, Fault("unreadable", error.strerror or "")
            return
        if not line:
            return
        try:
            event = decode(line)
        except (ValueError, RecursionError) as error:
            if (fault := _undecoded(line, session, str(error)[:200])) is not None:
                yield number, fault
                if fault.what == "another_session":
                    return
            continue
        fault = None if numbers is None else numbers.fault(event.seq, line)
        # Most lines are calls, of which nothing else can be unsound.
        if fault is None and not (type(event) is Api and 0 <= event.part < parts and (event.ts is None or 0 <= event.ts < LATEST)):
            fault = _unsound(event, session)
        if fault is None:
            yield number, event
        else:
            yield number, Fault("bad_mark", fault.detail) if isinstance(event, Mark) and fault.what != "repeated" else fault


def _skip_line(file: BinaryIO) -> None:
    while (chunk := file.readline(MOST_LINE)) and not chunk.endswith(b"\n"):
        pass


def _undecoded(line: bytes, session: Session, why: str) -> Fault | None:
    """What a line is that is no event; none for an empty one."""
    if not line.strip():
        return None
    if _FIRST.match(line):
        return Fault("repeated" if _same_session(line, session) else "another_session")
    return Fault("truncated", why) if not line.endswith(b"\n") else _lost("bad_line", line, why)


def _same_session(line: bytes, session: Session) -> bool:
    try:
        return bool(_SESSION_DECODER.decode(line) == session)
    except (ValueError, RecursionError):
        return False


def _lost(what: What, line: bytes, detail: str) -> Fault:
    return Fault(what if _is_no_mark(line) else "bad_mark", detail)


def _is_no_mark(line: bytes) -> bool:
    try:
        return not isinstance(_MARKS_DECODER.decode(line), Mark)
    except (ValueError, RecursionError):
        return b'"mark"' not in line and _KIND.search(line, 0, _KIND_WITHIN) is not None


def _unsound(event: AnyEvent, session: Session) -> Fault | None:
    """What the types cannot say: indexes that lead nowhere, times that cannot be, errors below zero."""
    if not 0 <= event.part < len(session.parts):
        return Fault("bad_line", f"`$.part`: {event.part}")
    if not _possible(event.ts):
        return Fault("bad_line", f"`$.ts`: {event.ts:.0f}")
    match event:
        case Api() | File():
            return None
        case Mark() if event.error_ms < 0:
            return Fault("bad_line", "`$.error_ms`: < 0")
        case Net() if not _possible(event.end):
            return Fault("bad_line", f"`$.end`: {event.end:.0f}")
        case OsAccess() | Span() if not (_possible(event.begin) and _possible(event.end)):
            return Fault("bad_line", f"`$.begin`, `$.end`: {event.begin}, {event.end}")
        case Ui():
            return _unsound_screen(event)
        case _:
            return None


def _unsound_screen(event: Ui) -> Fault | None:
    for index, node in enumerate(event.nodes):
        if node.up is not None and not 0 <= node.up < index:
            return Fault("bad_line", f"`$.nodes[{index}].up`: {node.up}")
    for index, shade in enumerate(event.shades):
        if not 0 <= shade.node < len(event.nodes):
            return Fault("bad_line", f"`$.shades[{index}].node`: {shade.node}")
    return None


def _possible(time: float | None) -> bool:
    return time is None or 0 <= time < LATEST


class _Numbers:
    """Which numbers were there already, and on which line by its checksum. Small numbers take four bytes each, of others a bounded
    count is kept."""

    def __init__(self) -> None:
        self._dense = array("I", bytes(4096))
        self._sparse: dict[int, int] = {}

    def fault(self, seq: int, line: bytes) -> Fault | None:
        """None for a new number."""
        if not 0 <= seq < _LARGEST_SEQ:
            return Fault("bad_line", "`$.seq`")
        checksum = crc32(line.rstrip()) or 1
        if seq < _MOST_DENSE:
            if seq >= len(self._dense):
                self._dense.frombytes(bytes(self._dense.itemsize * (max(seq + 1, 2 * len(self._dense)) - len(self._dense))))
            before, self._dense[seq] = self._dense[seq], self._dense[seq] or checksum
        elif seq in self._sparse:
            before = self._sparse[seq]
        elif len(self._sparse) >= _MOST_SPARSE:
            return Fault("unchecked", f"`$.seq`: {seq}")
        else:
            before, self._sparse[seq] = 0, checksum
        if before:
            return Fault("repeated" if before == checksum else "conflict", f"`$.seq`: {seq}")
        return None


def _events(path: Path, *, numbered: bool = False) -> Iterator[AnyEvent]:
    losses: dict[What, tuple[int, int]] = {}
    latest, in_order, largest, count = 0.0, True, 1, 0
    with open_file(path, "run") as file:
        session = read_session(path, file)
        for number, found in lines(file, session, numbered=numbered):
            if isinstance(found, Fault):
                if found.what != "repeated":
                    first, so_far = losses.get(found.what, (number, 0))
                    losses[found.what] = (first, so_far + 1)
                    count += 1
                continue
            count += 1
            largest = max(largest, found.seq)
            if found.ts is not None:
                if found.ts >= latest:
                    latest = found.ts
                else:
                    in_order = False
            yield found
    if session.events is not None and count < session.events:
        losses.setdefault("truncated", (count + 2, session.events - count))
    # Lines in order of time, numbered without a gap: what is missing was later than all of them. Else it may be a mark that decides.
    cut_behind = in_order and (session.events is None or largest <= count + 1)
    for what in ("truncated", "unreadable"):
        if what in losses and not cut_behind:
            losses.setdefault("bad_mark", losses[what])
    yield from _told(session, losses, largest + 1, latest if cut_behind and latest else None)


def _told(session: Session, losses: dict[What, tuple[int, int]], seq: int, cut: float | None) -> Iterator[Span]:
    """Each loss for each channel that the file speaks of; `cut` is the last moment before a cut, where it is known."""
    channels = {part: _CHANNELS[each.tier] for part, each in enumerate(session.parts) if each.tier in _CHANNELS} or {0: "api"}
    numbers = itertools.count(seq)
    for what, (first, lost) in losses.items():
        for part, channel in channels.items():
            detail, begin = f"{lost} (run:{first})", cut if what == "truncated" else None
            yield Span(seq=next(numbers), part=part, channel=channel, status="lost", what=what, detail=detail, begin=begin)
