"""Half-years, by which statistics and reports are counted. The day of a moment is always its day in Shanghai."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

PLACE = ZoneInfo("Asia/Shanghai")
"""Where the days of law begin and end."""
_NAME = re.compile(r"(\d{4})H([12])", re.ASCII)


def half_year(moment: datetime) -> str:
    """The half-year that an aware `moment` falls in, such as `2026H1`. Raises `ValueError` for a moment without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    there = moment.astimezone(PLACE)
    return f"{there.year:04}H{1 if there.month <= 6 else 2}"


def bounds(period: str) -> tuple[datetime, datetime]:
    """The first moment of a half-year and the first moment after it. Raises `ValueError` for what names none."""
    found = _NAME.fullmatch(period)
    if not found or not 1 <= int(found[1]) < 9999:
        raise ValueError(f"no half-year: {period[:20]!r}")
    year = int(found[1])
    middle = datetime(year, 7, 1, tzinfo=PLACE)
    if found[2] == "1":
        return datetime(year, 1, 1, tzinfo=PLACE), middle
    return middle, datetime(year + 1, 1, 1, tzinfo=PLACE)


def half_year_before(period: str) -> str:
    """The half-year before, which a report compares with. Raises `ValueError` as `bounds` does, and for the first of all."""
    bounds(period)
    year, half = int(period[:4]), period[-1]
    before = f"{year:04}H1" if half == "2" else f"{year - 1:04}H2"
    bounds(before)
    return before
