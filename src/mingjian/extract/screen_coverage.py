"""In which phases the screens were watched so that their silence means something."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from mingjian.extract.context import together, worded
from mingjian.extract.screen_sequence import Sight
from mingjian.extract.timeline import Stretch, Timeline
from mingjian.model.run import Span
from mingjian.model.types import UNKNOWN, Coverage, Text

_WALKED = ("foreground",)


@dataclass
class Watched:
    """The screens of one session, and what is known of how they were taken."""

    timeline: Timeline
    artifact: str
    sights: Sequence[Sight]
    spans: list[Span] = field(default_factory=list)


def coverage(session: Watched, extractor: str) -> Iterator[Coverage]:
    """A row for the phases that were watched throughout, and one for those that were not, with the reason."""
    sights = [sight for sight in session.sights if sight.counts and sight.ts is not None and sight.reading.kind != "other"]
    phases = dict.fromkeys(phase for sight in session.sights for phase in sight.phases)
    complete: list[str] = []
    partial: dict[str, Text] = {}
    whole = _whole(session, sights)
    for phase in phases:
        reasons = list(_reasons(phase, session, sights, whole))
        if reasons:
            partial[phase] = together(*reasons)
        else:
            complete.append(phase)
    count = len(session.sights)
    if complete:
        yield Coverage("ui", extractor, "complete", tuple(complete), session.artifact, count=count)
    for reason in dict.fromkeys(partial.values()):
        which = tuple(phase for phase, why in partial.items() if why == reason)
        yield Coverage("ui", extractor, "partial", which, session.artifact, reason, count)
    lost = [span for span in session.spans if span.status == "lost"]
    if not phases and lost:
        yield Coverage("ui", extractor, "partial", (), session.artifact, worded("ui_lost", what=lost[0].what or "?"), count)


def _reasons(phase: str, session: Watched, sights: Sequence[Sight], whole: tuple[str, ...]) -> Iterator[Text]:
    """Why silence in a phase means nothing; nothing when it does."""
    if phase == UNKNOWN:
        yield worded("ui_no_phase")
        return
    opaque = sum(sight.reading.opaque for sight in session.sights if phase in sight.phases)
    if opaque:
        yield worded("ui_opaque", count=opaque)
    lost = [span for span in session.spans if span.status == "lost" and _touches(span, phase, session.timeline)]
    if lost:
        yield worded("ui_lost", what=lost[0].what or "?")
    if not _throughout(phase, session.timeline, sights):
        yield worded("ui_gaps")
    elif phase not in whole:
        walked = phase not in _WALKED or any(_touches(span, phase, session.timeline) for span in session.spans if span.status == "walked")
        yield worded("ui_short" if walked else "ui_not_walked")


def _whole(session: Watched, sights: Sequence[Sight]) -> tuple[str, ...]:
    """The phases that somebody watched from their beginning to their end, and long enough. Between a mark and the next screen nothing else
    was to be seen."""
    times = [sight.ts for sight in sights if sight.ts is not None]
    if not times:
        return ()
    marks = [mark.ts for mark in session.timeline.marks if mark.ts is not None]
    begin = max((ts for ts in marks if ts <= min(times)), default=min(times))
    end = min((ts for ts in marks if ts >= max(times)), default=max(times))
    walked = any(_touches(span, phase, session.timeline) for phase in _WALKED for span in session.spans if span.status == "walked")
    return session.timeline.watched(begin, end, walked=walked)


def _throughout(phase: str, timeline: Timeline, sights: Sequence[Sight]) -> bool:
    """Whether at least one screen was taken each time that the phase came about."""
    runs: list[Stretch] = []
    for stretch in timeline.stretches():
        if phase not in stretch.phases:
            continue
        if runs and runs[-1].end == stretch.begin:
            runs[-1] = Stretch(stretch.phases, runs[-1].begin, stretch.end)
        else:
            runs.append(stretch)
    seen = [sight.ts for sight in sights if sight.ts is not None and phase in sight.phases]
    return bool(runs) and all(any(run.begin <= ts <= run.end for ts in seen) for run in runs)


def _touches(span: Span, phase: str, timeline: Timeline) -> bool:
    """Whether the span shares some time with the phase; one without times may."""
    begin, end = span.begin if span.begin is not None else span.ts, span.end if span.end is not None else span.ts
    return any(
        phase in stretch.phases and (begin is None or begin < stretch.end) and (end is None or end > stretch.begin)
        for stretch in timeline.stretches()
    )
