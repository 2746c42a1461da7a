"""Typed netstrings, as mitmproxy uses them: `length:content` and a byte for the type. Looked into without being unfolded, so that neither
nesting nor the size of what nobody asks for costs anything."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

MOST_RECORD = 64 << 20
"""The largest record that is read, in bytes."""
ENDS = ("truncated", "bad_frame", "cannot_read")
"""Losses after which nothing of a file follows."""

_PREFIX = 13
_KINDS = (b",", b";", b"#", b"^", b"!", b"~", b"]", b"}")
_LENGTH = re.compile(rb"(\d{1,12}):")
_MOST_MEMBERS = 1000


class MalformedError(ValueError):
    """The bytes are no typed netstring."""


@dataclass(slots=True)
class Value:
    """One value within a buffer: from `start` to `end`, of the type of the byte after it (`,` bytes, `;` text, `#` whole number,
    `^` number, `!` truth, `~` none, `]` list, `}` map)."""

    buffer: bytes
    start: int
    end: int

    @property
    def kind(self) -> str:
        """The byte of its type."""
        return chr(self.buffer[self.end])

    def content(self) -> bytes:
        """The bytes of the value; of anything that is neither bytes nor text, none."""
        return self.buffer[self.start : self.end] if self.kind in ",;" else b""

    def text(self) -> str:
        """The value as text; bytes that are no UTF-8 become lone surrogates."""
        return self.content().decode("utf-8", "surrogateescape")

    def number(self) -> float | None:
        """The number; none for anything else, or one that is none."""
        if self.kind not in "#^" or self.end - self.start > 40:
            return None
        try:
            return float(self.buffer[self.start : self.end])
        except ValueError:
            return None

    def truth(self) -> bool:
        """Whether it is the truth value true."""
        return self.kind == "!" and self.buffer[self.start : self.end] == b"true"

    def items(self) -> "Iterator[Value]":
        """The elements of a list, or names and values of a map by turns; nothing for anything else. Raises `MalformedError` on the way."""
        if self.kind not in "]}":
            return
        buffer, at, end = self.buffer, self.start, self.end
        while at < end:
            length = _LENGTH.match(buffer, at, end)
            start = length.end() if length else end
            stop = start + int(length[1]) if length else end
            if stop >= end:
                raise MalformedError
            yield Value(buffer, start, stop)
            at = stop + 1

    def members(self) -> "dict[str, Value]":
        """A map by name; empty for anything else. Raises `MalformedError`."""
        found: dict[str, Value] = {}
        if self.kind != "}":
            return found
        parts = self.items()
        for key in parts:
            value = next(parts, None)
            if value is None or len(found) >= _MOST_MEMBERS:
                raise MalformedError
            found[key.text()] = value
        return found


def value(record: bytes) -> Value:
    """The one value that these bytes are. Raises `MalformedError`."""
    length = _LENGTH.match(record)
    if length is None or length.end() + int(length[1]) + 1 != len(record):
        raise MalformedError
    return Value(record, length.end(), len(record) - 1)


def records(file: BinaryIO, aside: bytes) -> Iterator[bytes | str]:
    """The maps of a file one after another, or why one is lost. One that is too large comes without its member `aside`."""
    size = os.fstat(file.fileno()).st_size
    at = 0
    try:
        while at < size:
            extent = _extent(file, at, size)
            if isinstance(extent, str):
                yield extent
                return
            start, stop = extent
            kind = _read(file, stop, 1)
            if kind not in _KINDS:
                yield "bad_frame"
                return
            if kind != b"}":
                yield "bad_record"
            else:
                yield _read(file, at, stop + 1 - at) if stop - start <= MOST_RECORD else _without(file, start, stop, aside)
            at = stop + 1
    except OSError:
        yield "cannot_read"


def _without(file: BinaryIO, at: int, end: int, aside: bytes) -> bytes | str:
    kept = bytearray()
    for _ in range(_MOST_MEMBERS):
        name = _extent(file, at, end)
        content = name if isinstance(name, str) else _extent(file, name[1] + 1, end)
        if isinstance(name, str) or isinstance(content, str):
            return "bad_record"
        stop = content[1] + 1
        if name[1] - name[0] != len(aside) or _read(file, name[0], len(aside)) != aside:
            if len(kept) + stop - at > MOST_RECORD:
                return "too_large"
            kept += _read(file, at, stop - at)
        at = stop
        if at == end:
            return b"%d:%s}" % (len(kept), kept)
    return "bad_record"


def _extent(file: BinaryIO, at: int, end: int) -> tuple[int, int] | str:
    """Where the content of the value that begins here starts and stops; why it does not, when it does not within `end`."""
    prefix = _read(file, at, min(_PREFIX, end - at))
    length = _LENGTH.match(prefix)
    if length is None:
        return "truncated" if prefix.isdigit() and len(prefix) < _PREFIX else "bad_frame"
    start = at + length.end()
    return (start, start + int(length[1])) if start + int(length[1]) < end else "truncated"


def _read(file: BinaryIO, at: int, size: int) -> bytes:
    file.seek(at)
    return file.read(size)
