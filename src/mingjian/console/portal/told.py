"""What an operator may know of its case: what was served on it or published. What the house has found or plans, but has not told, is not
in it."""

from dataclasses import dataclass, replace
from typing import Literal

from mingjian.console.cases.models import Case, Document, Event
from mingjian.console.cases.state import CaseState, Problem, Proposal

Status = Literal["open", "answered", "fixed", "persisting", "new", "withdrawn"]

_TOLD_PROBLEMS = ("order", "naming", "takedown")
_OWN = ("answered", "rectification_reported", "extension_requested", "relist_requested")
"""What operators themselves record."""
_TESTS = ("test_report", "retest_report")


@dataclass(frozen=True, slots=True)
class Told:
    """One case as its operator sees it: the problems that it was told of, the documents that it was given, and what it did and was told,
    in order."""

    problems: tuple[Problem, ...]
    documents: tuple[Document, ...]
    events: tuple[Event, ...]


def told(case: Case, state: CaseState) -> Told:
    """What the operator of the case has been told."""
    reached = [each for each in state.proposals if _reached(each)]
    # The number of the last event by which something was told; what happened after it, the operator does not know yet.
    events = [each for each in case.events.all() if _shown(each, reached)]
    last = max((each.seq for each in events if each.kind in ("served", "published")), default=0)
    ids = {id for each in reached if each.act in _TOLD_PROBLEMS for id in each.data["problems"]}
    numbers = {each.number for each in reached if each.number}
    closed = any(each.act in ("closing", "withdrawal", "restoration") for each in reached)
    documents = [
        each
        for each in case.documents.order_by("created_at", "pk")
        if each.number in numbers
        or each.kind == "rectification_report"
        or (each.kind in _TESTS and (each.seq or 0) < last)
        or (each.kind == "closing_notice" and closed)
    ]
    return Told(tuple(_known(each, last) for each in state.problems if each.id in ids), tuple(documents), tuple(events))


def _reached(proposal: Proposal) -> bool:
    """Whether an act has reached the operator, or everybody."""
    if proposal.act in ("naming", "correction"):
        return proposal.status == "done"
    if proposal.act == "takedown":
        # The stores are told, and through them the operator sees that its app is gone.
        return bool(proposal.reached)
    if proposal.act == "reply":
        return proposal.data["to"] == "operator" and bool(proposal.reached)
    return bool(proposal.reached)


def _shown(event: Event, reached: list[Proposal]) -> bool:
    if event.kind in _OWN:
        return True
    return event.kind in ("served", "published") and any(each.seq == event.data.get("of") for each in reached)


def _known(problem: Problem, last: int) -> Problem:
    """The problem with the status that the operator knows: the result of a re-test that it was not told of yet is not shown."""
    if problem.changed <= last or problem.status in ("open", "answered"):
        return problem
    return replace(problem, status="answered" if problem.answer else "open")
