"""How long data are kept."""

from collections.abc import Iterator

from mingjian.nlp.durations import durations
from mingjian.nlp.duties.scene import Scene
from mingjian.nlp.duties.vocabulary import words
from mingjian.nlp.reading import Lang, Statement


def periods(scene: Scene) -> Iterator[Statement]:
    """`store.period`, counted in days where a length is said; uncertain where the text says no more than that it is short."""
    for index, sentence in scene.each():
        lang, text = sentence.lang, sentence.text
        if scene.strangers(index) and not scene.near_zone(index, "retention"):
            continue
        listed = scene.near_zone(index, "retention")
        keeps = words(lang, "period/keeps").search(text) and words(lang, "period/object").search(text)
        if words(lang, "period/not").search(text) or not (keeps or listed):
            continue
        terms = [each for each in durations(text, lang) if not each.recurring and (listed or _kept(text, each.start, lang))]
        if terms:
            longest = max(terms, key=lambda each: each.days)
            at = sentence.start + longest.start, sentence.start + longest.end
            yield Statement("store.period", sentence.start, sentence.end, count=longest.days, words=at)
        elif not keeps:
            continue
        elif until := words(lang, "period/until").search(text):
            yield Statement(
                "store.period", sentence.start, sentence.end, words=(sentence.start + until.start(), sentence.start + until.end())
            )
        elif vague := words(lang, "period/vague").search(text):
            at = sentence.start + vague.start(), sentence.start + vague.end()
            yield Statement("store.period", sentence.start, sentence.end, certain=False, words=at)


def _kept(text: str, at: int, lang: Lang) -> bool:
    return words(lang, "period/keeps").search(text, max(0, at - _REACH), at + _REACH) is not None


_REACH = 50
"""How far from a length of time the word of keeping may stand."""
