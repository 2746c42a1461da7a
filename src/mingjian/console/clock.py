"""The one clock of the console, so that a test can set it. Everything is stored in UTC and told in the time of the law's place."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime

from mingjian.model import periods

PLACE = periods.PLACE
"""Where the days of the law are counted."""
_set: ContextVar[datetime | None] = ContextVar("clock", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _set.get() or datetime.now(UTC)


def today() -> date:
    """The date in China, by which deadlines and half-years are counted."""
    return now().astimezone(PLACE).date()


@contextmanager
def stopped_at(moment: datetime) -> Iterator[None]:
    """The clock shows `moment` within the block."""
    token = _set.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _set.reset(token)
