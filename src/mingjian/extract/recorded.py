"""What the collectors of a run are given: one event after another, with the file it comes from."""

from dataclasses import dataclass, field
from typing import Protocol

from mingjian.extract.owner import Owners
from mingjian.extract.timeline import Phases, Timeline
from mingjian.inputs.recording.track import Carried
from mingjian.model.run import AnyEvent, Part, Session
from mingjian.model.types import UNKNOWN, Coverage, Moment, Observation


@dataclass(frozen=True, slots=True)
class Source:
    """One file of a recording. `timeline` is that of the session it belongs to, which may be told by another file; `own` says whether the
    file is a run of our format, whose events are found by their number; `called` are the members of the catalogue that the package's code
    calls, by id."""

    artifact: str
    session: Session
    timeline: Timeline
    own: bool
    called: frozenset[str] = frozenset()

    def locator(self, event: AnyEvent) -> str:
        """Where the event can be seen again."""
        return f"run:{event.seq}" if self.own or event.at is None else event.at

    def phases(self, event: AnyEvent) -> Phases:
        """The phases of the event. Where no mark tells, the stamp of the tool does, as far as it goes: after consent it leaves open whether
        the app was in front."""
        phases = self.timeline.phases(event.ts, event.part)
        return ("before_consent", *phases[1:]) if phases[0] == UNKNOWN and event.told == "before_consent" else phases

    def part(self, event: AnyEvent) -> Part | None:
        """The tool that recorded the event, none where the file names no such part."""
        return self.session.parts[event.part] if 0 <= event.part < len(self.session.parts) else None

    def watched(self, part: int, first: float, last: float) -> tuple[float, float]:
        """From when to when a part watched: as it says itself, or as the session does where that came of one file, else from its `first`
        to its `last` event. A session that was put together does not tell when each tool was there."""
        own, session = self.session.parts[part], self.session
        alone = not own.apart and len({each.sha256 for each in session.parts if not each.apart}) == 1
        started = own.started if own.started is not None else session.started if alone else None
        ended = own.ended if own.ended is not None else session.ended if alone else None
        return first if started is None else started, last if ended is None else ended


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the app before its run is read: whose code is whose, its package, the digests of its files, the hosts that
    are its operator's, which members of the catalogue its code calls, by id, and what its policy calls the switches that end targeting."""

    owners: Owners
    package: str
    digests: frozenset[str] = frozenset()
    operator_hosts: tuple[str, ...] = ()
    called: frozenset[str] = frozenset()
    switches: frozenset[str] = frozenset()


@dataclass
class Gained:
    """What a collector gained. `moments` are the places for the timeline of the report, in no order."""

    observations: list[Observation] = field(default_factory=list)
    coverage: list[Coverage] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)


class Collector(Protocol):
    """Takes in the events of a recording, one pass, and says at the end what they add up to. Its memory does not grow with the
    number of events, only with that of different statements."""

    def begin(self, source: Source) -> None:
        """A new file follows; events until the next `begin` are from it."""
        ...

    def add(self, event: AnyEvent, carried: Carried | None) -> None:
        """One event; `carried` when it travels with raw content."""
        ...

    def end(self) -> Gained:
        """Everything that was gained from all files."""
        ...
