"""Working days against the official announcements, and half-years in Shanghai."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mingjian.console.clock import PLACE
from mingjian.console.workdays import Calendar, announced_years, day_in_shanghai, end_of, shipped_calendar
from mingjian.model.periods import bounds, half_year, half_year_before

# Days of weekends that the notices of the State Council's office made workdays, and weekdays that they made days off.
MADE_WORKDAYS = [
    *("2018-02-11", "2018-02-24", "2018-04-08", "2018-04-28", "2018-09-29", "2018-09-30", "2018-12-29"),
    *("2021-02-07", "2021-02-20", "2021-04-25", "2021-05-08", "2021-09-18", "2021-09-26", "2021-10-09"),
    *("2024-02-04", "2024-02-18", "2024-04-07", "2024-04-28", "2024-05-11", "2024-09-14", "2024-09-29", "2024-10-12"),
    *("2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11"),
    *("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"),
]
MADE_FREE = [
    *("2018-02-15", "2018-12-31", "2021-02-17", "2021-10-07", "2024-02-16", "2024-04-05", "2024-10-07"),
    *("2025-01-28", "2025-02-04", "2025-05-05", "2025-10-08", "2026-01-02", "2026-02-16", "2026-02-23", "2026-05-05", "2026-10-07"),
]
USUAL = ["2024-02-09", "2025-02-05", "2025-10-09", "2026-02-13", "2026-02-24", "2026-10-08"]
WEEKENDS = ["2024-02-10", "2025-10-12", "2026-01-10", "2026-10-11"]
DAYS = st.dates(date(2010, 1, 1), date(2030, 12, 31))
CALENDAR = shipped_calendar()


@pytest.mark.parametrize("day", MADE_WORKDAYS)
def test_made_workdays_fall_on_weekends_and_count(day: str) -> None:
    told = date.fromisoformat(day)
    assert told.weekday() >= 5
    assert CALENDAR.is_workday(told)


@pytest.mark.parametrize("day", MADE_FREE)
def test_made_days_off_fall_in_the_week_and_do_not_count(day: str) -> None:
    told = date.fromisoformat(day)
    assert told.weekday() < 5
    assert not CALENDAR.is_workday(told)


@pytest.mark.parametrize(("day", "worked"), [*((day, True) for day in USUAL), *((day, False) for day in WEEKENDS)])
def test_usual_days(day: str, worked: bool) -> None:
    assert CALENDAR.is_workday(date.fromisoformat(day)) is worked


def test_no_more_make_up_workdays_of_2026_than_were_announced() -> None:
    days = (date(2026, 1, 1) + timedelta(days=offset) for offset in range(365))
    worked = [day.isoformat() for day in days if day.weekday() >= 5 and CALENDAR.is_workday(day)]
    assert worked == [day for day in MADE_WORKDAYS if day.startswith("2026")]


def test_days_after_the_last_announcement_are_not_known() -> None:
    """The library's last year with make-up workdays is 2026; the last week of it depends on the next announcement."""
    assert CALENDAR.known_through == date(2026, 12, 24)
    assert CALENDAR.knows(date(2026, 12, 24))
    assert not CALENDAR.knows(date(2026, 12, 25))
    assert not CALENDAR.knows(date(2027, 3, 1))


def test_an_announced_year_is_known_and_counts() -> None:
    # Invented days: only their effect is tested.
    later = Calendar(announced_years({2027: {"off": ["2027-02-11"], "work": ["2027-02-20"]}}))
    assert later.known_through == date(2027, 12, 24)
    assert not later.is_workday(date(2027, 2, 11))
    assert later.is_workday(date(2027, 2, 20))
    assert later.is_workday(date(2026, 2, 14))


def test_a_year_after_a_gap_stays_unknown() -> None:
    assert Calendar(announced_years({2028: {"off": [], "work": []}})).known_through == date(2026, 12, 24)


@pytest.mark.parametrize("rows", [{"off": ["2028-01-01"], "work": []}, {"off": ["2027-02-20"], "work": ["2027-02-20"]}])
def test_announcements_that_contradict_themselves_are_refused(rows: dict[str, list[str]]) -> None:
    with pytest.raises(ValueError, match="contradict"):
        announced_years({2027: rows})


