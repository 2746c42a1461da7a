"""When a policy was published or updated, and from when on it holds."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

from mingjian.model.shipped import catalog
from mingjian.nlp.overlaps import apart
from mingjian.nlp.patterns import pattern

DateKind = Literal["effective", "updated", "published"]


@dataclass(frozen=True, slots=True)
class Dated:
    """A date of the policy itself. `date` is ISO 8601, without the day where the text gives none; none where the policy holds from its
    publication on, or where no such day exists. Offsets count within the text that was searched."""

    start: int
    end: int
    kind: DateKind
    date: str | None


def dates(text: str) -> list[Dated]:
    """The dates of the policy that the text names, in order; dates of laws and of older versions are left out."""
    return apart(_candidates(text.translate(_WIDE)), len(text))


def _candidates(text: str) -> Iterator[Dated]:
    for shape in _shapes():
        for match in shape.finditer(text):
            kind = _kind(text, match.start(), match.end())
            if kind is not None:
                yield Dated(match.start(), match.end(), kind, _iso(match.groupdict()))
    for match in pattern("dates", "open").finditer(text):
        yield Dated(match.start(), match.end(), "effective", None)


def _kind(text: str, start: int, end: int) -> DateKind | None:
    before, after = text[max(0, start - _REACH) : start], text[end : end + _REACH]
    if any(pattern("dates", "foreign", name).search(before) for name in ("law", "history")) or pattern("dates", "foreign", "after").match(
        after
    ):
        return None
    for kind in _KINDS:
        if pattern("dates", "labels", kind, "before").search(before):
            return kind
    for kind in _KINDS:
        if pattern("dates", "labels", kind, "after").match(after):
            return kind
    return None


def _iso(parts: dict[str, str | None]) -> str | None:
    year, day = _number(parts["year"]), _number(parts.get("day"))
    name = parts.get("name")
    month = _month(name) if name else _number(parts.get("month"))
    if year is None or month is None:
        return None
    if month > _MONTHS and day is not None:
        # The day first, as in 31/12/2024.
        month, day = day, month
    try:
        whole = date(year, month, day or 1)
    except ValueError:
        return None
    return whole.isoformat() if day else whole.isoformat()[:7]


def _month(name: str) -> int:
    return next(number for number, month in enumerate(catalog("dates")["months"], 1) if month.startswith(name.lower()[:3]))


def _number(words: str | None) -> int | None:
    if words is None:
        return None
    if words.isdecimal():
        return int(words)
    values = [0 if character in "○Oo" else int(unicodedata.numeric(character)) for character in words]
    if 10 not in values:
        return int("".join(map(str, values)))
    ten = values.index(10)
    return (values[0] if ten else 1) * 10 + (values[-1] if ten < len(values) - 1 else 0)


@cache
def _shapes() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(shape) for shape in catalog("dates")["shapes"])


_KINDS: tuple[DateKind, ...] = ("effective", "updated", "published")
_REACH = 40
_MONTHS = 12
_WIDE = {code: code - 0xFEE0 for code in range(0xFF10, 0xFF1A)} | {0xFF0E: ".", 0xFF0D: "-", 0xFF0F: "/"}
