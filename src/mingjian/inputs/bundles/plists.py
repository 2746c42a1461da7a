"""Property lists, binary and XML, and tables of strings: hostile trees, of which only what is asked for is looked at."""

import plistlib
import re
from collections.abc import Iterator
from typing import Any
from xml.parsers.expat import ExpatError

from mingjian.inputs.bundles.unreadable import UnreadableError

MOST_BYTES = 8 << 20
_LONGEST = 2000
_MOST_ITEMS = 1000
_LINE = re.compile(r'"((?:[^"\\]|\\.){1,200})"\s*=\s*"((?:[^"\\]|\\.){0,2000})"\s*;')
_ESCAPES = re.compile(r"\\(.)", re.DOTALL)


def tree(content: bytes) -> dict[str, Any]:
    """The dictionary that a property list is. Entities, of which bombs are made, are refused; a binary list may share parts of itself,
    so that a walk over all of it may never end: look things up, with `text`, `texts`, `rows`. Raises `UnreadableError`."""
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


def strings(content: bytes) -> dict[str, str]:
    """A table of translations: a property list, or the text form with lines `"key" = "value";`. Raises `UnreadableError`."""
    if content.startswith(b"bplist") or content.lstrip()[:1] == b"<":
        table = tree(content)
        return {key: text(table[key]) for key in list(table)[:_MOST_ITEMS] if isinstance(key, str)}
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        decoded = content[:MOST_BYTES].decode(encoding)
    except UnicodeError as error:
        raise UnreadableError("plist", encoding) from error
    pairs = _LINE.findall(decoded)[:_MOST_ITEMS]
    return {_ESCAPES.sub(r"\1", key): _ESCAPES.sub(r"\1", value) for key, value in pairs}


def text(value: Any) -> str:
    """A text, cut; empty for what is none."""
    return value[:_LONGEST] if isinstance(value, str) else ""


def texts(value: Any) -> list[str]:
    """The texts of a list, cut; empty for what is none."""
    return [text(each) for each in value[:_MOST_ITEMS] if isinstance(each, str)] if isinstance(value, list) else []


def rows(value: Any) -> Iterator[dict[Any, Any]]:
    """The dictionaries of a list."""
    if isinstance(value, list):
        yield from (each for each in value[:_MOST_ITEMS] if isinstance(each, dict))
