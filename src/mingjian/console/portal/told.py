"""What an operator may know of its case: what was served on it or published. What the house has found or plans, but has not told, is not
in it."""

from dataclasses import dataclass, replace

from mingjian.console import clock
from mingjian.console.cases import machine
from mingjian.console.cases.deadlines import Deadline
from mingjian.console.cases.models import Case, Document, Event
from mingjian.console.cases.projection import plain
from mingjian.console.cases.reached import Reached, papers, reached
from mingjian.console.cases.state import CaseState, Problem


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a case stands as far as its operator was told, and until when the operator has to act."""

    state: str
    due: Deadline | None


@dataclass(frozen=True, slots=True)
class Told:
    """One case as its operator sees it: where it stands, the problems that it was told of, the documents that it was given, and what it did
    and was told, in order."""

    standing: Standing
    problems: tuple[Problem, ...]
    documents: tuple[Document, ...]
    events: tuple[Event, ...]


def standing(case: Case) -> Standing:
    """Where a case stands for its operator; its events may have been read before."""
    rows = list(case.events.all())
    known = reached(rows).known
    state = machine.fold((plain(each) for each in rows if each.seq <= known), clock.now())
    return Standing(state.state, state.deadline)


def told(case: Case, state: CaseState) -> Told:
    """What the operator of the case has been told."""
    rows = list(case.events.all())
    known = reached(rows)
    return Told(
        standing(case),
        tuple(_known(each, known) for each in state.problems if each.id in known.problems),
        tuple(papers(case, rows, known.result)),
        known.events,
    )


def _known(problem: Problem, known: Reached) -> Problem:
    """The problem with the status that the operator knows: the result of a re-test that it was not told of yet is not shown."""
    if problem.status == "withdrawn":
        shown = problem.id in known.withdrawn
    else:
        shown = problem.changed <= known.result or problem.status in ("open", "answered")
    return problem if shown else replace(problem, status="answered" if problem.answer else "open")
