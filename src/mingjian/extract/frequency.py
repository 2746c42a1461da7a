"""How often something was done: most in a second, most in a minute, and whether it comes at regular intervals."""

from array import array
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from mingjian.model.types import Tally

SECOND = 1000.0
MINUTE = 60 * SECOND

_MOST_TIMES = 1 << 20
_MOST_TIMES_IN_ALL = 1 << 23
_MOST_VALUES = 1 << 12
_MOST_VALUES_IN_ALL = 1 << 18
_LONGEST_HASH = 64

_FEWEST_GAPS = 3
_SPREAD = 0.15
_SHORTEST_PERIOD = SECOND
_AT_ONCE = _SHORTEST_PERIOD / 2


class Room:
    """How many times and values may still be kept by all readings together. `overfull` says that some times were not kept: what is
    counted in windows is then a lower bound."""

    def __init__(self) -> None:
        self.times = _MOST_TIMES_IN_ALL
        self.values = _MOST_VALUES_IN_ALL
        self.overfull = False


class Readings:
    """When one and the same thing was done, and which values came back, as one tool recorded it. Of values that differ each time, as places
    do, only the first thousands are told apart."""

    __slots__ = ("_room", "_same", "_times", "_values", "count")

    def __init__(self, room: Room) -> None:
        self.count = 0
        self._room = room
        self._times = array("d")
        self._values: set[str] | None = None
        self._same = 0

    def add(self, ts: float | None, value: str | None = None, count: int = 1) -> None:
        """Once more, at `ts` milliseconds if that is known, with a value that is told apart by its hash; or so many times, of which nobody
        knows when."""
        self.count += count
        if ts is not None:
            room, times = self._room, self._times
            if room.times > 0 and len(times) < _MOST_TIMES:
                times.append(ts)
                room.times -= 1
            else:
                room.overfull = True
        if value is not None:
            self._keep(value if len(value) <= _LONGEST_HASH else value[:_LONGEST_HASH])

    def tally(self) -> Tally:
        """The count, and what the times tell."""
        times = sorted(self._times)
        if not times:
            return Tally(self.count, same=self._told())
        # Records that are kept by the minute do not tell what happened within a second.
        by_minute = len(times) > 1 and all(each % MINUTE == 0 for each in times)
        return Tally(
            self.count,
            second=None if by_minute else busiest(times, SECOND),
            minute=busiest(times, MINUTE),
            period=regular(times),
            same=self._told(),
        )

    def _keep(self, value: str) -> None:
        if self._values is None:
            self._values = set()
        if value in self._values:
            self._same += 1
        elif len(self._values) < _MOST_VALUES and self._room.values > 0:
            self._values.add(value)
            self._room.values -= 1

    def _told(self) -> int | None:
        return None if self._values is None else self._same


def busiest(times: Sequence[float], window: float) -> int:
    """Most of the times, which ascend, that lie less than `window` apart."""
    most = first = 0
    for last, time in enumerate(times):
        while time - times[first] >= window:
            first += 1
        most = max(most, last - first + 1)
    return most


def regular(times: Sequence[float]) -> float | None:
    """The period in seconds of times in milliseconds, which ascend: the median of at least three gaps whose median absolute deviation is
    at most 15 % of it. Readings that follow each other at once, each time, are one; a period shorter than a second is none."""
    starts = [*times[:1], *(later for earlier, later in pairwise(times) if later - earlier >= _AT_ONCE)]
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    if len(gaps) < _FEWEST_GAPS:
        return None
    usual = median(gaps)
    if usual < _SHORTEST_PERIOD or median(abs(gap - usual) for gap in gaps) > _SPREAD * usual:
        return None
    return round(usual / SECOND, 3)


def busier(tallies: Sequence[Tally]) -> Tally:
    """One tally of several tools that recorded the same time: they saw the same calls, so that nothing may be counted twice."""
    return Tally(
        max(tally.count for tally in tallies),
        second=max((tally.second for tally in tallies if tally.second is not None), default=None),
        minute=max((tally.minute for tally in tallies if tally.minute is not None), default=None),
        period=min((tally.period for tally in tallies if tally.period is not None), default=None),
        same=max((tally.same for tally in tallies if tally.same is not None), default=None),
    )
