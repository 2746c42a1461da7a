"""Finds the phrases of the vocabularies in a text: data as terms of `terms/data.yml`, with purposes and open lists beside it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from mingjian.model.shipped import catalog
from mingjian.model.terms import vocabulary
from mingjian.nlp.lists import open_list
from mingjian.nlp.matcher import Phrases, Spans, compiled, folded, key
from mingjian.nlp.purposes import purposes, stated_purposes
from mingjian.nlp.reading import Lang, Mention

__all__ = ["data", "open_list", "purposes", "stated_purposes"]

_BEFORE = 40
"""Characters that are looked at before a phrase."""

_TITLE = re.compile("《[^》]{1,60}》")
"""The name of a document, whose words say nothing."""

_GAP = 16
"""Characters that may stand between two members of a list."""


@dataclass(frozen=True, slots=True)
class _Word:
    """What a phrase of the vocabulary is: the term, none for a phrase that is no data; `unclear` is data only where the words around say
    so, `listed` only where they say it plainly, `doubtful` never surely the term, `contact` perhaps the operator's or a channel."""

    term: str | None
    unclear: bool = False
    listed: bool = False
    doubtful: bool = False
    contact: bool = False


@dataclass(frozen=True, slots=True)
class _Around:
    """The words of one language that decide, by what stands before or after a phrase."""

    before: re.Pattern[str]
    listed_before: re.Pattern[str]
    maybe_before: re.Pattern[str]
    after: re.Pattern[str]
    function_after: re.Pattern[str]
    functions_after: re.Pattern[str]
    operator_before: re.Pattern[str]
    operator_after: re.Pattern[str]
    channel: re.Pattern[str]


def data(text: str, lang: Lang) -> list[Mention]:
    """The data that `text` names, from left to right, none overlapping, in whatever of the two languages its names are written. `lang` is
    that of the sentence around them. A family word ("device information") is a mention of the family even where its members follow."""
    plain = folded(text)
    titles = Spans(match.span() for match in _TITLE.finditer(plain))
    found = [(start, end, word) for start, end, word in _phrases().find(plain) if word.term is not None and not titles.touch(start, end)]
    if not found:
        return []
    around = _around()[lang]
    channels = Spans(match.span() for match in around.channel.finditer(plain))
    kept = [each for each in found if _is_data(plain, each, around, channels)]
    sure = _supported(plain, kept, around)
    return [Mention(start, end, word.term or "", certain and not word.doubtful) for start, end, word, certain in sure]


_Found = tuple[int, int, _Word]


def _is_data(plain: str, found: _Found, around: _Around, channels: Spans) -> bool:
    start, end, word = found
    after = plain[end : end + _BEFORE]
    if around.function_after.match(after) or ((word.unclear or word.listed) and around.functions_after.match(after)):
        return False
    if not word.contact:
        return True
    if channels.touch(start, end):
        return False
    return not around.operator_after.match(after) and not around.operator_before.search(plain[max(0, start - _BEFORE) : start])


def _supported(plain: str, found: list[_Found], around: _Around) -> Iterator[tuple[int, int, _Word, bool]]:
    """The phrases that the words around bear out, and whether surely: one clear member makes its whole list clear."""
    for group in _lists(plain, found):
        support = [_support(plain, each, around) for each in group]
        best = max(support)
        for (start, end, word), own in zip(group, support, strict=True):
            if max(best, own) > _NONE:
                yield start, end, word, best == _SURE


_NONE, _MAYBE, _SURE = 0, 1, 2


def _support(plain: str, found: _Found, around: _Around) -> int:
    start, end, word = found
    if not word.unclear and not word.listed:
        return _SURE
    before = plain[max(0, start - _BEFORE) : start]
    if (around.listed_before if word.listed else around.before).search(before) or around.after.match(plain[end : end + _BEFORE]):
        return _SURE
    if word.listed:
        return _NONE
    return _MAYBE if around.maybe_before.search(before) else _NONE


def _lists(plain: str, found: list[_Found]) -> Iterator[list[_Found]]:
    """The phrases in groups that stand together in one list."""
    group: list[_Found] = []
    for each in found:
        if group and not _joined(plain[group[-1][1] : each[0]]):
            yield group
            group = []
        group.append(each)
    if group:
        yield group


def _joined(gap: str) -> bool:
    return len(gap) <= _GAP and _list_gap().fullmatch(gap) is not None


@cache
def _rules() -> dict[str, str | dict[str, str]]:
    rules: dict[str, str | dict[str, str]] = catalog("lexicon")
    return rules


def _words_of(name: str) -> list[str]:
    return _parts(str(_rules()[name]))


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]


@cache
def _list_gap() -> re.Pattern[str]:
    return compiled(str(_rules()["list_gap"]))


@cache
def _around() -> dict[str, _Around]:
    made = {}
    for lang in ("zh", "en"):
        rows = _rules()[lang]
        assert isinstance(rows, dict)
        made[lang] = _Around(**{name: compiled(pattern) for name, pattern in rows.items()})
    return made


@cache
def _phrases() -> Phrases[_Word]:
    kinds = [{key(word) for word in _words_of(name)} for name in ("unclear", "listed", "doubtful", "contacts")]
    values = [(phrase, _Word(None)) for phrase in _words_of("no_data")]
    plurals: list[tuple[str, _Word]] = []
    for term in vocabulary("data").values():
        words = [each for name in ("synonyms_zh", "synonyms_en") if name in term.fields for each in _parts(term.fields[name])]
        for phrase in [term.name.zh, term.name.en, *words]:
            letters = key(phrase)
            word = _Word(term.id, *(letters in kind for kind in kinds))
            values.append((phrase, word))
            if phrase.isascii():
                plurals += [(plural, word) for plural in _plurals(phrase)]
    return Phrases([*values, *plurals])


def _plurals(phrase: str) -> list[str]:
    if phrase.endswith(("ss", "x", "ch", "sh")):
        return [phrase + "es"]
    if phrase.endswith("y") and phrase[-2:-1] not in "aeiou":
        return [phrase[:-1] + "ies"]
    return [] if phrase.endswith("s") else [phrase + "s"]
