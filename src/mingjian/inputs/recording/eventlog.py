"""The system's log of events, as `logcat -b events` prints it: which processes it started and for what, and which app was in front.

A moment needs a year and a zone (`-v year -v zone`) or seconds since 1970 (`-v epoch`). Fields of an event differ between versions: they
are told apart by what they can be, and further ones are passed over."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mingjian.errors import InputError
from mingjian.inputs.recording.instant import epoch_instant, iso_instant
from mingjian.inputs.recording.text_lines import Heading, heading_of, lines_of, moment_of, text_of
from mingjian.inputs.recording.track import Head, Item, Track
from mingjian.model.run import App, Clock, Mark, MarkName, OsAccess, Part, Session, Span
from mingjian.model.shipped import catalog

name = "eventlog"

START = "PROCESS_START"
"""The operation under which the start of a process is told; its attribution is what the process was started for."""

_LINE = re.compile(
    r"(?:(?P<date>(?:\d{4}-)?\d{2}-\d{2}) (?P<time>\d{2}:\d{2}:\d{2}\.\d{3,9})(?: (?P<zone>[+-]\d{4}))?|\s*(?P<epoch>\d{9,10}\.\d{3,9}))"
    r"\s+(?:[\w.]{1,40}\s+)?\d{1,9}\s+\d{1,9}\s+[VDIWEF]\s+(?P<tag>[\w.]{1,80})\s*:\s?(?P<told>.*)",
    re.ASCII,
)
_BEGINNING = re.compile(r"-{5,12} (?:beginning of|switch to) .{1,40}")
_COMPONENT = re.compile(r"\{?([A-Za-z]\w{0,100}(?:\.\w{1,100}){1,20})/[\w.$]{1,400}\}?", re.ASCII)
_PROCESS = re.compile(r"([A-Za-z]\w{0,100}(?:\.\w{1,100}){1,20})(?::[\w.]{1,100})?", re.ASCII)
_NUMBER = re.compile(r"\d{1,10}", re.ASCII)
_STARTED, _ENDED = "am_proc_start", ("am_proc_died", "am_kill")
_IN_FRONT = ("wm_set_resumed_activity", "am_set_resumed_activity", "am_focused_activity")
_OFF = "screen_toggled"
_TAGS = frozenset((_STARTED, *_ENDED, *_IN_FRONT, _OFF))
_KNOWN = re.compile(r"[\s/](?:am|wm)_[a-z_]{3,60}\s*:")
_OF_SCREENS = "activity"
_MOST_FIELDS = 40
_MOST_PROCESSES = 1000


@dataclass(frozen=True, slots=True)
class _Event:
    """One line: when, its tag and its fields."""

    at: str
    ts: float | None
    tag: str
    fields: tuple[str, ...]


@dataclass
class _Life:
    """What the log has told so far of the app it is about: its processes that run, whether its main one does, whether it is in front and
    whether it is closed. None: not known."""

    package: str
    running: set[str] = field(default_factory=set)
    main: bool | None = None
    in_front: bool | None = None
    closed: bool | None = None

    def mark(self, event: _Event) -> MarkName | None:
        """What the event decides; none when it decides nothing new."""
        if event.tag in _IN_FRONT:
            shown = _package_of(event)
            # Dialogs of the system stand before an app that is still in use.
            return None if shown is None or shown in catalog("appops")["system_packages"] else self._front(shown == self.package)
        if event.tag == _OFF:
            return self._front(False) if event.fields[:1] == ("0",) else None
        process = next((each for each in event.fields[2:] if each.partition(":")[0] == self.package), None)
        if process is None:
            return None
        return self._started(process, _hosting(event)) if event.tag == _STARTED else self._ended(process)

    def _front(self, shown: bool) -> MarkName | None:
        before, self.in_front = self.in_front, shown if shown or self.in_front is not None else None
        if shown:
            self.closed = False
            return None if before else "foreground"
        return "background" if before else None

    def _started(self, process: str, hosting: str) -> MarkName | None:
        if len(self.running) < _MOST_PROCESSES:
            self.running.add(process)
        self.main = self.main or process == self.package
        if process != self.package or _OF_SCREENS not in hosting:
            return None
        self.closed = False
        return "launch"

    def _ended(self, process: str) -> MarkName | None:
        self.running.discard(process)
        self.main = False if process == self.package else self.main
        if self.main is not False or self.running or self.closed:
            return None
        self.in_front, self.closed = False, True
        return "closed"


def recognises(head: Head) -> bool:
    """Lines of a log, one of the first with the tag of an event of processes or windows."""
    lines = [line for line in text_of(head.start) if not _BEGINNING.fullmatch(line)][:500]
    return any(_LINE.fullmatch(line) for line in lines[:5]) and any(_KNOWN.search(line[:200]) for line in lines)


def read(path: Path) -> Track:
    """The log as a track. Raises `InputError` when it holds no event that tells anything."""
    heading = heading_of(path)
    first = next((event for event in _told(path, heading) if isinstance(event, _Event)), None)
    if first is None:
        raise InputError("input.run_no_events", path=path)
    part = Part(tool="logcat", tier="os_record", format=name, name=path.name, clock=Clock(error_ms=None if first.ts is None else 0.0))
    app = App(package=heading.package) if heading.package else None
    return Track(
        Session(app=app, parts=(part,)),
        lambda: _events(path, heading),
        lambda: tuple(item for item in _events(path, heading) if isinstance(item, Mark)),
    )


def _events(path: Path, heading: Heading) -> Iterator[Item]:
    seq = 2
    life = _Life(heading.package) if heading.package else None
    for event in _told(path, heading):
        if isinstance(event, Span):
            yield Span(seq=seq, at=event.at, channel="api", status="lost", what=event.what)
            seq += 1
            continue
        if event.tag == _STARTED and (started := _start(seq, event)) is not None:
            yield started
            seq += 1
        mark = life.mark(event) if life is not None else None
        if mark is not None:
            yield Mark(seq=seq, ts=event.ts, at=event.at, name=mark, by="system")
            seq += 1


def _told(path: Path, heading: Heading) -> Iterator[_Event | Span]:
    """The events that tell something, and the lines that cannot be read."""
    for line in lines_of(path):
        at = f"line:{line.number}"
        if line.text is None:
            yield Span(seq=0, at=at, channel="api", status="lost", what="too_long")
            continue
        found = _LINE.fullmatch(line.text)
        if found is not None and found["tag"] in _TAGS:
            told = found["told"].strip().removeprefix("[").removesuffix("]")
            yield _Event(at, _moment(found, heading), found["tag"], tuple(each.strip() for each in told.split(",", _MOST_FIELDS)))
        elif found is None and _KNOWN.search(line.text[:200]):
            yield Span(seq=0, at=at, channel="api", status="lost", what="bad_line")


def _moment(found: re.Match[str], heading: Heading) -> float | None:
    if found["epoch"]:
        return epoch_instant(found["epoch"])
    local = f"{found['date']} {found['time']}"
    return iso_instant(f"{local}{found['zone']}") if found["zone"] else moment_of(local, heading.taken)


def _start(seq: int, event: _Event) -> OsAccess | None:
    """The start of a process: user, number, uid, process, what for, component."""
    package = _package_of(event)
    uid = event.fields[2] if len(event.fields) > 2 and _NUMBER.fullmatch(event.fields[2]) else None
    if package is None or uid is None:
        return None
    hosting = _hosting(event) or None
    return OsAccess(
        seq=seq, ts=event.ts, at=event.at, op=START, outcome="access", precision="event", uid=int(uid), package=package, attribution=hosting
    )


def _hosting(event: _Event) -> str:
    return event.fields[4] if len(event.fields) > 4 else ""


def _package_of(event: _Event) -> str | None:
    """The package that an event names: that of a component, else that of the process."""
    component = next((found for each in event.fields if (found := _COMPONENT.fullmatch(each))), None)
    process = next((found for each in event.fields[2:4] if (found := _PROCESS.fullmatch(each))), None)
    found = component or (process if event.tag == _STARTED else None)
    return found[1] if found else None
