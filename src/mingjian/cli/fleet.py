"""`fleet run|status|resume|retry|cancel|node`."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

import click

from mingjian import lake as lakes
from mingjian.cli import INTERRUPTED, text
from mingjian.cli import fleet_operation as operation
from mingjian.cli.options import lang_option
from mingjian.errors import InputError, TryAgainError, UsageError
from mingjian.fleet.inputs import listings, mapping_of
from mingjian.fleet.journal import Journal
from mingjian.fleet.limits import Limits
from mingjian.fleet.local import Local
from mingjian.fleet.lock import alone
from mingjian.fleet.older import judged_otherwise
from mingjian.fleet.order import Engine, Order, Stop, new_run, refuse_other_program
from mingjian.fleet.own import own_lake
from mingjian.fleet.progress import Shown
from mingjian.fleet.run import Run
from mingjian.fleet.sqlite import JOURNAL, SqliteJournal
from mingjian.fleet.work import Scan
from mingjian.judge import pack_names, shipped_packs
from mingjian.model.printable import printable
from mingjian.scan import DEFAULT_PACKS

POISON = InputError.exit_code

_lake = click.option(
    "--lake",
    "folder",
    # The children have a working folder of their own.
    type=click.Path(path_type=Path, resolve_path=True),
    required=True,
    metavar="DIR",
    help=text("cli.fleet.lake"),
)
_slots = click.option("--slots", type=click.IntRange(1, 1024), help=text("cli.fleet.slots"))
_DATABASE: dict[str, Any] = {"envvar": "MINGJIAN_FLEET_DATABASE", "metavar": "URL", "help": text("cli.fleet.database")}
_database = click.option("--database", **_DATABASE)
_run = click.argument("id", required=False, metavar="[RUN]")


@click.group(help=text("cli.fleet.help"), short_help=text("cli.fleet.short"), epilog=text("cli.fleet.examples"))
def fleet() -> None:
    """The group of the verbs about many apps."""


@fleet.command("run", help=text("cli.fleet.run"))
@click.argument("source", metavar="INPUT")
@_lake
@click.option("--engine", type=click.Choice(["local", "cluster"]), help=text("cli.fleet.engine"))
@_database
@_slots
@click.option("--pack", "packs", multiple=True, help=text("cli.pack"))
@click.option("--timeout", type=click.FloatRange(min=1), default=Limits().timeout, show_default=True, help=text("cli.fleet.timeout"))
@click.option("--no-cache", is_flag=True, help=text("cli.fleet.no_cache"))
@click.option("--flows", is_flag=True, help=text("cli.fleet.flows"))
@click.option("--require-confinement", is_flag=True, help=text("cli.fleet.require_confinement"))
@click.option("--columns", type=click.Path(path_type=Path), metavar="FILE", help=text("cli.fleet.columns"))
@click.option("--allow-private", is_flag=True, help=text("cli.fleet.allow_private"))
@click.option("--insecure-http", is_flag=True, help=text("cli.fleet.insecure_http"))
@operation.options
@lang_option
def run_(source: str, folder: Path, packs: tuple[str, ...], engine: str | None, **how: Any) -> int:
    """Scans every app of an input into a lake."""
    if engine == "cluster" and not how["database"]:
        raise UsageError("fleet.engine_database")
    if engine == "local":
        how["database"] = None
    if "://" not in source:
        source = str(Path(source).resolve())
    limits = _limits(how)
    packs = tuple(_pack(name, folder if how["database"] else None) for name in pack_names(packs or DEFAULT_PACKS))
    run = new_run(source, packs, limits, lake="")
    # What is wrong with the packs or the input is told before there is a run.
    work = Scan(run.packs, run.limits)
    next(listings(source, dict(limits.columns)))
    _look_at_machine(limits, how)
    if not how["database"]:
        lakes.found(folder)
    with _in_charge(folder, how["database"], make=True) as journal:
        run = journal.begin(replace(run, lake=own_lake(journal, folder)))
        return _carry_out(run, work, folder, journal, how)


def _pack(name: str, shared: Path | None) -> str:
    """A pack as whoever does the work finds it, wherever the program stands then. Raises `UsageError` for a folder outside of the one that
    nodes see, where there are nodes."""
    if name in shipped_packs():
        return name
    path = Path(name).resolve()
    if shared and (path / "pack.yml").is_file() and not path.is_relative_to(shared):
        raise UsageError("fleet.pack_not_shared", path=path, lake=shared)
    return str(path) if path.is_dir() else name


def _limits(how: dict[str, Any]) -> Limits:
    return Limits(
        timeout=how["timeout"],
        cpu=round(how["timeout"]),
        reuse=not how["no_cache"],
        flows=how["flows"],
        walls=how["require_confinement"],
        private=how["allow_private"],
        insecure=how["insecure_http"],
        columns=tuple(mapping_of(how["columns"]).items()) if how["columns"] else (),
    )


@fleet.command("resume", help=text("cli.fleet.resume"))
@_run
@_lake
@_database
@_slots
@operation.options
@lang_option
def resume(id: str | None, folder: Path, **how: Any) -> int:
    """Goes on with a run that was stopped, by whatever."""
    with _in_charge(folder, how["database"]) as journal:
        run = _open_run(id, folder, journal, how)
        _look_at_machine(run.limits, how)
        return _carry_out(run, Scan(run.packs, run.limits), folder, journal, how)


@fleet.command("retry", help=text("cli.fleet.retry"))
@_run
@_lake
@_database
@_slots
@operation.options
@lang_option
def retry(id: str | None, folder: Path, **how: Any) -> int:
    """Opens the jobs that were given up, and does them."""
    with _in_charge(folder, how["database"]) as journal:
        run = _open_run(id, folder, journal, how)
        _look_at_machine(run.limits, how)
        click.echo(text("fleet.reopened", count=journal.reopen(run)), err=True)
        return _carry_out(run, Scan(run.packs, run.limits), folder, journal, how)


@fleet.command("cancel", help=text("cli.fleet.cancel"))
@_run
@_lake
@_database
@lang_option
def cancel(id: str | None, folder: Path, **how: Any) -> int:
    """Ends a run for good, also one that another process carries out. What it finished is taken into the lake by whoever has the run."""
    with _journal(folder, how["database"]) as journal:
        run = journal.run(id)
        if run.state == "done":
            raise UsageError("fleet.run_done", run=run.id)
        journal.mark(run.id, "cancelled")
        click.echo(text("fleet.cancelled", run=run.id), err=True)
        try:
            with nullcontext() if how["database"] else alone(folder):
                _keep(run, folder, journal, how)
        except TryAgainError as error:
            if error.key not in ("fleet.busy", "fleet.led"):
                raise
    return 0


@fleet.command("status", help=text("cli.fleet.status"))
@_run
@_lake
@_database
@click.option("--poison", is_flag=True, help=text("cli.fleet.poison"))
@click.option(
    "--format", "format_name", type=click.Choice(["text", "json", "prometheus"]), default="text", show_default=True, help=text("cli.format")
)
@lang_option
def status(id: str | None, folder: Path, database: str | None, poison: bool, format_name: str, lang: str) -> int:
    """How far a run is."""
    with _journal(folder, database) as journal:
        run = journal.run(id)
        if format_name == "json":
            click.echo(json.dumps(_as_json(journal, run, poison=poison), ensure_ascii=False))
        elif format_name == "prometheus":
            click.echo(operation.exposition(journal, run), nl=False)
        else:
            _tell(journal, run)
            for job, outcome in journal.poisoned(run) if poison else ():
                reason = outcome.reason.of(lang) if outcome.reason else ""
                click.echo("\t".join(map(printable, (str(job.place), outcome.verdict, job.listing.location, reason))))
    return 0


@fleet.command("node", help=text("cli.fleet.node"))
@_lake
@click.option("--database", required=True, **_DATABASE)
@_slots
@click.option("--scratch", type=click.Path(path_type=Path, resolve_path=True), metavar="DIR", help=text("cli.fleet.scratch"))
@click.option("--heartbeat", type=click.FloatRange(1, 300), default=10, show_default=True, help=text("cli.fleet.heartbeat"))
@click.option("--grace", type=click.FloatRange(0, 3600), default=60, show_default=True, help=text("cli.fleet.grace"))
@operation.options
@lang_option
def node(folder: Path, database: str, slots: int | None, scratch: Path | None, **how: Any) -> int:
    """Takes part in a cluster until it is told to stop."""
    slots = slots or operation.fitting(Limits())
    with operation.of_node(folder, slots, how) as observer:
        site = (database, folder, slots, scratch, operation.may_link(Limits(), how))
        _cluster().work(site, (how["heartbeat"], how["grace"]), observer)
    return 0


def _cluster() -> Any:
    """What only a cluster needs. Raises `UsageError` where it is not installed."""
    try:
        return import_module("mingjian.cli.fleet_cluster")
    except ModuleNotFoundError as error:
        raise UsageError("fleet.no_cluster", what=error.name) from error


@contextmanager
def _in_charge(folder: Path, database: str | None, *, make: bool = False) -> Iterator[Journal]:
    """The journal for who carries out a run. On one machine nobody else does so at the same time; in a cluster the run is led."""
    with nullcontext() if database else alone(folder):
        if make and not database:
            SqliteJournal(folder / JOURNAL).close()
        with _journal(folder, database) as journal:
            yield journal


@contextmanager
def _journal(folder: Path, database: str | None) -> Iterator[Journal]:
    """The journal of a cluster, or of a lake. Raises `UsageError` where there is none."""
    if database:
        with closing(_cluster().journal(database)) as shared:
            yield shared
        return
    if not (folder / JOURNAL).is_file():
        raise UsageError("fleet.no_lake", path=str(folder))
    with closing(SqliteJournal(folder / JOURNAL)) as journal:
        yield journal


@contextmanager
def _engine(run: Run, folder: Path, journal: Journal, how: dict[str, Any], tell: Callable[[TryAgainError], None]) -> Iterator[Engine]:
    if how["database"]:
        with _cluster().engine(run, folder, journal, how["database"], tell) as engine:
            yield engine
    else:
        yield Local(journal, folder, how["slots"], how["link"], tell=tell)


def _open_run(id: str | None, folder: Path, journal: Journal, how: dict[str, Any]) -> Run:
    """A run that may be gone on with. Raises `UsageError` for one that was cancelled, that fills another lake, or that another program
    began; what that one finished is taken into the lake first."""
    run = journal.run(id)
    if run.state == "cancelled":
        raise UsageError("fleet.run_cancelled", run=run.id)
    own_lake(journal, folder)
    try:
        refuse_other_program(run)
    except UsageError:
        _keep(run, folder, journal, how)
        raise
    return run


def _keep(run: Run, folder: Path, journal: Journal, how: dict[str, Any]) -> None:
    """Takes what a run finished into the lake, and tells of it."""
    own_lake(journal, folder)
    idle = {"slots": 1, "link": False}
    with Shown(text) as shown, _engine(run, folder, journal, how | idle, shown.waiting) as engine:
        count = Order(run, folder, journal, engine, shown).keep()
    if count:
        click.echo(text("fleet.kept", count=count), err=True)


def _look_at_machine(limits: Limits, how: dict[str, Any]) -> None:
    """What the machine that does the work gives: so many slots, and children that are kept from what was fetched. Raises `UsageError` where
    it confines them less than the run requires."""
    if not how["database"]:
        how["slots"] = how["slots"] or operation.fitting(limits)
        how["link"] = operation.may_link(limits, how)


def _carry_out(run: Run, work: Scan, folder: Path, journal: Journal, how: dict[str, Any]) -> int:
    stop = Stop(journal, run)
    with (
        operation.shown(run, journal, how) as shown,
        _stopped_by_signals(stop, shown),
        operation.watched(run, folder, journal, shown, how) as watcher,
        _engine(run, folder, journal, how, shown.waiting) as engine,
    ):
        progress = Order(run, folder, journal, engine, watcher).carry_out(work, stop)
    _tell(journal, run)
    if progress.known and (count := judged_otherwise(run, folder)):
        packs = " ".join(f"--pack {pack}" for pack in run.packs)
        click.echo(text("fleet.status.judged_otherwise", count=count, lake=folder, packs=packs))
    if shown.code:
        known, asked = shown.code[True], shown.code.total()
        click.echo(text("fleet.status.code", known=known, asked=asked, percent=round(100 * known / asked)))
    if journal.run(run.id).state != "done":
        return INTERRUPTED
    return POISON if progress.poison else 0


@contextmanager
def _stopped_by_signals(stop: Stop, shown: operation.Shows) -> Iterator[None]:
    """The first signal lets the run end in order, the second ends the program."""

    def heard(number: int, frame: FrameType | None) -> None:
        del number, frame
        if stop.told:
            shown.close()
            os._exit(INTERRUPTED)
        stop.set()
        shown.stopping()

    before = {number: signal.signal(number, heard) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _tell(journal: Journal, run: Run) -> None:
    run, progress = journal.run(run.id), journal.progress(run)
    counts = {"open": progress.open, "done": progress.done, "poison": progress.poison, "known": progress.known}
    click.echo(text("fleet.status.run", run=run.id, state=text(f"fleet.state.{run.state}"), input=run.input, period=run.period))
    click.echo(text("fleet.status.jobs", **counts))
    for verdict, count in journal.verdicts(run).items():
        click.echo(f"  {text(f'fleet.verdict.{verdict}')}  {count}")
    if progress.poison:
        click.echo(text("fleet.status.poison", run=run.id, count=progress.poison))


def _as_json(journal: Journal, run: Run, *, poison: bool) -> dict[str, object]:
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
