"""What Android itself recorded of permission use, as `dumpsys appops` and `appops get` print it.

Four shapes are in use: the last access and rejection of each operation (Android 9 and 10), the same by attribution tag (Android 11), single
accesses of the last days beside counts over a time (Android 12 and later), and one line an operation (`appops get`, Android 8 and older).
A last access proves that something happened once, never how often. Single accesses are told by the minute in which they began."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from msgspec import structs

from mingjian.errors import InputError
from mingjian.inputs.recording.text_lines import Heading, heading_of, lines_of, moment_of, text_of
from mingjian.inputs.recording.track import Head, Item, Track
from mingjian.model.run import App, Clock, OsAccess, Part, Session, Span

name = "appops"

_MINUTE = 60_000.0
_SECONDS = 2000.0
"""How far an age that was printed a moment after the time of the capture may be off."""
_LONGEST_AGE = 20 * 365 * 86_400_000.0
_DATE = r"(\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d{3})"
_STATE = r"\[([\w|]{2,20}(?:-[\w|]{1,40})?)\s?\]"
_OP = r"([A-Z][A-Z0-9_]{1,60})"
_UID = re.compile(r"\s*Uid:?\s+(u\d{1,4}[ais]\d{1,6}|\d{1,9}):?\s*", re.ASCII)
_USER = re.compile(r"u(\d{1,4})([ais])(\d{1,6})", re.ASCII)
_KINDS = {"a": 10_000, "i": 99_000, "s": 0}
_PACKAGE = re.compile(r"\s*Package:?\s+([\w.]{1,200}?):?\s*", re.ASCII)
_ATTRIBUTION = re.compile(r"\s*Attribution:?\s+(\S{1,200}?):?\s*")
_TAG = re.compile(r"\s*(\S{1,200})=\[\s*")
_OPERATION = re.compile(rf"\s+{_OP}(?:\s+\([^)]{{0,200}}\))?:?\s*", re.ASCII)
_LAST = re.compile(rf"\s*(Access|Reject):\s*{_STATE}\s*{_DATE}(.*)", re.ASCII)
_AGE = re.compile(r"\s*\(-[+\w]{1,40}\)(.*)")
_SINGLE = re.compile(rf"\s*(Access|Reject) {_STATE} at {_DATE}(?: for (\d{{1,15}}) milliseconds)?(?!\w).*", re.ASCII)
_COUNTED = re.compile(rf"\s*(?:{_OP}:\s*)?{_STATE}\s*=\s*(.*)", re.ASCII)
_COUNT = re.compile(r"\b(access|reject)=(\d{1,12})\b", re.ASCII)
_DURATION = re.compile(r"\bduration=\+?(\w{1,40})", re.ASCII)
_BOUND = re.compile(rf"\b(begin|end)\s*=\s*{_DATE}", re.IGNORECASE | re.ASCII)
_SECTION = re.compile(r"\s*(?:Current AppOps Service state|Discrete accesses|Historical ops|History):?\s*")
_ONE_LINE = re.compile(rf"\s*(Uid mode: )?{_OP}: (?:mode=\d{{1,2}}|[a-z]{{3,12}})((?:; .*)?)", re.ASCII)
_AGO = re.compile(r"\b(time|rejectTime)=\+?(\w{1,40}) ago\b", re.ASCII)
_SPEAKING = (_OPERATION, _LAST, _SINGLE, _COUNTED, _ONE_LINE)
_PIECE = re.compile(r"(\d{1,9})(ms|d|h|m|s)", re.ASCII)
_LENGTHS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
_STATES: dict[str, Literal["foreground", "background"]] = {
    **dict.fromkeys(("pers", "top", "fgsvcl", "fgsvc", "fg"), "foreground"),
    **dict.fromkeys(("bg", "cch"), "background"),
}
_OWN, _FOR_OTHERS = {"s", "tpd", "upd"}, {"tp", "up"}
"""Behind the dash: the app for itself, though another process may carry it out; the app for another app."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the dump a line stands: whose records, of which operation, counted from when to when. `tag` is an attribution inside an
    operation, `attribution` one beside or above it."""

    uid: int | None = None
    package: str | None = None
    op: str | None = None
    attribution: str | None = None
    tag: str | None = None
    begin: float | None = None
    end: float | None = None


def recognises(head: Head) -> bool:
    """A dump of the service, or nothing but answers of `appops get`."""
    lines = text_of(head.start[:16384])
    if any(_SECTION.fullmatch(line) for line in lines[:5]):
        return True
    levels = any(map(_UID.fullmatch, lines)) and any(map(_PACKAGE.fullmatch, lines))
    if levels and any(shape.fullmatch(line) for line in lines for shape in _SPEAKING):
        return True
    return bool(lines) and all(_ONE_LINE.fullmatch(line) or line.startswith("Default mode") for line in lines[:20])


def read(path: Path) -> Track:
    """The dump as a track. Raises `InputError` when it speaks of no operation at all."""
    heading = heading_of(path)
    speaking = (line.text for line in lines_of(path) if line.text and any(shape.fullmatch(line.text) for shape in _SPEAKING))
    error = max(map(_error, speaking), default=None)
    if error is None:
        raise InputError("input.run_no_operations", path=path)
    clock = Clock(error_ms=error if heading.taken is not None else None)
    part = Part(tool="appops", tier="os_record", format=name, name=path.name, clock=clock)
    return Track(Session(app=App(package=heading.package) if heading.package else None, parts=(part,)), lambda: _events(path, heading))


def _error(line: str) -> float:
    """How far the time in a line may be off from the clock of the device that printed it, in milliseconds."""
    if _SINGLE.fullmatch(line):
        return _MINUTE
    return _SECONDS if _AGO.search(line) else 0.0


def _events(path: Path, heading: Heading) -> Iterator[Item]:
    seq, place = 2, _Place()
    waiting: OsAccess | None = None
    for line in lines_of(path):
        text = line.text
        if waiting is not None:
            # Android 9 and 10 print age and duration on a line of their own.
            aged = _AGE.fullmatch(text or "")
            yield structs.replace(waiting, duration_ms=_duration(aged[1])) if aged else waiting
            waiting = None
        if text is None:
            yield Span(seq=seq, at=f"line:{line.number}", channel="api", status="lost", what="too_long")
            seq += 1
            continue
        moved = _moved(place, text, heading)
        if moved is not None:
            place = moved
            continue
        for found in _accesses(text, place, heading):
            if not found.op:
                continue
            event = structs.replace(found, seq=seq, at=f"line:{line.number}")
            seq += 1
            if "(" not in text and _LAST.fullmatch(text):
                waiting = event
            else:
                yield event
    if waiting is not None:
        yield waiting


def _moved(place: _Place, text: str, heading: Heading) -> _Place | None:
    """The place after a line that opens or closes a level of the dump; none for any other line."""
    bounds = {edge.lower(): moment_of(date, heading.taken) for edge, date in _BOUND.findall(text)}
    if bounds:
        return _Place(begin=bounds.get("begin"), end=bounds.get("end")) if "begin" in bounds else replace(place, end=bounds["end"])
    if _SECTION.fullmatch(text):
        return _Place()
    if found := _UID.fullmatch(text):
        return _Place(uid=_uid(found[1]), begin=place.begin, end=place.end)
    if found := _PACKAGE.fullmatch(text):
        return _Place(uid=place.uid, package=found[1], begin=place.begin, end=place.end)
    if found := _ATTRIBUTION.fullmatch(text):
        return replace(place, attribution=_attribution(found[1]))
    if found := _TAG.fullmatch(text):
        return replace(place, tag=_attribution(found[1]))
    if text.strip() == "]":
        return replace(place, tag=None)
    found = _OPERATION.fullmatch(text) if place.package is not None else None
    return replace(place, op=found[1], tag=None) if found else None


def _accesses(text: str, place: _Place, heading: Heading) -> Iterator[OsAccess]:
    """What one line tells, its number and locator still missing."""
    if found := _LAST.fullmatch(text):
        last = _access(place, found[1].lower(), "last", found[2])
        yield structs.replace(last, ts=moment_of(found[3], heading.taken), duration_ms=_duration(found[4]))
    elif found := _SINGLE.fullmatch(text):
        single = _access(place, found[1].lower(), "event", found[2])
        yield structs.replace(single, ts=moment_of(found[3], heading.taken), duration_ms=float(found[4]) if found[4] else None)
    elif found := _COUNTED.fullmatch(text):
        for outcome, count in _COUNT.findall(found[3]):
            counted = _access(replace(place, op=found[1] or place.op), outcome, "aggregate", found[2])
            duration = _duration(found[3]) if outcome == "access" else None
            yield structs.replace(counted, count=int(count), duration_ms=duration, begin=place.begin, end=place.end)
    elif (found := _ONE_LINE.fullmatch(text)) and not found[1]:
        whose = replace(place, op=found[2], package=place.package or heading.package)
        for kind, age in _AGO.findall(found[3]):
            told = _access(whose, "access" if kind == "time" else "reject", "last", "")
            duration = _duration(found[3]) if kind == "time" else None
            yield structs.replace(told, ts=_moment_before(heading.taken, age), duration_ms=duration)


def _access(place: _Place, outcome: str, precision: Literal["event", "last", "aggregate"], state: str) -> OsAccess:
    """An access at this place of the dump, by an app in this state (`top-s`)."""
    main, _, how = state.partition("-")
    return OsAccess(
        seq=0,
        op=place.op or "",
        outcome="reject" if outcome == "reject" else "access",
        precision=precision,
        uid=place.uid,
        package=place.package,
        attribution=place.tag or place.attribution,
        state=_STATES.get(main),
        proxy=_is_proxy(set(how.split("|"))),
    )


def _is_proxy(flags: set[str]) -> bool | None:
    if flags <= _OWN:
        return False
    return True if flags <= _FOR_OTHERS else None


def _attribution(tag: str) -> str | None:
    return None if tag == "null" else tag


def _uid(text: str) -> int:
    """`10123`, and `u0a123`, `u10i7`, `u10s1000`, as one number."""
    found = _USER.fullmatch(text)
    return int(found[1]) * 100_000 + _KINDS[found[2]] + int(found[3]) if found else int(text)


def _duration(text: str) -> float | None:
    found = _DURATION.search(text)
    return _milliseconds(found[1]) if found else None


def _milliseconds(text: str) -> float | None:
    """The milliseconds of `1d2h3m4s5ms`; none for anything else."""
    pieces = _PIECE.findall(text)
    if "".join(number + unit for number, unit in pieces) != text:
        return None
    return float(sum(int(number) * _LENGTHS[unit] for number, unit in pieces))


def _moment_before(taken: datetime | None, age: str) -> float | None:
    since = _milliseconds(age)
    return taken.timestamp() * 1000 - since if taken is not None and since is not None and since < _LONGEST_AGE else None
