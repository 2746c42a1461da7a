"""Property lists, binary and XML, and tables of strings: hostile trees, of which only what is asked for is looked at."""

import plistlib
import re
import struct
from typing import Any
from xml.parsers.expat import ExpatError

from mingjian.inputs.bundles.unreadable import UnreadableError

MOST_BYTES = 8 << 20
_LONGEST = 2000
MOST_ITEMS = 1000
_SIZES = {0x40: 1, 0x50: 1, 0x60: 2, 0xA0: 1, 0xB0: 1, 0xC0: 1, 0xD0: 2}
"""Kinds of objects with a length, by the bytes, or numbers of objects, that one of it takes."""
_LINE = re.compile(r'"((?:[^"\\]|\\.){1,200})"\s*=\s*"((?:[^"\\]|\\.){0,2000})"\s*;')
_ESCAPES = re.compile(r"\\(.)", re.DOTALL)


def tree(content: bytes) -> dict[str, Any]:
    """The dictionary that a property list is. Entities, of which bombs are made, are refused; a binary list may share parts of itself,
    so that a walk over all of it may never end: look things up, with `text`, `texts`, `rows`. Raises `UnreadableError`."""
    if content.startswith(b"bplist"):
        _refuse_shared(content)
    try:
        root = plistlib.loads(content)
    except RecursionError as error:
        raise UnreadableError("plist", "too deep") from error
    except (
        *(plistlib.InvalidFileException, ExpatError, ValueError, TypeError, LookupError, OverflowError),
        *(AttributeError, AssertionError, EOFError, UnicodeError),
    ) as error:
        # What hostile lists make plistlib raise; it promises only the first.
        raise UnreadableError("plist", f"{type(error).__name__}: {error}"[:120]) from error
    if not isinstance(root, dict):
        raise UnreadableError("plist", type(root).__name__)
    return root


def _refuse_shared(content: bytes) -> None:
    """Objects that lie on one another, of which a small list makes one that takes hours or all memory; writers put them side by side.
    What else is wrong with the list, `plistlib` finds."""
    if len(content) < 40:
        return
    width, wide, count, _, table = struct.unpack(">6xBBQQQ", content[-32:])
    if not 1 <= width <= 8 or not 1 <= wide <= 8 or count * width > len(content) or table + count * width > len(content):
        raise UnreadableError("plist", "offsets")
    left = len(content)
    for place in range(table, table + count * width, width):
        left -= _length(content, int.from_bytes(content[place : place + width], "big"), wide)
        if left < 0:
            raise UnreadableError("plist", "objects lie on one another")


def _length(content: bytes, at: int, wide: int) -> int:
    """How many bytes an object states to have; at least 1."""
    if at >= len(content):
        raise UnreadableError("plist", "offsets")
    kind, size = content[at] & 0xF0, content[at] & 0x0F
    if kind not in _SIZES:
        return 1
    if size == 0x0F:
        long = 1 << (content[at + 1] & 0x0F) if at + 1 < len(content) else 1
        size = int.from_bytes(content[at + 2 : at + 2 + min(long, 8)], "big")
    return 1 + size * _SIZES[kind] * (wide if kind >= 0xA0 else 1)


def strings(content: bytes) -> dict[str, str]:
    """A table of translations: a property list, or the text form with lines `"key" = "value";`. Raises `UnreadableError`."""
    if content.startswith(b"bplist") or content.lstrip()[:1] == b"<":
        table = tree(content)
        return {key: text(table[key]) for key in list(table)[:MOST_ITEMS] if isinstance(key, str)}
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        decoded = content[:MOST_BYTES].decode(encoding)
    except UnicodeError as error:
        raise UnreadableError("plist", encoding) from error
    pairs = _LINE.findall(decoded)[:MOST_ITEMS]
    return {_ESCAPES.sub(r"\1", key): _ESCAPES.sub(r"\1", value) for key, value in pairs}


def text(value: Any) -> str:
    """A text, cut; empty for what is none."""
    return value[:_LONGEST] if isinstance(value, str) else ""


def texts(value: Any) -> list[str]:
    """The texts of a list, cut; empty for what is none."""
    return [text(each) for each in value[:MOST_ITEMS] if isinstance(each, str)] if isinstance(value, list) else []


def rows(value: Any) -> list[dict[Any, Any]]:
    """The dictionaries of a list."""
    return [each for each in value[:MOST_ITEMS] if isinstance(each, dict)] if isinstance(value, list) else []


def refuse_unlike(value: Any, kind: type[str | dict[Any, Any]], name: str) -> None:
    """Raises `UnreadableError` for what is there and no list of that kind, or one of which `texts` and `rows` leave out a part: it must
    not pass for an empty one."""
    if value is None:
        return
    if not isinstance(value, list) or any(not isinstance(each, kind) for each in value[:MOST_ITEMS]):
        raise UnreadableError("shape", name)
    if len(value) > MOST_ITEMS:
        raise UnreadableError("too_long", f"{name}: {len(value)}")
