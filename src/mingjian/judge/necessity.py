"""The table of necessity: what an app declares, uses, asks for and was seen to do, held against what its type needs.

Whether a row goes beyond what is necessary is what the signals say, evaluated for the row; nothing is decided here a second time."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mingjian.judge import necessary
from mingjian.judge.evaluate import Evaluation, missing
from mingjian.judge.expr import Expr, Some
from mingjian.judge.necessary import AppType
from mingjian.judge.truth import both, either, negated, truth
from mingjian.model.terms import IDENTIFYING, vocabulary, within
from mingjian.model.types import Coverage, Layer, Necessity, Need, Observation, Subject, Truth

DATA = "beyond-necessary-data"
PERMISSION = "declares-beyond-necessary-permission"
MOST_ROWS = 400

_PERMISSION = "permission"
_SAID = ("collect", "use", "share", "ask")
_DONE = ("collect", "share", "open")
_NEEDED = ("listed", "conditional", "follows", "necessary")
_OPEN = ("unclear", "type_unknown")


@dataclass
class _Row:
    """The indices of the observations that state something of one term, apart by how."""

    declared: list[int] = field(default_factory=list)
    used: list[int] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)

    def add(self, other: "_Row") -> None:
        """Takes over what another row holds."""
        self.declared += other.declared
        self.used += other.used
        self.asked += other.asked
        self.seen += other.seen

    def every(self) -> Iterable[int]:
        """All of them."""
        return (*self.declared, *self.used, *self.asked, *self.seen)


def necessity(
    observations: Sequence[Observation], coverage: Sequence[Coverage], subject: Subject, signals: Mapping[str, Expr]
) -> tuple[Necessity, ...]:
    """A row for each kind of identifying data and for each permission that opens personal information, in the order of the vocabulary,
    permissions last; at most `MOST_ROWS`. Packs that do not know the signals have no table."""
    data, permission = signals.get(DATA), signals.get(PERMISSION)
    if not isinstance(data, Some) or not isinstance(permission, Some):
        return ()
    evaluation = Evaluation(observations, coverage, subject, signals)
    rows = _rows(observations)
    type, lacking = necessary.type_of(subject)
    order = {term: place for place, term in enumerate(vocabulary("data"))}
    terms = sorted(rows, key=lambda term: (within(term, _PERMISSION), order.get(term, len(order)), term))
    found: list[Necessity] = []
    for term in terms[:MOST_ROWS]:
        row, need = rows[term], _need(type, term)
        told = list(_claims(term, observations))
        facts = [observations[index] for index in row.every()]
        acts = [item for item in facts if item.mode != "claimed"]
        if acts:
            condition = permission if within(term, _PERMISSION) else data
            why = evaluation.why(condition.where, {condition.variable: replace(acts[0], data=term)})
            beyond, lacks = both((_certain(acts), why.value)), missing(why)
        else:
            # A sentence alone is no act that could be seen where the user acts: it names its function, or does not.
            beyond = both((_certain(facts), _unneeded(need), negated(either(named for _, named in told))))
            lacks = lacking
        layer, confidence = _source(type, term, need)
        found.append(
            Necessity(
                term,
                layer,
                need,
                confidence,
                beyond,
                *map(tuple, (row.declared, row.used, row.asked, row.seen)),
                functions=tuple(index for index, named in told if named == "yes"),
                missing=lacks if beyond == "unknown" else (),
            )
        )
    return tuple(found)


def _rows(observations: Sequence[Observation]) -> dict[str, _Row]:
    rows: defaultdict[str, _Row] = defaultdict(_Row)
    for index, item in enumerate(observations):
        how = _how(item)
        if how is not None:
            found: list[int] = getattr(rows[str(item.data)], how)
            found.append(index)
    # What was said of a whole group is said of its permissions, where there are any.
    for group in [term for term in rows if within(term, _PERMISSION) and term.count(".") == 1]:
        members = [row for term, row in rows.items() if term != group and within(term, group)]
        for member in members:
            member.add(rows[group])
        if members:
            del rows[group]
    return dict(rows)


def _how(item: Observation) -> str | None:
    """Under which heading an observation stands; none for what says nothing of need."""
    if item.negated or not (within(item.data, IDENTIFYING) or necessary.opens(item.data or "")):
        return None
    if item.mode == "claimed":
        return "declared" if any(within(item.action, action) for action in _SAID) else None
    if within(item.action, "declare"):
        return "declared"
    if within(item.action, "ask"):
        return "asked"
    done = any(within(item.action, action) for action in _DONE)
    return {"possible": "used", "observed": "seen"}.get(item.mode) if done else None


def _claims(term: str, observations: Sequence[Observation]) -> Iterable[tuple[int, Truth]]:
    """The sentences that tell for what the term is needed, and whether they name a function which the user starts."""
    about_permission = within(term, _PERMISSION)
    actions = ("ask", "collect", "use") if about_permission else ("collect", "use")
    for index, item in enumerate(observations):
        if item.mode != "claimed" or item.negated or item.purpose is None or not any(within(item.action, action) for action in actions):
            continue
        about = necessary.concerns(term, item.data or "") if about_permission else truth(within(item.data, term))
        named = both((about, necessary.names_function(item.purpose), "yes" if item.certain else "unknown"))
        if named != "no":
            yield index, named


def _certain(items: Sequence[Observation]) -> Truth:
    return "yes" if any(item.certain for item in items) else "unknown"


def _need(type: AppType | None, term: str) -> Need:
    if type is None:
        return "type_unknown"
    return necessary.rating_of(type, term) if within(term, _PERMISSION) else necessary.need_of(type, term)


def _source(type: AppType | None, term: str, need: Need) -> tuple[Layer, str]:
    """The one layer that a row rests on, and how its source is known."""
    if within(term, _PERMISSION) or need == "follows":
        return "derived", "derived"
    return "law", "reprint" if type is None or type.read else "recalled"


def _unneeded(need: Need) -> Truth:
    return "unknown" if need in _OPEN else truth(need not in _NEEDED)
