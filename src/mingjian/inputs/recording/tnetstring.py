"""Typed netstrings, as mitmproxy uses them: `length:content` and a byte for the type. Looked into without being unfolded, so that neither
nesting nor the size of what nobody asks for costs anything."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

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
