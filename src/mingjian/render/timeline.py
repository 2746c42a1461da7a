"""The recorded runs as a reader follows them: what happened when, in which phase, and how often each act was repeated."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from mingjian.model.line import LineError, parse
from mingjian.model.terms import named
from mingjian.model.texts import say
from mingjian.model.types import Moment, Observation, Report

LANES = ("mark", "act", "request", "screen", "lost")
"""The kinds of moments, from the top of the strip to its foot."""

_PAUSE = 2 * 3600 * 1000
"""Milliseconds without anything after which another run begins."""


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of one phase; `left` and `width` in percent of the strip."""

    phase: str
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class Point:
    """One moment on the strip: `left` in percent, `after` the time since the run began, as a person reads it. An act is given as the
    observation that its line states."""

    moment: Moment
    left: float
    after: str
    act: Observation | None


@dataclass(frozen=True, slots=True)
class Strip:
    """One run: when it began (UTC), its bands and its points in order of time."""

    began: str
    bands: tuple[Band, ...]
    points: tuple[Point, ...]


def strips(report: Report) -> list[Strip]:
    """One strip for each run; moments without a time stand on one of their own, without bands."""
    timed = [moment for moment in report.timeline if moment.ts is not None]
    groups: list[list[Moment]] = []
    for moment in timed:
        if not groups or (moment.ts or 0) - (groups[-1][-1].ts or 0) > _PAUSE:
            groups.append([])
        groups[-1].append(moment)
    found = [_strip(group) for group in groups]
    timeless = [moment for moment in report.timeline if moment.ts is None]
    if timeless:
        found.append(Strip("", (), tuple(Point(moment, 0.0, "", _act(moment)) for moment in timeless)))
    return found


def frequencies(report: Report) -> list[Observation]:
    """The recorded acts with how often each was done, the most frequent first."""
    counted = [item for item in report.observations if item.mode == "observed" and item.tally is not None]
    return sorted(counted, key=lambda item: (-(item.tally.count if item.tally else 0), item.action, item.data or "", item.actor or ""))


def mark_in_words(name: str, lang: str) -> str:
    """A mark in words; what it is about, a permission or an item, stands behind it."""
    word, _, about = name.partition(" ")
    return say(f"mark.{word}", lang) + (f" {named('data', about, lang)}" if about else "")


def _strip(moments: Sequence[Moment]) -> Strip:
    first, last = moments[0].ts or 0.0, moments[-1].ts or 0.0
    length = max(last - first, 1.0)

    def percent(ts: float) -> float:
        return round(100 * (ts - first) / length, 2)

    marks = [moment for moment in moments if moment.what == "mark"]
    ends = [*((mark.ts or 0.0) for mark in marks[1:]), last]
    bands = [
        Band(mark.phase, percent(mark.ts or 0.0), round(percent(end) - percent(mark.ts or 0.0), 2))
        for mark, end in zip(marks, ends, strict=True)
        if end > (mark.ts or 0.0)
    ]
    points = tuple(Point(moment, percent(moment.ts or 0.0), _after((moment.ts or 0.0) - first), _act(moment)) for moment in moments)
    return Strip(
        datetime.fromtimestamp(first / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if 0 <= first < 2e14 else "", tuple(bands), points
    )


def _after(milliseconds: float) -> str:
    minutes, rest = divmod(round(milliseconds), 60_000)
    return f"+{minutes // 60:02d}:{minutes % 60:02d}:{rest / 1000:06.3f}"


def _act(moment: Moment) -> Observation | None:
    if moment.what not in ("act", "request"):
        return None
    try:
        return parse(moment.name)
    except LineError:
        return None
