"""Files that a session of another file lists as its own: what it knows of them, their clock above all, is taken from there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from msgspec import structs

from mingjian.inputs.recording.track import Carried, Item, Track
from mingjian.model.run import AnyEvent, App, Clock, Mark, Net, OsAccess, Part, Session, Span, Tier


@dataclass(frozen=True, slots=True)
class _Listing:
    """What a session says of one file that is given beside it."""

    app: App | None
    part: Part

    @property
    def told(self) -> tuple[App | None, Tier, Clock, float | None, float | None, bool]:
        """What is compared with what other sessions say of the same file."""
        part = self.part
        return self.app, part.tier, part.clock, part.started, part.ended, part.all_traffic


def related(tracks: Sequence[tuple[str, Track]]) -> list[Track]:
    """The tracks of files, given with their SHA-256, in the same order. One that another session lists among its parts is of that
    session's app, was recorded from when to when the session says, and is told by the device's clock as far as the session compared it.
    A file of which sessions say different things, or something else than it says itself, stays as it is."""
    listed: dict[str, list[_Listing]] = {}
    for digest, track in tracks:
        for part in track.session.parts:
            if part.sha256 and part.sha256 != digest:
                listed.setdefault(part.sha256, []).append(_Listing(track.session.app, part))
    return [_as_listed(track, listed.get(digest, [])) for digest, track in tracks]


def earlier(event: AnyEvent, offset: float) -> AnyEvent:
    """The event by a clock that is so many milliseconds behind."""
    if not offset:
        return event
    event = structs.replace(event, ts=_earlier(event.ts, offset))
    if isinstance(event, OsAccess | Span):
        return structs.replace(event, begin=_earlier(event.begin, offset), end=_earlier(event.end, offset))
    return structs.replace(event, end=_earlier(event.end, offset)) if isinstance(event, Net) else event


def _as_listed(track: Track, listed: Sequence[_Listing]) -> Track:
    session = track.session
    if len(session.parts) != 1 or not listed or any(each.told != listed[0].told for each in listed):
        return track
    [own], [listing, *_] = session.parts, listed
    given = listing.part
    if own.tier != given.tier or (session.app is not None and session.app != listing.app):
        return track
    compared = own.clock.error_ms is None and given.clock.error_ms is not None
    offset = given.clock.offset_ms - own.clock.offset_ms if compared else 0.0
    part = structs.replace(
        own,
        clock=given.clock if compared else own.clock,
        started=given.started if given.started is not None else _earlier(own.started, offset),
        ended=given.ended if given.ended is not None else _earlier(own.ended, offset),
        all_traffic=given.all_traffic or own.all_traffic,
    )
    session = structs.replace(
        session, app=listing.app, parts=(part,), started=_earlier(session.started, offset), ended=_earlier(session.ended, offset)
    )
    return _moved(track, session, offset) if offset else replace(track, session=session)


def _moved(track: Track, session: Session, offset: float) -> Track:
    def events() -> Iterator[Item]:
        for item in track.events():
            yield replace(item, event=earlier(item.event, offset)) if isinstance(item, Carried) else earlier(item, offset)

    def marks() -> tuple[Mark, ...]:
        return tuple(structs.replace(mark, ts=_earlier(mark.ts, offset)) for mark in track.marks())

    return Track(session, events, marks)


def _earlier(time: float | None, offset: float) -> float | None:
    return None if time is None else time - offset
