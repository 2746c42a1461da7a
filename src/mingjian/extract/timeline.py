"""When something happened: the phases of a run, computed from its marks."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import inf

from msgspec import structs

from mingjian.model.run import Mark, Part, Session
from mingjian.model.shipped import catalog
from mingjian.model.types import UNKNOWN

Phases = tuple[str, ...]
"""The phase of consent and use first (`unknown` where no mark tells), then the conditions that hold beside it."""

_BESIDE = ("foreground", "background", "closed", "after_denial", "after_update", "after_cancel")
_BEHIND = ("background", "closed")
_TICK = 1.0
"""Milliseconds within which two moments cannot be told apart."""


@dataclass(frozen=True, slots=True)
class _State:
    """What the marks so far add up to. `consent` is none until a mark tells."""

    consent: str | None
    use: str | None = None
    denied: bool = False
    updated: bool = False
    cancelled: bool = False
    unasked: bool = False

    def after(self, mark: Mark, *, denied: bool) -> "_State":
        """The state once the mark has happened; `denied` says whether something is refused then."""
        return replace(self._told(mark), denied=denied)

    def _told(self, mark: Mark) -> "_State":
        match mark.name:
            case "install":
                return _State("before_consent")
            case "prompt_shown":
                return replace(self, consent=self.consent or "before_consent", use="foreground", unasked=False)
            case "no_prompt":
                return replace(self, unasked=True)
            case "accepted":
                return replace(self, consent="given", use="foreground")
            case "declined" | "withdrawn":
                return replace(self, consent="after_refusal")
            case "launch" | "foreground":
                return replace(self, use="foreground")
            case "background" | "closed":
                return replace(self, use=mark.name)
            case "update":
                return replace(self, updated=True)
            case "cancel_done":
                return replace(self, cancelled=True)
            case _:
                return self

    def phases(self) -> Phases:
        """The phases of this state. An app that asks nobody for consent is in use all the same."""
        main = (self.use or UNKNOWN) if self.consent == "given" else (self.consent or UNKNOWN)
        unasked = self.unasked and main == "before_consent"
        in_use = (unasked and self.use == "foreground", unasked and self.use == "background")
        beside = (*in_use, self.use == "closed" and main != "closed", self.denied, self.updated, self.cancelled)
        return (main, *(name for name, holds in zip(_BESIDE, beside, strict=True) if holds))


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time between two marks. `begin` and `end` are milliseconds, infinite where no mark bounds it; `behind` says that the app was not on
    screen."""

    phases: Phases
    begin: float
    end: float
    behind: bool = False

    def shows(self, phase: str) -> bool:
        """Whether screens of it can be ones of the phase: before consent, say, nothing is to be seen of an app that was left."""
        return phase in self.phases and (not self.behind or phase in _BEHIND)


