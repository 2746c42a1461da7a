"""Several recordings of one session -> one session: their parts kept apart, their marks together, what they disagree on told."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, combinations
from typing import TypeVar

from msgspec import structs

from mingjian.errors import InputError
from mingjian.inputs.recording import Recorded, Recording, run1
from mingjian.inputs.recording.beside import earlier
from mingjian.inputs.recording.run1 import MOST_PARTS
from mingjian.inputs.recording.track import Carried, Item
from mingjian.model.run import AnyEvent, App, Clock, Device, Mark, Net, Part, Session
from mingjian.model.texts import in_both
from mingjian.model.types import Text

T = TypeVar("T")

_APART = 1 << 54
"""What the numbers of two files are moved apart by: no number in a file is as large."""
_WITH_VALUES = ("hook", "proxy", "capture")
_SET_ONCE = frozenset({"install", "prompt_shown", "accepted", "declined", "withdrawn"})


@dataclass(frozen=True, slots=True)
class Merged:
    """One session and the events of all files. Numbers are unique and lines refer to each other as they did, calls stand before what may
    carry their values. `conflicts` are what the files disagree on; a field of the session that they do not agree on is none."""

    session: Session
    items: Callable[[], Iterator[Item]]
    conflicts: tuple[Text, ...]


def merge(recording: Recording, clock: Clock | None = None, package: str | None = None) -> Merged:
    """All files as one session. `clock` is that of the tools whose clock was never compared with the device's, `package` the app that
    somebody says was recorded. Raises `InputError` for recordings of different apps or builds, of sessions at different times, and for one
    that is already part of another."""
    files = recording.files
    if package is not None:
        _refuse_other_package(files, package)
    _refuse_twice(files)
    _refuse_other_times(files)
    sessions = [file.track.session for file in files]
    parts = [_related(part, clock) for file in files for part in _kept(file, files).values()]
    if len(parts) > MOST_PARTS:
        raise InputError("input.run_too_many_parts", path=files[0].artifact.name, count=len(parts), limit=MOST_PARTS)
    conflicts: list[Text] = []
    session = Session(
        app=_app(files, conflicts) or (App(package=package) if package is not None else None),
        device=_device(sessions, conflicts),
        parts=tuple(parts),
        started=min((each.started for each in sessions if each.started is not None), default=None),
        ended=max((each.ended for each in sessions if each.ended is not None), default=None),
        fresh=_agreed("fresh", (each.fresh for each in sessions), conflicts),
        salt=_salt(files, conflicts),
    )
    conflicts += _marks_told_twice(files)
    return Merged(session, lambda: _items(files, clock), tuple(conflicts))


def _named(file: Recorded) -> list[Part]:
    """The parts of a file, each with the file that it came from and the time during which it watched."""
    own, session = file.artifact, file.track.session
    if len(session.parts) == 1:
        [part] = session.parts
        times = (part.started if part.started is not None else session.started, part.ended if part.ended is not None else session.ended)
        session = structs.replace(session, parts=(structs.replace(part, started=times[0], ended=times[1]),))
    return [part if part.sha256 else structs.replace(part, name=part.name or own.name, sha256=own.sha256) for part in session.parts]


def _kept(file: Recorded, files: Sequence[Recorded]) -> dict[int, Part]:
    """The parts of a file by their number in it, without those whose events are in another one of the files."""
    given = {each.artifact.sha256 for each in files}
    return {number: part for number, part in enumerate(_named(file)) if not (part.apart and part.sha256 in given)}


def _related(part: Part, clock: Clock | None) -> Part:
    return structs.replace(part, clock=clock) if clock is not None and part.clock.error_ms is None else part


def _refuse_twice(files: Sequence[Recorded]) -> None:
    seen: dict[str, str] = {}
    for file in files:
        digests = dict.fromkeys((file.artifact.sha256, *(part.sha256 for part in _named(file) if not part.apart)), file.artifact.name)
        for digest in digests:
            if digest in seen:
                raise InputError("input.run_twice", path=file.artifact.name, other=seen[digest])
        seen |= digests


def _refuse_other_package(files: Sequence[Recorded], package: str) -> None:
    for file in files:
        app = file.track.session.app
        if app is not None and app.package != package:
            raise InputError("input.run_other_package", path=file.artifact.name, package=app.package, said=package)


def _refuse_other_times(files: Sequence[Recorded]) -> None:
    """Marks of two sessions in one would decide each other's phases."""
    with_marks = [(file.artifact.name, *bounds) for file in files if (bounds := _bounds(file)) is not None]
    for (one, begin, end), (other, start, stop) in combinations(with_marks, 2):
        if stop < begin or end < start:
            raise InputError("input.run_other_time", path=other, other=one)


