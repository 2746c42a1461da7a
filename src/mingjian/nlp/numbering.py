"""Numbers and bullets: at the start of a line, and of items inside a paragraph."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from mingjian.model.shipped import catalog

BULLET = "bullet"


@dataclass(frozen=True, slots=True)
class Mark:
    """A number or a bullet, with the spaces after it. `style` is a numbering of `catalog/structure.yml`, or `bullet` with value 0."""

    style: str
    value: int
    start: int
    end: int


def mark(text: str, start: int, end: int) -> Mark | None:
    """The number or bullet that `text[start:end]` begins with."""
    for style, pattern in _at_start():
        if found := pattern.match(text, start, min(end, start + _REACH)):
            return Mark(style, _value(found[1]) if style != BULLET else 0, start, found.end())
    return None


def inline(text: str, start: int, end: int) -> Iterator[Mark]:
    """Everything in a paragraph that may number an item, by place; whether it does is told by its neighbours."""
    found = [
        Mark(style, _value(match[1]), match.start(), match.end())
        for style, pattern in _inside()
        for match in pattern.finditer(text, start, end)
    ]
    yield from sorted(found, key=lambda each: (each.start, -each.end))


@cache
def shapes() -> dict[str, Any]:
    """The content of `catalog/structure.yml`."""
    table: dict[str, Any] = catalog("structure")
    return table


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(words.replace("<han>", shapes()["han_number"]))


@cache
def _at_start() -> tuple[tuple[str, re.Pattern[str]], ...]:
    styles = tuple((style, _pattern(words)) for style, words in shapes()["numberings"].items())
    return (*styles, (BULLET, _pattern(shapes()["bullet"])))


@cache
def _inside() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((style, _pattern(row["before"] + row["number"] + row["after"])) for style, row in shapes()["inline"].items())


@cache
def _value(words: str) -> int:
    if words.isdecimal():
        return int(words)
    if words[0] in _HAN_DIGITS:
        return _han(words)
    if words[0] in "IVXivx" and set(words.upper()) <= set("IVX"):
        return _roman(words.upper())
    if words.isascii():
        return ord(words.upper()) - ord("A") + 1
    return int(unicodedata.numeric(words[0]))


def _han(words: str) -> int:
    total, digit = 0, 0
    for character in words:
        value = int(unicodedata.numeric(character))
        if value in (10, 100):
            total, digit = total + (digit or 1) * value, 0
        else:
            digit = digit * 10 + value
    return total + digit


def _roman(words: str) -> int:
    values = [{"I": 1, "V": 5, "X": 10}[letter] for letter in words]
    return sum(-value if value < max(values[index:]) else value for index, value in enumerate(values))


_REACH = 40
_HAN_DIGITS = "〇零一二三四五六七八九十百壹贰叁参肆伍陆柒捌玖拾"
