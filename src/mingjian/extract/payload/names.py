"""What the name of a field says about its value."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

from mingjian.model.shipped import catalog
from mingjian.model.terms import within

_LONGEST_NAME = 128
_DULL = 2
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[\u4e00-\u9fff]+")
_DIGEST = re.compile(r"[0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64}|[0-9A-Za-z+/_-]{22,86}={0,2}")


@dataclass(frozen=True, slots=True)
class Meaning:
    """The data that a field of this name holds. `check` is the test that its values pass, `marked` says that the name speaks of
    a digest or another form of the value."""

    data: str
    check: str | None
    marked: bool
    _shape: re.Pattern[str] | None

    def fits(self, text: str) -> bool:
        """Whether a value is what the name speaks of, or a digest of it."""
        if "**" in text or len(set(text)) <= _DULL:
            return False
        return (self._shape is not None and self._shape.fullmatch(text) is not None) or _DIGEST.fullmatch(text) is not None


@lru_cache(maxsize=8192)
def meaning(name: str) -> Meaning | None:
    """What a field's name says, none for most."""
    words, marked = _words(name)
    if _is_foreign(words):
        return None
    for start in range(len(words)):
        found = _fields().get("".join(words[start:]))
        if found is not None:
            return Meaning(found[0], found[1], marked, found[2])
    return None


def known_name(name: str, data: str) -> bool:
    """Whether a field's name speaks of this data, so that even a common value in it is the one that a call returned."""
    words, _ = _words(name)
    if any("".join(words[start:]) in _known_fields().get(data, ()) for start in range(len(words))):
        return True
    said = meaning(name)
    return said is not None and (said.data == data or within(data, said.data))


@lru_cache(maxsize=8192)
def speaks(name: str) -> bool:
    """Whether a field's name says anything of its value, so that even a short one counts."""
    return meaning(name) is not None or half_of_pair(name) is not None or any(known_name(name, data) for data in _known_fields())


@lru_cache(maxsize=8192)
def gathers(name: str) -> bool:
    """Whether a field's name speaks of many at once: contacts, messages, apps."""
    said = meaning(name)
    return said is not None and said.data in _set("gathered")


@lru_cache(maxsize=8192)
def half_of_pair(name: str) -> str | None:
    """`latitude` or `longitude` when the name says so."""
    words, _ = _words(name)
    if _is_foreign(words):
        return None
    for half in ("latitude", "longitude"):
        if any("".join(words[start:]) in _set(half) for start in range(len(words))):
            return half
    return None


@lru_cache(maxsize=8192)
def is_signature(name: str) -> bool:
    """Whether a field of this name holds a signature, a session or a key, whose value hides nothing."""
    words = [word.lower() for word in _WORD.findall(name[:_LONGEST_NAME])]
    return any(word in _set("signature_words") for word in (*words, "".join(words)))


def _is_foreign(words: list[str]) -> bool:
    return not _set("foreign_words").isdisjoint((*words, *(f"{one}{other}" for one, other in pairwise(words))))


def _words(name: str) -> tuple[list[str], bool]:
    """The words of a name in lower case, without those that only say in which form or how many; whether a form was named."""
    words = _WORD.findall(name[:_LONGEST_NAME])
    lower = _with_numbers([word.lower() for word in words])
    marks = _set("form_marks")
    bare = [word for word in lower if word not in marks]
    marked = len(bare) < len(lower)
    while len(bare) > 1 and bare[-1] in _set("filler_words") and not any("".join(bare[at:]) in _fields() for at in range(len(bare))):
        bare.pop()
    return bare, marked


def _with_numbers(words: list[str]) -> list[str]:
    """`md`, `5` as one word again."""
    joined: list[str] = []
    for word in words:
        if word.isdigit() and joined and joined[-1] + word in _set("form_marks") | _numbered():
            joined[-1] += word
        else:
            joined.append(word)
    return joined


@cache
def _fields() -> dict[str, tuple[str, str | None, re.Pattern[str] | None]]:
    rows: dict[str, dict[str, Any]] = catalog("payload")["fields"]
    return {
        name: (data, row.get("check"), re.compile(row["shape"]) if "shape" in row else None)
        for data, row in rows.items()
        for name in row["names"]
    }


@cache
def _known_fields() -> dict[str, frozenset[str]]:
    return {data: frozenset(names) for data, names in catalog("payload")["known_fields"].items()}


@cache
def _numbered() -> frozenset[str]:
    return frozenset(name for name in _fields() if name[-1].isdigit())


@cache
def _set(name: str) -> frozenset[str]:
    return frozenset(catalog("payload")[name])
