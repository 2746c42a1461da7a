"""The one clock of the fleet."""

from datetime import UTC, datetime


def now() -> datetime:
    """This moment, to the second, in UTC. Tests set it."""
    return datetime.now(UTC).replace(microsecond=0)
