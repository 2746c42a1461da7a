"""The page of how the house's scans run: read from the journal and the lake's manifest, which nobody waits for."""

from dataclasses import dataclass
from datetime import timedelta
from shlex import quote
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from mingjian.console import clock
from mingjian.console.fleet.asking import WrongError
from mingjian.console.fleet.views import told
from mingjian.errors import MingjianError
from mingjian.fleet.journal import Progress
from mingjian.fleet.outcome import GOOD, Verdict
from mingjian.fleet.run import Run
from mingjian.fleet.watching import Crew, GivenUp, Watch, watched
from mingjian.lake.manifest import Manifest, load
from mingjian.model.printable import printable

ROWS = 50
_RUNS = 30
_LATELY = timedelta(minutes=10)
"""The time over which the rate is told."""
_FURTHEST = 18
"""Digits of a place."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Jobs an hour over the last minutes, and the time left at that rate; none where nothing ended lately."""

    hourly: int
    left: timedelta | None


@dataclass(frozen=True, slots=True)
class Seen:
    """One run as it stands."""

    run: Run
    progress: Progress
    verdicts: tuple[tuple[Verdict, int], ...]
    pace: Pace | None
    crew: Crew | None
    given_up: tuple[GivenUp, ...]
    after: int | None

    @property
    def total(self) -> int:
        return self.progress.open + self.progress.done + self.progress.poison

    @property
    def ended(self) -> int:
        return self.progress.done + self.progress.poison

    @property
    def good(self) -> tuple[Verdict, ...]:
        return GOOD


@dataclass(frozen=True, slots=True)
class Kept:
    """What the lake holds: bytes and files in all, and by half-year reports, listings and poison."""

    size: int
    files: int
    periods: tuple[tuple[str, int, int, int], ...]


@require_safe
def operation(request: HttpRequest) -> HttpResponse:
    """Runs and lake. Asked for by a page that waits, the part that changes."""
    context = {"set": settings.LAKE is not None, "quoted": quote(str(settings.LAKE)), **_seen(request), **_kept()}
    return render(request, "lake/_run.html" if request.htmx else "lake/operation.html", context)  # type: ignore[attr-defined]


@require_safe
def operation_json(request: HttpRequest) -> JsonResponse:
    """The same for a program."""
    context = _seen(request) | _kept()
    seen, kept = context.get("seen"), context.get("kept")
    answer: dict[str, Any] = {"runs": [_row(run) for run in context.get("runs", ())], "run": None, "lake": None}
    if seen:
        answer["run"] = _row(seen.run) | {
            "open": seen.progress.open,
            "done": seen.progress.done,
            "poison": seen.progress.poison,
            "known": seen.progress.known,
            "verdicts": dict(seen.verdicts),
            "hourly": seen.pace.hourly if seen.pace else None,
            "seconds_left": round(seen.pace.left.total_seconds()) if seen.pace and seen.pace.left is not None else None,
            "nodes": {"alive": seen.crew.alive, "silent": seen.crew.silent} if seen.crew else None,
            "given_up": [
                {
                    "place": each.place,
                    "location": each.location,
                    "tries": each.tries,
                    "verdict": each.verdict,
                    "reason": {"zh": each.reason.zh, "en": each.reason.en},
                }
                for each in seen.given_up
            ],
            "after": seen.after,
        }
    if kept:
        names = ("period", "reports", "listings", "poison")
        answer["lake"] = {"bytes": kept.size, "files": kept.files, "periods": [dict(zip(names, row, strict=True)) for row in kept.periods]}
    wrong = [why for why in (context.get("silent"), context.get("damaged")) if why]
    return JsonResponse(answer | {"why": wrong} if wrong else answer)


def _seen(request: HttpRequest) -> dict[str, Any]:
    """The runs, and the one that is asked for, else the newest; or why none can be seen."""
    if settings.LAKE is None:
        return {}
    try:
        with watched(settings.LAKE, settings.FLEET_DATABASE) as watch:
            runs = watch.runs()
            wanted = request.GET.get("run", "")
            run = next((each for each in runs if each.id == wanted), runs[0] if runs else None)
            return {"runs": runs[:_RUNS], "seen": _of(watch, run, _after(request)) if run else None}
    except MingjianError as error:
        return {"silent": _why(error), "none": error.key == "fleet.no_run"}


def _of(watch: Watch, run: Run, after: int) -> Seen:
    progress = watch.progress(run)
    rows = watch.given_up(run, after, ROWS + 1) if progress.poison else []
    more = rows[ROWS - 1].place if len(rows) > ROWS else None
    running = run.state == "running"
    verdicts = tuple(watch.verdicts(run).items())
    return Seen(
        run,
        progress,
        verdicts,
        _pace(watch, run, progress.open) if running else None,
        watch.crew() if running else None,
        tuple(rows[:ROWS]),
        more,
    )


def _pace(watch: Watch, run: Run, left: int) -> Pace | None:
    now = clock.now()
    since = max(now - _LATELY, run.begun_at)
    ended, seconds = watch.ended_since(run, since), (now - since).total_seconds()
    if not ended or seconds <= 0:
        return None
    rate = ended / seconds
    return Pace(round(3600 * rate), timedelta(seconds=round(left / rate)))


def _kept() -> dict[str, Any]:
    if settings.LAKE is None:
        return {}
    try:
        state = load(settings.LAKE)
    except MingjianError as error:
        return {"damaged": _why(error)}
    return {"kept": _sizes(state), "lake": settings.LAKE}


def _sizes(state: Manifest) -> Kept:
    files = [file for _, _, file, _ in state.files()]
    periods = sorted({part.period for part in state.parts}, reverse=True)
    rows = tuple(
        (period, _rows(state, period, "reports"), _rows(state, period, "listings"), _rows(state, period, "poison")) for period in periods
    )
    return Kept(sum(file.size for file in files), len(files), rows)


def _rows(state: Manifest, period: str, family: str) -> int:
    return sum(part.rows for part in state.parts if part.period == period and part.family == family)


def _why(error: MingjianError) -> str:
    """Why nothing can be seen, as a page says it."""
    key = "console.lake.wrong.none" if error.key == "lake.none" else error.key
    return told(WrongError(key, **error.values))


def _after(request: HttpRequest) -> int:
    asked = request.GET.get("after", "")
    return int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < _FURTHEST else -1


def _row(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "input": printable(run.input),
        "begun_at": run.begun_at.isoformat(),
        "period": run.period,
        "state": run.state,
        "packs": list(run.packs),
        "tool": run.tool,
    }
