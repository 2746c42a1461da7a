"""The machine against a table written by hand from the procedure, on random cases."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mingjian.console.cases.effects import after
from mingjian.console.cases.events import Event, RefusedError, procedure
from mingjian.console.cases.machine import allowed, check, draft, fold
from mingjian.console.cases.state import CaseState
from mingjian.console.workdays import day_in_shanghai, shipped_calendar
from tests.console.cases.steps import MONDAY, ROLES, Recorder, problem

# From each state, what leads to which other states. An act stands here by its name, at the moment at which it takes effect.
WITHDRAWN = {"withdrawal": {"closed"}}
GONE = {"closing": {"closed"}}
MODEL: Mapping[str, Mapping[str, set[str]]] = {
    "": {"opened": {"planned", "complaint_received"}},
    "planned": {"complaint_linked": {"complaint_received"}, "sampled": {"sampled"}, **GONE},
    "complaint_received": {"sampled": {"sampled"}, **GONE},
    "sampled": {"testing_started": {"testing"}, **GONE},
    "testing": {"test_finished": {"tested_clean", "tested_problem"}, **GONE},
    "tested_clean": {"testing_started": {"testing"}, **GONE},
    "tested_problem": {"testing_started": {"testing"}, "order": {"rectification_ordered"}, "withdrawal": {"closed"}, **GONE},
    "rectification_ordered": {"rectification_reported": {"rectification_reported"}, **WITHDRAWN, **GONE},
    "overdue": {
        "rectification_reported": {"rectification_reported"},
        "extension": {"rectification_ordered"},
        "retest_started": {"retest"},
        "naming": {"publicly_named"},
        "takedown": {"takedown_ordered"},
        **WITHDRAWN,
        **GONE,
    },
    "rectification_reported": {
        # Sent back after the deadline, the case is overdue at once.
        "report_return": {"rectification_ordered", "overdue", "publicly_named"},
        "retest_started": {"retest"},
        **WITHDRAWN,
        **GONE,
    },
    "retest": {
        "order": {"rectification_ordered"},
        "naming": {"publicly_named"},
        "takedown": {"takedown_ordered"},
        **WITHDRAWN,
        **GONE,
    },
    "publicly_named": {
        "rectification_reported": {"rectification_reported"},
        "retest_started": {"retest"},
        "takedown": {"takedown_ordered"},
        **WITHDRAWN,
        **GONE,
    },
    "takedown_ordered": {"relist_requested": {"relist_retest"}, "escalation": {"escalated"}, "withdrawal": {"relist_retest"}, **GONE},
    "relist_retest": {
        "retest_finished": {"takedown_ordered"},
        "restoration": {"closed"},
        "escalation": {"escalated"},
        **GONE,
    },
    "escalated": {"relist_requested": {"relist_retest"}, "withdrawal": {"relist_retest"}},
    "closed": {},
}
FINAL = {"closed", "escalated"}
MOVERS = {"testing_started", "retest_started", "served", "published", "confirmed", "deadline_recomputed"}
RARE = frozenset({"closing", "withdrawal", "returned", "proposal_withdrawn", "recalled", "noted", "version_replaced"})
CALENDAR = shipped_calendar()
TERMS = (
    {"unit": "working_days", "amount": 3},
    {"unit": "hours", "amount": 30},
    {"unit": "date", "date": "2026-12-31"},
    {"unit": "date", "date": "2026-01-01"},
)


def started(step: str) -> Recorder:
    """A case that has come as far as `step`."""
    case = Recorder()
    if step == "nothing":
        return case
    case.found("p1", "p2")
    if step == "found":
        return case
    case.ordered("p1", "p2")
    if step == "ordered":
        return case
    case.past_deadline()
    case.named("p1", "p2")
    if step == "named":
        return case
    case.past_deadline()
    case.taken_down("p1", "p2")
    if step == "taken_down":
        return case
    case.retested(fixed=["p1", "p2"])
    if step == "restoring":
        case.serve(case.confirmed("restoration", reason="fixed"), "north")
    return case


STARTS = tuple(
    cache(partial(started, step)) for step in ("nothing", "nothing", "found", "ordered", "named", "taken_down", "retested", "restoring")
)


def label(state: CaseState, event: Event) -> str:
    if event.kind in {"confirmed", "served", "published"}:
        proposal = state.proposal(event.data["of"])
        assert proposal is not None
        return proposal.act
    return event.kind


class Walk:
    """A case that is pushed about at random, by people who often do what they must not."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.events: list[Event] = []
        self.state = CaseState(MONDAY)
        self.prefixes: list[CaseState] = []
        self.at = MONDAY
        start = random.choice(STARTS)()
        for event in start.events:
            self.accept(replace(self.state, now=event.at), event)
        self.at = start.at

    def some(self, values: Any) -> list[Any]:
        values = list(values)
        return self.random.sample(values, self.random.randint(0, len(values)))

    def step(self) -> None:
        self.at += timedelta(hours=self.random.choice((0, 0, 0, 1, 20)))
        if self.state.deadline and self.random.random() < 0.04:
            self.at = max(self.at, self.state.deadline.ends)
        state = replace(self.state, now=self.at)
        person = self.random.choice([*ROLES, None])
        roles = ROLES[person] if person else {"system"}
        rare = RARE if self.random.random() < 0.85 else frozenset()
        choices = [each for each in allowed(state, roles, person) if not rare & {each.kind, each.act if each.kind == "proposed" else ""}]
        if choices and self.random.random() < 0.85:
            kind = self.random.choice([each.kind for each in choices if each.kind != "proposed"] + ["proposed"])
            choice = self.random.choice([each for each in choices if each.kind == kind] or choices)
            kind, act, of = choice.kind, choice.act, choice.of
        else:
            kind, act = self.random.choice(list(procedure().events)), self.random.choice(list(procedure().acts))
            of = self.random.randint(1, max(1, state.seq))
        event = draft(state, kind, self.at, person, self.data(state, kind, act, of), CALENDAR)
        if check(state, event, roles, CALENDAR) is None:
            self.accept(state, event)

    def accept(self, before: CaseState, event: Event) -> None:
        seen = after(before, event)
        named = label(before, event)
        if seen.state != before.state:
            assert seen.state in MODEL[before.state].get(named, set()), (before.state, named, seen.state)
        self.deadlines_moved_openly(before, event, seen)
        self.nothing_was_lost(before, seen)
        if event.kind == "confirmed":
            proposal = before.proposal(event.data["of"])
            assert proposal is not None and proposal.by != event.by
        self.events.append(event)
        self.state = seen
        self.prefixes.append(seen)

    @staticmethod
    def deadlines_moved_openly(before: CaseState, event: Event, seen: CaseState) -> None:
        assert seen.deadlines[: len(before.deadlines)] == before.deadlines
        added = seen.deadlines[len(before.deadlines) :]
        assert len(added) <= 1
        if added:
            assert event.kind in MOVERS
            assert added[0].seq == event.seq
            assert added[0].ends == datetime.fromisoformat(event.data["new" if event.kind == "deadline_recomputed" else "ends"])

    @staticmethod
    def nothing_was_lost(before: CaseState, seen: CaseState) -> None:
        assert seen.seq == before.seq + 1
        for part in ("proposals", "extensions", "stores", "tests", "complaints", "named", "noted_ends", "problems"):
            assert len(getattr(seen, part)) >= len(getattr(before, part)), part
        assert {each.id for each in before.problems} <= {each.id for each in seen.problems}

    def data(self, state: CaseState, kind: str, act: str, of: int) -> dict[str, Any]:
        random = self.random
        unresolved = [each.id for each in state.unresolved]
        file = random.choice(("a" * 64, "b" * 64, state.sha256 or "c" * 64, state.sha256 or "c" * 64))
        inspection = state.test.inspection if state.test else "t0"
        proposal = state.proposal(of)
        today = day_in_shanghai(self.at).isoformat()
        acts: dict[str, Callable[[], dict[str, Any]]] = {
            "order": lambda: {"body": "cac", "term": random.choice(TERMS), "problems": unresolved or ["p0"]},
            "naming": lambda: {"body": "cac", "term": random.choice(TERMS), "problems": self.went_before(unresolved, state.ordered)},
            "takedown": lambda: {
                "body": "cac",
                "term": TERMS[1],
                "stores": [f"s{state.seq}", "north"][: random.randint(1, 2)],
                "problems": self.went_before(unresolved, {each for named in state.named for each in named.problems}),
            },
            "extension": lambda: {
                "request": state.extensions[-1].seq if state.extensions else 1,
                "reason": "asked",
                **({"granted": True, "term": random.choice(TERMS)} if random.random() < 0.6 else {"granted": False}),
            },
            "report_return": lambda: {"problems": unresolved or ["p0"], "reason": "more"},
            "restoration": lambda: {"reason": "fixed"},
            "escalation": lambda: {"measure": "penalty", "decided_by": "court", "decided_on": "2026-03-01", "reference": "1"},
            "closing": lambda: {"outcome": random.choice(("clean", "rectified", "not_taken_up", "app_gone")), "reason": "so"},
            "withdrawal": lambda: {
                "problems": [each.id for each in state.problems if each.status != "withdrawn"] or ["p0"],
                "reason": "wrong",
            },
            "correction": lambda: {"problems": list(state.to_correct) or ["p0"], "text": "wrong"},
            "reply": lambda: {"text": "so"},
        }
        told = {
            "opened": lambda: {"origin": "plan", "package": "p", "app": "a", "operator": "o", "body": "cac"},
            "complaint_linked": lambda: {"complaint": f"c{random.randint(1, 3)}"},
            "sampled": lambda: {"version": "1", "sha256": file, "source": "store"},
            "version_replaced": lambda: {"version": "2", "sha256": file, "source": "store"},
            "testing_started": lambda: {"inspection": f"t{state.seq}", **({"term": TERMS[0]} if random.random() < 0.3 else {})},
            "test_finished": lambda: {
                "inspection": inspection,
                "sha256": file,
                "problems": [problem(each) for each in self.some(("p1", "p2", "p3"))],
            },
            "answered": lambda: {"problem": random.choice(unresolved or ["p0"]), "cause": "c", "change": "d", "disputed": False},
            "rectification_reported": lambda: {"statement": "done"},
            "extension_requested": lambda: {"term": TERMS[0], "reason": "sick"},
            "overdue_noted": lambda: {"ended": (state.deadline.ends if state.deadline else self.at).isoformat()},
            "retest_started": lambda: {"inspection": f"t{state.seq}", "version": "2", "sha256": file},
            "relist_requested": lambda: {"inspection": f"t{state.seq}", "version": "2", "sha256": file},
            "retest_finished": lambda: self.result(unresolved, inspection, file, state.seq),
            "store_removed": lambda: {
                "store": random.choice([each.name for each in state.stores] or ["s"]),
                "removed_on": today,
                "proof": "p",
            },
            "store_restored": lambda: {
                "store": random.choice([each.name for each in state.stores] or ["s"]),
                "restored_on": today,
                "proof": "p",
            },
            "proposed": lambda: {"act": act or "reply", **acts[act or "reply"]()},
            "served": lambda: {
                "of": of,
                "to": random.choice(state.addressees(proposal)) if proposal else "operator",
                "served_at": self.at.astimezone(UTC).isoformat(),
                "method": "mail",
            },
            "published": lambda: {"of": of, "place": "site"},
            "confirmed": lambda: {"of": of},
            "deadline_recomputed": lambda: {"of": state.deadlines[-1].origin if state.deadlines else 1, "reason": "announced"},
            "noted": lambda: {"text": "seen"},
        }
        return told[kind]() if kind in told else {"of": of, "reason": "so"}

    def went_before(self, unresolved: list[str], told: Collection[str]) -> list[str]:
        """Mostly those of which the act before told, else whatever is open."""
        fitting = [each for each in unresolved if each in told]
        return (fitting if self.random.random() < 0.9 else unresolved) or ["p0"]

    def result(self, unresolved: list[str], inspection: str, file: str, seq: int) -> dict[str, Any]:
        fixed = unresolved if self.random.random() < 0.5 else self.some(unresolved)
        left = [each for each in unresolved if each not in fixed]
        new = [problem(f"n{seq}")] if self.random.random() < 0.2 else []
        said = {"unchanged": "the policy on the web"} if self.random.random() < 0.5 else {}
        return {"inspection": inspection, "sha256": file, "fixed": fixed, "persisting": left, "not_reached": [], "new": new, **said}


