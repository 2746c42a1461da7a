"""The events of a case in words, for a reader."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from mingjian.console import clock
from mingjian.console.cases.contents import person
from mingjian.console.cases.deadlines import bodies, term_in_words
from mingjian.console.cases.events import schema_of
from mingjian.console.cases.models import Event
from mingjian.console.cases.state import CaseState
from mingjian.model.printable import printable, printable_lines
from mingjian.model.texts import keys, say

_HIDDEN = {"act", "of", "provisional", "package", "app", "operator", "origin", "sha256"}
"""What stands in the title, at the head of the page, or in another line."""

_COUNTED = {"ends", "new"}
"""The end of a deadline, as an event has counted it; `new` also tells the new problems of a re-test, which are never provisional."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that an event says; `items` has several entries for a list, and `inspection` is set where it names one."""

    label: str
    items: tuple[str, ...]
    inspection: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """One event: its number and kind, what happened, who did it (empty: the console), when, and what it says."""

    seq: int
    kind: str
    title: str
    by: str
    at: datetime
    lines: tuple[Line, ...]


def tell(rows: Iterable[Event], state: CaseState, lang: str) -> list[Told]:
    """The events in words, in their order; `by` of each row must have been read with it."""
    return [Told(row.seq, row.kind, _title(row, state, lang), person(row.by), row.at, tuple(_lines(row, state, lang))) for row in rows]


def field_name(name: str, lang: str) -> str:
    """What a reader calls a field of an event."""
    return say(f"console.cases.field.{name}", lang)


def addressee(to: str, lang: str) -> str:
    """Whom something is served on: the operator, or a store by its name."""
    return say("console.cases.to.operator", lang) if to == "operator" else printable(to)


def _title(row: Event, state: CaseState, lang: str) -> str:
    title = say(f"console.states.event.{row.kind}", lang)
    act = row.data.get("act")
    if act is None and (proposal := state.proposal(row.data.get("of", 0))) is not None and row.kind != "deadline_recomputed":
        act = proposal.act
    return say("console.cases.about", lang, what=title, act=say(f"console.states.act.{act}", lang)) if act else title


def _lines(row: Event, state: CaseState, lang: str) -> Iterable[Line]:
    schema = {name.rstrip("?"): type_.split()[0] for name, type_ in schema_of(row.kind, row.data.get("act")).items()}
    for name, type_ in schema.items():
        value = row.data.get(name)
        if name not in _HIDDEN and value not in (None, "", []):
            items = _items(name, type_, value, state, lang)
            if name in _COUNTED and row.data.get("provisional"):
                items = (f"{items[0]} {say('console.cases.provisional', lang)}",)
            yield Line(field_name(name, lang), items, str(value) if name == "inspection" else "")


def _items(name: str, type_: str, value: Any, state: CaseState, lang: str) -> tuple[str, ...]:
    if type_ == "problems":
        return tuple(printable(each[lang]) for each in value)
    if name in ("problem", "problems", "fixed", "persisting", "not_reached"):
        return tuple(_problem(each, state, lang) for each in ([value] if isinstance(value, str) else value))
    if isinstance(value, list):
        return tuple(printable(str(each)) for each in value)
    return (_WORDED.get(type_, _plain)(name, value, lang),)


def _problem(id: str, state: CaseState, lang: str) -> str:
    problem = state.problem(id)
    return printable((problem.zh if lang == "zh" else problem.en) if problem else id)


def _plain(name: str, value: Any, lang: str) -> str:
    return addressee(str(value), lang) if name == "to" else printable_lines(str(value))


def one_in_words(name: str, value: Any, lang: str) -> str:
    """One of a few words of the procedure, such as an outcome or a way of service, as a reader calls it."""
    table = {"to": "console.cases.to"}.get(name, f"console.states.{name}")
    key = f"{table}.{value}"
    return say(key, lang) if key in keys() else str(value)


def _moment(name: str, value: Any, lang: str) -> str:  # noqa: ARG001  every way of wording takes the same
    return datetime.fromisoformat(value).astimezone(clock.PLACE).strftime("%Y-%m-%d %H:%M")


def _date(name: str, value: Any, lang: str) -> str:  # noqa: ARG001  every way of wording takes the same
    return date.fromisoformat(value).isoformat()


def _flag(name: str, value: Any, lang: str) -> str:  # noqa: ARG001  every way of wording takes the same
    return say("console.cases.yes" if value else "console.cases.no", lang)


def _term(name: str, value: Any, lang: str) -> str:  # noqa: ARG001  every way of wording takes the same
    return term_in_words(value, lang)


def _body(name: str, value: Any, lang: str) -> str:  # noqa: ARG001  every way of wording takes the same
    return bodies()[value].name.of(lang) if value in bodies() else str(value)


_WORDED: Mapping[str, Callable[[str, Any, str], str]] = {
    "one": one_in_words,
    "moment": _moment,
    "date": _date,
    "flag": _flag,
    "term": _term,
    "body": _body,
}
