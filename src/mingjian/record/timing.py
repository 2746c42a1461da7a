"""Two clocks: that of this machine, by which a recording is taken, and the device's, by which it is told."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from time import monotonic, sleep, time

from mingjian.model.run import Clock
from mingjian.record.device import Device

_TRIPS = 9
_TOLD = re.compile(r"(\d{9,11})(?:\.(\d{9}))?")
_ZONE = re.compile(r"([+-])(\d{2})(\d{2})")


def _steady() -> Callable[[], float]:
    # A clock that is set while a recording is taken must not move its events.
    begun = time() - monotonic()
    return lambda: begun + monotonic()


@dataclass(frozen=True, slots=True)
class Timing:
    """How time is told and passed: seconds since 1970 that never jump, and a pause of so many seconds."""

    now: Callable[[], float]
    wait: Callable[[float], None]

    @classmethod
    def real(cls) -> "Timing":
        """That of this machine."""
        return cls(_steady(), sleep)


@dataclass(frozen=True, slots=True)
class Apart:
    """This machine's clock minus the device's, in seconds: between `least` and `most`."""

    least: float
    most: float

    def joined(self, other: "Apart") -> "Apart":
        """What holds at both times and between them."""
        return Apart(min(self.least, other.least), max(self.most, other.most))

    def narrowed(self, other: "Apart") -> "Apart | None":
        """What both allow; none when they exclude each other."""
        both = Apart(max(self.least, other.least), min(self.most, other.most))
        return both if both.least <= both.most else None

    def clock(self) -> Clock:
        """The same as the clock of a part."""
        return Clock(offset_ms=round((self.least + self.most) * 500, 3), error_ms=round((self.most - self.least) * 500, 3))


def compare(device: Device, timing: Timing) -> Apart | None:
    """Asks the device for its time again and again: each answer was given between question and reply, so that all together leave little
    room. None when it does not tell the time."""
    found: list[Apart] = []
    for _ in range(_TRIPS):
        before = timing.now()
        told = _TOLD.match(device.text(["date", "+%s.%N"]))
        after = timing.now()
        if told is None:
            continue
        # A device without fractions of seconds names the second that has begun.
        earliest = int(told[1]) + (int(told[2]) / 1e9 if told[2] else 0.0)
        latest = earliest if told[2] else earliest + 1
        trip = Apart(before - latest, after - earliest)
        if found and (both := found[-1].narrowed(trip)) is not None:
            found[-1] = both
        else:
            # Answers that exclude each other: the device's clock was set in between.
            found.append(trip)
    return reduce(Apart.joined, found) if found else None


def zone_minutes(device: Device) -> int | None:
    """How many minutes the device's zone is ahead of UTC."""
    told = _ZONE.fullmatch(device.text(["date", "+%z"]))
    return None if told is None else (int(told[2]) * 60 + int(told[3])) * (-1 if told[1] == "-" else 1)
