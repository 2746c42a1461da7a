"""What a policy owes its readers, as it says it: rights and ways, deadlines, channels, notices, switches, retention."""

from collections.abc import Sequence
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
    scene = Scene(*with_cells(outline, topics))
    found = chain(rights(scene), answers(scene), channels(scene), conditions(scene), notices(scene), periods(scene), sayings(scene))
    return sorted(_once(found), key=lambda each: (each.start, each.end, each.action, each.negated))


def _once(statements: chain[Statement]) -> list[Statement]:
    """One statement for each act and sentence: the certain one, where they differ."""
    kept: dict[tuple[str, int, int, bool], Statement] = {}
    for each in statements:
        key = each.action, each.start, each.end, each.negated
        if key not in kept or (each.certain and not kept[key].certain):
            kept[key] = each
    return list(kept.values())