def _bounds(file: Recorded) -> tuple[float, float] | None:
    session = file.track.session
    times = [mark.ts for mark in file.track.marks() if mark.ts is not None and not mark.void]
    if not times:
        return None
    times += [time for time in (session.started, session.ended) if time is not None]
    return min(times), max(times)


def _app(files: Sequence[Recorded], conflicts: list[Text]) -> App | None:
    apps = [(file.artifact.name, app) for file in files if (app := file.track.session.app) is not None]
    if not apps:
        return None
    first, known = apps[0]
    for name, app in apps[1:]:
        if app.package != known.package:
            raise InputError("input.run_other_app", path=name, package=app.package, other=first, known=known.package)
        if app.sha256 and known.sha256 and app.sha256 != known.sha256:
            raise InputError("input.run_other_build", path=name, other=first)
        known = structs.replace(known, sha256=known.sha256 or app.sha256)
    return structs.replace(known, version=_agreed("app.version", (app.version for _, app in apps), conflicts))


def _device(sessions: Sequence[Session], conflicts: list[Text]) -> Device | None:
    devices = [each.device for each in sessions if each.device is not None]
    if not devices:
        return None
    return Device(
        model=_agreed("device.model", (each.model for each in devices), conflicts),
        system=_agreed("device.system", (each.system for each in devices), conflicts),
        api=_agreed("device.api", (each.api for each in devices), conflicts),
        zone_minutes=_agreed("device.zone_minutes", (each.zone_minutes for each in devices), conflicts),
    )


def _agreed(name: str, values: Iterable[T | None], conflicts: list[Text]) -> T | None:
    known = list(dict.fromkeys(value for value in values if value is not None))
    if len(known) > 1:
        conflicts.append(in_both("runs.conflict", name=name, values=", ".join(map(str, known))))
    return known[0] if len(known) == 1 else None


def _salt(files: Sequence[Recorded], conflicts: list[Text]) -> str | None:
    """The salt of the run files among them that can hold values; the first where they differ: hashes of the others can be compared
    among themselves."""
    runs = [file.track.session for file in files if file.format == run1.name]
    salts = dict.fromkeys(session.salt for session in runs if any(part.tier in _WITH_VALUES for part in session.parts))
    if len(salts) > 1:
        conflicts.append(in_both("runs.salts"))
    return next((salt for salt in (*salts, *(session.salt for session in runs)) if salt is not None), None)


def _marks_told_twice(files: Sequence[Recorded]) -> Iterator[Text]:
    first: dict[str, tuple[str, Mark]] = {}
    for file in files:
        for mark in file.track.marks():
            if mark.void or mark.ts is None or mark.name not in _SET_ONCE:
                continue
            name, other = first.setdefault(mark.name, (file.artifact.name, mark))
            apart = abs(mark.ts - other.ts) if other.ts is not None else 0.0
            if name != file.artifact.name and apart > mark.error_ms + other.error_ms:
                yield in_both("runs.marks_differ", name=mark.name, file=file.artifact.name, other=name, ms=round(apart))


def _items(files: Sequence[Recorded], clock: Clock | None) -> Iterator[Item]:
    kept = [tuple(_kept(file, files)) for file in files]
    bases = accumulate(map(len, kept), initial=0)
    numbered = [(file, base, index) for index, (file, base) in enumerate(zip(files, bases, strict=False))]
    for file, base, index in sorted(numbered, key=lambda each: all(part.tier != "hook" for part in each[0].track.session.parts)):
        yield from _moved(file, {number: base + place for place, number in enumerate(kept[index])}, index * _APART, clock)


def _moved(file: Recorded, places: Mapping[int, int], apart: int, clock: Clock | None) -> Iterator[Item]:
    parts = file.track.session.parts
    if all(number == place for number, place in places.items()) and not apart and clock is None:
        yield from file.track.events()
        return
    offsets = [clock.offset_ms if clock is not None and part.clock.error_ms is None else 0.0 for part in parts]
    for item in file.track.events():
        event = item.event if isinstance(item, Carried) else item
        later = _at(event, places.get(event.part, 0), event.seq + apart, apart, offsets[event.part])
        yield Carried(later, item.payload, item.raw) if isinstance(item, Carried) else later


def _at(event: AnyEvent, part: int, seq: int, apart: int, offset: float) -> AnyEvent:
    event = earlier(structs.replace(event, part=part, seq=seq), offset)
    if isinstance(event, Net) and event.matches and apart:
        matches = (structs.replace(match, event=None if match.event is None else match.event + apart) for match in event.matches)
        event = structs.replace(event, matches=tuple(matches))
    return event
