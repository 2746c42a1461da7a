"""Cuts a paragraph into sentences and the items of the lists inside it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from mingjian.nlp.language import HAN
from mingjian.nlp.numbering import Mark, inline, shapes


@dataclass(frozen=True, slots=True)
class Stretch:
    """A sentence inside a paragraph, without surrounding spaces. `item` says that it belongs to a list inside the paragraph; `lead` indexes
    the stretch of the same paragraph that introduces that list."""

    start: int
    end: int
    item: bool = False
    lead: int | None = None


def cut(text: str, start: int, end: int) -> tuple[Stretch, ...]:
    """The sentences of `text[start:end]`, in order; every character but spaces is in exactly one. Nothing is cut inside brackets or
    quotation marks."""
    shielded = tuple(_shields(text, start, end))
    cutter = _Cutter(text, start, end)
    for event in _events(text, start, end, shielded):
        cutter.take(event)
    return cutter.finish()


_EventKind = Literal["stop", "semicolon", "colon", "mark"]


@dataclass(frozen=True, slots=True)
class _Event:
    """A place to cut: after a full stop, a semicolon or the colon before a list, or before a number that has a successor or predecessor."""

    at: int
    kind: _EventKind
    mark: Mark | None = None
    goes_on: bool = False


@dataclass(slots=True)
class _Series:
    """An open list: the number it has reached, its introduction, and whether a further number follows."""

    style: str
    value: int
    lead: int | None
    goes_on: bool


@dataclass(slots=True)
class _Cutter:
    text: str
    start: int
    end: int
    series: list[_Series] = field(default_factory=list)
    done: list[Stretch] = field(default_factory=list)

    def take(self, event: _Event) -> None:
        if event.kind == "mark" and event.mark is not None:
            self._number(event.at, event.mark, goes_on=event.goes_on)
        elif event.kind == "colon":
            self._emit(event.at)
            self.series.append(_Series(_SEMICOLONS, 0, len(self.done) - 1, goes_on=False))
        else:
            self._emit(event.at)
            if event.kind == "stop":
                while self.series and not self.series[-1].goes_on:
                    self.series.pop()

    def finish(self) -> tuple[Stretch, ...]:
        self._emit(self.end)
        return tuple(self.done)

    def _number(self, at: int, mark: Mark, *, goes_on: bool) -> None:
        depth = next((index for index, each in enumerate(self.series) if each.style == mark.style), None)
        if depth is not None and mark.value == self.series[depth].value + 1:
            self._emit(at)
            del self.series[depth + 1 :]
            self.series[depth].value, self.series[depth].goes_on = mark.value, goes_on
        elif mark.value == 1 and goes_on:
            if depth is not None:
                del self.series[depth:]
            before = len(self.done)
            self._emit(at)
            enclosing = self.series[-1].lead if self.series else None
            lead = len(self.done) - 1 if len(self.done) > before else enclosing
            self.series.append(_Series(mark.style, 1, lead, goes_on))

    def _emit(self, until: int) -> None:
        """Closes the sentence that ends at `until`, in pieces where it is too long to be one."""
        limit = shapes()["sentence_characters"]
        item, lead = bool(self.series), self.series[-1].lead if self.series else None
        while self.start < until:
            stop = until
            if until - self.start > limit:
                stop = _last_pause(self.text, self.start, self.start + limit)
            first, last = _trimmed(self.text, self.start, stop)
            if first < last:
                self.done.append(Stretch(first, last, item, lead))
            self.start = stop


def _last_pause(text: str, start: int, end: int) -> int:
    for pauses in ("，,；;", "、 \n"):
        if (place := max(text.rfind(pause, start, end) for pause in pauses)) > start:
            return place + 1
    return end


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())


def _shields(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The brackets and quotations that close within reach, outermost only, in order."""
    reach = shapes()["bracket_characters"]
    pairs: list[tuple[int, int]] = []
    opened: list[tuple[str, int]] = []
    for match in _BRACKET.finditer(text, start, end):
        character, at = match[0], match.start()
        while opened and (at - opened[0][1] > reach or len(opened) > _DEEPEST):
            opened.pop(0)
        closes = next((index for index in range(len(opened) - 1, -1, -1) if opened[index][0] == character), None)
        if closes is not None:
            pairs.append((opened[closes][1], at + 1))
            del opened[closes:]
        elif character in _OPENS:
            opened.append((_OPENS[character], at))
    last = start
    for first, until in sorted(pairs, key=lambda pair: (pair[0], -pair[1])):
        if first >= last:
            yield first, until
            last = until


def _events(text: str, start: int, end: int, shielded: tuple[tuple[int, int], ...]) -> list[_Event]:
    free = _Free(shielded)
    stops = list(_stops(text, start, end, free))
    closed = _closed_sentences(text, start, shielded, stops)
    events = [*stops, *closed, *_colons(text, start, end, stops, _Free(shielded)), *_marks(text, start, end, _Free(shielded))]
    return sorted(events, key=lambda event: (event.at, _ORDER[event.kind]))


class _Free:
    """Tells of ascending places whether they are outside all brackets."""

    def __init__(self, shielded: tuple[tuple[int, int], ...]) -> None:
        self._shielded = shielded
        self._next = 0

    def at(self, place: int) -> bool:
        while self._next < len(self._shielded) and self._shielded[self._next][1] <= place:
            self._next += 1
        return self._next == len(self._shielded) or not self._shielded[self._next][0] < place


def _stops(text: str, start: int, end: int, free: _Free) -> Iterator[_Event]:
    for match in _STOP.finditer(text, start, end):
        if not free.at(match.start()):
            continue
        run, after = match[0], match.end()
        if _FULL_STOP.search(run) is None and not _ends_in_english(text, match, start, end):
            continue
        while after < end and text[after] in _CLOSING and free.at(after + 1):
            after += 1
        yield _Event(after, "semicolon" if run[-1] in ";；" else "stop")


