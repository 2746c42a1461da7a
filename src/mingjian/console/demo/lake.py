"""A part of the demo's market as a fleet would have scanned it: a lake, the journal of its runs, and a sample that was drawn from it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings

from mingjian import lake as lakes
from mingjian.console import clock
from mingjian.console.accounts.models import User
from mingjian.console.demo.facts import EXTRACTOR
from mingjian.console.demo.market import SAMPLED, Market, SyntheticVersion
from mingjian.console.fleet.asking import Asked, WrongError, stream
from mingjian.console.fleet.keeping import keep
from mingjian.errors import UsageError
from mingjian.fleet.journal import Job
from mingjian.fleet.listing import Listing
from mingjian.fleet.outcome import Outcome, Verdict
from mingjian.fleet.run import Run
from mingjian.fleet.sqlite import JOURNAL, SqliteJournal
from mingjian.lake import Poison, Staged
from mingjian.model.codec import dump_report
from mingjian.model.texts import in_both
from mingjian.model.types import Report

_EVERY = 4
"""One app in so many is in the lake, which is made while somebody waits."""
_EVENING = time(20)
_GIVEN_UP: tuple[Verdict, ...] = ("refused", "timeout", "crash")
_CLAUSE = "cac-2019/3.1"
_SAMPLE = 30


def fill(market: Market, report_on: Callable[[SyntheticVersion], Report]) -> None:
    """Fills the lake of the demo, where it has one and what a lake needs is installed."""
    if settings.LAKE is None:
        return
    runs = [(_run(half), [each for each in market.versions if each.half == half and each.app.number % _EVERY == 0]) for half in SAMPLED]
    with TemporaryDirectory(prefix="mingjian-demo-") as folder:
        staged = [row for run, versions in runs for row in _staged(Path(folder), run, versions, report_on)]
        poison = [row for run, versions in runs for row in _poison(run, len(versions))]
        try:
            lakes.compact(settings.LAKE, staged, poison)
        except UsageError:
            return
    with closing(SqliteJournal(settings.LAKE / JOURNAL)) as journal:
        for run, versions in runs:
            _keep_run(journal, run, versions)


def draw(half: str, by: User) -> None:
    """Draws a sample of a half-year and keeps it, as if its apps had come back from testing."""
    given = {"period": half, "size": _SAMPLE, "limit": _SAMPLE * 10, "offset": 0}
    try:
        with stream(Asked("plan", given), "csv") as plan:
            keep(plan.read(), f"plan-{half}.csv", half, _CLAUSE, 0.95, by)
    except WrongError:
        return


def _run(half: str) -> Run:
    begun = datetime.combine(SAMPLED[half][1], _EVENING, clock.PLACE)
    return Run(f"demo-{half}", f"synthetic-{half}.csv", begun, half, ("cac-2019",), EXTRACTOR, EXTRACTOR, state="done")


def _staged(
    folder: Path, run: Run, versions: Sequence[SyntheticVersion], report_on: Callable[[SyntheticVersion], Report]
) -> Iterator[Staged]:
    for place, version in enumerate(versions):
        path = folder / f"{version.sha256}.json"
        path.write_bytes(dump_report(report_on(version)))
        app = version.app
        listing = {"location": _location(version), "store": app.store, "region": app.region, "downloads": app.downloads}
        yield Staged(version.sha256, path, run.period, [(run.id, place, listing)])


def _poison(run: Run, first: int) -> Iterator[Poison]:
    for place, verdict in enumerate(_GIVEN_UP, first):
        yield Poison(run.id, place, run.period, f"synthetic-{place}.apk", verdict, in_both("console.demo.given_up"), tries=2)


def _keep_run(journal: SqliteJournal, run: Run, versions: Sequence[SyntheticVersion]) -> None:
    kept = journal.begin(run)
    listings = [Listing(_location(version)) for version in versions] + [
        Listing(f"synthetic-{place}.apk") for place, _ in enumerate(_GIVEN_UP, len(versions))
    ]
    journal.plan(kept, enumerate(listings))
    for place, version in enumerate(versions):
        journal.end(kept, Outcome(place, "ok", version.sha256, version.sha256), "done")
    for each in _poison(kept, len(versions)):
        for _ in range(each.tries):
            journal.begun(Job(kept.id, each.place, listings[each.place]), "")
        journal.end(kept, Outcome(each.place, _GIVEN_UP[each.place - len(versions)], reason=each.reason), "poison")
    journal.taken(version.sha256 for version in versions)


def _location(version: SyntheticVersion) -> str:
    return f"{version.app.package}-{version.version}.apk"
