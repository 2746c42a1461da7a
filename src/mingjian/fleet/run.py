"""A run: one call of `fleet run` over one input."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from mingjian.fleet.limits import Limits

RunState = Literal["planning", "running", "stopped", "done", "cancelled"]
JobState = Literal["open", "done", "poison"]


@dataclass(frozen=True, slots=True)
class Run:
    """`begun_at` is the moment that every report of the run carries, and `period` its half-year in Shanghai. `packs` judge; `tool` and
    `catalogue` observe, and are part of every key. `lake` is the id of the lake that it fills, empty in a run that an older program
    began."""

    id: str
    input: str
    begun_at: datetime
    period: str
    packs: tuple[str, ...]
    tool: str
    catalogue: str
    limits: Limits = field(default_factory=Limits)
    state: RunState = "planning"
    lake: str = ""
