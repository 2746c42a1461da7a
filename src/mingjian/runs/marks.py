"""Marks set, moved or put out of force by a reviewer. Nothing disappears: a mark that no longer counts stays, as `void`."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast, get_args

from msgspec import structs

from mingjian.errors import UsageError
from mingjian.inputs.recording.run1 import LATEST
from mingjian.model.run import AnyEvent, Mark, MarkName

_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d{1,6}))?(?:Z|[+-]\d\d:?\d\d)", re.ASCII)
_MILLISECONDS = re.compile(r"\d{12,13}", re.ASCII)
_SINCE_LAUNCH = re.compile(r"[+-]\d{1,7}(?:\.(\d{1,6}))?", re.ASCII)
_PLACED = re.compile(r"(\w{1,40})(?::([^=]{1,200}))?=(.{1,60})")


@dataclass(frozen=True, slots=True)
class Change:
    """What a reviewer wants: marks to be added, and the numbers of those that count no longer."""

    added: tuple[Mark, ...]
    void: frozenset[int]


def moment(said: str, marks: Sequence[Mark]) -> tuple[float, float]:
    """The moment that `said` names, in milliseconds since 1970, and how far it may be off: one unit of the last digit given. It is
    ISO 8601 with a zone, milliseconds since 1970, or seconds after the first launch (`+12.5`). Raises `UsageError`."""
    if found := _SINCE_LAUNCH.fullmatch(said):
        launches = [mark.ts for mark in marks if mark.name == "launch" and mark.ts is not None and not mark.void]
        if not launches:
            raise UsageError("error.run_no_launch", time=said)
        ts, unit = min(launches) + float(said) * 1000, _unit(found[1])
    elif found := _ISO.fullmatch(said):
        try:
            ts, unit = datetime.fromisoformat(said).timestamp() * 1000, _unit(found[1])
        except ValueError as error:
            raise UsageError("error.run_time", time=said) from error
    elif _MILLISECONDS.fullmatch(said):
        ts, unit = float(said), 1.0
    else:
        raise UsageError("error.run_time", time=said)
    if not 0 <= ts < LATEST:
        raise UsageError("error.run_time", time=said)
    return ts, unit


def _unit(fraction: str | None) -> float:
    return 1000.0 / float(10 ** len(fraction or ""))


def change(marks: Sequence[Mark], placed: Sequence[str], void: Sequence[str], note: str) -> Change:
    """What these words ask for: `placed` are `NAME=TIME` or `NAME:DATA=TIME`, each in place of the marks of that name (and data) that
    count; `void` names of marks, or their numbers. Raises `UsageError` for what is no mark."""
    counting = [mark for mark in marks if not mark.void]
    added = [_added(words, counting, number, note) for number, words in enumerate(placed, start=1)]
    gone = {mark.seq for mark in counting for new in added if (mark.name, mark.data) == (new.name, new.data)}
    for words in void:
        found = [mark.seq for mark in counting if words in (mark.name, str(mark.seq))]
        if not found:
            raise UsageError("error.run_no_such_mark", mark=words)
        gone.update(found)
    return Change(tuple(added), frozenset(gone))


def _added(words: str, counting: Sequence[Mark], number: int, note: str) -> Mark:
    found = _PLACED.fullmatch(words)
    if found is None or found[1] not in get_args(MarkName):
        raise UsageError("error.run_mark", mark=words, names=", ".join(get_args(MarkName)))
    name, data = cast(MarkName, found[1]), found[2]
    ts, error_ms = moment(found[3], counting)
    # The clock it is read from is that of the mark it replaces, or of the launch.
    like = next((mark for wanted in (name, "launch") for mark in counting if mark.name == wanted), None)
    part = like.part if like is not None else 0
    return Mark(seq=-number, ts=ts, part=part, name=name, by="reviewer", error_ms=error_ms, data=data, note=note)


def changed(events: Iterable[AnyEvent], wanted: Change) -> Iterator[AnyEvent]:
    """The events with the change made; the added marks come first, with numbers below zero."""
    yield from wanted.added
    for event in events:
        yield structs.replace(event, void=True) if isinstance(event, Mark) and event.seq in wanted.void else event
