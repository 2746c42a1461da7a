"""How long a cluster waits for what."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """All in seconds. A node gives a sign every `heartbeat`; one that gave none for `stalled` is taken for dead. A fault of the house is
    tried again after `again`; a node without work, and a coordinator, look every `look`. A node that is told to stop lets what runs
    finish within `grace`; staged reports wait `take` at most before the lake gets them."""

    heartbeat: float = 10
    stalled: float = 30
    again: float = 10
    look: float = 1
    grace: float = 60
    take: float = 300
