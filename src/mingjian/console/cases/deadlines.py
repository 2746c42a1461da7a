"""Terms and the deadlines that are counted from them, and which terms a body is known to give."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Literal

from mingjian.console import clock
from mingjian.console.workdays import Calendar, day_in_shanghai, end_of
from mingjian.model.shipped import read_yaml, rules_folder
from mingjian.model.texts import say
from mingjian.model.types import Text

Change = Literal["started", "extended", "recomputed"]


@dataclass(frozen=True, slots=True)
class Deadline:
    """One deadline as one event left it. `ends` is the first moment that is too late. `origin` is the number of the event that started it
    and stays when it moves; `terms` are counted one after another from `started_at`. While `provisional` nothing follows from it."""

    origin: int
    seq: int
    act: str
    change: Change
    started_at: datetime
    terms: tuple[Mapping[str, Any], ...]
    ends: datetime
    provisional: bool
    store: str = ""

    @property
    def last_day(self) -> date:
        """The last day, in Shanghai, on which it can be met."""
        return last_day(self.ends)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A term that a body is known to have given. Only a `settled` one may be filled in; another is a hint that has to be checked."""

    term: Mapping[str, Any]
    mark: str
    source: Text

    @property
    def settled(self) -> bool:
        return self.mark in {"V", "R"}


@dataclass(frozen=True, slots=True)
class Body:
    """Who issues or receives: `kind` is regulator, store or lab. An act without suggestions: the inspector states the term."""

    id: str
    kind: str
    name: Text
    terms: Mapping[str, tuple[Suggestion, ...]]

    def suggestions(self, act: str) -> tuple[Suggestion, ...]:
        return self.terms.get(act, ())

    def default(self, act: str) -> Mapping[str, Any] | None:
        """The one settled term, none when there is no such or when notices differ."""
        settled = [each.term for each in self.suggestions(act) if each.settled]
        return settled[0] if len(settled) == 1 else None


@cache
def bodies() -> Mapping[str, Body]:
    """Every body of `rules/enforcement/bodies.yml` by its id."""
    told = read_yaml(rules_folder() / "enforcement" / "bodies.yml")
    return {
        name: Body(
            name,
            row["kind"],
            Text(**row["name"]),
            {
                act: tuple(
                    Suggestion({"unit": each["unit"], "amount": each["amount"]}, each["mark"], Text(**each["source"])) for each in terms
                )
                for act, terms in row["terms"].items()
            },
        )
        for name, row in told.items()
    }


def regulators() -> Mapping[str, Body]:
    """Of the bodies those that issue notices."""
    return {name: body for name, body in bodies().items() if body.kind == "regulator"}


def term_in_words(term: Mapping[str, Any], lang: str) -> str:
    """The time that somebody is given."""
    told = {"date": term["date"]} if term["unit"] == "date" else {"n": term["amount"]}
    return say(f"console.states.term.{term['unit']}", lang, **told)


def last_day(ends: datetime) -> date:
    """The last day, in Shanghai, before the moment `ends`."""
    return day_in_shanghai(ends - timedelta(microseconds=1))


def counted(terms: Sequence[Mapping[str, Any]], started_at: datetime, calendar: Calendar) -> tuple[datetime, bool]:
    """When `terms`, one after another, end that run from `started_at`, and whether the calendar cannot yet know it for sure.

    Working days begin with the day after; a date means the end of that day, worked or not; hours run from the moment itself.
    """
    ends, provisional = started_at.astimezone(clock.PLACE), False
    for index, term in enumerate(terms):
        match term["unit"]:
            case "date":
                ends, provisional = end_of(date.fromisoformat(term["date"])), False
            case "hours":
                ends += timedelta(hours=term["amount"])
            case _:
                start = last_day(ends) if index else day_in_shanghai(ends)
                day = calendar.after(start, term["amount"])
                ends, provisional = end_of(day), not calendar.knows(day)
    return ends, provisional
