"""`fleet run|status|resume|retry|cancel`."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event
from types import FrameType

import click

from mingjian import lake as lakes
from mingjian.cli import INTERRUPTED, text
from mingjian.cli.options import lang_option
from mingjian.errors import InputError, UsageError
from mingjian.fleet.fetch import Reach
from mingjian.fleet.limits import Limits
from mingjian.fleet.local import Local
from mingjian.fleet.lock import alone
from mingjian.fleet.order import Order, Stop, new_run, refuse_other_program
from mingjian.fleet.progress import Shown
from mingjian.fleet.run import Run
from mingjian.fleet.sqlite import SqliteJournal
from mingjian.fleet.work import Scan
from mingjian.inputs import probe
from mingjian.model.printable import printable
from mingjian.scan import DEFAULT_PACKS

JOURNAL = "journal.sqlite3"
POISON = InputError.exit_code

_lake = click.option("--lake", "folder", type=click.Path(path_type=Path), required=True, metavar="DIR", help=text("cli.fleet.lake"))
_slots = click.option("--slots", type=click.IntRange(1, 1024), help=text("cli.fleet.slots"))
_run = click.argument("id", required=False, metavar="[RUN]")


@click.group(help=text("cli.fleet.help"), short_help=text("cli.fleet.short"), epilog=text("cli.fleet.examples"))
def fleet() -> None:
    """The group of the verbs about many apps."""


@fleet.command("run", help=text("cli.fleet.run"))
@click.argument("source", metavar="INPUT")
@_lake
@_slots
@click.option("--pack", "packs", multiple=True, help=text("cli.pack"))
@click.option("--timeout", type=click.FloatRange(min=1), default=Limits().timeout, show_default=True, help=text("cli.fleet.timeout"))
@lang_option
def run_(source: str, folder: Path, slots: int | None, packs: tuple[str, ...], timeout: float, lang: str) -> int:
    """Scans every app of an input into a lake."""
    del lang
    lakes.found(folder)
    if "://" not in source:
        source = str(Path(source).resolve())
    with alone(folder), closing(SqliteJournal(folder / JOURNAL)) as journal:
        limits = Limits(timeout=timeout, cpu=round(timeout))
        return _carry_out(journal.begin(new_run(source, packs or DEFAULT_PACKS, limits)), folder, journal, slots)


@fleet.command("resume", help=text("cli.fleet.resume"))
@_run
@_lake
@_slots
@lang_option
def resume(id: str | None, folder: Path, slots: int | None, lang: str) -> int:
    """Goes on with a run that was stopped, by whatever."""
    del lang
    with _journal(folder) as journal, alone(folder):
        run = journal.run(id)
        if run.state == "cancelled":
            raise UsageError("fleet.run_cancelled", run=run.id)
        return _carry_out(run, folder, journal, slots)


@fleet.command("retry", help=text("cli.fleet.retry"))
@_run
@_lake
@_slots
@lang_option
def retry(id: str | None, folder: Path, slots: int | None, lang: str) -> int:
    """Opens the jobs that were given up, and does them."""
    del lang
    with _journal(folder) as journal, alone(folder):
        run = journal.run(id)
        if run.state == "cancelled":
            raise UsageError("fleet.run_cancelled", run=run.id)
        click.echo(text("fleet.reopened", count=journal.reopen(run)), err=True)
        return _carry_out(run, folder, journal, slots)


@fleet.command("cancel", help=text("cli.fleet.cancel"))
@_run
@_lake
@lang_option
def cancel(id: str | None, folder: Path, lang: str) -> int:
    """Ends a run for good, also one that another process carries out."""
    del lang
    with _journal(folder) as journal:
        run = journal.run(id)
        if run.state == "done":
            raise UsageError("fleet.run_done", run=run.id)
        journal.mark(run.id, "cancelled")
        click.echo(text("fleet.cancelled", run=run.id), err=True)
    return 0


@fleet.command("status", help=text("cli.fleet.status"))
@_run
@_lake
@click.option("--poison", is_flag=True, help=text("cli.fleet.poison"))
@click.option("--format", "format_name", type=click.Choice(["text", "json"]), default="text", show_default=True, help=text("cli.format"))
@lang_option
def status(id: str | None, folder: Path, poison: bool, format_name: str, lang: str) -> int:
    """How far a run is."""
    with _journal(folder) as journal:
        run = journal.run(id)
        if format_name == "json":
            click.echo(json.dumps(_as_json(journal, run, poison=poison), ensure_ascii=False))
        else:
            _tell(journal, run)
            for job, outcome in journal.poisoned(run) if poison else ():
                reason = outcome.reason.of(lang) if outcome.reason else ""
                click.echo(printable(f"{job.place}\t{outcome.verdict}\t{job.listing.location}\t{reason}"))
    return 0


@contextmanager
def _journal(folder: Path) -> Iterator[SqliteJournal]:
    """The journal of a lake. Raises `UsageError` where there is none."""
    if not (folder / JOURNAL).is_file():
        raise UsageError("fleet.no_lake", path=str(folder))
    with closing(SqliteJournal(folder / JOURNAL)) as journal:
        yield journal


def _carry_out(run: Run, folder: Path, journal: SqliteJournal, slots: int | None) -> int:
    refuse_other_program(run)
    state = probe()
    # Only where the system keeps a child from writing to what was fetched may that be the very file that was listed.
    reach = Reach(link=state.confinement["landlock"] is not None)
    stop = Stop(journal, run)
    with Shown(text) as shown, _stopped_by_signals(stop):
        engine = Local(journal, folder, slots or os.cpu_count() or 1, reach, tell=shown.waiting)
        progress = Order(run, folder, journal, engine, shown).carry_out(Scan(run.packs, run.limits), stop)
    _tell(journal, run)
    if stop.is_set():
        return INTERRUPTED
    return POISON if progress.poison else 0


@contextmanager
def _stopped_by_signals(stop: Event) -> Iterator[None]:
    """The first signal lets the run end in order, the second ends the program."""

    def heard(number: int, frame: FrameType | None) -> None:
        del number, frame
        if Event.is_set(stop):
            os._exit(INTERRUPTED)
        stop.set()
        click.echo(text("fleet.stopping"), err=True)

    before = {number: signal.signal(number, heard) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _tell(journal: SqliteJournal, run: Run) -> None:
    run, progress = journal.run(run.id), journal.progress(run)
    counts = {"open": progress.open, "done": progress.done, "poison": progress.poison, "known": progress.known}
    click.echo(text("fleet.status.run", run=run.id, state=text(f"fleet.state.{run.state}"), input=run.input, period=run.period))
    click.echo(text("fleet.status.jobs", **counts))
    for verdict, count in journal.verdicts(run).items():
        click.echo(f"  {text(f'fleet.verdict.{verdict}')}  {count}")
    if progress.poison:
        click.echo(text("fleet.status.poison", run=run.id, count=progress.poison))


def _as_json(journal: SqliteJournal, run: Run, *, poison: bool) -> dict[str, object]:
    progress = journal.progress(run)
    told: dict[str, object] = {
        "run": run.id,
        "state": run.state,
        "input": run.input,
        "begun_at": run.begun_at.isoformat(),
        "period": run.period,
        "packs": run.packs,
        "open": progress.open,
        "done": progress.done,
        "poison": progress.poison,
        "known": progress.known,
        "cpu": round(progress.cpu, 3),
        "verdicts": journal.verdicts(run),
    }
    if poison:
        told["poisoned"] = [
            {
                "place": job.place,
                "location": job.listing.location,
                "verdict": outcome.verdict,
                "tries": job.tries,
                "reason": {"zh": outcome.reason.zh, "en": outcome.reason.en} if outcome.reason else None,
            }
            for job, outcome in journal.poisoned(run)
        ]
    return told
