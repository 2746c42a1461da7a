"""What must be given, or the app cannot be used."""

from mingjian.nlp import lexicon
from mingjian.nlp.acts.linking import Told
from mingjian.nlp.acts.places import Places
from mingjian.nlp.acts.said import Said
from mingjian.nlp.reading import Statement


def forced(places: Places, index: int, told: Told) -> list[Statement]:
    """The data that a sentence makes a condition of using the app at all, as it or the sentences before it in the paragraph name them.
    Losing one function is no force."""
    said = places.said(index)
    text, words = said.text, said.words
    refusal = words.patterns["refuses"].search(text)
    if not refusal or not words.found("loses_app", text) or words.found("keeps_rest", text, refusal.start()):
        return []
    sentence = said.sentence
    terms = _refused(said) or _named_before(places, index, told) or _demanded(places, index)
    return [
        Statement("force", sentence.start, sentence.end, data=term, purpose=purpose, certain=certain)
        for term, certain in terms
        for purpose in _purposes(term, index, told) or _told_here(places, index) or [None]
    ]


def _refused(said: Said) -> list[tuple[str, bool]]:
    """The data named where the sentence says what if they are not given."""
    stretches = [each for each in said.cut.stretches if each.role == "refusal"]
    inside = [each for each in said.data for stretch in stretches if stretch.start <= each.start and each.end <= stretch.end]
    return list(dict.fromkeys((each.term, each.certain) for each in inside))


def _named_before(places: Places, index: int, told: Told) -> list[tuple[str, bool]]:
    """The data whose collection this sentence, or the nearest before it in the paragraph, tells."""
    sentences = places.outline.sentences
    for earlier in range(index, max(-1, index - _BACK), -1):
        if sentences[earlier].paragraph != sentences[index].paragraph:
            break
        collected = [(each.data, each.certain) for each in told.get(earlier, []) if _is_collected(each)]
        if collected:
            return list(dict.fromkeys((term, certain) for term, certain in collected if term))
    return []


def _demanded(places: Places, index: int) -> list[tuple[str, bool]]:
    """The data that this sentence, or the one before it in the paragraph, says are required, without an act of collecting."""
    for earlier in (index, index - 1):
        if earlier < 0 or places.outline.sentences[earlier].paragraph != places.outline.sentences[index].paragraph:
            break
        said = places.said(earlier)
        demand = said.words.patterns["demanded"].search(said.text)
        named = [each for each in said.data if demand and said.cut.role(each.start, each.end) is None]
        if named:
            return list(dict.fromkeys((each.term, each.certain) for each in named))
    return []


def _told_here(places: Places, index: int) -> list[str | None]:
    """The purposes that this sentence or the one before it tells of what is required."""
    for earlier in (index, index - 1):
        said = places.said(max(0, earlier))
        demand = said.words.patterns["demanded"].search(said.text)
        terms = dict.fromkeys(each.term for each in said.purposes) if demand else {}
        found = terms or (dict.fromkeys(each.term for each in lexicon.purposes(said.text, said.sentence.lang)) if demand else {})
        if found:
            return [*found]
    return []


def _purposes(term: str, index: int, told: Told) -> list[str | None]:
    """What the data are collected for, by the sentence nearest before that tells it."""
    for earlier in sorted((each for each in told if each <= index), reverse=True):
        purposes = [each.purpose for each in told[earlier] if _is_collected(each) and each.data == term]
        if purposes:
            return list(dict.fromkeys(purposes))
    return []


def _is_collected(statement: Statement) -> bool:
    return statement.action == "collect" and statement.actor == "app" and statement.data is not None and not statement.negated


_BACK = 4
"""How many sentences the data and the refusal may be apart."""
