"""How hard a policy is to read: length, sentences, clauses, terms of the trade."""

import re
from collections.abc import Sequence
from functools import cache
from statistics import mean

from mingjian.model.shipped import catalog
from mingjian.model.texts import in_both
from mingjian.nlp.language import HAN
from mingjian.nlp.reading import Outline, Readability, Sentence


def readability(outlines: Sequence[Outline]) -> Readability:
    """The measures of all documents together, in the language of most of them, against the thresholds of `catalog/readability.yml`.

    Headings and items count as sentences, cells of tables do not. A length beyond its threshold is no reason where a table of contents or
    a short version leads through the text; a text too short to judge has no reasons."""
    sentences = [sentence for outline in outlines for sentence in outline.sentences]
    chinese = [sentence for sentence in sentences if sentence.lang == "zh"]
    english = [sentence for sentence in sentences if sentence.lang == "en"]
    han = sum(len(_HAN.findall(sentence.text)) for sentence in chinese)
    words = sum(len(_WORD.findall(sentence.text)) for sentence in english)
    if not han and not words:
        return Readability((), 0, ())
    lang = "zh" if han >= words else "en"
    measures = _chinese(chinese) if lang == "zh" else _english(english)
    beyond = _beyond(lang, dict(measures), guided=any(map(_is_guided, outlines)))
    rows = catalog("readability")[lang]
    reasons = tuple(
        in_both(f"policy.readability.{name}", value=f"{value:g}", threshold=f"{rows[name]['number']:g}")
        for name, value in measures
        if name in beyond
    )
    return Readability(measures, len(beyond), reasons)


def syllables(word: str) -> int:
    """The syllables of an English word: its groups of vowels, but for a silent e at the end."""
    lowered = word.lower()
    count = len(_VOWELS.findall(lowered))
    if _SILENT.search(lowered):
        count -= 1
    return max(1, count)


def _chinese(sentences: Sequence[Sentence]) -> tuple[tuple[str, float], ...]:
    lengths = sorted(len(_HAN.findall(sentence.text)) for sentence in sentences)
    lengths = [length for length in lengths if length]
    text = "\n".join(sentence.text for sentence in sentences)
    clauses = [count for clause in _PAUSE.split(text) if (count := len(_HAN.findall(clause)))]
    whole = sum(lengths)
    return (
        ("han_characters", float(whole)),
        ("minutes", round(whole / catalog("readability")["characters_a_minute"], 1)),
        ("mean_sentence", round(mean(lengths), 1)),
        ("p90_sentence", float(_percentile(lengths, 0.9))),
        ("long_sentences", round(sum(length > catalog("readability")["long_sentence"] for length in lengths) / len(lengths), 3)),
        ("clause_characters", round(mean(clauses), 1)),
        ("unexplained_terms", round(1000 * _unexplained(text) / whole, 1)),
    )


def _english(sentences: Sequence[Sentence]) -> tuple[tuple[str, float], ...]:
    words = [word for sentence in sentences for word in _WORD.findall(sentence.text)]
    # A heading or an item without a full stop is no sentence of English prose, but its words are read.
    prose = sum(sentence.kind != "heading" for sentence in sentences) or len(sentences)
    a_sentence = len(words) / prose
    a_word = sum(map(syllables, words)) / len(words)
    return (
        ("words", float(len(words))),
        ("minutes", round(len(words) / catalog("readability")["words_a_minute"], 1)),
        ("sentence_words", round(a_sentence, 1)),
        ("flesch_reading_ease", round(206.835 - 1.015 * a_sentence - 84.6 * a_word, 1)),
        ("flesch_kincaid", round(0.39 * a_sentence + 11.8 * a_word - 15.59, 1)),
    )


def _beyond(lang: str, measures: dict[str, float], *, guided: bool) -> frozenset[str]:
    """The measures beyond their threshold."""
    rows = catalog("readability")[lang]
    judged = measures["han_characters" if lang == "zh" else "words"] >= catalog("readability")["judged_from"][lang]
    return frozenset(
        name
        for name, row in rows.items()
        if judged
        and (measures[name] > row["number"] if row["worse"] == "above" else measures[name] < row["number"])
        and not (guided and row.get("lifted"))
    )


def _is_guided(outline: Outline) -> bool:
    """Whether a table of contents (headings that open no section) or a section with a short version leads through a document."""
    opened = {section.start for section in outline.sections[1:]}
    entries = sum(sentence.kind == "heading" and sentence.start not in opened for sentence in outline.sentences)
    if entries >= _ENTRIES:
        return True
    return any(_pattern("short_version").search(section.title) for section in outline.sections)


def _unexplained(text: str) -> int:
    """How many uses of terms of the trade stand in a text that explains the term nowhere."""
    uses: dict[str, int] = {}
    explained: set[str] = set()
    for match in _terms().finditer(text):
        term = match[0].lower()
        uses[term] = uses.get(term, 0) + 1
        if _pattern("explained").match(text[match.end() : match.end() + _REACH]) or _pattern("explained_before").search(
            text[max(0, match.start() - _REACH) : match.start()]
        ):
            explained.add(term)
    return sum(count for term, count in uses.items() if term not in explained)


def _percentile(ordered: Sequence[int], share: float) -> int:
    """The smallest value that at least `share` of the values do not exceed."""
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


@cache
def _terms() -> re.Pattern[str]:
    words = sorted(catalog("readability")["terms"], key=lambda word: (-len(word), word))
    return re.compile("|".join(rf"(?<![A-Za-z]){re.escape(word)}(?![A-Za-z])" for word in words), re.IGNORECASE)


@cache
def _pattern(key: str) -> re.Pattern[str]:
    return re.compile(catalog("readability")[key], re.IGNORECASE)


_ENTRIES = 3
_REACH = 40
_HAN = re.compile(f"[{HAN}]")
_PAUSE = re.compile(r"[，。；：、？！,;:?!\n]")
_WORD = re.compile(r"[A-Za-z]+(?:['’-][A-Za-z]+)*")
_VOWELS = re.compile(r"[aeiouy]+")
_SILENT = re.compile(r"(?<=[^aeiouy])(?:(?<!l)e|(?<=[aeiouy]l)e)$|(?<=[^aeiouydt])ed$|(?<=[^aeiouycgszxlh])es$|(?<=[aeiouy]l)es$")
