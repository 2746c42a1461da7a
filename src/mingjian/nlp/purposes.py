"""Finds the purposes that a text tells, as terms of `terms/purposes.yml`."""

import re
from dataclasses import dataclass
from functools import cache

from mingjian.model.shipped import catalog
from mingjian.model.terms import vocabulary
from mingjian.nlp.matcher import Phrases, Spans, compiled, folded
from mingjian.nlp.reading import Lang, Mention

_CLAUSE = 240
"""Characters that one purpose clause may have."""

_GENERAL = "service"
"""The purpose that is told only where no more particular one is."""

STATED = "stated"
"""The purpose that no term describes."""


def purposes(text: str, lang: Lang) -> list[Mention]:
    """The purposes named in a text that is known to tell some: a purpose clause, a table cell, a heading. From left to right; mentions may
    overlap where one phrase tells two purposes."""
    plain = folded(text)
    told = _by_pattern(plain, lang)
    wide = [each for each in told if each.term != _GENERAL]
    covered = Spans((each.start, each.end) for each in wide)
    narrow = [Mention(*found) for found in _phrases(lang).find(plain) if not covered.touch(*found[:2])]
    particular = Spans((each.start, each.end) for each in [*wide, *narrow])
    general = [each for each in told if each.term == _GENERAL and not particular.touch(each.start, each.end)]
    return _merged([*wide, *narrow, *general])


def stated_purposes(text: str, lang: Lang) -> list[Mention]:
    """The purposes told by the purpose clauses of a sentence ("for …", "in order to …", "用于…"): the terms of each clause, or `stated`
    over the whole clause where no term fits."""
    found: list[Mention] = []
    for start, end in _clauses(text, lang):
        named = [Mention(start + each.start, start + each.end, each.term, each.certain) for each in purposes(text[start:end], lang)]
        found += named or [Mention(start, end, STATED)]
    return _merged(found)


def _clauses(text: str, lang: Lang) -> list[tuple[int, int]]:
    """The offsets of the purpose clauses, without the words that introduce them, from left to right, none overlapping. After a label
    ("Purpose: …") the clause runs over commas."""
    rules = _clause_rules()[lang]
    plain = folded(text)
    spans: list[tuple[int, int]] = []
    for match in rules.begins.finditer(plain):
        start = match.end()
        if spans and start < spans[-1][1]:
            continue
        end = _end(plain, start, rules)
        if end > start and not rules.empty.match(plain[start:end]):
            spans.append((start, end))
    return spans


@dataclass(frozen=True, slots=True)
class _ClauseRules:
    begins: re.Pattern[str]
    stop: re.Pattern[str]
    label_stop: re.Pattern[str]
    goes_on: re.Pattern[str]
    empty: re.Pattern[str]


def _end(plain: str, start: int, rules: _ClauseRules) -> int:
    limit = min(len(plain), start + _CLAUSE)
    if plain[start - 1] == ":":
        stop = rules.label_stop.search(plain, start, limit)
        return stop.start() if stop else limit
    at = start
    while (stop := rules.stop.search(plain, at, limit)) is not None:
        onward = rules.goes_on.match(plain[stop.start() : stop.start() + _ONWARD])
        if onward is None or not onward[0]:
            return stop.start()
        at = stop.start() + len(onward[0])
    return limit


_ONWARD = 20
"""Characters after a stop that tell whether the clause goes on."""


def _by_pattern(plain: str, lang: Lang) -> list[Mention]:
    return [Mention(*match.span(), term) for term, pattern in _patterns(lang) for match in pattern.finditer(plain)]


def _merged(mentions: list[Mention]) -> list[Mention]:
    """Without those inside another of the same term, in order."""
    kept = []
    furthest: dict[str, int] = {}
    for each in sorted(mentions, key=lambda each: (each.start, -each.end, each.term)):
        if each.end > furthest.get(each.term, -1):
            furthest[each.term] = each.end
            kept.append(each)
    return kept


@cache
def _patterns(lang: Lang) -> list[tuple[str, re.Pattern[str]]]:
    return [(term.id, compiled(pattern)) for term in vocabulary("purposes").values() for pattern in term.fields.get(f"patterns_{lang}", ())]


@cache
def _phrases(lang: Lang) -> Phrases[str]:
    return Phrases(
        (phrase, term.id)
        for term in vocabulary("purposes").values()
        for phrase in term.fields.get(f"words_{lang}", "").split(",")
        if phrase
    )


@cache
def _clause_rules() -> dict[str, _ClauseRules]:
    rows = catalog("purpose_clauses")
    return {
        lang: _ClauseRules(compiled("|".join(row["begins"])), *(compiled(row[key]) for key in ("stop", "label_stop", "goes_on", "empty")))
        for lang, row in rows.items()
    }