@pytest.mark.parametrize(
    ("served", "count", "ends"),
    [
        # Friday to Friday; the day of service never counts.
        ("2026-03-06", 5, "2026-03-13"),
        # Served in the National Day week: Thursday 8 October counts first, and Saturday 10 October is worked.
        ("2026-10-03", 1, "2026-10-08"),
        ("2026-10-03", 4, "2026-10-12"),
        # Before Spring Festival: Saturday 14 February is worked, then nothing to Tuesday 24.
        ("2026-02-13", 1, "2026-02-14"),
        ("2026-02-13", 2, "2026-02-24"),
        # Fifteen working days over the same holiday: 14, 24 to 28 February (a Saturday that is worked), nine in March.
        ("2026-02-13", 15, "2026-03-12"),
        # A leap year: 29 February 2024 was a Thursday.
        ("2024-02-28", 1, "2024-02-29"),
        ("2024-02-29", 1, "2024-03-01"),
    ],
)
def test_counted_by_hand(served: str, count: int, ends: str) -> None:
    assert CALENDAR.after(date.fromisoformat(served), count) == date.fromisoformat(ends)


@pytest.mark.parametrize("count", [0, -1])
def test_fewer_than_one_day_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="at least one"):
        CALENDAR.after(date(2026, 3, 2), count)


@pytest.mark.parametrize("day", [date(2007, 12, 31), date(2101, 1, 1)])
def test_years_without_a_calendar_are_refused(day: date) -> None:
    with pytest.raises(ValueError, match="no calendar"):
        CALENDAR.is_workday(day)


@given(DAYS, st.integers(1, 60))
@settings(max_examples=100, deadline=None)
def test_after_and_before_undo_each_other(day: date, count: int) -> None:
    ends = CALENDAR.after(day, count)
    assert CALENDAR.is_workday(ends)
    assert CALENDAR.between(day, ends) == count
    assert CALENDAR.after(CALENDAR.before(ends, count), count) == ends


@given(DAYS, DAYS, st.integers(1, 30))
@settings(max_examples=50, deadline=None)
def test_later_service_never_ends_earlier(one: date, other: date, count: int) -> None:
    first, second = sorted((one, other))
    assert CALENDAR.after(first, count) <= CALENDAR.after(second, count)


def test_the_day_of_a_moment_is_its_day_in_shanghai() -> None:
    assert day_in_shanghai(datetime(2026, 3, 2, 15, 59, 59, tzinfo=UTC)) == date(2026, 3, 2)
    assert day_in_shanghai(datetime(2026, 3, 2, 16, 0, tzinfo=UTC)) == date(2026, 3, 3)
    assert end_of(date(2028, 2, 28)) == datetime(2028, 2, 28, 16, 0, tzinfo=UTC)
    with pytest.raises(ValueError, match="zone"):
        day_in_shanghai(datetime(2026, 3, 2))


@pytest.mark.parametrize(
    ("moment", "period"),
    [
        (datetime(2025, 12, 31, 15, 59, 59, tzinfo=UTC), "2025H2"),
        (datetime(2025, 12, 31, 16, 0, tzinfo=UTC), "2026H1"),
        (datetime(2026, 6, 30, 23, 59, 59, 999999, tzinfo=PLACE), "2026H1"),
        (datetime(2026, 7, 1, tzinfo=PLACE), "2026H2"),
        (datetime(2026, 6, 30, 12, 0, tzinfo=timezone(timedelta(hours=-10))), "2026H2"),
    ],
)
def test_half_years(moment: datetime, period: str) -> None:
    assert half_year(moment) == period


@given(st.datetimes(datetime(2000, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC)))
@settings(max_examples=100, deadline=None)
def test_every_moment_lies_within_its_half_year(moment: datetime) -> None:
    period = half_year(moment)
    first, beyond = bounds(period)
    assert first <= moment < beyond
    assert bounds(half_year_before(period))[1] == first
    assert half_year(first) == period != half_year(beyond)


@pytest.mark.parametrize("name", ["", "2026", "2026H3", "2026h1", "0000H1", "9999H2", "２０２６H1", "2026H1\n"])
def test_what_names_no_half_year_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no half-year"):
        bounds(name)


def test_a_moment_without_a_zone_has_no_half_year() -> None:
    with pytest.raises(ValueError, match="zone"):
        half_year(datetime(2026, 3, 2))
