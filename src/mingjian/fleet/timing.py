"""How long a cluster waits for what."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """All in seconds. A node gives a sign every `heartbeat`; one that gave none for `stalled` is taken for dead. A fault of the house is
    tried again after `again`; a node without work, and a coordinator, look every `look`. A node that is told to stop lets what runs
    finish within `grace`. Who leads waits `patience` for a database that is away or a disk that is full; nodes wait as long as it takes."""

    heartbeat: float = 10
    stalled: float = 30
    again: int = 10
    look: float = 1
    grace: float = 60
    patience: float = 900


def beating(heartbeat: float, grace: float) -> Timing:
    """The times of a node with this heartbeat: three in a row that nobody heard make a silence."""
    return Timing(heartbeat=heartbeat, stalled=3 * heartbeat, grace=grace)
