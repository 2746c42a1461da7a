"""The values that calls returned, to be found again in traffic: in full, as digests, in pieces."""

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice, permutations
from typing import Any

from mingjian.extract.checks import plausible
from mingjian.model.run import Match, Value
from mingjian.model.shipped import catalog
from mingjian.model.terms import IDENTIFYING, within
from mingjian.model.types import Evidence
from mingjian.model.values import masked, sealed_hash

Forms = tuple[str, ...]

_DIGESTS = ("md5", "sha1", "sha256")
_PLAIN_DIGESTS = ("sha512",)
_LONGEST_RAW = 1 << 20
_MOST_ITEMS = 2000
_MOST_TOKENS = 4000
_SHORTEST_ITEM = 6
_SHORTEST_RUN = 4
_MOST_PAIRS = 60
_MOST_ODD = 200
_SEPARATORS = ":-. "
_NO_SEPARATORS = str.maketrans("", "", _SEPARATORS)
_RUN_ONLY = bytes(byte if chr(byte).isalnum() and byte < 0x80 else 0x20 for byte in range(256))
_WHOLE = re.compile(r"[^\s\"'{}\[\]()<>,;|&=]{6,128}")
_NUMBER = re.compile(r"-?\d{1,3}\.\d{3,17}")
_ITEMS = re.compile(r"[,;|\n\r\t\"\[\]{} ]{1,8}")


