"""In which phases the screens were watched so that their silence means something."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import inf

from mingjian.extract.context import together, worded
from mingjian.extract.screen import screen_words
from mingjian.extract.screen_sequence import Sight
from mingjian.extract.timeline import Stretch, Timeline
from mingjian.model.losses import loss_in_words
from mingjian.model.run import Span
from mingjian.model.types import UNKNOWN, Coverage, Text

_WALKED = ("foreground",)
_BEFORE_ANY = ("install", "update", "launch", "foreground", "prompt_shown", "permission_asked")
"""Marks at which the app may have been started, and nothing was to be seen before."""
_TRANSIENT = ("not_idle", "no_root")


@dataclass
class Watched:
    """The screens of one session, and what is known of how they were taken."""

    timeline: Timeline
    artifact: str
    sights: Sequence[Sight]
    spans: list[Span] = field(default_factory=list)


def coverage(session: Watched, extractor: str) -> Iterator[Coverage]:
    """A row for the phases that were watched throughout, and one for those that were not, with the reason."""
    sights = [sight for sight in session.sights if sight.counts and sight.ts is not None]
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
        yield Coverage(
            "ui", extractor, "partial", (), session.artifact, worded("ui_lost", what=loss_in_words(lost[0].what or "lost")), count
        )


def _reasons(phase: str, session: Watched, sights: Sequence[Sight], whole: tuple[str, ...]) -> Iterator[Text]:
    """Why silence in a phase means nothing; nothing when it does."""
    if phase == UNKNOWN:
        yield worded("ui_no_phase")
        return
    here = [sight for sight in session.sights if phase in sight.phases]
    opaque = sum(sight.reading.opaque for sight in here if sight.reading.kind != "other")
    if opaque:
        yield worded("ui_opaque", count=opaque)
    lost = [span for span in session.spans if span.status == "lost" and _touches(span, phase, session.timeline)]
    # An opaque screen stands among the sights, and tells of itself.
    lost = [span for span in lost if span.what != "opaque" and not _made_up_for(span, here)]
    if lost:
        yield worded("ui_lost", what=loss_in_words(lost[0].what or "lost"))
    if not _throughout(phase, session.timeline, sights):
        yield worded("ui_gaps")
    elif phase not in whole:
        walked = phase not in _WALKED or _is_walked(phase, session)
        yield worded("ui_short" if walked else "ui_not_walked")


def _made_up_for(span: Span, sights: Sequence[Sight]) -> bool:
    """Whether a screen that could not be taken at one moment was taken soon after: what asks for an answer stays until it has one."""
    moment = span.begin if span.begin is not None else span.ts
    if span.what not in _TRANSIENT or moment is None or span.end != span.begin:
        return False
    return any(sight.ts is not None and moment <= sight.ts <= moment + screen_words("times", "gap") for sight in sights)


def _whole(session: Watched, sights: Sequence[Sight]) -> tuple[str, ...]:
    """The phases that somebody watched from their beginning to their end, and long enough. Before the app was started nothing was to be
    seen; from the last screen to the next mark, nothing else."""
    times = [sight.ts for sight in sights if sight.ts is not None]
    if not times:
        return ()
    begin, end = min(times), max(times)
    marks = [(mark.ts, mark.name) for mark in session.timeline.marks if mark.ts is not None]
    for ts, name in reversed([each for each in marks if each[0] <= min(times)]):
        begin = ts
        if name not in _BEFORE_ANY:
            break
    end = min((ts for ts, _ in marks if ts >= end), default=end)
    walked = any(_is_walked(phase, session) for phase in _WALKED)
    return session.timeline.watched(begin, end, walked=walked, screens=True)


def _throughout(phase: str, timeline: Timeline, sights: Sequence[Sight]) -> bool:
    """Whether screens were taken each time that the phase came about, of the app among them, and up to its end."""
    runs: list[Stretch] = []
    for stretch in timeline.stretches():
        if not stretch.shows(phase):
            continue
        if runs and runs[-1].end == stretch.begin:
            runs[-1] = Stretch(stretch.phases, runs[-1].begin, stretch.end)
        else:
            runs.append(stretch)
    here = [sight for sight in sights if phase in sight.phases]
    gap = screen_words("times", "gap")
    for run in runs:
        seen = [sight.ts for sight in here if sight.ts is not None and run.begin <= sight.ts <= run.end]
        if not seen or (run.end != inf and phase not in _WALKED and run.end - max(seen) > gap):
            return False
    return any(sight.reading.kind in ("app", "dialog") for sight in here)


def _is_walked(phase: str, session: Watched) -> bool:
    """Whether somebody set out in the phase to visit every screen. Of a walk that began in another one, part of the screens were seen
    there alone."""
    begins = [span.begin if span.begin is not None else span.ts for span in session.spans if span.status == "walked"]
    return any(
        begin is None or (phase in stretch.phases and stretch.begin <= begin < stretch.end)
        for begin in begins
        for stretch in session.timeline.stretches()
    )


def _touches(span: Span, phase: str, timeline: Timeline) -> bool:
    """Whether the span shares some time with the phase; one without times may."""
    begin, end = span.begin if span.begin is not None else span.ts, span.end if span.end is not None else span.ts
    return any(
        phase in stretch.phases and (begin is None or begin < stretch.end) and (end is None or end > stretch.begin)
        for stretch in timeline.stretches()
    )
