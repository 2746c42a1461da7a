"""What may be recorded of a case: the kinds of events and acts of `rules/enforcement/procedure.yml`, and the schema of their data."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from mingjian.console.workdays import FIRST_YEAR
from mingjian.model.shipped import read_yaml, rules_folder

LAST_YEAR = 2080
"""Moments and dates after it are refused, so that no deadline that is counted from them leaves the calendar."""

MOST_WORKING_DAYS = 250
MOST_HOURS = 2000
MOST_TERMS = 12

_SHA256 = re.compile(r"[0-9a-f]{64}")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_PROBLEM = {"id": 110, "clause": 40, "key": 64, "zh": 4000, "en": 4000}


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a case. `seq` counts from 1 without a gap; `by` is the person's id, none for the console itself."""

    seq: int
    kind: str
    at: datetime
    by: str | None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an event cannot be recorded: a key of `texts/console/states.yml` and its values."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)


class RefusedError(ValueError):
    """Stored events that the procedure forbids: somebody changed them, or they are not all there."""

    def __init__(self, seq: int, refusal: Refusal) -> None:
        super().__init__(f"event {seq}: {refusal.key}")
        self.seq = seq
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of event, or one act. `by` is empty and `effect` filled for acts; `leads` tells for each state which may follow, none when
    it stays (a case that is not opened has the empty state). A `letter` is an act that takes effect with its confirmation, and of which
    the operator is told by service afterwards. An event with `through` follows from an inspection, a complaint or a notice of the console
    and is never taken from what somebody says."""

    name: str
    by: frozenset[str]
    source: frozenset[str]
    leads: Mapping[str, frozenset[str]]
    data: Mapping[str, str]
    effect: str = ""
    letter: bool = False
    through: str = ""


@dataclass(frozen=True, slots=True)
class Procedure:
    """The whole table. `states` in their usual order; `final` those after which nothing more is expected."""

    states: tuple[str, ...]
    final: frozenset[str]
    events: Mapping[str, Kind]
    acts: Mapping[str, Kind]
    remind_before: int


@cache
def procedure() -> Procedure:
    """The table as shipped."""
    told = read_yaml(rules_folder() / "enforcement" / "procedure.yml")
    states = told["states"]
    final = frozenset(name for name, row in states.items() if row.get("final"))
    events, acts = ({name: _kind(name, row, told["groups"]) for name, row in told[part].items()} for part in ("events", "acts"))
    return Procedure(tuple(states), final, events, acts, told["reminders"]["before_working_days"])


def _kind(name: str, row: Mapping[str, Any], groups: Mapping[str, list[str]]) -> Kind:
    source = frozenset(groups[row["from"]] if isinstance(row["from"], str) else row["from"])
    to = row.get("to", [])
    if isinstance(to, Mapping):
        leads = {state: frozenset(to.get(state, ())) for state in source}
    else:
        leads = dict.fromkeys(source or {""}, frozenset(to))
    by, through = frozenset(row.get("by", ())), row.get("through", "")
    return Kind(name, by, source, leads, row["data"], row.get("effect", ""), row.get("letter", False), through)


def refused(reason: str, **values: object) -> Refusal:
    """The refusal for `console.states.refusal.<reason>`."""
    return Refusal(f"console.states.refusal.{reason}", values)


def schema_of(kind: str, act: str | None = None) -> Mapping[str, str]:
    """Fields of the data of a kind and their types; those of a proposal with the fields of its act. `KeyError` for an unknown one."""
    table = procedure()
    fields = table.events[kind].data
    return {**fields, **table.acts[act].data} if kind == "proposed" and act is not None else fields


def fault_in(kind: Any, data: Any) -> Refusal | None:
    """What is wrong with the data of an event by its declared schema, none when it fits."""
    if not isinstance(kind, str) or kind not in procedure().events:
        return refused("unknown_kind", kind=str(kind)[:40])
    if not isinstance(data, Mapping):
        return refused("field_type", field="data")
    act = data.get("act") if kind == "proposed" else None
    if kind == "proposed" and (not isinstance(act, str) or act not in procedure().acts):
        return refused("unknown_act", act=str(act)[:40])
    fields = {name.rstrip("?"): (type_, name.endswith("?")) for name, type_ in schema_of(kind, act).items()}
    for name in data:
        if name not in fields:
            return refused("field_unknown", field=str(name)[:40])
    for name, (type_, optional) in fields.items():
        if name not in data:
            if not optional:
                return refused("field_missing", field=name)
        elif not _fits(type_, data[name]):
            return refused("field_type", field=name)
    return None


def _fits(type_: str, value: Any) -> bool:
    name, *limits = type_.split()
    return _TYPES[name](value, limits)


def _is_text(value: Any, limits: list[str]) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value) <= int(limits[0]) and not _UNPRINTABLE.search(value)


def _is_id(value: Any, _: list[str]) -> bool:
    return _is_text(value, ["110"]) and value == value.strip()


def _is_ids(value: Any, limits: list[str]) -> bool:
    least, most = map(int, limits)
    return (
        isinstance(value, list | tuple)
        and least <= len(value) <= most
        and all(_is_id(each, []) for each in value)
        and len(set(value)) == len(value)
    )


def _is_seq(value: Any, _: list[str]) -> bool:
    return type(value) is int and 1 <= value <= 100_000


def _is_choice(value: Any, limits: list[str]) -> bool:
    return isinstance(value, str) and value in limits[1:]


def _is_date(value: Any, _: list[str]) -> bool:
    if not isinstance(value, str) or len(value) != 10:
        return False
    try:
        return FIRST_YEAR <= date.fromisoformat(value).year <= LAST_YEAR
    except ValueError:
        return False


def _is_moment(value: Any, _: list[str]) -> bool:
    if not isinstance(value, str) or not 16 < len(value) <= 32:
        return False
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return False
    return is_moment(moment)


def is_moment(moment: datetime) -> bool:
    """Whether a moment has a zone and lies in years that a case, or the end of a deadline of it, can be of."""
    return moment.tzinfo is not None and FIRST_YEAR < moment.year <= LAST_YEAR + MOST_TERMS + 2


def _is_term(value: Any, _: list[str]) -> bool:
    if not isinstance(value, Mapping):
        return False
    match value.get("unit"):
        case "date":
            return set(value) == {"unit", "date"} and _is_date(value["date"], [])
        case "working_days" | "hours" as unit:
            most = MOST_HOURS if unit == "hours" else MOST_WORKING_DAYS
            return set(value) == {"unit", "amount"} and type(value["amount"]) is int and 1 <= value["amount"] <= most
    return False


def _is_body(value: Any, _: list[str]) -> bool:
    return isinstance(value, str) and value in body_ids()


def _is_problems(value: Any, limits: list[str]) -> bool:
    return (
        isinstance(value, list | tuple)
        and len(value) <= int(limits[0])
        and all(
            isinstance(each, Mapping)
            and set(each) == set(_PROBLEM)
            and all(_is_text(each[name], [str(most)]) for name, most in _PROBLEM.items())
            for each in value
        )
        and len({each["id"] for each in value}) == len(value)
    )


@cache
def body_ids() -> frozenset[str]:
    """The bodies that can act as an authority, by their ids in `rules/enforcement/bodies.yml`: no store and no laboratory."""
    bodies = read_yaml(rules_folder() / "enforcement" / "bodies.yml")
    return frozenset(name for name, row in bodies.items() if row["kind"] == "regulator")


_TYPES: Mapping[str, Callable[[Any, list[str]], bool]] = {
    "text": _is_text,
    "id": _is_id,
    "ids": _is_ids,
    "seq": _is_seq,
    "one": _is_choice,
    "date": _is_date,
    "moment": _is_moment,
    "term": _is_term,
    "body": _is_body,
    "problems": _is_problems,
    "flag": lambda value, _: type(value) is bool,
    "sha256": lambda value, _: isinstance(value, str) and _SHA256.fullmatch(value) is not None,
    "act": lambda value, _: isinstance(value, str) and value in procedure().acts,
}
