"""Whether a run file is sound, line by line: what a reader would leave out, and what contradicts itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from mingjian.inputs.files import open_file
from mingjian.inputs.recording.run1 import MOST_MARKS, Fault, lines, read_session
from mingjian.model.run import AnyEvent, Api, Mark, MarkName, Net, Session
from mingjian.model.texts import in_both
from mingjian.model.types import Text

_MOST_REFERRED = 1_000_000
"""Calls that requests refer to of which it is looked up whether they are there."""
_BEHIND: tuple[tuple[MarkName, MarkName], ...] = (
    ("prompt_shown", "launch"),
    ("accepted", "launch"),
    ("declined", "launch"),
    ("accepted", "prompt_shown"),
    ("declined", "prompt_shown"),
    ("withdrawn", "accepted"),
    ("background", "launch"),
    ("closed", "launch"),
)
"""Marks of which the second, where there is one, stands before the first."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and the line it shows on; none where the whole file is meant."""

    line: int | None
    what: Text


def validate(path: Path) -> Iterator[Problem]:
    """Everything that is wrong with a run file. Raises `InputError` when its first line is no session."""
    with open_file(path, "run") as file:
        session = read_session(path, file)
        checks = _Checks(session)
        for number, found in lines(file, session):
            yield from checks.of(number, found)
    yield from checks.at_the_end(_missing_calls(path, checks.referred))


def _missing_calls(path: Path, referred: dict[int, int]) -> list[int]:
    """The lines that refer to an event which is no call of the file."""
    missing = dict(referred)
    if missing:
        with open_file(path, "run") as file:
            for _, found in lines(file, read_session(path, file)):
                if isinstance(found, Api):
                    missing.pop(found.seq, None)
    return sorted(missing.values())


class _Checks:
    """What is kept of the lines so far. `referred`: from the number of each event that a request names to the line of the first
    request that does."""

    def __init__(self, session: Session) -> None:
        self.referred: dict[int, int] = {}
        self._session = session
        self._marks: dict[MarkName, list[tuple[float, int]]] = {}
        self._count = 0
        self._marked = 0
        self._latest = 0.0
        self._unsorted: int | None = None

    def of(self, line: int, found: AnyEvent | Fault) -> Iterator[Problem]:
        if isinstance(found, Fault):
            self._count += found.what != "repeated"
            yield Problem(line, in_both(f"runs.fault.{found.what}", detail=found.detail))
            return
        self._count += 1
        if isinstance(found, Net):
            for match in found.matches:
                if match.event is not None and len(self.referred) < _MOST_REFERRED:
                    self.referred.setdefault(match.event, line)
        if isinstance(found, Mark) and not found.void:
            if self._marked == MOST_MARKS:
                yield Problem(line, in_both("runs.fault.too_many_marks", limit=MOST_MARKS))
            self._marked += 1
            if found.ts is None:
                yield Problem(line, in_both("runs.fault.mark_without_time", name=found.name))
            elif self._marked <= MOST_MARKS:
                self._marks.setdefault(found.name, []).append((found.ts, line))
        if found.ts is not None:
            yield from self._time(line, found.ts)

    def _time(self, line: int, ts: float) -> Iterator[Problem]:
        if ts < self._latest and self._unsorted is None:
            self._unsorted = line
            yield Problem(line, in_both("runs.fault.unsorted"))
        self._latest = max(self._latest, ts)
        started, ended = self._session.started, self._session.ended
        if (started is not None and ts < started) or (ended is not None and ts > ended):
            yield Problem(line, in_both("runs.fault.outside", ts=ts))

    def at_the_end(self, missing: list[int]) -> Iterator[Problem]:
        session = self._session
        if session.started is not None and session.ended is not None and session.ended < session.started:
            yield Problem(1, in_both("runs.fault.ends_before_it_starts"))
        if session.events is not None and session.events != self._count:
            yield Problem(1, in_both("runs.fault.count", said=session.events, found=self._count))
        for line in missing:
            yield Problem(line, in_both("runs.fault.no_such_call"))
        yield from sorted(self._out_of_order(), key=lambda problem: problem.line or 0)

    def _out_of_order(self) -> Iterator[Problem]:
        for later, earlier in _BEHIND:
            before = min(self._marks.get(earlier, ()), default=None)
            if before is None:
                continue
            for ts, line in self._marks.get(later, ()):
                if ts < before[0]:
                    yield Problem(line, in_both("runs.fault.mark_order", name=later, before=earlier))
        last = max(self._marks.get("end", ()), default=None)
        if last is not None:
            for ts, line in chain.from_iterable(self._marks.values()):
                if ts > last[0]:
                    yield Problem(line, in_both("runs.fault.after_the_end"))
