"""How completely the calls of an app were watched: which tool was there when, with which hooks, and what it lost."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import inf

from mingjian.extract.context import together, worded
from mingjian.extract.hooks import required_hooks
from mingjian.extract.recorded import Source
from mingjian.extract.timeline import Phases, Timeline
from mingjian.model.losses import loss_in_words
from mingjian.model.run import Hooks, Part, Span
from mingjian.model.types import UNKNOWN, Coverage, Moment, Status, Text

_TIERS = ("hook", "os_record")
_SHOWN = 3
_MOST_SPANS = 1000
_LONGEST = 200


@dataclass
class _Seen:
    """From when to when a part gave events, and how many tell of acts."""

    begin: float = inf
    end: float = -inf
    acts: int = 0


@dataclass(frozen=True, slots=True)
class _Loss:
    part: int
    begin: float
    end: float
    span: Span


@dataclass
class Watch:
    """What one file says about itself. Of losses beyond a number only the number is kept. `starts` are the times at which the system
    started the app while it was closed: no tool that sits in a process is in the new one by itself."""

    source: Source
    seen: dict[int, _Seen] = field(default_factory=dict)
    losses: list[_Loss] = field(default_factory=list)
    walked: list[tuple[float, float]] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    further_losses: int = 0

    def note(self, part: int, ts: float | None, *, act: bool) -> None:
        """An event of a part."""
        seen = self.seen.get(part)
        if seen is None:
            seen = self.seen[part] = _Seen()
        if act:
            seen.acts += 1
        if ts is not None and not seen.begin <= ts <= seen.end:
            seen.begin, seen.end = min(seen.begin, ts), max(seen.end, ts)

    def note_start(self, ts: float | None) -> None:
        """The system started the app while it was closed."""
        if ts is not None and len(self.starts) < _MOST_SPANS:
            self.starts.append(ts)

    def note_span(self, span: Span) -> None:
        """What a part says that it did not see, or that it saw everything."""
        begin, end = (-inf if span.begin is None else span.begin), (inf if span.end is None else span.end)
        if span.status == "walked":
            if span.channel != "network" and len(self.walked) < _MOST_SPANS:
                self.walked.append((begin, end))
        elif span.channel == "api":
            if len(self.losses) < _MOST_SPANS:
                self.losses.append(_Loss(span.part, begin, end, span))
            else:
                self.further_losses += 1


def coverage_of(watches: Sequence[Watch], extractor: str, *, overfull: bool) -> list[Coverage]:
    """The rows of the channel `api`: for each tool the phases that it saw completely, and those that it saw in part with the reasons.
    `overfull`: not everything that was recorded could be taken in, so that nothing is complete."""
    walked = [span for watch in watches for span in watch.walked]
    starts = [start for watch in watches for start in watch.starts]
    rows: list[Coverage] = []
    for watch in watches:
        for index, part in enumerate(watch.source.session.parts):
            if part.tier in _TIERS and not part.apart:
                rows += _of_part(_Watched(watch, index, part, extractor, starts), walked, overfull=overfull)
    return rows


def losses_of(watches: Sequence[Watch]) -> list[Moment]:
    """What was lost, for the timeline of a report."""
    return [
        Moment(
            loss.span.begin if loss.span.begin is not None else loss.span.ts,
            "lost",
            f"{loss.span.what or 'lost'}: {loss.span.detail}".removesuffix(": ")[:_LONGEST],
            watch.source.phases(loss.span)[0],
            watch.source.artifact,
            watch.source.locator(loss.span),
        )
        for watch in watches
        for loss in watch.losses
    ]


@dataclass(frozen=True, slots=True)
class _Watched:
    watch: Watch
    index: int
    part: Part
    extractor: str
    starts: Sequence[float]

    @property
    def seen(self) -> _Seen:
        return self.watch.seen.get(self.index, _Seen())

    def time(self) -> tuple[float, float] | None:
        """From when to when this part watched; none where nothing tells."""
        begin, end = self.watch.source.watched(self.index, self.seen.begin, self.seen.end)
        return (begin, end) if begin <= end and begin > -inf and end < inf else None

    def losses(self) -> list[_Loss]:
        """Its own losses, and those that no tool for calls says to be its own."""
        parts = self.watch.source.session.parts
        others = {index for index, part in enumerate(parts) if part.tier in _TIERS and index != self.index}
        return [loss for loss in self.watch.losses if loss.part not in others]

    def row(self, status: Status, phases: Phases, reasons: Iterable[Text]) -> Coverage:
        reason = together(*reasons) if status != "complete" else None
        return Coverage("api", self.extractor, status, phases, self.watch.source.artifact, reason, self.seen.acts)


def _of_part(watched: _Watched, walked: Sequence[tuple[float, float]], *, overfull: bool) -> list[Coverage]:
    timeline = watched.watch.source.timeline
    time = watched.time()
    present = _present(timeline, time, watched.index)
    reasons = _reasons(watched)
    if overfull:
        reasons.append(worded("too_many"))
    losses = watched.losses()
    if watched.watch.further_losses:
        reasons.append(worded("run_losses", count=len(watched.watch.losses) + watched.watch.further_losses))
    complete: Phases = ()
    if not reasons and time is not None:
        seen_screens = any(begin <= time[1] and end >= time[0] for begin, end in walked)
        gaps = [*((loss.begin, loss.end) for loss in losses), *((start, start) for start in watched.starts)]
        spoiled = {phase for gap in gaps for phase in _present(timeline, gap, watched.index)}
        whole = timeline.watched(*time, walked=seen_screens)
        complete = tuple(phase for phase in whole if phase in present and phase not in spoiled)
    rest = tuple(phase for phase in present if phase not in complete)
    rows = [watched.row("complete", complete, ())] if complete else []
    if rest or not complete:
        reasons += [worded("run_lost", what=loss_in_words(loss.span.what or "lost", loss.span.detail)) for loss in losses[:_SHOWN]]
        if watched.starts:
            reasons.append(worded("run_started", count=len(watched.starts)))
        rows.append(watched.row("partial", rest, reasons or [worded("run_too_short" if present else "run_no_phases")]))
    return rows


def _present(timeline: Timeline, time: tuple[float, float] | None, part: int) -> Phases:
    """The phases that a part, or a loss of it, fell into; none where its clock says nothing about them."""
    if time is None or not timeline.dates(part):
        return ()
    return tuple(
        dict.fromkeys(
            phase
            for stretch in timeline.stretches()
            if stretch.begin <= time[1] and stretch.end >= time[0]
            for phase in stretch.phases
            if phase != UNKNOWN
        )
    )


def _reasons(watched: _Watched) -> list[Text]:
    """Why nothing that this tool saw is complete; empty when it may be."""
    if watched.part.tier == "os_record":
        return [worded("run_system_records")]
    hooks = watched.part.hooks
    if hooks is None:
        return [worded("run_hooks_unknown", tool=watched.part.tool[:_LONGEST])]
    reasons = _missing(hooks, watched.watch.source.called)
    if not hooks.canary:
        reasons.append(worded("run_no_canary"))
    return reasons


def _missing(hooks: Hooks, called: frozenset[str]) -> list[Text]:
    accounted = {*hooks.placed, *(each.hook for each in hooks.missing if each.why == "absent")}
    required = required_hooks(called)
    missing = [id for id in required if id not in accounted]
    if not missing:
        return []
    named = ", ".join(required[id] for id in missing[:_SHOWN])
    return [worded("run_hooks_missing", count=len(missing), first=named)]
