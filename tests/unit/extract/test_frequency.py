"""How often: windows that slide, periods that hold, bounded memory."""

import pytest

from mingjian.extract import frequency
from mingjian.extract.frequency import Readings, Room, busier, busiest, regular
from mingjian.model.types import Tally


def at(*seconds: float) -> list[float]:
    return [each * 1000 for each in seconds]


@pytest.mark.parametrize(
    ("times", "second", "minute"),
    [
        (at(1), 1, 1),
        (at(1, 1), 2, 2),
        # Exactly a second apart is not within one.
        (at(1, 2, 3), 1, 3),
        (at(1, 1.999), 2, 2),
        # The window slides: it does not begin at whole seconds or minutes.
        (at(0.9, 1.0, 1.8, 59.8, 60.8), 3, 5),
        (at(0, 60), 1, 1),
    ],
)
def test_the_busiest_second_and_minute(times: list[float], second: int, minute: int) -> None:
    assert busiest(times, 1000.0) == second
    assert busiest(times, 60_000.0) == minute


@pytest.mark.parametrize(
    ("times", "period"),
    [
        (at(0, 30, 60, 90), 30.0),
        (at(0, 30, 60), None),
        (at(0, 29, 60, 91), 31.0),
        # Use that was interrupted once does not hide the beat.
        (at(0, 30, 60, 90, 600, 630, 660), 30.0),
        (at(0, 10, 60, 65, 200), None),
        # Twice each time, within a moment, is the same beat.
        (at(0, 0, 30, 30.01, 60, 60, 90, 90.2), 30.0),
        (at(0, 1, 2, 3), 1.0),
        (at(0, 0.9, 1.8, 2.7), None),
        (at(0, 0.1, 0.2, 0.3, 0.4), None),
        (at(5, 5, 5, 5), None),
        # Half the gaps 10, half 20: as far from one as from the other.
        (at(0, 10, 30, 40, 60), None),
        ([], None),
    ],
)
def test_regular_periods(times: list[float], period: float | None) -> None:
    assert regular(times) == period


def test_order_does_not_matter_and_missing_times_only_count() -> None:
    readings = Readings(Room())
    for ts in (90_000.5, None, 0.0, 60_000.5, 30_000.0, None):
        readings.add(ts)
    assert readings.tally() == Tally(6, second=1, minute=2, period=30.0)


def test_the_same_value_again() -> None:
    readings = Readings(Room())
    for value in ("a", "b", "a", None, "a"):
        readings.add(0.5, value)
    assert readings.tally().same == 2
    assert Readings(Room()).tally().same is None


def test_records_by_the_minute_say_nothing_of_seconds() -> None:
    readings = Readings(Room())
    readings.add(60_000.0)
    assert readings.tally().second == 1
    readings.add(60_000.0)
    assert (readings.tally().second, readings.tally().minute) == (None, 2)


def test_a_count_without_times() -> None:
    readings = Readings(Room())
    readings.add(None, count=7)
    assert readings.tally() == Tally(7)


def test_times_beyond_the_room_are_counted_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frequency, "_MOST_TIMES", 3)
    room = Room()
    readings = Readings(room)
    for number in range(3):
        readings.add(number * 10_000.0)
    assert not room.overfull
    readings.add(40_000.0)
    assert room.overfull
    assert readings.tally() == Tally(4, second=1, minute=3)


def test_values_beyond_the_room_are_not_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frequency, "_MOST_VALUES", 1)
    room = Room()
    readings = Readings(room)
    for value in ("a", "b", "b", "a"):
        readings.add(None, value)
    assert not room.overfull
    assert readings.tally() == Tally(4, same=1)


def test_what_two_tools_saw_is_not_added_up() -> None:
    assert busier([Tally(3, second=1, minute=3), Tally(5, period=30.0, same=2)]) == Tally(5, 1, 3, 30.0, 2)
