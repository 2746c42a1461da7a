"""The state machine of a case: events in, state out. Nothing here reads a clock, a database or a file of the case.

Whoever records an event calls `draft` for it, then `check`, then appends it under a lock or a unique (case, seq), then `fold`s again.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from mingjian.console.cases.deadlines import Deadline, counted
from mingjian.console.cases.effects import after
from mingjian.console.cases.events import LAST_YEAR, Event, Refusal, RefusedError, fault_in, is_moment, procedure, refused
from mingjian.console.cases.guards import act_fault, event_fault, kind_fault, step_fault
from mingjian.console.cases.state import CaseState
from mingjian.console.workdays import Calendar, day_in_shanghai, end_of

SYSTEM = "system"
"""The role in which the console itself records events; such events have no person."""

_STEPS = ("confirmed", "returned", "proposal_withdrawn", "recalled", "served", "published")


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that may be recorded now: a kind of event, for a proposal its act, for a step with a proposal the proposal's number."""

    kind: str
    act: str = ""
    of: int = 0


def fold(events: Iterable[Event], now: datetime) -> CaseState:
    """The case at `now`, an aware moment not before its last event; no events: a case that is still to be opened.

    The events are checked again, but for what has changed since: the roles of people, and the calendar, so that a deadline stays as it was
    told until an event moves it. Raises `RefusedError` for what the procedure forbids.
    """
    state = CaseState(now)
    for event in events:
        refusal = check(state, event)
        if refusal:
            raise RefusedError(event.seq, refusal)
        state = after(state, event)
    return replace(state, now=now)


def check(state: CaseState, event: Event, roles: Iterable[str] | None = None, calendar: Calendar | None = None) -> Refusal | None:
    """Why `event` cannot be recorded next, none when it can. With `roles`, those of its person, it is checked who may; with `calendar`,
    that the deadline it starts or moves is counted right. Never raises for what an event holds."""
    if type(event.seq) is not int or event.seq != state.seq + 1:
        return refused("stale", seq=state.seq)
    if not isinstance(event.at, datetime) or not is_moment(event.at) or event.at.year > LAST_YEAR:
        return refused("no_moment")
    if state.last_at is not None and event.at < state.last_at:
        return refused("before_last")
    fault = fault_in(event.kind, event.data) or _person_fault(event, roles)
    if fault:
        return fault
    then = replace(state, now=event.at)
    return event_fault(then, event) or _deadline_fault(then, event, calendar)


def allowed(state: CaseState, roles: Iterable[str], person: str | None) -> tuple[Choice, ...]:
    """What `person` in `roles` may record now, as far as it does not depend on what it will say."""
    return tuple(_choices(state, frozenset(roles), person))


def draft(state: CaseState, kind: str, at: datetime, by: str | None, data: Mapping[str, Any], calendar: Calendar) -> Event:
    """The event that would follow `state`, with the end of every deadline that it starts or moves filled in (fields `ends`, `new`, `old`,
    `provisional`). What does not fit is left as it is, for `check` to refuse."""
    event = Event(state.seq + 1, kind, at, by, data)
    if not is_moment(at) or at.year > LAST_YEAR or fault_in(kind, {**data, **_PLACEHOLDERS.get(kind, {})}):
        return event
    then = replace(state, now=at)
    if kind == "deadline_recomputed":
        deadline = then.deadline_from(data["of"])
        if deadline is None:
            return event
        ends, provisional = recounted(deadline, at, calendar)
        return replace(event, data={**data, "old": deadline.ends.isoformat(), "new": ends.isoformat(), "provisional": provisional})
    timing = _timing(then, event)
    if timing is None:
        return event
    ends, provisional = counted(*timing, calendar)
    return replace(event, data={**data, "ends": ends.isoformat(), "provisional": provisional})