class Timeline:
    """The phases of one session. Of what another file saw before `begin` or after `end` (milliseconds) the session says nothing."""

    def __init__(self, session: Session, marks: Sequence[Mark], bounds: tuple[float, float] = (-inf, inf)) -> None:
        self._session = session
        self._bounds = bounds
        self._marks = sorted((mark for mark in marks if not mark.void and mark.ts is not None), key=lambda mark: (mark.ts, mark.seq))
        state = _State("before_consent" if session.fresh else None)
        states = [state]
        denied: set[str] = set()
        for mark in self._marks:
            _note_denial(denied, mark)
            state = state.after(mark, denied=bool(denied))
            states.append(state)
        self._states = states
        self._phases = [each.phases() for each in states]
        self._times = [float(mark.ts or 0) for mark in self._marks]
        self._errors: dict[int, list[float] | None] = {}
        # Events come in order of time, nearly: the next one mostly lies between the same marks, away from both.
        self._steady, self._steady_part = Stretch((UNKNOWN,), inf, -inf), 0

    @classmethod
    def of(cls, session: Session, marks: Iterable[Mark]) -> "Timeline":
        """The timeline that these marks of this session make; void marks and marks without a time take no part."""
        return cls(session, tuple(marks))

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The marks that count, in order of time."""
        return tuple(self._marks)

    def lent(self, part: Part) -> "Timeline":
        """The same timeline for the file of another tool, whose only part this is: its events bear the part 0."""
        borrowed = tuple(structs.replace(mark, part=mark.part + 1) for mark in self._marks)
        times = (*self._times, *(each for each in (self._session.started, self._session.ended) if each is not None))
        bounds = (min(times), max(times)) if times else self._bounds
        return Timeline(structs.replace(self._session, parts=(part, *self._session.parts)), borrowed, bounds)

    def holds(self, ts: float) -> bool:
        """Whether the session speaks of this moment at all."""
        return self._bounds[0] <= ts <= self._bounds[1]

    def dates(self, part: int) -> bool:
        """Whether moments of this part can be placed among the marks: its clock is theirs, or was compared with theirs."""
        return self._errors_for(part) is not None

    def phases(self, ts: float | None, part: int = 0) -> Phases:
        """The phases of a moment of one part. What cannot be told apart from a mark that decides is `unknown`; a condition beside it
        counts only where it holds on both sides."""
        if ts is None or not self.holds(ts):
            return (UNKNOWN,)
        steady = self._steady
        if steady.begin < ts < steady.end and self._steady_part == part:
            return steady.phases
        errors = self._errors_for(part)
        if errors is None:
            return (UNKNOWN,)
        at = bisect_right(self._times, ts)
        furthest = max(errors, default=0.0)
        first = bisect_left(self._times, ts - furthest)
        last = bisect_right(self._times, ts + furthest)
        near = [index for index in range(first, last) if abs(ts - self._times[index]) <= errors[index]]
        if not near:
            begin = self._times[at - 1] + furthest if at else -inf
            end = self._times[at] - furthest if at < len(self._times) else inf
            self._steady, self._steady_part = Stretch(self._phases[at], begin, end), part
            return self._phases[at]
        possible = [self._phases[at], *(self._phases[index] for index in near), *(self._phases[index + 1] for index in near)]
        main = possible[0][0] if len({each[0] for each in possible}) == 1 else UNKNOWN
        return (main, *(name for name in possible[0][1:] if all(name in each[1:] for each in possible)))

    def following(self, mark: Mark) -> Phases:
        """The phases that begin with a mark of this timeline."""
        return self._phases[bisect_right(self._times, mark.ts or 0.0)]

    def stretches(self) -> Iterator[Stretch]:
        """The whole time, cut at the marks."""
        bounds = [-inf, *self._times, inf]
        for state, phases, begin, end in zip(self._states, self._phases, bounds, bounds[1:], strict=False):
            yield Stretch(phases, begin, end, state.use in _BEHIND)

    def watched(self, begin: float, end: float, *, walked: bool, screens: bool = False) -> Phases:
        """The phases that somebody who watched from `begin` to `end` has seen the whole of, and for long enough that silence means
        something. A phase before the first mark or after the last counts only as far as it was watched; for who watched `screens`, only
        as far as the app was on them."""
        seconds: dict[str, float] = {}
        missed: set[str] = set()
        first, last = (self._times[0], self._times[-1]) if self._times else (begin, end)
        for number, stretch in enumerate(self.stretches()):
            if self._idle(number):
                continue
            # Nobody can watch for ever: before the first mark nothing ran, after the last the session goes on while it is watched.
            start, stop = max(stretch.begin, min(begin, first)), min(stretch.end, max(end, last))
            if stop <= start:
                continue
            for phase in stretch.phases:
                if screens and not stretch.shows(phase):
                    continue
                if start < begin or stop > end:
                    missed.add(phase)
                seconds[phase] = seconds.get(phase, 0.0) + max(0.0, min(stop, end) - max(start, begin)) / 1000
        return tuple(phase for phase, time in seconds.items() if phase not in missed and _long_enough(phase, time, walked=walked))

    def _idle(self, number: int) -> bool:
        """Whether in the stretch before this mark nothing can have run: an app that was just installed waits for its first launch."""
        return number < len(self._marks) and self._marks[number].name == "launch" and self._states[number].use is None

    def _errors_for(self, part: int) -> list[float] | None:
        """For each mark, how far an event of the part may be off against it; none when the clocks were never compared."""
        if part not in self._errors:
            errors = [self._error(mark, part) for mark in self._marks]
            self._errors[part] = None if inf in errors else errors
        return self._errors[part]

    def _error(self, mark: Mark, part: int) -> float:
        clocks = 0.0 if mark.part == part else _clock_error(self._session.parts, part) + _clock_error(self._session.parts, mark.part)
        return max(_TICK, mark.error_ms + clocks)


def _note_denial(denied: set[str], mark: Mark) -> None:
    """What is refused once the mark has happened: until it is granted, or everything is agreed to, or begins anew."""
    match mark.name:
        case "install" | "accepted":
            denied.clear()
        case "permission_denied" | "item_denied":
            denied.add(mark.data or "")
        case "permission_granted":
            denied.discard(mark.data or "")


def _clock_error(parts: Sequence[Part], part: int) -> float:
    error = parts[part].clock.error_ms if 0 <= part < len(parts) else None
    return inf if error is None else error


def _long_enough(phase: str, seconds: float, *, walked: bool) -> bool:
    asked = _asked().get(phase)
    return asked is not None and seconds >= asked["seconds"] and (walked or not asked.get("walked", False))


@cache
def _asked() -> dict[str, dict[str, float | bool]]:
    phases: dict[str, dict[str, float | bool]] = catalog("runs")["phases"]
    return phases
