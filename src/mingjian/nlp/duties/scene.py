"""What surrounds each sentence of a document: its section's subject, the ways it names, what introduces it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from mingjian.nlp.contacts import Contact, contacts
from mingjian.nlp.duties.deeds import plain
from mingjian.nlp.duties.vocabulary import entry, words
from mingjian.nlp.paths import paths
from mingjian.nlp.reading import Lang, Outline, Sentence

Way = Literal["path", "setting", "contact", "channel", "request"]
"""How a right is used, as a sentence names it: a place in the app, a setting or button, an address or number written out, words that
point to such an address ("by the ways in section 9"), or no more than a request to the operator."""


@dataclass(frozen=True)
class Scene:
    """An outline with the scores of topics by sentence, and what follows from both."""

    outline: Outline
    topics: Sequence[dict[str, float]]
    _ways: dict[int, frozenset[Way]] = field(default_factory=dict)
    _contacts: dict[int, tuple[Contact, ...]] = field(default_factory=dict)

    def sentence(self, index: int) -> Sentence:
        return self.outline.sentences[index]

    def each(self) -> Iterator[tuple[int, Sentence]]:
        """The sentences that say something: all but headings."""
        return ((index, each) for index, each in enumerate(self.outline.sentences) if each.kind != "heading")

    def has(self, index: int, name: str) -> bool:
        """Whether the words called `name` stand in a sentence."""
        sentence = self.outline.sentences[index]
        return words(sentence.lang, name).search(sentence.text) is not None

    @cached_property
    def headings(self) -> tuple[tuple[str, ...], ...]:
        """Of each section, its title and those above it, the nearest first."""
        chains: list[tuple[str, ...]] = []
        for section in self.outline.sections:
            above = () if section.parent is None else chains[section.parent]
            chains.append((section.title, *above) if section.title else above)
        return tuple(chains)

    @cached_property
    def _zones(self) -> tuple[frozenset[str], ...]:
        return tuple(frozenset(zone for title in chain for zone in zones_of(title, self.outline.lang)) for chain in self.headings)

    @cached_property
    def _nearest(self) -> tuple[frozenset[str], ...]:
        return tuple(frozenset(zones_of(chain[0], self.outline.lang)) if chain else frozenset() for chain in self.headings)

    def zone(self, index: int, name: str) -> bool:
        """Whether a heading above the sentence, at any height, speaks of the subject."""
        return name in self._zones[self.outline.sentences[index].section]

    def near_zone(self, index: int, name: str) -> bool:
        """Whether the nearest heading above the sentence speaks of the subject."""
        return name in self._nearest[self.outline.sentences[index].section]

    def topic(self, index: int, name: str) -> bool:
        """Whether the trained reader finds the topic in the sentence."""
        return index < len(self.topics) and self.topics[index].get(name, 0.0) > 0

    @cached_property
    def titled(self) -> bool:
        """Whether the document has headings at all."""
        return len(self.outline.sections) > 1

    def contacts(self, index: int) -> tuple[Contact, ...]:
        """The addresses and numbers written out in a sentence."""
        if index not in self._contacts:
            sentence = self.outline.sentences[index]
            self._contacts[index] = tuple(contacts(sentence.text, sentence.lang))
        return self._contacts[index]

    def ways(self, index: int) -> frozenset[Way]:
        """The ways that a sentence names."""
        if index not in self._ways:
            self._ways[index] = frozenset(self._find_ways(index))
        return self._ways[index]

    def _find_ways(self, index: int) -> Iterator[Way]:
        sentence = self.outline.sentences[index]
        text = plain(sentence.text, sentence.lang)
        if paths(text, sentence.lang) or words(sentence.lang, "path").search(text):
            yield "path"
        if self.has(index, "setting"):
            yield "setting"
        if any(contact.kind in _REACHES for contact in self.contacts(index)):
            yield "contact"
        if self.has(index, "channel") or any(contact.kind == "service" for contact in self.contacts(index)):
            yield "channel"
        if self.has(index, "request"):
            yield "request"

    @cached_property
    def channel_exists(self) -> bool:
        """Whether the operator's own mail, number or form stands anywhere, so that words that point to it point to something."""
        return any(
            any(contact.kind in _REACHES for contact in self.contacts(index))
            or (self.near_zone(index, "contact") and "path" in self.ways(index))
            for index, _ in self.each()
            if not self.strangers(index)
        )

    def strangers(self, index: int) -> bool:
        """Whether the sentence stands where other companies are described."""
        return self.near_zone(index, "sharing") and not self.near_zone(index, "contact")

    def usable(self, index: int) -> bool | None:
        """Whether a user who reads the sentence knows how: None where it names no way at all, False where what it points to is missing."""
        ways = self.ways(index)
        if self.has(index, "document_pointer") and not ways & {"path", "contact", "channel"}:
            return None
        if ways & {"path", "setting", "contact"}:
            return True
        if "channel" in ways:
            return self.channel_exists
        if "request" in ways and not self.has(index, "consequence"):
            asked = self.zone(index, "rights") or not self.titled
            return self.channel_exists and (self.zone(index, "rights") or self.topic(index, "rights")) if asked else None
        return None

    def before(self, index: int, reach: int = 2) -> Iterator[int]:
        """The sentences just before it in the same section, or in the same row of a table, the nearest first."""
        here = self.outline.sentences[index]
        for other in range(index - 1, max(-1, index - 1 - reach), -1):
            before = self.outline.sentences[other]
            if before.section != here.section or before.kind == "heading":
                return
            if min(before.paragraph, here.paragraph) < 0 and before.paragraph != here.paragraph:
                return
            yield other

    def part(self, index: int) -> int:
        """The outermost section but one that a sentence stands in: the chapter."""
        section = self.outline.sentences[index].section
        while (parent := self.outline.sections[section].parent) not in (None, 0):
            section = parent
        return section


def zones_of(title: str, lang: Lang) -> list[str]:
    """The subjects that a heading names."""
    return [zone for zone in entry(lang, "zones") if words(lang, f"zones/{zone}").search(title)]


_REACHES = frozenset({"mail", "phone", "form", "im"})
"""Kinds of contacts that answer; a postal address or a web site alone does not count as a way."""
