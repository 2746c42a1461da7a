"""Where a sentence stands: the titles above it, the sentence that leads to it, and whether acts are told there at all."""

from collections.abc import Sequence
from functools import cached_property

from mingjian.nlp import lexicon
from mingjian.nlp.acts.names import naming
from mingjian.nlp.acts.said import Said, said
from mingjian.nlp.acts.words import Words, words
from mingjian.nlp.reading import Lang, Outline


class Places:
    """The sentences of an outline, read once each, and what surrounds them."""

    def __init__(self, outline: Outline, topics: Sequence[dict[str, float]]) -> None:
        self.outline = outline
        self._topics = topics
        self._said: dict[int, Said] = {}
        self._skipped: dict[int, bool] = {}
        self._words: dict[Lang, Words] = {}

    def said(self, index: int) -> Said:
        """What the sentence numbered `index` says."""
        if index not in self._said:
            lead = self.lead(index)
            before = "" if lead is None else self.outline.sentences[lead].text
            self._said[index] = said(self.outline.sentences[index], self.words(index), before)
        return self._said[index]

    def on_topic(self, index: int) -> bool:
        """Whether the sentence may speak of acts, by the scores of its topics; where there are none, it may."""
        scores = self._topics[index]
        return not scores or any(scores.get(topic, 0) > 0 for topic in _TOPICS)

    def lead(self, index: int) -> int | None:
        """The sentence that introduces the list in which this one is an item."""
        lead = self.outline.sentences[index].lead
        return lead if lead is not None and lead < index else None

    def items(self, index: int) -> list[int]:
        """The items of the list that a sentence introduces."""
        return self._items.get(index, [])

    def titles(self, index: int) -> list[str]:
        """The titles above a sentence, the nearest first."""
        titles = [self.outline.sections[section].title for section in self.sections(index)]
        return [title for title in titles if title]

    def sections(self, index: int) -> list[int]:
        """The sections that hold a sentence, the innermost first."""
        sections: list[int] = []
        section: int | None = self.outline.sentences[index].section
        while section is not None and len(sections) < _DEPTH:
            sections.append(section)
            section = self.outline.sections[section].parent
        return sections

    def words(self, index: int) -> Words:
        """The words of a sentence's language, with the names that the app goes by in this text."""
        lang = self.outline.sentences[index].lang
        if lang not in self._words:
            self._words[lang] = naming(words(lang), self.outline)
        return self._words[lang]

    def titled(self, index: int, name: str) -> bool:
        """Whether a title above a sentence holds the words `name`."""
        vocabulary = words(self.outline.sentences[index].lang)
        return any(vocabulary.found(name, title) for title in self.titles(index))

    def title_purposes(self, index: int) -> tuple[str, ...]:
        """The purposes told by the nearest title that tells any; a title that names a function tells that it serves it."""
        lang = self.outline.sentences[index].lang
        vocabulary = words(lang)
        for title in self.titles(index)[:2]:
            if vocabulary.found("general_title", title):
                continue
            terms = tuple(dict.fromkeys(mention.term for mention in lexicon.purposes(title, lang)))
            if terms or vocabulary.found("function_title", title):
                return terms or ("service",)
        return ()

    def silent(self, index: int) -> bool:
        """Whether nothing said here is an act of the app: a heading, a definition, rights, rules for minors, cases without consent."""
        if index not in self._skipped:
            self._skipped[index] = self._silent(index)
        return self._skipped[index]

    def _silent(self, index: int) -> bool:
        sentence = self.outline.sentences[index]
        if sentence.kind == "heading" or sentence.section in self._silent_sections:
            return True
        vocabulary = words(sentence.lang)
        if any(vocabulary.found(name, sentence.text) for name in ("definition", "consent_not_needed", "third_own", "question", "guardian")):
            return True
        lead = self.lead(index)
        return lead is not None and any(
            words(self.outline.sentences[lead].lang).found(name, self.outline.sentences[lead].text)
            for name in ("consent_not_needed", "definition")
        )

    @cached_property
    def _items(self) -> dict[int, list[int]]:
        items: dict[int, list[int]] = {}
        for index in range(len(self.outline.sentences)):
            lead = self.lead(index)
            if lead is not None:
                items.setdefault(lead, []).append(index)
        return items

    @cached_property
    def _silent_sections(self) -> frozenset[int]:
        silent: set[int] = set()
        for index, section in enumerate(self.outline.sections):
            vocabulary = words(self.outline.lang)
            shut = vocabulary.found("silent_titles", section.title)
            beside = vocabulary.found("skip_titles", section.title) and not vocabulary.found("acting_titles", section.title)
            if shut or beside or (section.parent in silent and not vocabulary.found("acting_titles", section.title)):
                silent.add(index)
        return frozenset(silent)


_DEPTH = 6
_TOPICS = ("collection", "use", "permission", "sharing")
