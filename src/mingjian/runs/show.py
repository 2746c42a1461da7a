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
from mingjian.model.losses import loss_in_words
from mingjian.model.printable import printable
from mingjian.model.run import AnyEvent, Api, File, Mark, Net, OsAccess, Part, Session, Span, Ui
from mingjian.model.terms import named
from mingjian.model.texts import say
from mingjian.model.types import UNKNOWN

SCHEMA = "mingjian-run/1"
_MOST_LOSSES = 1000
_LONGEST = 200
"""Characters of what one line shows of an event."""


@dataclass(frozen=True, slots=True)
class Contents:
    """One file, read through once: how many events of each kind, in all and by phase, how many requests nobody could read, the first
    and the last moment (milliseconds), what was lost."""

    file: Recorded
    timeline: Timeline
    marks: tuple[Mark, ...]
    counts: dict[str, int]
    by_phase: dict[str, dict[str, int]]
    unread: int
    first: float | None
    last: float | None
    losses: tuple[Span, ...]


def contents(file: Recorded) -> Contents:
    """What the file holds."""
    marks = tuple(sorted(file.track.marks(), key=lambda mark: (mark.ts is None, mark.ts or 0.0, mark.seq)))
    timeline = Timeline.of(file.track.session, marks)
    counts: Counter[str] = Counter()
    by_phase: dict[str, Counter[str]] = {}
    unread = 0
    losses: list[Span] = []
    times: list[float] = []
    for event in events_of(file):
        counts[_kind(event)] += 1
        unread += isinstance(event, Net) and event.visibility in ("opaque", "refused")
        for phase in timeline.phases(event.ts, event.part) if not isinstance(event, Mark | Span) else ():
            by_phase.setdefault(phase, Counter())[_kind(event)] += 1
        if event.ts is not None:
            times = [min(event.ts, *times), max(event.ts, *times)] if times else [event.ts, event.ts]
        if isinstance(event, Span) and event.status == "lost" and len(losses) < _MOST_LOSSES:
            losses.append(event)
    first, last = times or (None, None)
    phases = {phase: dict(sorted(by_phase[phase].items())) for phase in sorted(by_phase)}
    return Contents(file, timeline, marks, dict(sorted(counts.items())), phases, unread, first, last, tuple(losses))


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
        "unread": shown.unread,
        "phases": {phase: {"seconds": seconds, "counts": counts} for phase, seconds, counts in _by_phase(shown)},
        "marks": [msgspec.to_builtins(mark) | {"phases": list(after)} for mark, after in _phases_after(shown)],
        "losses": [msgspec.to_builtins(span) for span in shown.losses],
    }


def as_text(shown: Contents, lang: str) -> Iterator[str]:
    """The contents as lines for a terminal."""
    session, zone = shown.file.track.session, zone_of(shown.file.track.session)
    app = f"{session.app.package} {session.app.version or ''}".rstrip() if session.app is not None else say("runs.show.no_app", lang)
    yield printable(f"{shown.file.artifact.name}  {shown.file.format}  {app}")
    yield f"  {at(shown.first, zone)} – {at(shown.last, zone)}  {say(f'runs.show.fresh.{_yes_no(_fresh(shown))}', lang)}"
    yield "  " + _counted(shown.counts, lang) + (f"  {say('runs.show.unread', lang, count=shown.unread)}" if shown.unread else "")
    for part in session.parts:
        yield "  " + printable(_part(part, lang))
    for mark, after in _phases_after(shown):
        yield "  " + printable(_mark(mark, after, zone, lang))
    for phase, seconds, counts in _by_phase(shown):
        time = (say("runs.show.seconds", lang, n=f"{seconds:.0f}"),) if seconds else ()
        counted = (_counted(counts, lang),) if counts else ()
        yield "  " + say("runs.show.phase", lang, phase=_phase(phase, lang), what=say("runs.show.comma", lang).join((*time, *counted)))
    if UNKNOWN in shown.by_phase:
        yield "  " + say(f"runs.show.{'uncertain' if shown.timeline.marks else 'no_marks'}", lang)
    for span in shown.losses:
        where = at(span.begin, zone) if span.begin is not None else ""
        what, channel = loss_in_words(span.what or "lost", span.detail).of(lang), named("channels", span.channel, lang)
        yield "  " + printable(say("runs.show.lost", lang, channel=channel, what=what, since=where)).rstrip()


def event_line(event: AnyEvent, shown: Contents, lang: str) -> str:
    """One event on one line: its number, its moment, its phases, what it was."""
    phases = ", ".join(_phase(phase, lang) for phase in shown.timeline.phases(event.ts, event.part))
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


def _by_phase(shown: Contents) -> Iterator[tuple[str, float, dict[str, int]]]:
    """Every phase that was recorded: for how many seconds its marks bound it within the file's moments, and its events."""
    seconds: dict[str, float] = {}
    if shown.first is not None and shown.last is not None and shown.timeline.marks:
        for stretch in shown.timeline.stretches():
            length = min(stretch.end, shown.last) - max(stretch.begin, shown.first)
            for phase in stretch.phases if length > 0 else ():
                seconds[phase] = seconds.get(phase, 0.0) + length / 1000
    for phase in dict.fromkeys((*seconds, *shown.by_phase)):
        yield phase, round(seconds.get(phase, 0.0), 3), shown.by_phase.get(phase, {})


def _fresh(shown: Contents) -> bool | None:
    """What the session says; where it says nothing, an installation before every other mark."""
    fresh, marks = shown.file.track.session.fresh, shown.timeline.marks
    return True if fresh is None and marks and marks[0].name == "install" else fresh


def _phase(phase: str, lang: str) -> str:
    return say("report.phase_unknown", lang) if phase == UNKNOWN else named("phases", phase, lang)


def _counted(counts: dict[str, int], lang: str) -> str:
    return say("runs.show.comma", lang).join(f"{say(f'runs.show.kind.{kind}', lang)} {count}" for kind, count in counts.items())


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
    name = f"{say(f'mark.{mark.name}', lang)}{f' {mark.data}' if mark.data else ''}"
    error = f" ±{mark.error_ms:g} ms" if mark.error_ms else ""
    phases = say("runs.show.void", lang) if mark.void else ", ".join(_phase(phase, lang) for phase in after)
    return f"{mark.seq:>7}  {at(mark.ts, zone)}{error}  {name} ({mark.name}, {mark.by})  → {phases}  {mark.note}".rstrip()


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
