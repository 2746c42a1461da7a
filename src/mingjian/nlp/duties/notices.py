"""What a policy says of itself: how a change is told, who is behind it, since when it holds, in which language it stands."""

import re
from collections.abc import Iterator

from mingjian.nlp.companies import companies
from mingjian.nlp.dates import dates
from mingjian.nlp.duties.scene import Scene
from mingjian.nlp.duties.vocabulary import words
from mingjian.nlp.reading import Sentence, Statement


def notices(scene: Scene) -> Iterator[Statement]:
    """`change.rules`, `prompt.change`, `publish.handler`, `publish.date` and, from the script, `publish.simplified_chinese`."""
    yield from _changes(scene)
    yield from _imprint(scene)
    if scene.outline.script in {"zh-Hans", "mixed"} and scene.outline.sentences:
        first = scene.sentence(0)
        yield Statement("publish.simplified_chinese", first.start, first.end, certain=scene.outline.script == "zh-Hans")


def _changes(scene: Scene) -> Iterator[Statement]:
    for index, sentence in scene.each():
        if scene.near_zone(index, "minors") or scene.near_zone(index, "cease") or scene.strangers(index):
            continue
        lang, text = sentence.lang, sentence.text
        changing = _rules_change(sentence)
        here = scene.near_zone(index, "change") or scene.topic(index, "change")
        if not changing and not (here and (scene.near_zone(index, "change") or _goes_on(scene, index))):
            continue
        if words(lang, "change/not_rules").search(text) and not scene.near_zone(index, "change"):
            continue
        if not changing and scene.contacts(index) and words(lang, "complaint_object").search(text):
            continue
        may = words(lang, "change/may").search(text)
        if changing and may and not words(lang, "change/never").search(text):
            yield _statement("change.rules", sentence, may)
        if refusal := words(lang, "change/none").search(text):
            yield _statement("prompt.change", sentence, refusal, negated=True)
        elif (told := _told(scene, index, sentence)) is not None:
            yield told


def _rules_change(sentence: Sentence) -> bool:
    """Whether the sentence speaks of a change of the policy itself: both words stand close together."""
    lang, text = sentence.lang, sentence.text
    for verb in words(lang, "change/verb").finditer(text):
        for rules in words(lang, "change/rules").finditer(text, max(0, verb.start() - _CLOSE), verb.end() + _CLOSE):
            start, end = sorted((verb.span(), rules.span()))
            if not words(lang, "change/other").search(text, start[1], end[0]):
                return True
    return False


def _goes_on(scene: Scene, index: int) -> bool:
    """Whether the sentence that leads it, or one just before it in the section, speaks of a change: "we will tell you" is about that."""
    sentence = scene.sentence(index)
    others = [*([sentence.lead] if sentence.lead is not None else []), *scene.before(index, _BACK)]
    return any(_rules_change(scene.sentence(other)) for other in others)


def _told(scene: Scene, index: int, sentence: Sentence) -> Statement | None:
    lang, text = sentence.lang, sentence.text
    strong = words(lang, "change/strong").search(text)
    notify = strong or words(lang, "change/notify").search(text)
    by_us = words(lang, "change/by_us").search(text)
    if notify is None or (by_us is None and strong is None):
        return None
    # "We post it here; look again from time to time" leaves it to the reader to find out.
    following = scene.outline.sentences[index + 1 : index + 2]
    weak = any(words(lang, "change/weak").search(each.text) for each in (sentence, *following) if each.section == sentence.section)
    own = words(lang, "change/weak").search(text) is not None and by_us is None
    return _statement("prompt.change", sentence, notify, certain=not own and (strong is not None or not weak))


def _imprint(scene: Scene) -> Iterator[Statement]:
    handler = dated = 0
    for index, sentence in enumerate(scene.outline.sentences):
        lang, text = sentence.lang, sentence.text
        if dated < _ENOUGH and words(lang, "dated/near").search(text) and not words(lang, "dated/not").search(text) and dates(text):
            dated += 1
            yield Statement("publish.date", sentence.start, sentence.end)
        if handler >= _ENOUGH or scene.strangers(index) or words(lang, "handler/not").search(text):
            continue
        found = [each for each in companies(text, lang) if each.kind in {"company", "handler"}]
        if found and (words(lang, "handler/near").search(text) or scene.near_zone(index, "contact")):
            handler += 1
            at = sentence.start + found[0].start, sentence.start + found[0].end
            yield Statement("publish.handler", sentence.start, sentence.end, words=at)


def _statement(action: str, sentence: Sentence, match: re.Match[str], *, certain: bool = True, negated: bool = False) -> Statement:
    at = sentence.start + match.start(), sentence.start + match.end()
    return Statement(action, sentence.start, sentence.end, certain=certain, negated=negated, words=at)


_CLOSE = 28
"""How many characters apart the words for the policy and for its change may stand."""

_BACK = 3
"""How many sentences back a change may have been spoken of."""

_ENOUGH = 3
"""How many places that tell the same are worth naming."""
