"""Ways that an app offers: to switch targeting off, to withdraw, delete, correct, cancel, look up and complain; what it asks for them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from mingjian.extract.screen import Element, Said, Screen, pattern, screen_words
from mingjian.model.types import UNKNOWN, Observation
from mingjian.nlp import lexicon
from mingjian.nlp.language import lang
from mingjian.nlp.permissions import permissions

_HINDERED = ("after_denial", "after_refusal", "after_update")
_FEWEST_WORDS = 6
_SHORTEST_NAME = 4
_QUOTES = re.compile("[《》「」“”]")
_SENTENCES = re.compile(r"[。；;！!？?]|\.\s")


def entries(screen: Screen) -> Iterator[Said]:
    """The functions that labels of the screen name. What cannot be tapped, as far as the tree tells, is uncertain."""
    for each in screen.elements:
        found = entries_of(each.label)
        for action, certain in found:
            yield Said(action, each.excerpt, certain=certain and each.tappable)
        if not found and pattern("complaint_channel").search(each.words):
            yield Said("complain", each.excerpt)


def entry_of(label: str) -> tuple[str | None, bool]:
    """The first function that a label names, and whether it names that and nothing else."""
    return next(iter(entries_of(label)), (None, False))


def entries_of(label: str) -> tuple[tuple[str, bool], ...]:
    """The functions that a label names, each with whether it is surely that; several of them where it joins them ("correct or delete
    personal information"), or where it may be one or another."""
    if not label or len(label) > screen_words("entries", "longest"):
        return ()
    plain = _QUOTES.sub("", label)
    named = next(((action, True) for action, words in _actions()[True] if words.fullmatch(plain)), None)
    if named is not None:
        return (named,)
    joined = pattern("entries", "joined").fullmatch(plain)
    if joined is not None:
        said = [action for action, words in _joined() if words.search(plain)]
        if said:
            return tuple((action, True) for action in said)
    return tuple((action, False) for action, words in _actions()[False] if words.fullmatch(plain))


def signed_in(screen: Screen) -> bool | None:
    """Whether the screen is one of somebody who signed in; none where it does not tell."""
    if screen.button(pattern("entries", "signed_in"), tappable=True) is not None:
        return True
    return False if screen.button(pattern("entries", "signed_out"), tappable=True) is not None else None


def named_switches(observations: Iterable[Observation]) -> frozenset[str]:
    """What a policy calls its switches for targeting, where it quotes their names: the last part of the way that leads to each."""
    told = (item for item in observations if item.mode == "claimed" and item.action == "target.switch" and not item.negated)
    quoted = (way for item in told for evidence in item.evidence for way in pattern("targeting", "quoted").findall(evidence.excerpt or ""))
    names = (pattern("targeting", "steps").split(way)[-1].strip() for way in quoted)
    return frozenset(name for name in names if _SHORTEST_NAME <= len(name) <= screen_words("targeting", "longest"))


def targeting(screen: Screen, named_so: frozenset[str] = frozenset()) -> Iterator[Said]:
    """A switch for targeting, or a way to where there may be one. `named_so` is what the policy calls its switches: a name of its own is
    known by that alone."""
    label, beside, longest = pattern("targeting", "label"), pattern("targeting", "beside"), screen_words("targeting", "longest")
    short = {each.index: each for each in screen.elements if len(each.label) <= longest}
    named = {index: each for index, each in short.items() if label.search(each.label)}
    streams = {index: each for index, each in short.items() if beside.search(each.label) or any(name in each.label for name in named_so)}
    for index, _ in screen.boxes():
        row = dict.fromkeys([index, *(each.index for each in screen.row(index))])
        switched = [each for number in row if (each := named.get(number) or streams.get(number)) is not None]
        for each in switched:
            named.pop(each.index, None)
            yield Said("target.switch", each.excerpt)
            yield Said("target", each.excerpt, certain=False)
    for each in named.values():
        if each.tappable:
            yield Said("target.switch", each.excerpt, certain=False)
    without = screen.find(pattern("targeting", "without"))
    if without is not None and any(screen.boxes()):
        yield Said("target.switch", without.excerpt, certain=False)
    if not named:
        perhaps = next((each for each in screen.elements if each.label and pattern("targeting", "perhaps").fullmatch(each.label)), None)
        if perhaps is not None:
            yield Said("target.switch", perhaps.excerpt, certain=False)
    stream = screen.button(pattern("targeting", "streams"))
    if stream is not None:
        yield Said("target", stream.excerpt, certain=False)


def conditions(screen: Screen) -> Iterator[Said]:
    """What a page of cancelling or deleting asks the user for."""
    if not any(pattern("conditions", "page").search(each.label) for each in screen.elements if each.label and not each.tappable):
        return
    lead = pattern("conditions", "lead")
    for each in screen.elements:
        if len(each.words) < _FEWEST_WORDS or each.tappable or not lead.search(each.words):
            continue
        for data, words in _unreasonable():
            if words.search(each.words):
                yield Said("condition.unreasonable", each.excerpt, data=data)
        if any(words.search(each.words) for words in _ordinary()):
            yield Said("condition", each.excerpt)


def blocked(screen: Screen) -> Iterator[Said]:
    """A page that lets nobody go on without a permission or consent. It speaks of the whole app where its words say so, or where the only
    way besides giving in is out of the app."""
    words = pattern("blocked", "words")
    text = next((each for each in screen.elements if words.search(each.words) and pattern("blocked", "why").search(each.words)), None)
    if text is None or screen.button(pattern("buttons", "way_on")) is not None:
        return
    if sum(each.tappable for each in screen.elements) > screen_words("blocked", "most_buttons"):
        return
    whole = bool(pattern("blocked", "whole").search(text.words)) or screen.button(pattern("buttons", "leave_app")) is not None
    groups: tuple[str | None, ...] = permissions(text.words) or (None,)
    for group in groups:
        yield Said("block", text.excerpt, data=group, certain=whole, phases=_HINDERED)


def enticements(screen: Screen) -> Iterator[Said]:
    """Words that may entice or force: a benefit for a permission, consent to improvement without which nothing goes on."""
    way_on = screen.button(pattern("buttons", "refuse")) or screen.button(pattern("buttons", "way_on"))
    for each in screen.elements:
        sentences = _SENTENCES.split(each.words)
        yield from _forced_to_fill_in(screen, each, sentences, way_on)
        for sentence in sentences:
            benefit, asked = pattern("enticing", "benefit").search(sentence), pattern("enticing", "asked").search(sentence)
            if benefit and asked:
                yield Said("mislead", each.excerpt, data=_group(each), certain=bool(pattern("enticing", "opened").search(sentence)))
            if pattern("forcing", "must").search(sentence) and pattern("forcing", "purpose").search(sentence):
                otherwise = pattern("forcing", "otherwise").search(sentence) is not None
                alone = pattern("forcing", "also").search(sentence) is None
                for term in _data(sentence) or (UNKNOWN,):
                    certain = otherwise and alone and way_on is None
                    yield Said("force", each.excerpt, data=term, certain=certain, purpose="improvement")


def _forced_to_fill_in(screen: Screen, element: Element, sentences: Sequence[str], way_on: Element | None) -> Iterator[Said]:
    """A form that asks for data to be filled in for improvement, and says beside it that nobody gets on without."""
    if not screen.fields:
        return
    for asking, saying in zip(sentences, (*sentences[1:], ""), strict=True):
        if not (pattern("forcing", "fill").search(asking) and pattern("forcing", "purpose").search(asking)):
            continue
        if not any(pattern("forcing", "filled_first").search(each) for each in (asking, saying)):
            continue
        alone = pattern("forcing", "also").search(asking) is None
        for term in _data(asking) or (UNKNOWN,):
            yield Said("force", element.excerpt, data=term, certain=alone and way_on is None, purpose="improvement")


def _data(sentence: str) -> tuple[str, ...]:
    """The data that a sentence surely names."""
    return tuple(dict.fromkeys(mention.term for mention in lexicon.data(sentence, lang(sentence)) if mention.certain))


def _group(element: Element) -> str | None:
    return next(iter(permissions(element.words)), None)


@cache
def _actions() -> dict[bool, tuple[tuple[str, re.Pattern[str]], ...]]:
    rows = screen_words("entries", "actions")
    return {
        certain: tuple((action, re.compile(row[kind], re.I)) for action, row in rows.items() if kind in row)
        for certain, kind in ((True, "certain"), (False, "perhaps"))
    }


@cache
def _joined() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((action, re.compile(words, re.I)) for action, words in screen_words("entries", "verbs").items())


@cache
def _unreasonable() -> tuple[tuple[str | None, re.Pattern[str]], ...]:
    return tuple((row["data"], re.compile(row["words"], re.I)) for row in screen_words("conditions", "unreasonable"))


@cache
def _ordinary() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(words, re.I) for words in screen_words("conditions", "ordinary"))