def recounted(deadline: Deadline, at: datetime, calendar: Calendar) -> tuple[datetime, bool]:
    """When a provisional deadline ends by `calendar`. One that turns out to be over already lasts to the end of the day of `at`, though not
    longer than was told."""
    ends, provisional = counted(deadline.terms, deadline.started_at, calendar)
    if ends < deadline.ends and ends <= at:
        ends = min(deadline.ends, end_of(day_in_shanghai(at)))
    return ends, provisional


_PLACEHOLDERS: Mapping[str, Mapping[str, Any]] = {
    "deadline_recomputed": {"old": "2026-01-01T00:00:00+08:00", "new": "2026-01-01T00:00:00+08:00", "provisional": False}
}


def _person_fault(event: Event, roles: Iterable[str] | None) -> Refusal | None:
    may = procedure().events[event.kind].by
    if event.by is None:
        return None if SYSTEM in may else refused("person_needed")
    if not isinstance(event.by, str) or not 0 < len(event.by) <= 150:
        return refused("person_needed")
    return refused("role", roles=sorted(may - {SYSTEM})) if roles is not None and not may & (frozenset(roles) - {SYSTEM}) else None


def _timing(state: CaseState, event: Event) -> tuple[tuple[Mapping[str, Any], ...], datetime] | None:
    """The terms of the deadline that an event starts or extends and the moment from which they run, none when it does neither."""
    data = event.data
    if event.kind in {"testing_started", "retest_started"}:
        return ((data["term"],), event.at) if "term" in data else None
    if event.kind not in {"confirmed", "served", "published"}:
        return None
    proposal = state.proposal(data["of"])
    if proposal is None or "term" not in proposal.data:
        return None
    if event.kind == "confirmed":
        deadline = state.deadline
        return ((*deadline.terms, proposal.data["term"]), deadline.started_at) if proposal.act == "extension" and deadline else None
    return (proposal.data["term"],), datetime.fromisoformat(data["served_at"]) if event.kind == "served" else event.at


def _deadline_fault(state: CaseState, event: Event, calendar: Calendar | None) -> Refusal | None:
    if event.kind == "deadline_recomputed":
        return _recomputed_fault(state, event, calendar)
    timing, data = _timing(state, event), event.data
    if timing is None:
        return refused("no_deadline_here") if "ends" in data or "provisional" in data else None
    if "ends" not in data or "provisional" not in data:
        return refused("deadline_missing")
    ends = datetime.fromisoformat(data["ends"])
    if calendar is not None and (ends, data["provisional"]) != counted(*timing, calendar):
        return refused("miscounted")
    if event.kind == "confirmed":
        longer = state.deadline is not None and ends > max(state.deadline.ends, event.at)
        return None if longer else refused("not_longer")
    # What was served in time may be recorded late, even after the deadline.
    return refused("date_passed") if ends <= timing[1] else None


def _recomputed_fault(state: CaseState, event: Event, calendar: Calendar | None) -> Refusal | None:
    data = event.data
    deadline = next((each for each in state.running if each.origin == data["of"]), None)
    if deadline is None or not deadline.provisional:
        return refused("not_provisional")
    old, new = datetime.fromisoformat(data["old"]), datetime.fromisoformat(data["new"])
    if old != deadline.ends:
        return refused("other_deadline")
    if new == old and data["provisional"]:
        return refused("nothing_recomputed")
    if calendar is not None and (new, data["provisional"]) != recounted(deadline, event.at, calendar):
        return refused("miscounted")
    return None


def _choices(state: CaseState, roles: frozenset[str], person: str | None) -> Iterator[Choice]:
    table = procedure()
    for kind, row in table.events.items():
        if not row.by & roles:
            continue
        if kind == "proposed":
            open_acts = {each.act for each in state.proposals if each.status in {"pending", "confirmed"} and each.act != "reply"}
            acts = table.acts if state.seq else {}
            yield from (Choice(kind, act) for act in acts if act not in open_acts and not act_fault(state, act))
        elif kind in _STEPS:
            yield from (Choice(kind, each.act, each.seq) for each in state.proposals if not step_fault(state, kind, each, person))
        elif not kind_fault(state, kind):
            yield Choice(kind)
