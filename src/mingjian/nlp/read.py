"""Reads a policy: its documents, as one, to statements."""

from collections.abc import Sequence
from dataclasses import replace

from mingjian.model.document import Document
from mingjian.nlp.acts import acts, length
from mingjian.nlp.acts.words import words
from mingjian.nlp.beginning import beginning
from mingjian.nlp.duties import duties
from mingjian.nlp.readability import readability
from mingjian.nlp.reading import Outline, Reading, SdkRow, Statement
from mingjian.nlp.structure import outline
from mingjian.nlp.tables import elsewhere, sdk_rows
from mingjian.nlp.topics import topics
from mingjian.nlp.unlisted import unlisted

MOST_SENTENCES = 10_000
"""How many sentences of all documents together are read; what follows is left out."""

MOST_STATEMENTS = 10_000
"""How many statements a reading holds; what follows is left out."""


def read(documents: Sequence[Document]) -> Reading:
    """What the documents of one policy say together. A list of third parties that one document refers to may stand in another."""
    kept, cut = beginning(documents)
    whole = [outline(document) for document in kept]
    outlines = _bounded(whole)
    rows = [sdk_rows(each) for each in outlines]
    statements = [
        replace(statement, document=number)
        for number, each in enumerate(outlines)
        for statement in sorted(_statements(each, rows[number]), key=lambda statement: (statement.start, statement.end))
    ]
    statements = _rules_once(statements, sum(map(length, outlines)))
    together = tuple(row for found in rows for row in found)
    return Reading(
        outlines=outlines,
        statements=tuple(statements[:MOST_STATEMENTS]),
        rows=together,
        readability=readability(outlines),
        is_policy=any(map(_is_titled, outlines)) or _tells_of_collecting(statements, outlines),
        elsewhere=tuple((number, *span) for number, each in enumerate(outlines) for span in elsewhere(each, together)),
        cut=cut or len(statements) > MOST_STATEMENTS or sum(len(each.sentences) for each in whole) > MOST_SENTENCES,
    )


def _bounded(whole: Sequence[Outline]) -> tuple[Outline, ...]:
    """The outlines with so many sentences together as are read."""
    room = MOST_SENTENCES
    bounded = []
    for each in whole:
        bounded.append(replace(each, sentences=each.sentences[:room]))
        room -= len(bounded[-1].sentences)
    return tuple(bounded)


def _statements(whole: Outline, rows: list[SdkRow]) -> list[Statement]:
    scores = topics(whole.sentences)
    told = acts(whole, scores, rows)
    return [*told, *unlisted(whole, scores, told), *duties(whole, scores)]


def _rules_once(statements: list[Statement], count: int) -> list[Statement]:
    """The statements, with one that there are rules, of the length of all documents."""
    rules = [each for each in statements if each.action == _RULES]
    first = next((each for each in rules if each.certain), rules[0] if rules else None)
    return [replace(each, count=count) if each is first else each for each in statements if each is first or each.action != _RULES]


def _is_titled(whole: Outline) -> bool:
    """Whether the document calls itself a privacy policy, in one of its first lines that is short enough to be a title."""
    first = [sentence.text for sentence in whole.sentences[:_FIRST] if len(sentence.text) <= _TITLE[whole.lang]]
    return any(words(whole.lang).found("title_policy", text) for text in first)


def _tells_of_collecting(statements: Sequence[Statement], outlines: Sequence[Outline]) -> bool:
    """Whether a text without such a title does what a policy does: tells what the app collects and why, all through."""
    told = {
        (each.document, each.start) for each in statements if each.action == "collect" and each.data and each.purpose and not each.negated
    }
    return len(told) >= _FEW and len(told) * _SPARSE >= sum(len(each.sentences) for each in outlines)


_RULES = "publish.rules"
_FIRST = 5
_TITLE = {"zh": 40, "en": 90}
_FEW = 3
_SPARSE = 40
"""One sentence in so many tells of collecting, at least, in a text that is a policy."""
