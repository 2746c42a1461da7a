"""What a recording holds, for people and programs: its parts, its marks with the phases that they make, how much of what, what was lost."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

import msgspec

from mingjian.extract.timeline import Phases, Timeline
from mingjian.inputs.recording import Recorded
from mingjian.inputs.recording.track import Carried
from mingjian.model.printable import printable
from mingjian.model.run import AnyEvent, Api, File, Mark, Net, OsAccess, Part, Session, Span, Ui
from mingjian.model.terms import named
from mingjian.model.texts import say

SCHEMA = "mingjian-run/1"
_MOST_LOSSES = 1000
_LONGEST = 200
"""Characters of what one line shows of an event."""


@dataclass(frozen=True, slots=True)
class Contents:
    """One file, read through once: how many events of each kind, the first and the last moment (milliseconds), what was lost."""

    file: Recorded
    timeline: Timeline
    marks: tuple[Mark, ...]
    counts: dict[str, int]
    first: float | None
    last: float | None
    losses: tuple[Span, ...]


def contents(file: Recorded) -> Contents:
    """What the file holds."""
    counts: Counter[str] = Counter()
    losses: list[Span] = []
    times: list[float] = []
    for event in events_of(file):
        counts[_kind(event)] += 1
        if event.ts is not None:
            times = [min(event.ts, *times), max(event.ts, *times)] if times else [event.ts, event.ts]
        if isinstance(event, Span) and event.status == "lost" and len(losses) < _MOST_LOSSES:
            losses.append(event)
    marks = tuple(sorted(file.track.marks(), key=lambda mark: (mark.ts is None, mark.ts or 0.0, mark.seq)))
    first, last = times or (None, None)
    timeline = Timeline.of(file.track.session, marks)
    return Contents(file, timeline, marks, dict(sorted(counts.items())), first, last, tuple(losses))


def events_of(file: Recorded) -> Iterator[AnyEvent]:
    """The events of a file without what travels along with them."""
    for item in file.track.events():
        yield item.event if isinstance(item, Carried) else item


def as_json(shown: Contents) -> dict[str, Any]:
    """The contents as a JSON-ready document; the salt is left out."""
    session = msgspec.to_builtins(msgspec.structs.replace(shown.file.track.session, salt=None))
    return {
        "schema": SCHEMA,
        "name": shown.file.artifact.name,
        "sha256": shown.file.artifact.sha256,
        "format": shown.file.format,
        "session": session,
        "first": shown.first,
        "last": shown.last,
        "counts": shown.counts,
        "marks": [msgspec.to_builtins(mark) | {"phases": list(after)} for mark, after in _phases_after(shown)],
        "losses": [msgspec.to_builtins(span) for span in shown.losses],
    }


def as_text(shown: Contents, lang: str) -> Iterator[str]:
    """The contents as lines for a terminal."""
    session, zone = shown.file.track.session, zone_of(shown.file.track.session)
    app = f"{session.app.package} {session.app.version or ''}".rstrip() if session.app is not None else say("runs.show.no_app", lang)
    yield printable(f"{shown.file.artifact.name}  {shown.file.format}  {app}")
    yield f"  {at(shown.first, zone)} – {at(shown.last, zone)}  {say(f'runs.show.fresh.{_yes_no(session.fresh)}', lang)}"
    yield "  " + ", ".join(f"{kind} {count}" for kind, count in shown.counts.items())
    for part in session.parts:
        yield "  " + printable(_part(part, lang))
    for mark, after in _phases_after(shown):
        yield "  " + printable(_mark(mark, after, zone, lang))
    for span in shown.losses:
        where = at(span.begin, zone) if span.begin is not None else ""
        yield "  " + printable(say("runs.show.lost", lang, channel=span.channel, what=span.what, detail=span.detail, since=where)).rstrip()


def event_line(event: AnyEvent, shown: Contents, lang: str) -> str:
    """One event on one line: its number, its moment, its phases, what it was."""
    phases = ", ".join(named("phases", phase, lang) for phase in shown.timeline.phases(event.ts, event.part))
    moment = at(event.ts, zone_of(shown.file.track.session))
    return printable(f"{event.seq:>7}  {moment:<29}  {phases}  {_kind(event)}  {_what(event)}")


def zone_of(session: Session) -> tzinfo:
    """The zone of the device, UTC where it is not known."""
    minutes = session.device.zone_minutes if session.device is not None else None
    return UTC if minutes is None else timezone(timedelta(minutes=minutes))


def at(ts: float | None, zone: tzinfo) -> str:
    """A moment in milliseconds since 1970 as ISO 8601; a dash for none."""
    return "–" if ts is None else datetime.fromtimestamp(ts / 1000, zone).isoformat(timespec="milliseconds")


def _phases_after(shown: Contents) -> Iterator[tuple[Mark, Phases]]:
    """Every mark with the phases that begin there; none for a mark that does not count."""
    _, *begun = shown.timeline.stretches()
    after = {mark.seq: stretch.phases for mark, stretch in zip(shown.timeline.marks, begun, strict=True)}
    for mark in shown.marks:
        yield mark, after.get(mark.seq, ())


def _part(part: Part, lang: str) -> str:
    error = part.clock.error_ms
    clock = say("runs.show.clock_unknown", lang) if error is None else say("runs.show.clock", lang, error=f"{error:g}")
    hooks = ""
    if part.hooks is not None:
        failed = sum(missing.why == "failed" for missing in part.hooks.missing)
        canary = say(f"runs.show.canary.{_yes_no(part.hooks.canary)}", lang)
        hooks = "  " + say("runs.show.hooks", lang, placed=len(part.hooks.placed), failed=failed, canary=canary)
    return f"{part.tier:9}  {part.tool} {part.version or ''}".rstrip() + f"  {part.format} {part.name}".rstrip() + f"  {clock}{hooks}"


def _mark(mark: Mark, after: Phases, zone: tzinfo, lang: str) -> str:
    name = f"{mark.name} {mark.data}" if mark.data else mark.name
    error = f" ±{mark.error_ms:g} ms" if mark.error_ms else ""
    phases = say("runs.show.void", lang) if mark.void else ", ".join(named("phases", phase, lang) for phase in after)
    return f"{mark.seq:>7}  {at(mark.ts, zone)}{error}  {name} ({mark.by})  → {phases}  {mark.note}".rstrip()


def _what(event: AnyEvent) -> str:
    match event:
        case Mark():
            return event.name if event.data is None else f"{event.name} {event.data}"
        case Api():
            masked = event.value.masked if event.value is not None else ""
            return f"{event.api.cls}.{event.api.method} → {event.result or '?'} {masked}  ← {' ← '.join(event.stack)}"[:_LONGEST]
        case OsAccess():
            return f"{event.op} {event.outcome} ({event.precision})"
        case File():
            return f"{event.op} {event.path}"
        case Ui():
            words = [words for node in event.nodes if (words := node.text or node.desc)]
            return f"{event.activity or event.package or ''}  {' | '.join(words)[:_LONGEST]}"
        case Net():
            found = ", ".join(f"{match.data} ({match.where})" for match in event.matches)
            return f"{event.visibility} {event.method or ''} {event.host or event.ip or ''}{event.path or ''}  {found}"[:_LONGEST]
        case Span():
            return f"{event.channel} {event.status} {event.what} {event.detail}"


def _kind(event: AnyEvent) -> str:
    return str(type(event).__struct_config__.tag)


def _yes_no(known: bool | None) -> str:
    return {True: "yes", False: "no", None: "unknown"}[known]
