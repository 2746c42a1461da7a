"""What users must do or show before their request is met."""

from collections.abc import Iterator

from mingjian.nlp.duties.deeds import labelled
from mingjian.nlp.duties.scene import Scene
from mingjian.nlp.duties.vocabulary import words
from mingjian.nlp.reading import Sentence, Statement


def conditions(scene: Scene) -> Iterator[Statement]:
    """`condition`, and `condition.unreasonable` where it asks for more than is needed to serve the request."""
    for index, sentence in scene.each():
        if any(scene.near_zone(index, zone) for zone in ("minors", "cookies")) or scene.strangers(index):
            continue
        if not _about_rights(scene, index, sentence):
            continue
        lang, text = sentence.lang, sentence.text
        hard = words(lang, "condition/unreasonable").search(text) or words(lang, "condition/wait_and_balance").search(text)
        if hard and _demanded(scene, index, sentence) and not words(lang, "condition/unreasonable_not").search(text):
            certain = not words(lang, "condition/alternative").search(text)
            yield _statement("condition.unreasonable", sentence, hard.start(), hard.end(), certain=certain)
        found = words(lang, "condition/check").search(text)
        if found and words(lang, "condition/asks").search(text) and not words(lang, "condition/not").search(text):
            yield _statement("condition", sentence, found.start(), found.end())


def _about_rights(scene: Scene, index: int, sentence: Sentence) -> bool:
    """Whether the sentence is about correction, deletion, cancellation or the like: by its words with the heading's, or what leads it."""
    if words(sentence.lang, "condition/not").search(sentence.text):
        return False
    titles = scene.headings[sentence.section][:1]
    if scene.near_zone(index, "rights") or scene.topic(index, "rights") or any(labelled(title, sentence.lang) for title in titles):
        return True
    others = [sentence.text] if sentence.lead is None else [sentence.text, scene.sentence(sentence.lead).text]
    named = any(words(sentence.lang, "condition/about").search(text) for text in others)
    return named and (scene.zone(index, "rights") or scene.zone(index, "contact") or not scene.titled or _right_words(scene, index))


def _demanded(scene: Scene, index: int, sentence: Sentence) -> bool:
    """Whether it is asked for, and for a right: by the words of the sentence, of what leads it, or of a heading or sentence before it."""
    if not words(sentence.lang, "condition/demands").search(sentence.text):
        return False
    others = [*([sentence.lead] if sentence.lead is not None else []), *scene.before(index)]
    texts = (sentence.text, *(scene.sentence(other).text for other in others), *scene.headings[sentence.section][:2])
    return any(words(sentence.lang, "condition/about").search(text) for text in texts)


def _right_words(scene: Scene, index: int) -> bool:
    return scene.has(index, "rights/account.cancel/verb") or scene.has(index, "rights/delete/verb") or scene.has(index, "exercise")


def _statement(action: str, sentence: Sentence, start: int, end: int, *, certain: bool = True) -> Statement:
    return Statement(action, sentence.start, sentence.end, certain=certain, words=(sentence.start + start, sentence.start + end))
