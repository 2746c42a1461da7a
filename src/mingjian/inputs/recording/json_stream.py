"""Reads the elements of large arrays in a JSON file one after another, in memory that the largest element bounds.

An element that the buffer holds whole is decoded where it stands. The extent of any other is found by its brackets, and only then is it
decoded: so an element that is broken or too large is lost alone, and text that is no UTF-8, or half of a surrogate pair (mitmproxy writes
bytes so), arrives unharmed, where a streaming parser gives up."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any, BinaryIO

MOST_RECORD = 64 << 20
"""The largest element that is read, in bytes."""

_CHUNK = 1 << 20
_LARGEST_ASIDE = 64 << 10
_DEEPEST = 200
_NEVER_DENSE = 4 << 20
_MOST_STRINGS = 500_000
_MOST_OUTSIDE = 4 << 20
_STRINGS = rb'[^"{}\[\]]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"{}\[\]]*+)*+'
_DEEP = 6
"""Nearly every record is no deeper, and is then passed over at once where the buffer holds it whole."""
_WHOLE = re.compile(reduce(lambda inner, _: rb"[{\[]%s(?:%s%s)*+[}\]]" % (_STRINGS, inner, _STRINGS), range(_DEEP), rb"(?!)"), re.DOTALL)
_TO_BRACKET = re.compile(_STRINGS + rb"[{}\[\]]", re.DOTALL)
_TO_STRING = re.compile(_STRINGS, re.DOTALL)
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_STRING_REST = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_SPACE = re.compile(rb"[ \t\r\n\0]*+")
_SCALAR = re.compile(rb'[^,\]}{\[":\s]*+')
_BOM = b"\xef\xbb\xbf"
_DECODER = json.JSONDecoder(strict=False)


@dataclass(frozen=True, slots=True)
class Element:
    """One element: the name of its array, its index there, and what it holds, or why it is lost (`value` none then). Without an index
    the file itself is broken there: nothing follows."""

    array: str
    index: int | None
    value: Any = None
    lost: str = ""


class _FaultError(Exception):
    """The file is no JSON from here on, or ends here."""


class JsonStream:
    """A file of JSON. As far as the reading went, `aside` collects small values that stand beside the arrays, by name, and `met` the names
    of arrays that were reached."""

    def __init__(self, file: BinaryIO) -> None:
        self.aside: dict[str, Any] = {}
        self.met: set[str] = set()
        self._file = file
        self._buffer = bytearray()
        self._at = 0
        self._kept: int | None = None
        self._too_large = False
        self._text: str | None = None
        """The buffer as text; empty where it did not hold an element whole and sound, so that no more of them are looked for in it."""
        self._text_at = 0
        self._decoded_to = 0

    def elements(self, within: str | None, arrays: tuple[str, ...]) -> Iterator[Element]:
        """The elements of these arrays, which are members of the root's member `within`; of the root itself, an array, when that is none.
        A file may hold several roots one after another. Never raises for what the file holds."""
        try:
            yield from self._roots(within, dict.fromkeys(arrays, 0))
        except _FaultError as fault:
            yield Element("", None, lost=str(fault))
        except OSError:
            yield Element("", None, lost="cannot_read")

    def _roots(self, within: str | None, found: dict[str, int]) -> Iterator[Element]:
        if self._more() and self._buffer.startswith(_BOM):
            self._at = len(_BOM)
        first = self._peek()
        if first is None:
            raise _FaultError("truncated")
        while first is not None:
            if within is None:
                yield from self._array(next(iter(found)), found)
            elif first == b"{":
                yield from self._members((within,), found)
            else:
                raise _FaultError("bad_json")
            first = self._peek()

    def _members(self, path: tuple[str, ...], found: dict[str, int]) -> Iterator[Element]:
        self._take(b"{")
        while (first := self._peek()) != b"}":
            if first == b",":
                self._take(b",")
                continue
            name = self._name()
            if path and name == path[0] and self._peek() == b"{":
                yield from self._members(path[1:], found)
            elif not path and name in found and self._peek() == b"[":
                yield from self._array(name, found)
            else:
                beside = self._value(_LARGEST_ASIDE)
                if not path and beside is not None and len(self.aside) < 100:
                    self.aside[name] = decoded(beside)
        self._take(b"}")

    def _array(self, name: str, found: dict[str, int]) -> Iterator[Element]:
        self._take(b"[")
        self.met.add(name)
        while (first := self._peek()) != b"]":
            if first == b",":
                self._take(b",")
                continue
            if first is None or first in b"}:":
                raise _FaultError("truncated" if first is None else "bad_json")
            index, found[name] = found[name], found[name] + 1
            if first in b"{[" and (at_once := self._decoded_at_once()) is not None:
                yield Element(name, index, *at_once)
                continue
            content = self._value(MOST_RECORD)
            value = None if content is None else decoded(content)
            lost = "too_large" if content is None else "bad_record" if value is None and content != b"null" else ""
            yield Element(name, index, value, lost)
        self._take(b"]")

    def _decoded_at_once(self) -> tuple[Any, str] | None:
        """Value and loss of the object or array that begins here; none where it has to be read with more care."""
        if self._text is None:
            # More than this may be made to exhaust the decoder.
            small = len(self._buffer) - self._at <= _NEVER_DENSE
            self._text = self._buffer[self._at :].decode("utf-8", "surrogateescape") if small else ""
            self._text_at, self._decoded_to = 0, self._at
        if not self._text:
            return None
        between = self._buffer[self._decoded_to : self._at]
        if not between.isascii():
            self._text = ""
            return None
        start = self._text_at + len(between)
        try:
            value, end = _DECODER.raw_decode(self._text, start)
        except (ValueError, RecursionError, MemoryError):
            self._text = ""
            return None
        many = self._text.count("{", start, end) + self._text.count("[", start, end) > _DEEPEST
        size = end - start if self._text.isascii() else len(self._text[start:end].encode("utf-8", "surrogateescape"))
        self._at += size
        self._text_at, self._decoded_to = end, self._at
        return (None, "too_large") if many and _is_deep(value) else (value, "")

    def _name(self) -> str:
        if self._peek() != b'"':
            raise _FaultError("truncated" if self._peek() is None else "bad_json")
        name = self._value(_LARGEST_ASIDE)
        self._take(b":")
        text = decoded(name) if name is not None else None
        return text if isinstance(text, str) else ""

    def _peek(self) -> bytes | None:
        """The next byte that is no space, not taken; none at the end."""
        while True:
            found = _SPACE.match(self._buffer, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._buffer):
                return bytes(self._buffer[self._at : self._at + 1])
            if not self._more():
                return None

    def _take(self, expected: bytes) -> None:
        first = self._peek()
        if first != expected:
            raise _FaultError("truncated" if first is None else "bad_json")
        self._at += 1

    def _value(self, most: int) -> bytes | None:
        """The bytes of the value that begins here; none when they are more than `most`, or made to exhaust a decoder."""
        first = self._peek()
        if first is None:
            raise _FaultError("truncated")
        self._kept, self._too_large = self._at, False
        if first in b"{[":
            self._pass_brackets(most)
        elif first == b'"':
            self._at += 1
            self._pass_string(most)
        else:
            self._pass_scalar(most)
        start, self._kept = self._kept, None
        if start is None or self._too_large or self._at - start > most:
            return None
        content = bytes(self._buffer[start : self._at])
        return None if _is_dense(content) else content

    def _pass_brackets(self, most: int) -> None:
        whole = _WHOLE.match(self._buffer, self._at)
        if whole:
            self._at = whole.end()
            return
        depth = 0
        while True:
            found = _TO_BRACKET.match(self._buffer, self._at)
            if found is None:
                self._pass_unfinished(most)
                continue
            self._at = found.end()
            depth += 1 if self._buffer[self._at - 1] in b"{[" else -1
            if depth > _DEEPEST:
                self._too_large, self._kept = True, None
            if depth <= 0:
                return

    def _pass_unfinished(self, most: int) -> None:
        """Goes on to the string that the buffer breaks off in, and through it; reads on when there is none."""
        found = _TO_STRING.match(self._buffer, self._at)
        self._at = found.end() if found else self._at
        if self._at < len(self._buffer):
            self._at += 1
            self._pass_string(most)
        elif not self._more(most):
            raise _FaultError("truncated")

    def _pass_string(self, most: int) -> None:
        while True:
            found = _STRING_REST.match(self._buffer, self._at)
            self._at = found.end() if found else self._at
            if self._buffer[self._at : self._at + 1] == b'"':
                self._at += 1
                return
            if not self._more(most):
                raise _FaultError("truncated")

    def _pass_scalar(self, most: int) -> None:
        begun = True
        while True:
            found = _SCALAR.match(self._buffer, self._at)
            if begun and found and found.end() == self._at:
                raise _FaultError("bad_json")
            begun = False
            self._at = found.end() if found else self._at
            if self._at < len(self._buffer) or not self._more(most):
                return

    def _more(self, most: int = MOST_RECORD) -> bool:
        """Reads on; what nobody keeps any more is let go. False at the end of the file."""
        if self._kept is not None and len(self._buffer) - self._kept > most:
            self._too_large, self._kept = True, None
        self._text = None
        gone = self._at if self._kept is None else self._kept
        del self._buffer[:gone]
        self._at -= gone
        if self._kept is not None:
            self._kept = 0
        chunk = self._file.read(_CHUNK)
        self._buffer += chunk
        return bool(chunk)


def _is_dense(content: bytes) -> bool:
    """Whether a large value is made of so many small ones that, decoded, it would be many times as large. What is large in a recording is
    the text of a few bodies."""
    if len(content) <= _NEVER_DENSE:
        return False
    if content.count(b'"') - content.count(b'\\"') > 2 * _MOST_STRINGS:
        return True
    return len(_STRING.sub(b"", content)) > _MOST_OUTSIDE


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        inner = [each for outer in level for each in (outer.values() if isinstance(outer, dict) else outer)]
        level = [each for each in inner if isinstance(each, (dict, list))]
    return bool(level)


def decoded(content: bytes) -> Any:
    """The value of JSON text; none when it is none. Bytes that are no UTF-8 become lone surrogates (`surrogateescape`)."""
    try:
        return json.loads(content.removeprefix(_BOM).decode("utf-8", "surrogateescape"), strict=False)
    except (ValueError, RecursionError, MemoryError):
        return None


def fields(value: object) -> dict[str, Any]:
    """The members of an object; of anything else, none."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """The elements of an array; of anything else, none."""
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """The text itself; of anything else, the empty one."""
    return value if isinstance(value, str) else ""


def number(value: object) -> float | None:
    """The number itself; a truth value, a text and a number without bound are none."""
    known = isinstance(value, (int, float)) and not isinstance(value, bool) and -1e18 < value < 1e18
    return value if known else None  # type: ignore[return-value]
