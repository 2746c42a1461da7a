"""A recording, read once for all: each event goes to the collector of its channel."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from mingjian.extract.calls import Calls
from mingjian.extract.context import Context, worded
from mingjian.extract.hooks import opens_connection
from mingjian.extract.known_values import KnownValues
from mingjian.extract.recorded import Collector, Gained, Known, Source
from mingjian.extract.screens import Screens
from mingjian.extract.timeline import Timeline
from mingjian.extract.traffic import Traffic
from mingjian.inputs.recording import Recorded, Recording
from mingjian.inputs.recording.track import Carried
from mingjian.model.run import AnyEvent, Api, File, Mark, Net, OsAccess, Session, Span, Tier, Ui
from mingjian.model.types import UNKNOWN, Channel, Coverage, Moment, Text

MOST_MOMENTS = 2000
"""How many moments of each kind a report shows."""

_CHANNEL: dict[type[AnyEvent], Channel] = {Api: "api", OsAccess: "api", File: "api", Net: "network", Ui: "ui"}
_CHANNEL_OF_TIER: dict[Tier, Channel] = {
    "hook": "api",
    "os_record": "api",
    "proxy": "network",
    "capture": "network",
    "ui": "ui",
    "operator": "ui",
}


@dataclass(slots=True)
class _Hearer:
    """A collector, and the fault of ours that it met; after that it hears nothing more."""

    collector: Collector
    fault: Exception | None = None

    def begin(self, source: Source) -> None:
        """A new file follows."""
        if self.fault is None:
            try:
                self.collector.begin(source)
            except Exception as error:  # noqa: BLE001  raised again by `RunFacts.of`, for the extractor whose channel it is
                self.fault = error

    def add(self, event: AnyEvent, carried: Carried | None) -> None:
        """One event of the file."""
        if self.fault is None:
            try:
                self.collector.add(event, carried)
            except Exception as error:  # noqa: BLE001  raised again by `RunFacts.of`, as in `begin`
                self.fault = error


class RunFacts:
    """What all files of one recording say, by channel. A fault of ours that one collector meets is kept and raised by `of`, so that
    it costs that channel alone."""

    def __init__(self, recording: Recording, known: Known) -> None:
        values = KnownValues()
        self._hearers: dict[Channel, _Hearer] = {
            "api": _Hearer(Calls(known, values)),
            "network": _Hearer(Traffic(known, values)),
            "ui": _Hearer(Screens(known)),
        }
        self._refused: list[Coverage] = []
        self._marks: list[Moment] = []
        self._gained: dict[Channel, Gained] = {}
        accepted: list[Recorded] = []
        for file in recording.files:
            why = _not_of(file.track.session, known)
            if why is None:
                accepted.append(file)
            else:
                self._refused += _refusal(file, why)
        # Calls come before traffic: a value must be known before it can be found in a request.
        for source, file in sorted(_sources(accepted, known.called), key=lambda pair: "hook" not in _tiers(pair[1].track.session)):
            self._read(source, file)

    def of(self, channel: Channel) -> Gained:
        """What was gained for one channel. Raises what its collector met."""
        hearer = self._hearers[channel]
        if hearer.fault is not None:
            raise hearer.fault
        if channel not in self._gained:
            gained = hearer.collector.end()
            gained.coverage += [row for row in self._refused if row.channel == channel]
            self._gained[channel] = gained
        return self._gained[channel]

    def moments(self) -> tuple[Moment, ...]:
        """The timeline of the report, in order of time; what has no time stands last."""
        found = [*self._marks, *(moment for gained in self._gained.values() for moment in gained.moments)]
        found.sort(key=lambda moment: (moment.ts is None, moment.ts or 0.0, moment.what, moment.artifact, moment.locator))
        kinds = {moment.what for moment in found}
        shown = {id(moment) for kind in kinds for moment in islice((each for each in found if each.what == kind), MOST_MOMENTS)}
        return tuple(moment for moment in found if id(moment) in shown)

    def _read(self, source: Source, file: Recorded) -> None:
        for hearer in self._hearers.values():
            hearer.begin(source)
        hears = {kind: self._hearers[channel].add for kind, channel in _CHANNEL.items()}
        for item in file.track.events():
            event, carried = (item.event, item) if isinstance(item, Carried) else (item, None)
            hear = hears.get(type(event))
            if hear is not None:
                hear(event, carried)
                if isinstance(event, Api) and opens_connection(event.hook):
                    self._hearers["network"].add(event, carried)
            elif isinstance(event, Span):
                for hearer in self._hearers.values():
                    hearer.add(event, carried)
            elif isinstance(event, Mark) and not event.void and len(self._marks) < MOST_MOMENTS:
                self._marks.append(_moment(event, source))


def run_facts(recording: Recording, context: Context) -> RunFacts:
    """What the recording says, read when it is first asked for. The context names the app it must be of."""
    if context.run is None:
        assert context.known is not None
        context.run = RunFacts(recording, context.known)
    return context.run


def _sources(files: Sequence[Recorded], called: frozenset[str]) -> Iterator[tuple[Source, Recorded]]:
    """Every file with the timeline of its session: its own marks, or those of the one session that it was recorded beside."""
    own = {index: Timeline.of(file.track.session, file.track.marks()) for index, file in enumerate(files)}
    sessions = [(files[index].track.session, line) for index, line in own.items() if line.marks]
    for index, file in enumerate(files):
        session, line = file.track.session, own[index]
        if not line.marks and session.parts and (beside := _beside(file, sessions)) is not None:
            line = beside
        yield Source(file.artifact.sha256, session, line, file.format == "run", called), file


def _beside(file: Recorded, sessions: Sequence[tuple[Session, Timeline]]) -> Timeline | None:
    """The timeline of the session that lists the file, else of that during which it was recorded; none where no session or several fit."""
    part = file.track.session.parts[0]
    listing = [line for session, line in sessions if any(each.sha256 == file.artifact.sha256 for each in session.parts)]
    if listing:
        return listing[0].lent(part) if len(listing) == 1 else None
    first = next((ts for ts in map(_time, file.track.events()) if ts is not None), None)
    if first is None:
        return None
    fitting = [lent for lent in (line.lent(part) for _, line in sessions) if lent.holds(first)]
    return fitting[0] if len(fitting) == 1 else None


def _time(item: AnyEvent | Carried) -> float | None:
    return item.event.ts if isinstance(item, Carried) else item.ts


def _tiers(session: Session) -> set[str]:
    return {part.tier for part in session.parts}


def _not_of(session: Session, known: Known) -> Text | None:
    """Why a recording cannot speak of the app that is inspected; none when it may."""
    app = session.app
    if app is None:
        return None
    if known.package and app.package != known.package:
        return worded("run_other_package", package=app.package, inspected=known.package)
    if app.sha256 and known.digests and app.sha256 not in known.digests:
        return worded("run_other_build", digest=app.sha256[:16])
    return None


def _refusal(file: Recorded, why: Text) -> Iterator[Coverage]:
    channels = {_CHANNEL_OF_TIER[part.tier]: None for part in file.track.session.parts} or {"api": None}
    for channel in channels:
        yield Coverage(channel, _EXTRACTOR[channel], "failed", artifact=file.artifact.sha256, reason=why)


_EXTRACTOR: dict[Channel, str] = {"api": "runtime", "network": "network", "ui": "ui"}


def _moment(mark: Mark, source: Source) -> Moment:
    name = f"{mark.name} {mark.data}" if mark.data else mark.name
    phase = source.timeline.following(mark)[0] if mark.ts is not None else UNKNOWN
    return Moment(mark.ts, "mark", name, phase, source.artifact, source.locator(mark))
