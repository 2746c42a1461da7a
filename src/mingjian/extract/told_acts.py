"""Gathers what a recording says: each act of each phase once, with its first places and how often it was done."""

from dataclasses import dataclass, field, replace

from mingjian.extract.context import MOST_EVIDENCE
from mingjian.extract.frequency import Readings, Room, busier
from mingjian.extract.gather import MOST_STATEMENTS
from mingjian.extract.recorded import Source
from mingjian.model.line import format_line
from mingjian.model.run import AnyEvent
from mingjian.model.types import Evidence, Moment, Observation, Tally

_LONGEST = 4000


@dataclass(slots=True)
class Told:
    """One statement. `readings` are kept apart by file, part and kind of record, because two tools may have seen the same calls."""

    statement: Observation
    evidence: list[tuple[Evidence, float | None]] = field(default_factory=list)
    readings: dict[tuple[str, int, str], Readings] = field(default_factory=dict)
    sites: int = 0
    groups: int | None = None

    @property
    def shown(self) -> bool:
        """Whether it has as many places as one observation shows."""
        return len(self.evidence) >= MOST_EVIDENCE

    def show(self, source: Source, event: AnyEvent, excerpt: str) -> None:
        """One more place, as long as there is room for it."""
        if not self.shown:
            self.evidence.append((Evidence(source.artifact, source.locator(event)[:_LONGEST], excerpt[:_LONGEST]), event.ts))

    def observation(self) -> Observation:
        """The statement with its places and how often it was made."""
        tallies = [readings.tally() for readings in self.readings.values() if readings.count]
        tally = Tally(self.groups) if self.groups is not None else busier(tallies) if tallies else Tally(1)
        return replace(self.statement, tally=tally, evidence=tuple(each for each, _ in self.evidence), sites=self.sites)


class ToldActs:
    """Statements in the order in which they were first made. `overfull` says that some were left out, or times were."""

    def __init__(self) -> None:
        self._told: dict[Observation, Told] = {}
        self._room = Room()
        self._left_out = False

    @property
    def overfull(self) -> bool:
        return self._left_out or self._room.overfull

    def of(self, statement: Observation) -> Told | None:
        """Where a statement that carries no evidence is gathered; none when there are too many."""
        told = self._told.get(statement)
        if told is None:
            if len(self._told) >= MOST_STATEMENTS:
                self._left_out = True
                return None
            told = self._told[statement] = Told(statement)
        return told

    def readings(self, told: Told, source: Source, part: int, kind: str = "") -> Readings:
        """The readings of a statement by one tool, of one kind of record where it gives several of the same acts."""
        key = (source.artifact, part, kind)
        found = told.readings.get(key)
        if found is None:
            found = told.readings[key] = Readings(self._room)
        return found

    def observations(self) -> list[Observation]:
        """Each statement once."""
        return [told.observation() for told in self._told.values()]

    def moments(self) -> list[Moment]:
        """The places that the observations show, for the timeline of a report."""
        return [
            Moment(ts, "act", format_line(told.statement), told.statement.phase or "", evidence.artifact, evidence.locator)
            for told in self._told.values()
            for evidence, ts in told.evidence
        ]
