"""What the operator of a case has been told, by its events: acts that reached it or everybody, and the papers that go with them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mingjian.console.cases.models import Case, Document, Event

OWN = ("answered", "rectification_reported", "extension_requested", "relist_requested")
"""What operators themselves record."""
_TELLS_PROBLEMS = ("order", "naming", "takedown")
_TELLS_RESULTS = (*_TELLS_PROBLEMS, "restoration", "closing")
_WITHDRAWS = ("withdrawal", "correction")
_TELLS_NO_STATE = ("reply", "correction")
_TESTS = {"test_report": "test_finished", "retest_report": "retest_finished"}


@dataclass(frozen=True, slots=True)
class Reached:
    """`acts` are the data of the proposals that reached the operator by their numbers. `problems` it was told of; `withdrawn` are those
    that it was told are none. `events` are what it did and was told, in order; by the event `result` it was last told of a test's
    result, and up to the event `known` it knows where its case stands (0 for none)."""

    acts: Mapping[int, Mapping[str, Any]]
    problems: frozenset[str]
    withdrawn: frozenset[str]
    events: tuple[Event, ...]
    result: int
    known: int


def reached(events: Iterable[Event]) -> Reached:
    """What the events of a case, in their order, say that its operator was told. What is published reaches everybody, and of what a store
    was served the operator hears through it."""
    rows = list(events)
    proposed = {each.seq: each.data for each in rows if each.kind == "proposed"}
    shown = [each for each in rows if each.kind in (*OWN, "served", "published")]
    by_act = [(each.seq, proposed[each.data["of"]]["act"] if each.kind not in OWN else "") for each in shown]
    acts = {each.data["of"]: proposed[each.data["of"]] for each in shown if each.kind not in OWN}
    return Reached(
        acts=acts,
        problems=frozenset(id for each in acts.values() if each["act"] in _TELLS_PROBLEMS for id in each["problems"]),
        withdrawn=frozenset(id for each in acts.values() if each["act"] in _WITHDRAWS for id in each["problems"]),
        events=tuple(shown),
        result=max((seq for seq, act in by_act if act in _TELLS_RESULTS), default=0),
        known=max((seq for seq, act in by_act if act not in _TELLS_NO_STATE), default=0),
    )


def papers(case: Case, events: Iterable[Event], by: int) -> list[Document]:
    """The documents of a case that have reached its operator when it is told of a result by the event `by`. The report of a test is among
    them when the operator was told of every problem in it."""
    rows = list(events)
    told = reached(rows)
    numbers = {each.data.get("number") for each in rows if each.kind == "confirmed" and each.data["of"] in told.acts}
    ended = any(each["act"] in ("closing", "withdrawal", "restoration") for each in told.acts.values())
    tests = {each.seq: _problems(each) for each in rows if each.kind in _TESTS.values()}

    def has_reached(paper: Document) -> bool:
        if paper.kind in _TESTS:
            seq = paper.seq or 0
            return seq < by and tests.get(seq, frozenset()) <= told.problems
        return paper.number in numbers or paper.kind == "rectification_report" or (paper.kind == "closing_notice" and ended)

    return [each for each in case.documents.order_by("created_at", "pk") if has_reached(each)]


def _problems(test: Event) -> frozenset[str]:
    """Every problem that the result of a test speaks of."""
    data = test.data
    named = (id for name in ("fixed", "persisting", "not_reached") for id in data.get(name, ()))
    return frozenset((*named, *(each["id"] for name in ("problems", "new") for each in data.get(name, ()))))
