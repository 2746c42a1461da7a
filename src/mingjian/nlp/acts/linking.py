"""Sentences that speak of what an earlier sentence names: "the above information is used to …"."""

from dataclasses import replace

from mingjian.nlp.acts.inherit import deeds_of, purposes_above
from mingjian.nlp.acts.places import Places
from mingjian.nlp.acts.said import Said
from mingjian.nlp.reading import Statement

Told = dict[int, list[Statement]]


def antecedents(places: Places, index: int, told: Told) -> list[int]:
    """The sentences whose data a sentence refers back to: the nearest before it that names any, with the items of the same list."""
    sentences = places.outline.sentences
    said = places.said(index)
    if not said.words.found("refers_back", said.text):
        return []
    for earlier in range(index - 1, max(-1, index - 1 - _BACK), -1):
        if sentences[earlier].section != sentences[index].section:
            return []
        if _named(told.get(earlier, [])):
            lead = places.lead(earlier)
            same = [item for item in (places.items(lead) if lead is not None else []) if item < index and _named(told.get(item, []))]
            return same or [earlier]
    return []


def _named(statements: list[Statement]) -> bool:
    return any(map(names_data, statements))


def names_data(statement: Statement) -> bool:
    """Whether a statement tells of named data that the app has."""
    return statement.action in ("collect", "use", "store") and statement.data is not None and not statement.negated


def _hypothetical(said: Said, denied: bool) -> bool:
    """Whether the sentence tells what if the user refuses, or denies only what is beyond the purposes told."""
    refused = any(each.role == "refusal" for each in said.cut.stretches) or said.words.found("hollow", said.text)
    beyond = denied and any(said.words.found(name, said.text) for name in ("no_consent", "exception", "other_purposes"))
    return refused or beyond


def referring(places: Places, index: int, told: Told) -> list[Statement]:
    """What a sentence says of data that an earlier one names; the earlier statements that tell no purpose take over the one told here."""
    said = places.said(index)
    purposes = [each for each in said.purposes if said.cut.role(each.start, each.end) != "circumstance"]
    if said.data or not purposes:
        return []
    back = antecedents(places, index, told)
    deeds = [deed for deed in deeds_of(places, index) if not deed.relative]
    denied = any(deed.polarity == "denied" for deed in deeds) or said.words.found("denial", said.text, 0, purposes[0].start)
    if not back or any(deed.polarity == "hollow" for deed in deeds) or _hypothetical(said, denied):
        return []
    terms = tuple(dict.fromkeys(mention.term for mention in purposes))
    names = dict.fromkeys((each.data, each.actor) for earlier in back for each in told[earlier] if names_data(each))
    if not denied:
        for earlier in back:
            told[earlier] = with_purposes(told[earlier], terms)
    if any("share" in deed.verbs for deed in deeds):
        return []
    return [
        Statement("use", said.sentence.start, said.sentence.end, data=data, actor=actor, purpose=term, negated=denied)
        for data, actor in names
        for term in terms
    ]


def with_purposes(statements: list[Statement], terms: tuple[str, ...]) -> list[Statement]:
    """The statements, those of acts without a purpose with each of these instead."""
    if not terms:
        return statements
    return [
        replace(each, purpose=term) if each.purpose is None and each.action in _FOR_A_PURPOSE and not each.negated else each
        for each in statements
        for term in (terms if each.purpose is None and each.action in _FOR_A_PURPOSE and not each.negated else terms[:1])
    ]


def from_above(places: Places, told: Told) -> None:
    """Gives the acts that still lack a purpose the one that leads to them."""
    for index, statements in told.items():
        if any(each.purpose is None for each in statements):
            told[index] = with_purposes(statements, _without_vague(purposes_above(places, index)))


def _without_vague(terms: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(term for term in terms if term != "stated") or terms


_BACK = 4
"""How many sentences back the data may be named."""

_FOR_A_PURPOSE = ("collect", "use", "share", "ask")
