"""Where else a conduct is forbidden: the pointers of `crosswalk.yml`, and the clauses of other packs that rest on the same signal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mingjian.judge.clauses import CONFIDENCES
from mingjian.judge.load import shown_path
from mingjian.judge.nodes import Fields, Node, Place, parse_yaml, read_file
from mingjian.judge.reads import signals_in
from mingjian.judge.rule import Pack, Rule
from mingjian.judge.shapes import choice_of, fields_of, items_of, string_of
from mingjian.model.types import Clause

FILE = "crosswalk.yml"


@dataclass(frozen=True, slots=True)
class Link:
    """A rule of another instrument: its number in the rule table, its place as the instrument counts, how its text is known, and whether
    the link was `noted` with the texts at hand or is `ours`."""

    rule: str
    instrument: str
    ref: str
    confidence: str
    linked: str
    place: Place


@dataclass(frozen=True, slots=True)
class Shared:
    """A signal, and the clauses of other packs that rest on it, too."""

    signal: str
    clauses: tuple[Clause, ...]


def links_of(folder: Path) -> Mapping[str, tuple[Link, ...]]:
    """The pointers of a pack by clause; none where it has no such file. Raises `RuleError`."""
    file = folder / FILE
    if not file.is_file():
        return {}
    name = shown_path(file)
    found = fields_of(parse_yaml(read_file(file, name), name), ("links",), ("instruments",))["links"]
    if not isinstance(found, Fields):
        raise found.place.error("mapping_expected", keys="links")
    return {clause.text: tuple(_link(item) for item in items_of(rows)) for clause, rows in found.entries}


def shared_signals(rule: Rule, pack: Pack, packs: Sequence[Pack]) -> tuple[Shared, ...]:
    """The signals that a clause's verdict rests on and that other packs' clauses point at, with these clauses in the order of the packs.
    What only sets the scene makes no clauses alike, nor does what a clause merely asks before it applies."""
    found: list[Shared] = []
    for signal in sorted(_resting_on(rule, pack)):
        alike = [each.clause for other in packs if other.id != pack.id for each in other.rules if signal in _resting_on(each, other)]
        if alike:
            found.append(Shared(signal, tuple(alike)))
    return tuple(found)


def _resting_on(rule: Rule, pack: Pack) -> frozenset[str]:
    verdicts = (expr for expr in (rule.violated_if, rule.suspected_if) if expr)
    named = frozenset[str]().union(*(signals_in(expr) for expr in verdicts))
    return frozenset(name for name in named if not pack.signals[name].scene)


def _link(node: Node) -> Link:
    found = fields_of(node, ("rule", "instrument", "ref", "confidence", "linked"))
    return Link(
        string_of(found["rule"]),
        string_of(found["instrument"]),
        string_of(found["ref"]),
        choice_of(found["confidence"], CONFIDENCES),
        choice_of(found["linked"], ("noted", "ours")),
        node.place,
    )
