"""What an item takes over from the sentence or title that leads to it."""

from dataclasses import replace

from mingjian.nlp.acts.deeds import Deed, Verb
from mingjian.nlp.acts.places import Places


def deeds_of(places: Places, index: int) -> tuple[Deed, ...]:
    """The acts of a sentence; an item without any has that of the sentence that leads to it, or of a title that speaks of collecting."""
    own = places.said(index).deeds
    if any(not deed.relative for deed in own):
        return own
    taken = (
        _from_lead(places, index) or _continued(places, index) or _from_title(places, index) or (None if own else _nominal(places, index))
    )
    return (*own, taken) if taken else own


def _from_lead(places: Places, index: int) -> Deed | None:
    lead = places.lead(index)
    if lead is None or places.silent(lead):
        return None
    said = places.said(lead)
    if said.words.found("recipients_lead", said.text):
        return _over(places, index, Deed(("share",), 0, 0, 0, "app", "told", ()))
    above = [deed for deed in deeds_of(places, lead) if not deed.relative]
    if not above:
        return None
    return _over(places, index, above[-1])


def _continued(places: Places, index: int) -> Deed | None:
    """The act of the sentence before, where this one only spells out its objects: "these include your name"."""
    if not _continues(places, index):
        return None
    before = [deed for deed in places.said(index - 1).deeds if not deed.relative]
    if not before or before[-1].polarity != "told" or before[-1].subject != "app":
        return None
    return _over(places, index, before[-1])


def _continues(places: Places, index: int) -> bool:
    said = places.said(index)
    beside = index > 0 and places.outline.sentences[index - 1].section == said.sentence.section
    return beside and said.words.patterns["continues"].match(said.text) is not None


def _from_title(places: Places, index: int) -> Deed | None:
    said = places.said(index)
    if not said.data or not places.on_topic(index) or not said.words.found("label", said.text):
        return None
    titles = places.titles(index)
    if not any(said.words.found("collecting_title", title) for title in titles[:2]):
        return None
    return _over(places, index, Deed(("collect",), 0, 0, 0, "app", "told", ()))


def _nominal(places: Places, index: int) -> Deed | None:
    """The act of a sentence without a verb: "chat records: used to settle disputes"."""
    said = places.said(index)
    named = [each for each in said.data if said.cut.role(each.start, each.end) is None]
    if not named or any(said.words.found(name, said.text) for name in ("permission", "denial", "hollow", "refuses")):
        return None
    if not said.words.patterns["nominal"].match(said.text, named[-1].end):
        return None
    titles = places.titles(index)[:3]
    verb: Verb = "collect" if any(said.words.found("collecting_title", title) for title in titles) else "use"
    return _over(places, index, Deed((verb,), 0, 0, 0, "app", "told", ()))


def _over(places: Places, index: int, deed: Deed) -> Deed:
    return replace(deed, start=0, end=0, clause=0, inherited=True, reach=((0, len(places.said(index).text)),))


def purposes_above(places: Places, index: int) -> tuple[str, ...]:
    """The purposes that the sentences leading to this one tell, else those that the title tells."""
    lead = places.lead(index)
    if lead is not None:
        terms = tuple(dict.fromkeys(mention.term for mention in places.said(lead).purposes))
        return terms or purposes_above(places, lead)
    if _continues(places, index):
        terms = tuple(dict.fromkeys(mention.term for mention in places.said(index - 1).purposes))
        return terms or places.title_purposes(index)
    return places.title_purposes(index)