def _ends_in_english(text: str, stop: re.Match[str], start: int, end: int) -> bool:
    """Whether an ASCII stop ends a sentence here, rather than an abbreviation, a number, an address or an entity of HTML."""
    run, at, after = stop[0], stop.start(), stop.end()
    if after < end and not (text[after].isspace() or text[after] in _CLOSING or _HAN.match(text, after)):
        return False
    if run[-1] == ";":
        return _ENTITY.search(text[max(start, at - 8) : at]) is None
    if run not in (".", "．"):
        return not run.startswith("..")
    if after < end and _HAN.match(text, after) and text[at - 1 : at].isdecimal():
        return False
    word = _WORD_BEFORE.search(text[max(start, at - 12) : at])
    return word is None or _word_ends(word[0], text[after : after + 40], at_start=not text[start : max(start, at - len(word[0]))].strip())


def _word_ends(word: str, following: str, *, at_start: bool) -> bool:
    if at_start and _NUMERAL.fullmatch(word):
        return False
    lowered, next_word = word.lower(), following.split(maxsplit=1)[0] if following.strip() else ""
    if word.isdecimal() or (len(word) == 1 and word.isalpha() and word not in "I"):
        # An initial ends no sentence, a number does.
        return not word.isalpha()
    abbreviations = _abbreviations()
    if lowered in abbreviations["never"]:
        return False
    if lowered in abbreviations["before_number"]:
        return not next_word[:1].isdecimal()
    if lowered in abbreviations["may_end"]:
        return not next_word or (next_word[0].isupper() and next_word.strip(",.;:").lower() in abbreviations["starters"])
    return True


def _closed_sentences(text: str, start: int, shielded: tuple[tuple[int, int], ...], stops: list[_Event]) -> Iterator[_Event]:
    """Sentences that end with the bracket they stand in: "(We keep logs.) We also …", and quotations that end with a full stop."""
    boundaries = iter(stops)
    boundary, begun = next(boundaries, None), start
    for first, until in shielded:
        while boundary is not None and boundary.at <= first:
            begun, boundary = boundary.at, next(boundaries, None)
        if text[until - 2] not in "。！.!" or _GOES_ON.match(text, until):
            continue
        quoted = text[until - 1] in "”」』" and text[until - 2] in "。！"
        if quoted or not text[begun:first].strip():
            yield _Event(until, "stop")
            begun = until


def _colons(text: str, start: int, end: int, stops: list[_Event], free: _Free) -> Iterator[_Event]:
    """The first colon of a sentence whose parts after it are apart by semicolons."""
    begun, semicolons = start, 0
    places: list[tuple[int, int]] = []
    for stop in stops:
        if stop.kind == "semicolon":
            semicolons = semicolons or stop.at
            continue
        if semicolons:
            places.append((begun, semicolons))
        begun, semicolons = stop.at, 0
    if semicolons:
        places.append((begun, semicolons))
    for first, last in places:
        for match in _COLON.finditer(text, first, min(last, end)):
            if free.at(match.start()):
                yield _Event(match.end(), "colon")
                break


def _marks(text: str, start: int, end: int, free: _Free) -> list[_Event]:
    """Every number of a list inside the paragraph. A number counts as gone on with when its successor comes before the next 1."""
    marks = [mark for mark in inline(text, start, end) if free.at(mark.start)]
    later: dict[str, set[int]] = {}
    events: list[_Event] = []
    for mark in reversed(marks):
        seen = later.setdefault(mark.style, set())
        joined = _JOINED.search(text, max(start, mark.start - 5), mark.start)
        events.append(_Event(joined.start() if joined else mark.start, "mark", mark, goes_on=mark.value + 1 in seen))
        if mark.value == 1:
            seen.clear()
        seen.add(mark.value)
    return events


@cache
def _abbreviations() -> dict[str, frozenset[str]]:
    rows = {name: frozenset(words) for name, words in shapes()["abbreviations"].items()}
    return {**rows, "starters": frozenset(shapes()["starters"])}


_SEMICOLONS = ";"
_DEEPEST = 20
# At one place a sentence first ends, and then a number begins the next.
_ORDER: dict[_EventKind, int] = {"stop": 0, "semicolon": 1, "colon": 2, "mark": 3}
_OPENS = {"（": "）", "(": ")", "【": "】", "[": "]", "“": "”", "「": "」", "『": "』", "《": "》", "〈": "〉", "‘": "’", '"': '"'}
_BRACKET = re.compile("[" + re.escape("".join([*_OPENS, *_OPENS.values()])) + "]")
_CLOSING = "”’」』》）)】]\"'"
_HAN = re.compile(f"[{HAN}]")
_STOP = re.compile(r"[。！？；!?;.．]+")
_FULL_STOP = re.compile(r"[。！？；]")
_COLON = re.compile(r"：|:(?=\s)")
_ENTITY = re.compile(r"&#?\w{1,6}$")
_NUMERAL = re.compile(r"\d{1,3}|[IVXivx]{1,5}|[Ⅰ-Ⅻ]|[A-Z]\d{1,2}")
_WORD_BEFORE = re.compile(r"[A-Za-z0-9Ⅰ-Ⅻ](?:[A-Za-z0-9]|\.(?=[A-Za-z]))*$")
_JOINED = re.compile(r"(?:(?<=[\s,;])(?:and|or)\s|(?<=[，；、])(?:以及|和|及|与|或))$")
_GOES_ON = re.compile(r"\s{0,3}[，,、；;：:。.的等和与及或为是按]")
