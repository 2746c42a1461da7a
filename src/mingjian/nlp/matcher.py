"""Finds the phrases of a vocabulary in a text, whatever their case and width and whatever spaces and hyphens stand inside them."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Generic, TypeVar

Value = TypeVar("Value")

_PUNCTUATION = str.maketrans("，；：", ",;:")
_WIDTH_AND_CASE = {
    **{0xFF10 + step: ord("0") + step for step in range(10)},
    **{first + step: ord("a") + step for step in range(26) for first in (ord("A"), 0xFF21, 0xFF41)},
    **str.maketrans("－＿／＠．’\u3000", "-_/@.' "),
    **_PUNCTUATION,
}
_JOINTS = frozenset(" -_\n\r\u00a0\u3000\u2010\u2011\u00ad")
_TIGHT = {**_WIDTH_AND_CASE, **dict.fromkeys(map(ord, _JOINTS))}
_ADDRESS = re.compile(
    r"(?<![\w.+-])(?:(?:https?://|www\.)[!-~]{1,2000}|[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,8}|(?:[\w-]{1,64}\.){1,8}(?:com|cn|net|org)\b)",
    re.ASCII,
)
_WORD = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_")


def folded(text: str) -> str:
    """`text` in lower case and half width (of the marks only comma, colon and semicolon), character by character, with links and mail
    addresses blanked out."""
    if any(mark in text for mark in ("://", "www.", "@", ".com", ".cn", ".net", ".org")):
        text = _ADDRESS.sub(lambda match: "\0" * len(match[0]), text)
    return text.translate(_WIDTH_AND_CASE)


def key(phrase: str) -> str:
    """What phrases have in common that differ only in case, width, spaces and hyphens."""
    return phrase.translate(_TIGHT)


def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern for folded texts; it may be written with full-width commas, colons and semicolons."""
    return re.compile(pattern.translate(_PUNCTUATION))


class Spans:
    """Stretches of a text, to be asked what they touch and hold; they may overlap."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        ordered = sorted(spans)
        self._starts = [start for start, _ in ordered]
        self._furthest = list(accumulate((end for _, end in ordered), max))

    def touch(self, start: int, end: int) -> bool:
        """Whether any of them shares a character with `start` to `end`."""
        before = bisect_left(self._starts, end)
        return before > 0 and self._furthest[before - 1] > start

    def hold(self, start: int, end: int) -> bool:
        """Whether any of them holds all of `start` to `end`."""
        before = bisect_right(self._starts, start)
        return before > 0 and self._furthest[before - 1] >= end


class Phrases(Generic[Value]):
    """A set of phrases, each with a value. A phrase that begins (ends) with a Latin letter or a digit is found only where a word begins
    (ends)."""

    def __init__(self, values: Iterable[tuple[str, Value]]) -> None:
        """Of phrases with the same key the first wins."""
        self._values: dict[str, Value] = {}
        lengths: dict[str, set[int]] = {}
        for phrase, value in values:
            letters = key(phrase)
            self._values.setdefault(letters, value)
            lengths.setdefault(letters[:2], set()).add(len(letters))
        self._lengths = {start: sorted(sizes, reverse=True) for start, sizes in lengths.items()}

    def find(self, plain: str) -> Iterator[tuple[int, int, Value]]:
        """The phrases in a folded text from left to right, at each place the longest, none overlapping: start, end, value."""
        places = [index for index, letter in enumerate(plain) if letter not in _JOINTS]
        tight = "".join([plain[index] for index in places])
        at = 0
        while at < len(tight) - 1:
            size = next((size for size in self._lengths.get(tight[at : at + 2], ()) if self._stands(plain, tight, places, at, size)), 0)
            if size:
                yield places[at], places[at + size - 1] + 1, self._values[tight[at : at + size]]
            at += size or 1

    def _stands(self, plain: str, tight: str, places: list[int], at: int, size: int) -> bool:
        if at + size > len(tight) or tight[at : at + size] not in self._values:
            return False
        start, end = places[at], places[at + size - 1] + 1
        begins = start == 0 or plain[start] not in _WORD or plain[start - 1] not in _WORD
        return begins and (end == len(plain) or plain[end - 1] not in _WORD or plain[end] not in _WORD)
