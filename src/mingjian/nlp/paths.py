"""Places in the app, or in the settings of the system, that a policy sends its readers to."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from mingjian.model.shipped import catalog
from mingjian.nlp.overlaps import apart
from mingjian.nlp.reading import Lang


@dataclass(frozen=True, slots=True)
class Place:
    """A way to a page: the words of each step, without signs and quotation marks. `system` says that it leads through the settings of the
    phone or browser. Offsets count within the text that was searched."""

    start: int
    end: int
    steps: tuple[str, ...]
    system: bool


def paths(text: str, lang: Lang) -> list[Place]:
    """The places that the text names, in order; of those that overlap, steps apart by signs win over taps, and taps over a page alone."""
    grammar = _grammar(lang)
    return apart((*grammar.chains(text), *grammar.taps(text), *grammar.lone(text)), len(text))


@dataclass(frozen=True, slots=True)
class _Step:
    start: int
    end: int
    words: str
    quoted: bool


class _Grammar:
    """How the texts of one language write a way."""

    def __init__(self, lang: Lang) -> None:
        table = catalog("paths")
        self._lang = lang
        quoted, bare = table["quoted"], table["bare"][lang]
        unnamed = quoted.replace("?P<quoted>", "?:")
        step = f"(?:{unnamed}|{bare})"
        self._chains = tuple(
            (re.compile(f"{step}(?:{sign}{step}){{1,7}}"), re.compile(sign), sign == table["weak"])
            for sign in (table["strong"], table["weak"])
        )
        self._quoted = re.compile(quoted)
        self._before = re.compile(table["before"][lang])
        self._after = re.compile(table["after"][lang])
        self._known = re.compile(table["known"][lang], re.IGNORECASE if lang == "en" else 0)
        self._tap = re.compile(table["tap"][lang])
        self._between = re.compile(table["between"][lang])
        self._no_place = re.compile(table["no_place"][lang])
        self._lone = re.compile(table["lone"][lang].replace("<places>", table["places"][lang]))
        self._system = re.compile(table["system"])

    def chains(self, text: str) -> Iterator[Place]:
        """Steps apart by signs."""
        for pattern, sign, weak in self._chains:
            if sign.search(text) is None:
                continue
            for match in pattern.finditer(text):
                steps = self._steps(text, match, sign)
                if len(steps) >= 2 and (self._sure(steps, text) if weak else self._likely(steps, text)):
                    yield self._place(text, steps)

    def taps(self, text: str) -> Iterator[Place]:
        """Rows of taps: "tap your picture, open Settings, choose Privacy"."""
        row: list[_Step] = []
        for match in self._tap.finditer(text):
            group = "quoted" if match["quoted"] else "bare"
            step = _Step(match.start(), match.end(), match[group], group == "quoted")
            if row and not self._between.match(text[row[-1].end : step.start][:_APART]):
                yield from self._row(text, row)
                row = []
            if row and step.start - row[-1].end > _APART:
                row = []
            row.append(step)
        yield from self._row(text, row)

    def lone(self, text: str) -> Iterator[Place]:
        """One known page by itself."""
        for match in self._lone.finditer(text):
            yield self._place(text, [_Step(match.start("step"), match.end("step"), match["step"], quoted=False)])

    def _row(self, text: str, row: list[_Step]) -> Iterator[Place]:
        steps = [step for step in row if not self._no_place.match(step.words)]
        if any(step.quoted or self._known.match(step.words) for step in steps):
            yield self._place(text, steps)

    def _steps(self, text: str, match: re.Match[str], sign: re.Pattern[str]) -> list[_Step]:
        """The steps of a chain, without the words that lead to the first and follow the last."""
        steps: list[_Step] = []
        place = match.start()
        while place < match.end():
            inside = self._quoted.match(text, place, match.end())
            following = sign.search(text, inside.end() if inside else place, match.end())
            end = following.start() if following else match.end()
            if inside and not text[inside.end() : end].strip():
                steps.append(_Step(inside.start(), inside.end(), inside["quoted"].strip(), quoted=True))
            else:
                steps.append(_Step(place, end, text[place:end].strip(), quoted=False))
            if following is None:
                break
            place = following.end()
        if steps and not steps[0].quoted:
            steps[0] = self._led(steps[0])
        if steps and not steps[-1].quoted:
            steps[-1] = self._ended(steps[-1])
        return [step for step in steps if step.words]

    def _led(self, step: _Step) -> _Step:
        found = self._before.match(step.words)
        cut = found.end() if found else 0
        return _Step(step.start + cut, step.end, step.words[cut:], quoted=False)

    def _ended(self, step: _Step) -> _Step:
        kept = self._after.sub("", step.words, count=1)
        return _Step(step.start, step.start + len(kept), kept, quoted=False)

    def _likely(self, steps: list[_Step], text: str) -> bool:
        known = any(self._known.match(step.words) for step in steps)
        return (
            known
            or all(step.quoted for step in steps)
            or self._before.match(text[max(0, steps[0].start - _CUE) : steps[0].start] + "x") is not None
        )

    def _sure(self, steps: list[_Step], text: str) -> bool:
        known = sum(self._known.match(step.words) is not None for step in steps)
        led = self._before.match(text[max(0, steps[0].start - _CUE) : steps[0].start] + "x") is not None
        if all(step.quoted for step in steps) or (steps[0].quoted and known):
            return known > 0 or (led and _ALTERNATIVE.search(text[steps[0].end : steps[1].start]) is None)
        if known and text[steps[0].start - 1 : steps[0].start] in _OPENING and text[steps[-1].end : steps[-1].end + 1] in _CLOSING:
            return True
        return known >= 2 or (known == 1 and self._known.match(steps[0].words) is not None and (led or len(steps) > 2))

    def _place(self, text: str, steps: list[_Step]) -> Place:
        start, end = steps[0].start, steps[-1].end
        around = text[max(0, start - _SYSTEM_CUE[self._lang]) : end]
        return Place(start, end, tuple(step.words for step in steps), self._system.search(around) is not None)


@cache
def _grammar(lang: Lang) -> _Grammar:
    return _Grammar(lang)


# Inside an address on the web no way begins.
_OUTSIDE = r"(?<![A-Za-z0-9./:@_])"
_OPENING = tuple('“"「『【[')
_CLOSING = tuple('”"」』】]')
_ALTERNATIVE = re.compile(r"[/／|｜\\]")
_CUE = 12
_SYSTEM_CUE: dict[Lang, int] = {"zh": 12, "en": 28}
_APART = 12
