"""Statements that one sentence makes by its words alone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from mingjian.nlp.duties.scene import Scene
from mingjian.nlp.duties.vocabulary import compiled, entry, words
from mingjian.nlp.lexicon import data
from mingjian.nlp.parties import parties
from mingjian.nlp.reading import Lang, Sentence, Statement


def sayings(scene: Scene) -> Iterator[Statement]:
    """What the table of sayings finds, sentence by sentence."""
    for index, sentence in scene.each():
        for saying in _sayings(sentence.lang):
            match = saying.match(sentence)
            if match is not None and saying.placed(scene, index):
                yield Statement(
                    saying.action,
                    sentence.start,
                    sentence.end,
                    negated=saying.negated,
                    certain=saying.sure(scene, index),
                    words=(sentence.start + match.start(), sentence.start + match.end()),
                )


def _particular(sentence: Sentence) -> bool:
    """Whether the sentence speaks of some data, or some recipients, alone."""
    lang, text = sentence.lang, sentence.text
    if not words(lang, "personal").search(text) and data(text, lang):
        return True
    named = {each.term for each in parties(text, lang)}
    return bool(named) and not named & _ANYBODY


@dataclass(frozen=True, slots=True)
class _Saying:
    action: str
    negated: bool
    needs: tuple[str, ...]
    said: re.Pattern[str]
    beside: re.Pattern[str] | None
    never: re.Pattern[str] | None
    doubt: re.Pattern[str] | None
    inside: tuple[str, ...]
    sure_inside: tuple[str, ...]
    inside_or: re.Pattern[str] | None
    outside: tuple[str, ...]
    general: bool

    def match(self, sentence: Sentence) -> re.Match[str] | None:
        text = sentence.text
        lower = text.lower()
        if not any(word in lower for word in self.needs):
            return None
        found = self.said.search(text)
        if found is None or (self.beside and not self.beside.search(text)) or (self.never and self.never.search(text)):
            return None
        return None if self.general and _particular(sentence) else found

    def sure(self, scene: Scene, index: int) -> bool:
        """Whether neither its words nor its place leave doubt: a passing mention elsewhere is no rule."""
        if self.doubt and self.doubt.search(scene.sentence(index).text):
            return False
        return not self.sure_inside or not scene.titled or any(scene.zone(index, zone) for zone in self.sure_inside)

    def placed(self, scene: Scene, index: int) -> bool:
        """Whether the sentence stands under headings that fit."""
        if any(scene.near_zone(index, zone) for zone in self.outside):
            return False
        if not self.inside or any(scene.zone(index, zone) for zone in self.inside):
            return True
        return self.inside_or is not None and self.inside_or.search(scene.sentence(index).text) is not None


@cache
def _sayings(lang: Lang) -> tuple[_Saying, ...]:
    return tuple(_saying(row) for row in entry(lang, "sayings"))


def _saying(row: dict[str, Any]) -> _Saying:
    def optional(name: str) -> re.Pattern[str] | None:
        return compiled(row[name]) if name in row else None

    return _Saying(
        row["action"],
        row.get("negated", False),
        tuple(word.lower() for word in row["needs"]),
        compiled(row["said"]),
        optional("with"),
        optional("not"),
        optional("doubt"),
        tuple(row.get("inside", ())),
        tuple(row.get("sure_inside", ())),
        optional("inside_or"),
        tuple(row.get("outside", ())),
        row.get("general", False),
    )


_ANYBODY = frozenset({"party.partner", "party.public"})
"""Recipients that stand for third parties as such."""
