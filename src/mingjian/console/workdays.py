"""Working days of the mainland: weekends, public holidays and make-up workdays, as they are announced each autumn for the year to come."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from types import MappingProxyType
from typing import Any

import holidays

from mingjian.console.clock import PLACE
from mingjian.model.shipped import read_yaml, rules_folder

FIRST_YEAR = 2008
"""Before the holiday rules of 2008 nobody has to count here, and the library's own checks are thin."""

LAST_YEAR = 2100
"""No deadline lies later; it also bounds every search for a working day."""

_LAST_SETTLED_DAY = (12, 24)
"""Around New Year the next year's announcement moves days of December: 29 December 2018 became a workday, 31 December 2018 a day off."""


@dataclass(frozen=True, slots=True)
class YearCalendar:
    """What was announced for one year: weekdays that are off, and days of weekends that are worked."""

    off: frozenset[date]
    work: frozenset[date]


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days that count. `announced` adds years that the library does not carry yet, and wins over it."""

    announced: Mapping[int, YearCalendar] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def known_through(self) -> date:
        """The last day about which every announcement is known; what ends later is provisional."""
        year = _last_announced_in_library()
        while year + 1 in self.announced:
            year += 1
        return date(year, *_LAST_SETTLED_DAY)

    def knows(self, day: date) -> bool:
        """Whether it is known for sure if `day` is worked."""
        return date(FIRST_YEAR, 1, 1) <= day <= self.known_through

    def is_workday(self, day: date) -> bool:
        """Whether `day` is worked; past `known_through` weekends and statutory holidays are all that can be told."""
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValueError(f"no calendar for {day.year}")
        year = self.announced.get(day.year)
        if year is not None:
            return day in year.work or (day.weekday() < 5 and day not in year.off)
        return bool(_library().is_working_day(day))

    def after(self, day: date, count: int) -> date:
        """The `count`th working day after `day`, which itself never counts. Raises `ValueError` for fewer than one."""
        return self._step(day, count, 1)

    def before(self, day: date, count: int) -> date:
        """The `count`th working day before `day`."""
        return self._step(day, count, -1)

    def _step(self, day: date, count: int, step: int) -> date:
        if count < 1:
            raise ValueError("at least one working day")
        while count:
            day += timedelta(days=step)
            count -= self.is_workday(day)
        return day

    def between(self, first: date, last: date) -> int:
        """How many working days lie after `first` up to and with `last`; negative when `last` is the earlier."""
        if last < first:
            return -self.between(last, first)
        return sum(self.is_workday(first + timedelta(days=offset)) for offset in range(1, (last - first).days + 1))


def announced_years(rows: Mapping[int, Mapping[str, Iterable[Any]]]) -> Mapping[int, YearCalendar]:
    """Years as data tells them: `{2027: {off: [dates], work: [dates]}}`. `ValueError` for a day of another year or in both lists."""
    years = {}
    for year, row in rows.items():
        off, work = frozenset(map(_day, row["off"])), frozenset(map(_day, row["work"]))
        if off & work or any(day.year != year for day in off | work):
            raise ValueError(f"the announced days of {year} contradict themselves")
        years[year] = YearCalendar(off, work)
    return MappingProxyType(years)


def _day(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    return date.fromisoformat(str(value))


@cache
def shipped_calendar() -> Calendar:
    """The library's years and those of `rules/enforcement/procedure.yml`."""
    rows = read_yaml(rules_folder() / "enforcement" / "procedure.yml")["announced_years"]
    return Calendar(announced_years(rows))


@cache
def _library() -> holidays.HolidayBase:
    return holidays.country_holidays("CN", years=range(FIRST_YEAR, LAST_YEAR + 1), expand=False)


@cache
def _last_announced_in_library() -> int:
    """No year since 2008 was announced without make-up workdays, so a year that the library shows none for is one it cannot know."""
    worked = {day.year for day in _library().weekend_workdays}
    year = FIRST_YEAR
    while year + 1 in worked:
        year += 1
    return year


def day_in_shanghai(moment: datetime) -> date:
    """The calendar day of an aware moment there. Raises `ValueError` for a moment without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    return moment.astimezone(PLACE).date()


def end_of(day: date) -> datetime:
    """The first moment after `day`: what arrives at 23:59 arrives on that day."""
    return datetime.combine(day + timedelta(days=1), time(), PLACE)
