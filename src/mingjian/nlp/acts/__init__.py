"""Who collects, uses, shares and stores what, why and for whom."""

from collections.abc import Sequence
from dataclasses import replace

from mingjian.nlp.acts.ask import asked
from mingjian.nlp.acts.collect import collected
from mingjian.nlp.acts.force import forced
from mingjian.nlp.acts.linking import Told, from_above, referring
from mingjian.nlp.acts.listed import listed, own, unread
from mingjian.nlp.acts.places import Places
from mingjian.nlp.acts.said import Said
from mingjian.nlp.acts.share import shared
from mingjian.nlp.acts.words import words
from mingjian.nlp.matcher import Spans
from mingjian.nlp.reading import Outline, SdkRow, Sentence, Statement
from mingjian.nlp.tables import own_rows, unread_rows

__all__ = ["acts", "length"]


def acts(outline: Outline, topics: Sequence[dict[str, float]], rows: Sequence[SdkRow]) -> list[Statement]:
    """What the policy says is done, in the order of the text. `topics` are the scores of the sentences, which decide nothing alone."""
    places = Places(outline, topics)
    tables = own_rows(outline)
    taken = Spans([(row.start, row.end) for row in rows if row.data and row.purposes] + [(row.start, row.end) for row in tables])
    told: Told = {}
    for index, sentence in enumerate(outline.sentences):
        if places.silent(index):
            continue
        if taken.hold(sentence.start, sentence.end):
            # Only what denies is read here: the row tells the rest, and lists are long.
            if places.words(index).found("denial", sentence.text):
                told[index] = [each for each in collected(places, index) if _denies_of_code(each)]
            continue
        gathered = collected(places, index)
        gathered += asked(places, index, gathered)
        told[index] = gathered + shared(places, index, told) + referring(places, index, told)
    from_above(places, told)
    _under_consent(places, told)
    for index in told:
        told[index] += forced(places, index, told)
    said = [each for index in sorted(told) for each in told[index]]
    statements = [*said, *listed(rows, [each for each in said if _denies_of_code(each)]), *own(tables)]
    read = [(row.start, row.end) for row in rows] + [(row.start, row.end) for row in tables]
    statements += unread(unread_rows(outline, read), said)
    kept = _without_blanks(_once(statements))
    return sorted([*kept, *_rules(outline, kept)], key=lambda each: each.start)


def _under_consent(places: Places, told: Told) -> None:
    """A section that promises consent for all sharing promises it for each, and for those in the sections below it."""
    sentences = places.outline.sentences
    under = {
        sentences[index].section for index, statements in told.items() if any(map(_is_general, statements)) and _covers(places.said(index))
    }
    for index, statements in told.items():
        if not under.isdisjoint(places.sections(index)):
            told[index] = [
                replace(each, condition="consent") if each.action == "share" and each.condition is None and not each.negated else each
                for each in statements
            ]


def _denies_of_code(statement: Statement) -> bool:
    return statement.negated and statement.action == "collect" and (statement.actor or "").startswith("sdk.")


def _is_general(statement: Statement) -> bool:
    return statement.action == "consent.share" and statement.data is None and statement.recipient is None


def _covers(said: Said) -> bool:
    """Whether the consent that a sentence promises is for all sharing: not for making public alone, and without cases left out."""
    return said.words.found("sharing", said.text) and not said.words.found("exception", said.text)


def _rules(outline: Outline, statements: list[Statement]) -> list[Statement]:
    """That there are rules: one act of collecting with data and a purpose is enough, and so is that nothing at all is collected."""
    collects = [each for each in statements if each.action == "collect" and each.data and each.purpose and not each.negated]
    if not collects:
        nothing = next((each for each in outline.sentences if _collects_nothing(each)), None)
        return [] if nothing is None else [Statement("publish.rules", nothing.start, nothing.end, count=length(outline))]
    first = min((each for each in collects if each.certain), key=lambda each: each.start, default=collects[0])
    return [Statement("publish.rules", first.start, first.end, certain=first.certain, count=length(outline))]


def _collects_nothing(sentence: Sentence) -> bool:
    """Whether a sentence denies all collecting, under no condition."""
    own = words(sentence.lang)
    return own.found("collects_nothing", sentence.text) and not own.found("nothing_but", sentence.text)


def length(outline: Outline) -> int:
    """The length of a text: Chinese characters, or words."""
    if outline.lang == "zh":
        return sum("\u4e00" <= character <= "\u9fff" for character in outline.text)
    return len(outline.text.split())


def _without_blanks(statements: list[Statement]) -> list[Statement]:
    """The statements without those that another in the same place says as well, or says with the purpose that they lack."""
    same: dict[tuple[object, ...], list[Statement]] = {}
    kept = []
    for each in sorted(statements, key=lambda each: each.purpose is None):
        others = same.setdefault(_act(each), [])
        beside = [other for other in others[-_NEAR:] if other.start < each.end and each.start < other.end]
        if not any(_says_as_well(other, each) for other in beside):
            kept.append(each)
        others.append(each)
    return kept


def _says_as_well(one: Statement, other: Statement) -> bool:
    return other.purpose is None or (one.purpose == other.purpose and (one.start, one.end) != (other.start, other.end))


def _act(statement: Statement) -> tuple[object, ...]:
    return statement.action, statement.data, statement.actor, statement.recipient, statement.phase, statement.negated


def _once(statements: list[Statement]) -> list[Statement]:
    """The statements without those that say the same in the same place."""
    return list({replace(each, words=None): each for each in reversed(statements)}.values())[::-1]


_NEAR = 20
"""How many statements of the same act are looked at for one in the same place."""