def walked(random: Random, steps: int = 90) -> Walk:
    walk = Walk(random)
    for _ in range(steps):
        walk.step()
    return walk


@given(st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_no_sequence_leaves_the_table_loses_an_event_or_moves_a_deadline_silently(random: Random) -> None:
    walk = walked(random)
    assert fold(walk.events, walk.state.now) == walk.state
    cut = random.randint(0, len(walk.events))
    if cut:
        assert fold(walk.events[:cut], walk.prefixes[cut - 1].now) == walk.prefixes[cut - 1]


@given(st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_a_tampered_sequence_is_refused(random: Random) -> None:
    events = walked(random, 50).events
    at = random.randrange(len(events) - 1) if len(events) > 1 else 0
    if len(events) < 2:
        return
    event = events[at]
    tampered = random.choice(
        (
            [*events[:at], *events[at + 1 :]],
            [*events[:at], event, *events[at:]],
            [*events[:at], events[at + 1], event, *events[at + 2 :]],
            [*events[:at], replace(event, kind="forged"), *events[at + 1 :]],
            [*events[:at], replace(event, data={**event.data, "more": 1}), *events[at + 1 :]],
            [*events[:at], replace(event, at=events[-1].at + timedelta(days=1)), *events[at + 1 :]],
        )
    )
    try:
        fold(tampered, events[-1].at + timedelta(days=2))
    except RefusedError:
        return
    raise AssertionError("taken for a case")


@given(st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_nobody_confirms_what_the_same_person_proposed(random: Random) -> None:
    walk = walked(random, 60)
    authors = {event.seq: event.by for event in walk.events if event.kind == "proposed"}
    for index, event in enumerate(walk.events):
        if event.kind == "confirmed":
            forged = [*walk.events[:index], replace(event, by=authors[event.data["of"]])]
            try:
                fold(forged, event.at)
            except RefusedError as error:
                assert error.refusal.key.endswith(".second_person")
            else:
                raise AssertionError("one person was enough")


def test_the_shipped_table_says_what_the_model_says() -> None:
    table = procedure()
    assert set(table.states) == set(MODEL) - {""}
    assert table.final == FINAL
    rows = {**table.events, **table.acts}
    for state, moves in MODEL.items():
        told = {name: row.leads.get(state, frozenset()) - {state} for name, row in rows.items()}
        # Passing and prolonging a deadline happen to the clock, not to the table.
        expected = {name: targets - {"overdue"} for name, targets in moves.items() if name != "extension"}
        assert {name: targets for name, targets in told.items() if targets} == expected, state


def test_the_model_itself_leads_everywhere_and_always_on() -> None:
    reached, border = {""}, [""]
    while border:
        for targets in MODEL[border.pop()].values():
            border += targets - reached
            reached |= targets
    assert set(MODEL) - reached == {"overdue"} - reached
    ways = {state: set().union(*moves.values()) if moves else set() for state, moves in MODEL.items()}
    for state in set(MODEL) - FINAL:
        seen, border = {state}, [state]
        while border:
            more = ways[border.pop()] - seen
            seen |= more
            border += more
        assert "closed" in seen, state


def test_random_cases_come_to_every_state() -> None:
    """A walk that never got anywhere would prove nothing."""
    seen: set[str] = set()
    taken: set[str] = set()
    for seed in range(200):
        walk = Walk(Random(seed))
        for _ in range(80):
            walk.step()
            seen.add(replace(walk.state, now=walk.at).state)
        taken |= {event.kind for event in walk.events} | {each.act for each in walk.state.proposals if each.status == "done"}
    assert seen >= set(MODEL) - {""}
    assert taken >= {*procedure().events, *procedure().acts} - {"deadline_recomputed"}
