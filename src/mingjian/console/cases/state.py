"""What follows from the events of a case. Everything here is a value; `machine.fold` makes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from mingjian.console.cases.deadlines import Deadline
from mingjian.console.cases.events import procedure

ProblemStatus = Literal["open", "answered", "fixed", "persisting", "new", "withdrawn"]
ProposalStatus = Literal["pending", "withdrawn", "returned", "confirmed", "recalled", "done"]
UNRESOLVED = frozenset({"open", "answered", "persisting", "new"})
MAIN_ACTS = ("order", "naming")
"""The acts whose deadline the operator has to meet."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the operator said about one problem, last."""

    seq: int
    cause: str
    change: str
    disputed: bool
    version: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem. `found` and `changed` are numbers of events; `key` is the fingerprint of the hit. `seen_in` are the files in which tests
    found it, `fixed_in` is the file in which the last re-test that decided it did not."""

    id: str
    clause: str
    key: str
    zh: str
    en: str
    status: ProblemStatus
    found: int
    changed: int
    answer: Answer | None = None
    seen_in: frozenset[str] = frozenset()
    fixed_in: str = ""

    @property
    def unresolved(self) -> bool:
        return self.status in UNRESOLVED


@dataclass(frozen=True, slots=True)
class Proposal:
    """One act that needs a second person. `done` when it took effect; `reached` are those who were served."""

    seq: int
    act: str
    by: str
    data: Mapping[str, Any]
    status: ProposalStatus
    confirmed_by: str = ""
    confirmed_at: datetime | None = None
    number: str = ""
    reason: str = ""
    reached: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExtensionRequest:
    """What the operator asked; `granted` is none until it is answered. It `lapsed` when another deadline began before that."""

    seq: int
    term: Mapping[str, Any]
    reason: str
    granted: bool | None = None
    lapsed: bool = False

    @property
    def open(self) -> bool:
        return self.granted is None and not self.lapsed


@dataclass(frozen=True, slots=True)
class Store:
    """One store that was told to remove the app, with what it confirmed."""

    name: str
    served_at: datetime
    removed_on: date | None = None
    restoration_served: bool = False
    restored_on: date | None = None


@dataclass(frozen=True, slots=True)
class Test:
    """One test or re-test of one file; `finished` is the number of the event with its result, 0 while it runs or when it was given up."""

    __test__ = False

    seq: int
    inspection: str
    sha256: str
    finished: int = 0


@dataclass(frozen=True, slots=True)
class Named:
    """One publication that named the app, with the problems it told."""

    seq: int
    at: datetime
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Due:
    """A document that has to leave the house: to be served or published, or still to be proposed (`of` is then 0)."""

    act: str
    of: int
    step: Literal["propose", "serve", "publish"]
    to: str = ""


@dataclass(frozen=True, slots=True)
class CaseState:
    """A case at `now`. `stage` is what the events alone say; `state` adds what the clock says. `seq` is the number of the last event:
    whoever records the next one gives `seq + 1`."""

    now: datetime
    seq: int = 0
    stage: str = ""
    last_at: datetime | None = None
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    outcome: str = ""
    body: str = ""
    version: str = ""
    sha256: str = ""
    problems: tuple[Problem, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    """Every deadline and every change of one, in order."""
    extensions: tuple[ExtensionRequest, ...] = ()
    stores: tuple[Store, ...] = ()
    tests: tuple[Test, ...] = ()
    complaints: tuple[str, ...] = ()
    named: tuple[Named, ...] = ()
    corrected: frozenset[str] = frozenset()
    noted_ends: tuple[datetime, ...] = ()
    """Ends of deadlines of which it was stated that nothing had come."""
    reported: int = 0
    """The number of the operator's last report that was not sent back."""
    reported_late: bool = False

    @property
    def state(self) -> str:
        """The name of the state of section 8.1."""
        return "overdue" if self.stage == "rectification_ordered" and self.overdue else self.stage

    @property
    def final(self) -> bool:
        return self.stage in procedure().final

    @property
    def running(self) -> tuple[Deadline, ...]:
        """The deadlines that somebody still has to meet, as they now stand."""
        return tuple(each for each in self._latest() if self._active(each))

    @property
    def deadline(self) -> Deadline | None:
        """The operator's deadline while it runs or has run out without an answer."""
        return next((each for each in self.running if each.act in MAIN_ACTS), None)

    @property
    def last_main(self) -> Deadline | None:
        """The operator's last deadline, running or not."""
        return next((each for each in reversed(self._latest()) if each.act in MAIN_ACTS), None)

    @property
    def overdue(self) -> bool:
        """Whether the operator's deadline has passed for sure: a provisional one never has."""
        deadline = self.deadline
        return deadline is not None and not deadline.provisional and self.now >= deadline.ends

    @property
    def unresolved(self) -> tuple[Problem, ...]:
        return tuple(each for each in self.problems if each.unresolved)

    @property
    def undecided(self) -> tuple[Problem, ...]:
        """Problems that were corrected in another file than the present one, of which no re-test has decided whether they are gone."""
        return tuple(each for each in self.problems if each.status == "fixed" and each.fixed_in != self.sha256)

    @property
    def pending(self) -> tuple[Proposal, ...]:
        """Proposals that wait for the second person."""
        return tuple(each for each in self.proposals if each.status == "pending")

    @property
    def test(self) -> Test | None:
        """The last test or re-test."""
        return self.tests[-1] if self.tests else None

    @property
    def testing(self) -> bool:
        """Whether a test or re-test runs."""
        return self.stage in {"testing", "retest", "relist_retest"} and self.test is not None and not self.test.finished

    @property
    def ordered(self) -> frozenset[str]:
        """Problems of which an order that reached the operator told."""
        served = (each for each in self.proposals if each.act == "order" and each.status == "done")
        return frozenset(problem for each in served for problem in each.data["problems"])

    @property
    def to_correct(self) -> tuple[str, ...]:
        """Problems that were published, turned out wrong, and have not been corrected in public."""
        told = {problem for named in self.named for problem in named.problems}
        return tuple(each.id for each in self.problems if each.status == "withdrawn" and each.id in told and each.id not in self.corrected)

    @property
    def documents_due(self) -> tuple[Due, ...]:
        """What has been confirmed and has not reached its addressee, and what has to be proposed because something published was wrong."""
        due = []
        for each in self.proposals:
            act = procedure().acts[each.act]
            if self.letter_due(each):
                due.append(Due(each.act, each.seq, "serve", "operator"))
            if each.status != "confirmed" or self.state not in act.source:
                continue
            if act.effect == "published":
                due.append(Due(each.act, each.seq, "publish"))
            else:
                due += [Due(each.act, each.seq, "serve", to) for to in self.addressees(each) if to not in each.reached]
        if self.to_correct and not any(each.act == "correction" and each.status in {"pending", "confirmed"} for each in self.proposals):
            due.append(Due("correction", 0, "propose"))
        return tuple(due)

    def letter_due(self, proposal: Proposal) -> bool:
        """Whether the operator, who had been served something before, is still to be told of an act that has taken effect."""
        ordered = any(each.act in MAIN_ACTS and each.origin < proposal.seq for each in self.deadlines)
        return procedure().acts[proposal.act].letter and proposal.status == "done" and not proposal.reached and ordered

    def addressees(self, proposal: Proposal) -> tuple[str, ...]:
        """Whom an act has to reach by service."""
        match proposal.act:
            case "takedown":
                return tuple(proposal.data["stores"])
            case "restoration":
                return tuple(each.name for each in self.stores)
        return ("operator",)

    def problem(self, id: str) -> Problem | None:
        return next((each for each in self.problems if each.id == id), None)

    def proposal(self, seq: int) -> Proposal | None:
        return next((each for each in self.proposals if each.seq == seq), None)

    def store(self, name: str) -> Store | None:
        return next((each for each in self.stores if each.name == name), None)

    def request(self, seq: int) -> ExtensionRequest | None:
        return next((each for each in self.extensions if each.seq == seq), None)

    def deadline_from(self, origin: int) -> Deadline | None:
        """A deadline as it now stands, by the number of the event that started it."""
        return next((each for each in reversed(self.deadlines) if each.origin == origin), None)

    def _latest(self) -> tuple[Deadline, ...]:
        return tuple({each.origin: each for each in self.deadlines}.values())

    def _active(self, deadline: Deadline) -> bool:
        match deadline.act:
            case "order":
                return self.stage == "rectification_ordered" and deadline == self.last_main
            case "naming":
                return self.stage == "publicly_named" and deadline == self.last_main
            case "takedown":
                store = self.store(deadline.store)
                return self.stage == "takedown_ordered" and store is not None and store.removed_on is None
        return self.testing and self.test is not None and self.test.seq == deadline.origin
