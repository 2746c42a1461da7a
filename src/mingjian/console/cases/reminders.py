"""Which reminders of running deadlines are due."""

from collections.abc import Set
from dataclasses import dataclass
from typing import Literal

from mingjian.console.cases.deadlines import Deadline
from mingjian.console.cases.events import procedure
from mingjian.console.cases.state import CaseState
from mingjian.console.workdays import Calendar, day_in_shanghai

Occasion = Literal["before", "last_day", "overdue", "calendar_missing"]


@dataclass(frozen=True, slots=True)
class Reminder:
    """One reminder. `key`, of at most 80 characters, names it within its case for ever: one that was given is not given again."""

    key: str
    occasion: Occasion
    deadline: Deadline


def reminders_due(state: CaseState, calendar: Calendar, given: Set[str] = frozenset()) -> tuple[Reminder, ...]:
    """The reminders of `state.now` without those whose keys were `given`: one for each deadline, the latest that applies. A deadline that
    moved is reminded of anew. `calendar_missing`: it has passed provisionally, and has to be recomputed before anything can follow."""
    if state.final:
        return ()
    due = []
    for deadline in state.running:
        occasion = _occasion(state, deadline, calendar)
        if occasion:
            key = f"{deadline.origin}:{deadline.ends.isoformat()}:{occasion}"
            if key not in given:
                due.append(Reminder(key, occasion, deadline))
    return tuple(due)


def _occasion(state: CaseState, deadline: Deadline, calendar: Calendar) -> Occasion | None:
    if state.now >= deadline.ends:
        return "calendar_missing" if deadline.provisional else "overdue"
    today, last = day_in_shanghai(state.now), deadline.last_day
    if today == last:
        return "last_day"
    return "before" if today >= calendar.before(last, procedure().remind_before) else None
