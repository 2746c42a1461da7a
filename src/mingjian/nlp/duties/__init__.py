"""What a policy owes its readers, as it says it: rights and ways, deadlines, channels, notices, switches, retention."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from mingjian.nlp.duties.answers import answers, channels
from mingjian.nlp.duties.cells import with_cells
from mingjian.nlp.duties.conditions import conditions
from mingjian.nlp.duties.notices import notices
from mingjian.nlp.duties.retention import periods
from mingjian.nlp.duties.rights import rights
from mingjian.nlp.duties.sayings import sayings
from mingjian.nlp.duties.scene import Scene
from mingjian.nlp.reading import Outline, Statement


def duties(outline: Outline, topics: Sequence[dict[str, float]]) -> list[Statement]:
    """The statements of an outline, in the order of its text. `topics` are the scores of each sentence, or empty dicts where they are
    not known."""
    scene = Scene(*with_cells(_in_one_language(outline), topics))
    found = chain(rights(scene), answers(scene), channels(scene), conditions(scene), notices(scene), periods(scene), sayings(scene))
    return sorted(_once(found), key=lambda each: (each.start, each.end, each.action, each.negated))


def _in_one_language(outline: Outline) -> Outline:
    """The outline with its few words of the other language, names and addresses, read like what surrounds them."""
    sentences = tuple(
        replace(each, lang=outline.lang) if each.lang != outline.lang and len(each.text) < _FEW else each for each in outline.sentences
    )
    return replace(outline, sentences=sentences)


def _once(statements: chain[Statement]) -> list[Statement]:
    """One statement for each act and sentence: the certain one, where they differ."""
    kept: dict[tuple[str, int, int, bool], Statement] = {}
    for each in statements:
        key = each.action, each.start, each.end, each.negated
        if key not in kept or (each.certain and not kept[key].certain):
            kept[key] = each
    return list(kept.values())


_FEW = 40
"""How many characters make a sentence of its own language."""