@dataclass(frozen=True, slots=True)
class Call:
    """The call that returned a value: its number, when it was, and where it can be seen."""

    seq: int
    ts: float | None
    at: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """One value: which data it is, the first call that returned it, its salted hash and mask. `telling` says that it is evidence
    wherever it turns up; another only under a name that says the same."""

    data: str
    call: Call
    hash: str | None
    masked: str
    telling: bool
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A value found again: in which form, and the characters that showed it."""

    held: Held
    forms: Forms = ()


class KnownValues:
    """The values of one recording. Those learned without their raw content are found only where a whole field or word is the value
    or a plain digest of it. Beyond a number of values no more are learned, and `overfull` says so. `silent` are places and texts in
    which somebody who looked found nothing, since the last value was learned."""

    def __init__(self) -> None:
        self.overfull = False
        self.silent: set[tuple[str, str]] = set()
        self._held: dict[tuple[str, str], Held] = {}
        self._plain: dict[str, list[Held]] = {}
        self._digests: dict[str, list[Sighting]] = {}
        self._runs: dict[str, list[Held]] = {}
        self._items: dict[str, list[Held]] = {}
        self._item_runs: set[str] = set()
        self._odd: dict[str, Held] = {}
        self._places: list[tuple[tuple[str, str], Held]] = []
        self._sealed: dict[str | None, dict[str, Sighting]] = {}

    def learn(
        self,
        value: Value | None,
        raw: str | None,
        data: str,
        seq: int,
        ts: float | None,
        salt: str | None,
        at: Evidence | None = None,
    ) -> None:
        """One value that the call `seq` returned at `ts`: sealed, raw, or both. `at` is where the call can be seen."""
        if raw is not None:
            raw = raw.strip()[:_LONGEST_RAW]
        if not raw and value is None:
            return
        hash = value.hash if value is not None else sealed_hash(raw or "", salt)
        key = (hash, data)
        if key in self._held:
            return
        call = Call(seq, ts, at)
        if len(self._held) >= _evidence()["most_values"]:
            self.overfull = True
            return
        self.silent.clear()
        if raw:
            self._held[key] = held = Held(data, call, hash, masked(raw), _telling(raw, data), raw)
            self._index(held)
        elif value is not None:
            self._held[key] = held = Held(data, call, value.hash, value.masked, _telling_length(value.length, data))
            sealed = self._sealed.setdefault(salt, {})
            sealed.setdefault(value.hash, Sighting(held))
            for form, digest in value.forms.items():
                sealed.setdefault(digest, Sighting(held, (form,)))

    def read_at(self, match: Match) -> Evidence | None:
        """Where the call can be seen that returned what was found; none when nobody told."""
        held = self._held.get((match.hash or "", match.data))
        return held.call.at if held is not None and held.call.seq == match.event else None

    @property
    def empty(self) -> bool:
        """Whether nothing was learned."""
        return not self._held

    @property
    def only_sealed(self) -> bool:
        """Whether no value can be looked for but by its hash."""
        return bool(self._sealed)

    def sightings(self, text: str) -> Iterator[Sighting]:
        """The values that stand in a text: as the whole of it, as words of it, as a list of which it holds some."""
        if not self._held:
            return
        yield from self._whole(text)
        if len(text) > _evidence()["shortest"]:
            lower = text.lower()
            runs = _runs(lower)
            yield from self._words(text, lower, runs)
        yield from self._hashed(text)

    def items(self, text: str) -> Iterator[tuple[Held, str]]:
        """The members of values that are lists which stand in a text. A few of one list in one request are that list."""
        if self._items:
            for item in dict.fromkeys(_ITEMS.split(text.lower())):
                for held in self._items.get(item, ()):
                    yield held, item

    def at_place(self, numbers: Iterable[str]) -> Iterator[Sighting]:
        """The places that two of these numbers give, as they were read or with fewer digits."""
        written = tuple(dict.fromkeys(number for number in numbers if _NUMBER.fullmatch(number)))
        if len(written) < 2:
            return
        for salt, index in self._sealed.items():
            for one, other in islice(permutations(written, 2), _MOST_PAIRS):
                found = index.get(sealed_hash(f"{one},{other}", salt))
                if found is not None and not found.forms:
                    yield found
        for (latitude, longitude), held in self._places:
            near = [_nearness(latitude, number) for number in written], [_nearness(longitude, number) for number in written]
            best = [min((each for each in one if each is not None), default=None) for one in near]
            if best[0] is not None and best[1] is not None:
                yield Sighting(held, ("rounded",) if max(best[0], best[1]) else ())

    def is_value(self, text: str) -> bool:
        """Whether a whole text is one of the values, whatever its case and separators."""
        return _bare(text) in self._plain

    def traces(self, lower: str) -> set[str]:
        """What in a large text, in lower case, could be part of a value or a digest of one: a quick look, which may find too much."""
        runs = _runs(lower)
        found = {run for index in (self._plain.keys(), self._digests.keys(), self._runs.keys(), self._item_runs) for run in index & runs}
        found.update(odd for odd in self._odd if odd in lower)
        if self._places:
            found.update(number for number in set(_NUMBER.findall(lower)) if self._near(number))
        return found

    def _near(self, number: str) -> bool:
        return any(_nearness(each, number) is not None for place, _ in self._places for each in place)

    def _index(self, held: Held) -> None:
        raw = held.raw
        self._plain.setdefault(_bare(raw), []).append(held)
        place = _place(raw) if within(held.data, "location") else None
        if place is not None:
            self._places.append((place, held))
        if not held.telling:
            return
        items = _list_items(raw)
        if items:
            for item in items:
                self._items.setdefault(item, []).append(held)
                self._item_runs.add(_longest_run(item))
        longest = _longest_run(raw)
        if len(longest) >= _SHORTEST_RUN:
            self._runs.setdefault(longest, []).append(held)
        elif len(self._odd) < _MOST_ODD:
            self._odd[raw.lower()] = held
        for digest, forms in _digested(raw):
            self._digests.setdefault(digest, []).append(Sighting(held, forms))

    def _whole(self, text: str) -> Iterator[Sighting]:
        for held in self._plain.get(_bare(text), ()):
            yield Sighting(held, _changed(held.raw, text))
        if len(text) in (16, 32, 40, 64, 128):
            yield from self._digests.get(text.lower(), ())

    def _words(self, text: str, lower: str, runs: set[str]) -> Iterator[Sighting]:
        for run in self._runs.keys() & runs:
            for held in self._runs[run]:
                if held.raw.lower() in lower and len(text) > len(held.raw):
                    yield Sighting(held, () if held.raw in text else ("lower",) if held.raw.lower() in text else ("upper",))
        for odd, held in self._odd.items():
            if odd in lower and len(text) > len(odd):
                yield Sighting(held, () if held.raw in text else ("lower",) if odd in text else ("upper",))
        words = {_bare(word): word for word in _WHOLE.findall(text) if any(each in word for each in _SEPARATORS)}
        words.update({run: run for run in runs})
        for run in self._plain.keys() & words.keys():
            for held in self._plain[run]:
                if held.telling and len(words[run]) < len(text) and held.raw.lower() != run:
                    yield Sighting(held, _changed(held.raw, words[run]))
        for run in self._digests.keys() & runs:
            if len(run) < len(text):
                yield from self._digests[run]

    def _hashed(self, text: str) -> Iterator[Sighting]:
        if not self._sealed:
            return
        words = dict.fromkeys([text.strip()])
        if len(text) > _evidence()["shortest"]:
            words.update(dict.fromkeys(found[0] for found, _ in zip(_WHOLE.finditer(text), range(_MOST_TOKENS), strict=False)))
        for salt, index in self._sealed.items():
            for word in words:
                for written, forms in ((word, ()), (word.lower(), ("upper",)), (word.upper(), ("lower",))):
                    found = index.get(sealed_hash(written, salt)) if written != word or not forms else None
                    if found is not None:
                        # A digest in capitals is the same digest.
                        yield Sighting(found.held, found.forms or forms)
                        break


def _telling(raw: str, data: str) -> bool:
    """Whether a value would hardly be sent by chance: short ones, plain words, small numbers and stand-ins would, and what many devices
    share (a model, a language) is in every request."""
    needed = _evidence()
    if not within(data, IDENTIFYING) or len(raw) < needed["shortest"] or raw.lower() in placeholders() or len(set(raw)) <= 2:
        return False
    if raw.isascii() and raw.isdigit():
        return len(raw) >= int(needed["shortest_digits"])
    if raw.isascii() and raw.isalpha():
        return len(raw) >= int(needed["shortest_word"])
    return True


def _telling_length(length: int | None, data: str) -> bool:
    """The same of a value of which only the length is known."""
    return within(data, IDENTIFYING) and length is not None and length >= int(_evidence()["shortest_digits"])


def _longest_run(text: str) -> str:
    return max(sorted(_runs(text.lower())), key=len, default="")


def _runs(lower: str) -> set[str]:
    """The words of a text in lower case that are made of Latin letters and digits."""
    return set(lower.encode("utf-8", "replace").translate(_RUN_ONLY).decode("ascii").split())


def _bare(text: str) -> str:
    return text.strip().translate(_NO_SEPARATORS).lower()


def _changed(raw: str, text: str) -> Forms:
    """How a text differs from the value that it is."""
    text = text.strip()
    if text == raw:
        return ()
    bare: Forms = ("bare",) if len(text) < len(raw) else ("separated",) if len(text) > len(raw) else ()
    case: Forms = () if text == raw or _same_case(raw, text) else ("upper",) if text == text.upper() else ("lower",)
    return (*case, *bare)


def _same_case(raw: str, text: str) -> bool:
    return raw.translate(_NO_SEPARATORS) == text.translate(_NO_SEPARATORS)


def _digested(raw: str) -> Iterator[tuple[str, Forms]]:
    """Every digest by which the value may travel, in hexadecimal, with the chain that led to it from the outside in."""
    bare = raw.translate(_NO_SEPARATORS)
    written: dict[str, Forms] = {}
    for text, forms in (
        (raw, ()),
        (raw.lower(), ("lower",)),
        (raw.upper(), ("upper",)),
        (bare, ("bare",)),
        (bare.lower(), ("lower", "bare")),
        (bare.upper(), ("upper", "bare")),
    ):
        written.setdefault(text, forms)
    given: set[str] = set()
    for text, steps in written.items():
        content = text.encode("utf-8", "surrogatepass")
        inner: list[tuple[bytes, Forms]] = [(content, ())]
        inner += [(_hex(name, content).encode(), (name,)) for name in _DIGESTS]
        inner += [(_hex("md5", content).upper().encode(), ("upper", "md5"))]
        inner += [(base64.b64encode(content), ("base64",)), (content.hex().encode(), ("hex",))]
        for outer in _PLAIN_DIGESTS:
            yield _hex(outer, content), (outer, *steps)
        for outer in _DIGESTS:
            for middle, between in inner:
                digest = _hex(outer, middle)
                for each in (digest, digest[8:24]) if outer == "md5" else (digest,):
                    if each not in given:
                        given.add(each)
                        yield each, (outer, *between, *steps)


def _hex(name: str, content: bytes) -> str:
    return hashlib.new(name, content, usedforsecurity=False).hexdigest()


def _list_items(raw: str) -> tuple[str, ...]:
    """The parts of a value that is a list, in lower case; none of any other."""
    parts = tuple(dict.fromkeys(part for part in _ITEMS.split(raw.lower()) if len(part) >= _SHORTEST_ITEM))[:_MOST_ITEMS]
    return parts if len(parts) >= _evidence()["list_items"] else ()


def _place(raw: str) -> tuple[str, str] | None:
    """Latitude and longitude as a value tells them: the first two numbers that can be both."""
    numbers = _NUMBER.findall(raw[:4096])
    try:
        content = json.loads(raw[:4096])
    except (ValueError, RecursionError):
        content = None
    if isinstance(content, dict):
        numbers = [repr(each) for each in content.values() if isinstance(each, float)]
        numbers = [each for each in numbers if _NUMBER.fullmatch(each)]
    return (numbers[0], numbers[1]) if len(numbers) >= 2 and plausible(numbers[0], numbers[1]) else None


def _nearness(known: str, written: str) -> int | None:
    """0 when a number is the known one, 1 when it is the known one with fewer digits or more, none otherwise."""
    if known == written:
        return 0
    digits = min(len(known.partition(".")[2]), len(written.partition(".")[2]))
    distance = abs(float(known) - float(written))
    if distance == 0.0:
        return 0
    # Cut or rounded to so many digits, a number differs by less than one of the last.
    return 1 if distance < 10.0**-digits * 1.000001 else None


@cache
def _evidence() -> dict[str, Any]:
    found: dict[str, Any] = catalog("payload")["evidence"]
    return found


@cache
def placeholders() -> frozenset[str]:
    """What stands where a value is missing, in lower case: it is never evidence of one."""
    return frozenset(catalog("payload")["placeholders"])
