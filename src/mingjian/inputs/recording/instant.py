"""Moments as tools write them. What does not say its zone is no moment: nobody knows when it was."""

import math
import re
from datetime import UTC, datetime, timedelta, timezone

_ISO = re.compile(
    r"\s*(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,64}))?)?\s?(?:([Zz])|([+-])(\d{2}):?(\d{2})?)\s*", re.ASCII
)
_FIRST_SECOND = 1e8
_LAST_SECOND = 1e11


def iso_instant(text: object) -> float | None:
    """Milliseconds since 1970 of an ISO 8601 moment with any number of fraction digits and any zone; none without a zone."""
    found = _ISO.fullmatch(text) if isinstance(text, str) and len(text) <= 120 else None
    if found is None:
        return None
    *moment, fraction, utc, sign, hours, minutes = found.groups()
    east = timedelta(0) if utc else timedelta(hours=int(hours), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
    year, month, day, hour, minute, second = (int(number or 0) for number in moment)
    try:
        begun = datetime(year, month, day, hour, minute, second, tzinfo=timezone(east) if east else UTC)
    except ValueError:
        return None
    since = begun - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1000.0 + float(f"0.{fraction or 0}") * 1000.0


def epoch_instant(number: object) -> float | None:
    """Milliseconds since 1970 of a number that counts seconds, milliseconds or microseconds: its size tells which, as each of the three
    would otherwise lie before 1973 or after 5000."""
    if isinstance(number, str):
        number = _number(number)
    if isinstance(number, bool) or not isinstance(number, (int, float)) or not math.isfinite(number):
        return None
    for factor in (1000.0, 1.0, 0.001):
        if _FIRST_SECOND <= number * factor / 1000.0 < _LAST_SECOND:
            return number * factor
    return None


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\s*\d{1,20}(?:\.\d{1,20})?\s*", text, re.ASCII) else None
