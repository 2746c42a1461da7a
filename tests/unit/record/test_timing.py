"""How far two clocks are apart: what is told must always hold, whatever answers the device gives."""

from typing import Any, cast

import pytest

from mingjian.record.device import Device
from mingjian.record.timing import Apart, Timing, compare, zone_minutes


class Phone:
    """A device whose clock is `skew` seconds ahead. Each answer takes `there` seconds to be given and `back` to arrive."""

    def __init__(self, skew: float, trips: list[tuple[float, float]], form: str = "{:.9f}") -> None:
        self.now = 1_772_000_000.0
        self.skew = skew
        self._trips = trips
        self._form = form
        self._asked = 0

    def text(self, _: object) -> str:
        there, back = self._trips[self._asked % len(self._trips)]
        self._asked += 1
        self.now += there
        told = self._form.format(int(self.now + self.skew) if "d" in self._form else self.now + self.skew)
        self.now += back
        return told


def apart(phone: Phone) -> Apart | None:
    return compare(cast(Device, cast(Any, phone)), Timing(lambda: phone.now, lambda _: None))


@pytest.mark.parametrize("skew", [0.0, 3.25, -7200.5])
@pytest.mark.parametrize("trips", [[(0.02, 0.02)], [(0.5, 0.001), (0.001, 0.5)], [(0.0, 1.5), (0.3, 0.0), (0.02, 0.05)]])
def test_the_truth_lies_between(skew: float, trips: list[tuple[float, float]]) -> None:
    found = apart(Phone(skew, trips))
    assert found is not None
    assert found.least - 1e-6 <= -skew <= found.most + 1e-6
    # No wider than the best way there and the best way back leave open.
    assert found.most - found.least <= min(there for there, _ in trips) + min(back for _, back in trips) + 1e-6


def test_a_device_that_tells_whole_seconds_leaves_more_open() -> None:
    found = apart(Phone(3.25, [(0.02, 0.02)], "{:d}"))
    assert found is not None
    assert found.least - 1e-6 <= -3.25 <= found.most + 1e-6
    assert found.clock().error_ms is not None
    assert found.clock().error_ms > 100


def test_a_clock_that_was_set_meanwhile_leaves_both_open() -> None:
    phone = Phone(0.0, [(0.01, 0.01)])
    real = phone.text

    def text(asked: object) -> str:
        if phone._asked == 4:
            phone.skew = 60.0
        return real(asked)

    phone.text = text  # type: ignore[method-assign]
    found = apart(phone)
    assert found is not None
    assert found.least <= -60.0
    assert found.most >= 0.0


@pytest.mark.parametrize("told", ["", "date: bad format", "Thu Jan  1 00:00:00 GMT 1970", "12.5"])
def test_a_device_that_tells_no_time_has_no_clock(told: str) -> None:
    phone = Phone(0.0, [(0.01, 0.01)])
    phone.text = lambda _: told  # type: ignore[method-assign]
    assert apart(phone) is None


def test_begin_and_end_together_hold_for_both() -> None:
    assert Apart(1.0, 1.5).joined(Apart(1.2, 1.8)) == Apart(1.0, 1.8)


@pytest.mark.parametrize(("told", "minutes"), [("+0800", 480), ("-0330", -210), ("+0000", 0), ("", None), ("CST", None)])
def test_zones(told: str, minutes: int | None) -> None:
    phone = Phone(0.0, [(0, 0)])
    phone.text = lambda _: told  # type: ignore[method-assign]
    assert zone_minutes(cast(Device, cast(Any, phone))) == minutes
