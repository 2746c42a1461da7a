"""Screens of a run -> what they show."""

from dataclasses import dataclass, field

from mingjian.extract.context import together, worded
from mingjian.extract.gather import Gathered
from mingjian.extract.recorded import Gained, Known, Source
from mingjian.extract.screen_coverage import Watched, coverage
from mingjian.extract.screen_reading import read_screen
from mingjian.extract.screen_sequence import Marked, Shown, Sight, shown
from mingjian.inputs.recording.track import Carried
from mingjian.model.run import AnyEvent, Span, Ui
from mingjian.model.types import Coverage, Evidence, Moment, Observation, Tally

name = "ui"

MOST_SIGHTS = 20_000
"""Screens that are kept of all files; what comes later is lost."""
MOST_WORDS = 50_000_000
"""Characters that are read on all screens together."""
MOST_SPANS = 10_000

_WORST = ("legible.small", "legible.pale")
_ASKING = ("prompt.policy", "tick", "consent.implied")
_IN_USE = frozenset(("foreground", "background"))
_TIERS = ("ui", "operator")
_LONGEST_HEADING = 200


@dataclass
class _Session:
    """What was read of all files of one session."""

    source: Source
    sights: list[Sight] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)


class Screens:
    """The collector of screens. Files of one session are read as one row of screens."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._sessions: list[_Session] = []
        self._now: _Session | None = None
        self._source: Source | None = None
        self._files = 0
        self._kept = 0
        self._words = 0
        self._overfull = False

    def begin(self, source: Source) -> None:
        """A new file follows."""
        self._files += 1
        self._source = source
        self._now = next((session for session in self._sessions if _same_session(session.source, source)), None)
        if self._now is None:
            self._now = _Session(source)
            self._sessions.append(self._now)
        elif source.own and not self._now.source.own:
            # The file that holds the marks, of which the others were lent the timeline.
            self._now.source = source

    def add(self, event: AnyEvent, carried: Carried | None) -> None:  # noqa: ARG002
        """One event; only screens and spans of this channel are looked at, and no screen travels with raw content."""
        source, session = self._source, self._now
        if source is None or session is None:
            raise AssertionError("begin comes before add")
        if isinstance(event, Ui):
            self._kept += 1
            self._words += sum(len(node.text) + len(node.desc) for node in event.nodes)
            if self._kept > MOST_SIGHTS or self._words > MOST_WORDS:
                self._overfull = True
                return
            session.sights.append(self._sight(event, source))
        elif isinstance(event, Span) and event.channel == "ui" and len(session.spans) < MOST_SPANS:
            session.spans.append(event)

    def _sight(self, ui: Ui, source: Source) -> Sight:
        package = self._known.package or (source.session.app.package if source.session.app is not None else "")
        part = source.part(ui)
        reading = read_screen(ui, package, self._known.switches)
        return Sight(
            order=(float("inf") if ui.ts is None else ui.ts, self._files, ui.seq),
            ts=ui.ts,
            phases=source.phases(ui),
            evidence=Evidence(source.artifact, source.locator(ui), reading.heading),
            reading=reading,
            taps=ui.taps if ui.taps is None or ui.taps >= 0 else None,
            by=ui.by[:_LONGEST_HEADING],
            counts=part is not None and part.tier in _TIERS,
            activity=(ui.activity or "")[:_LONGEST_HEADING],
        )

    def end(self) -> Gained:
        """Everything that the screens of all files show."""
        gathered = Gathered()
        gained = Gained()
        for session in self._sessions:
            session.sights.sort(key=lambda sight: sight.order)
            _gather(list(shown(session.sights, _marks(session.source))), gathered)
            gained.moments.extend(_moments(session))
            if session.sights or session.spans:
                watched = Watched(session.source.timeline, session.source.artifact, session.sights, session.spans)
                gained.coverage.extend(coverage(watched, name))
        gained.observations = gathered.observations()
        if self._overfull or gathered.overfull:
            gained.coverage = [_incomplete(row) for row in gained.coverage]
        return gained


def _same_session(one: Source, other: Source) -> bool:
    """Whether two files tell of one session: a file without marks is lent the timeline of another."""
    marks, others = one.timeline.marks, other.timeline.marks
    return one is other or (bool(marks) and [(mark.ts, mark.seq) for mark in marks] == [(mark.ts, mark.seq) for mark in others])


def _marks(source: Source) -> list[Marked]:
    """The marks of the session in order of time, where they stand."""
    found = source.timeline.marks[:MOST_SPANS]
    return [Marked(mark, source.phases(mark), Evidence(source.artifact, source.locator(mark), mark.name)) for mark in found]


def _gather(found: list[Shown], gathered: Gathered) -> None:
    """Of what has a measure, only the worst place of each phase is stated."""
    worst: dict[tuple[str, str], int] = {}
    for each in found:
        if each.said.action in _WORST:
            for phase in each.phases:
                at = (each.said.action, phase)
                worst[at] = min(worst.get(at, each.said.count or 0), each.said.count or 0)
    for each in found:
        said = each.said
        for phase in _asked_in(each):
            if said.action in _WORST and worst[said.action, phase] != said.count:
                continue
            statement = Observation(
                "shown",
                "ui",
                said.action,
                data=said.data,
                actor="app",
                purpose=said.purpose,
                phase=phase,
                certain=said.certain,
                tally=None if said.count is None else Tally(said.count),
                extractor=name,
            )
            for index, evidence in enumerate(each.evidence):
                last = index == len(each.evidence) - 1
                gathered.add(
                    statement, Evidence(evidence.artifact, evidence.locator, said.excerpt or evidence.excerpt) if last else evidence
                )


def _asked_in(shown: Shown) -> tuple[str, ...]:
    """The phases of something shown. An app that went into use unasked did not ask at its first start, whatever a later page asks."""
    if shown.said.action in _ASKING and _IN_USE.intersection(shown.phases):
        return tuple(phase for phase in shown.phases if phase != "before_consent")
    return shown.phases


def _moments(session: _Session) -> list[Moment]:
    """Each screen once for each time that it came up."""
    moments: list[Moment] = []
    before: bytes | None = None
    for sight in session.sights:
        if sight.reading.signature != before:
            heading = sight.reading.heading[:_LONGEST_HEADING]
            moments.append(Moment(sight.ts, "screen", heading, sight.phases[0], sight.evidence.artifact, sight.evidence.locator))
        before = sight.reading.signature
    return moments


def _incomplete(row: Coverage) -> Coverage:
    reason = worded("too_many")
    return Coverage(
        row.channel,
        row.extractor,
        "partial" if row.status == "complete" else row.status,
        row.phases,
        row.artifact,
        together(row.reason, reason) if row.reason is not None else reason,
        row.count,
    )
