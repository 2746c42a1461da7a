"""What happened while a plan was played: marks, screens, and what could not be seen, by the clock of this machine."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from mingjian.model.run import AnyEvent, Clock, Mark, MarkName, Span, Ui
from mingjian.model.texts import in_both
from mingjian.model.types import Text
from mingjian.record.screen import Screen
from mingjian.record.timing import Timing

By = Literal["ui", "script"]

_STANDS = 20.0
"""Seconds after which a screen that did not change is taken down once more, so that it is known to have stood there."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A time of which only the beginning and the end are known, in seconds."""

    begin: float
    end: float

    @property
    def error_ms(self) -> float:
        """How far the true moment may lie from the beginning."""
        return round((self.end - self.begin) * 1000, 3)


@dataclass
class Journal:
    """The events of one recording as they come. Times are seconds of `timing`."""

    timing: Timing
    density: float | None = None
    notes: list[Text] = field(default_factory=list)
    _events: list[AnyEvent] = field(default_factory=list)
    _last: tuple[object, ...] | None = None
    _last_at: float = 0.0

    def mark(self, name: MarkName, when: Moment | None = None, by: By = "script", data: str | None = None, note: str = "") -> None:
        """A moment that decides phases; now, where none is given."""
        now = self.timing.now()
        when = when or Moment(now, now)
        # What is shown after a mark is told, be it what was shown before.
        self._last = None
        self._events.append(Mark(seq=0, ts=when.begin * 1000, name=name, by=by, error_ms=when.error_ms, data=data, note=note))

    def screen(self, screen: Screen, when: Moment, taps: int | None, by: str) -> None:
        """A screen, unless it was taken down a moment ago. What its tree does not show is told as lost."""
        alike = (screen.nodes, screen.package, screen.activity)
        if alike == self._last and when.begin - self._last_at < _STANDS:
            return
        self._last, self._last_at = alike, when.begin
        if screen.fault is not None or screen.opaque:
            self.lost("ui", screen.fault or "opaque", screen.activity or "", Moment(when.begin, when.begin))
        if screen.nodes:
            self._events.append(
                Ui(
                    seq=0,
                    ts=when.begin * 1000,
                    nodes=screen.nodes,
                    activity=screen.activity,
                    package=screen.package,
                    taps=taps,
                    by=by,
                    shot=screen.shot,
                    density=self.density,
                    shades=screen.shades,
                    opaque=screen.opaque,
                )
            )

    def lost(self, channel: Literal["api", "network", "ui"], what: str, detail: str = "", when: Moment | None = None) -> None:
        """Something that could not be seen, at a time or from begin to end."""
        self._span(channel, "lost", what, detail, when)

    def walked(self, when: Moment, detail: str) -> None:
        """Every screen that can be reached was visited."""
        self._span("ui", "walked", "", detail, when)

    def note(self, key: str, **values: object) -> None:
        """Something an inspector should know, told with the end of the recording."""
        words = in_both(key, **values)
        if words not in self.notes:
            self.notes.append(words)

    def events(self, clock: Clock) -> Iterator[AnyEvent]:
        """All events by the device's clock."""
        for event in self._events:
            moved = {"ts": _moved(event.ts, clock)}
            if isinstance(event, Span):
                moved |= {"begin": _moved(event.begin, clock), "end": _moved(event.end, clock)}
            yield msgspec.structs.replace(event, **moved)

    def _span(
        self, channel: Literal["api", "network", "ui"], status: Literal["walked", "lost"], what: str, detail: str, when: Moment | None
    ) -> None:
        begin, end = (None, None) if when is None else (when.begin * 1000, when.end * 1000)
        self._events.append(Span(seq=0, ts=begin, channel=channel, status=status, what=what, detail=detail[:200], begin=begin, end=end))


def _moved(ts: float | None, clock: Clock) -> float | None:
    return None if ts is None else round(ts - clock.offset_ms, 3)
