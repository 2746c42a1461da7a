"""What the verbs of `fleet` tell whoever operates them: a bar or a log, and figures for Prometheus."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, TypeVar

import click

from mingjian.cli import text
from mingjian.errors import MingjianError, UsageError
from mingjian.fleet import logs, machine
from mingjian.fleet.journal import Journal, Observer, Observers, Progress
from mingjian.fleet.limits import Limits
from mingjian.fleet.order import Watcher
from mingjian.fleet.outcome import Outcome
from mingjian.fleet.progress import Shown
from mingjian.fleet.run import Run
from mingjian.fleet.sandbox import FULL
from mingjian.inputs import probe

logger = logging.getLogger(__name__)

F = TypeVar("F", bound=Callable[..., Any])

_KEEPS_FROM_CUTTING = 3
"""The first version of Landlock that asks before a file that is open for reading alone is truncated."""
_metrics = click.option("--metrics", metavar="HOST:PORT", help=text("cli.fleet.metrics"))
_log_format = click.option("--log-format", type=click.Choice(logs.FORMS), help=text("cli.fleet.log_format"))


def options(command: F) -> F:
    """`--metrics` and `--log-format`."""
    return _metrics(_log_format(command))


class Shows(Watcher, Protocol):
    """A watcher that whoever started the run reads."""

    code: Counter[bool]

    def waiting(self, error: MingjianError) -> None:
        """The house is at fault, and waited for."""

    def stopping(self) -> None:
        """The run was told to stop."""

    def close(self) -> None:
        """Gives the terminal back."""


class _Both:
    """Two watchers, of which the second is for Prometheus."""

    def __init__(self, shown: Watcher, following: Watcher) -> None:
        self._watchers = (shown, following)

    def planned(self, progress: Progress) -> None:
        for each in self._watchers:
            each.planned(progress)

    def ended(self, outcome: Outcome) -> None:
        for each in self._watchers:
            each.ended(outcome)

    def storing(self) -> None:
        for each in self._watchers:
            each.storing()


def shown(run: Run, journal: Journal, how: dict[str, Any]) -> AbstractContextManager[Shows]:
    """The log that was asked for, else the bar."""
    if not how["log_format"]:
        return Shown(text)
    logs.begin(how["log_format"])
    if not how["database"]:
        journal.observer = logs.Told()
    return logs.ToldRun(run, jobs=bool(how["database"]))


@contextmanager
def watched(run: Run, folder: Path, journal: Journal, shows: Shows, how: dict[str, Any]) -> Iterator[Watcher]:
    """Who watches a run: `shows`, and the figures if they were asked for. Raises `UsageError` for an address that cannot be had."""
    if not how["metrics"]:
        yield shows
        return
    metrics = _prometheus()
    registry = metrics.CollectorRegistry()
    with closing(metrics.Served(how["metrics"], registry)) as served:
        following = metrics.Following(run, journal.verdicts(run))
        registry.register(following)
        if how["database"]:
            # Nodes do the work and tell of it; here no pool is forked.
            served.begin()
        else:
            done = metrics.Done(registry, how["slots"], folder)
            journal.observer = Observers(journal.observer, done, served)
        yield _Both(shows, following)


@contextmanager
def of_node(folder: Path, slots: int, how: dict[str, Any]) -> Iterator[Observer]:
    """Who hears what a node does. A node has threads and forks a pool with every kind of run, so its figures are there from the start."""
    logs.begin(how["log_format"] or "text")
    if not how["metrics"]:
        yield logs.Told()
        return
    metrics = _prometheus()
    registry = metrics.CollectorRegistry()
    done = metrics.Done(registry, slots, folder)
    with closing(metrics.Served(how["metrics"], registry)) as served:
        served.begin()
        yield Observers(logs.Told(), done)


def fitting(limits: Limits) -> int:
    """How many jobs of these limits this machine is given at once, unless somebody says otherwise; told when memory makes them fewer."""
    slots, processors = machine.fitting(limits.memory), machine.processors()
    if slots < processors:
        there, limit = (machine.memory() or 0) >> 20, limits.memory >> 20
        click.echo(text("fleet.slots_reduced", slots=slots, processors=processors, memory=there, limit=limit), err=True)
    return slots


def may_link(limits: Limits, how: dict[str, Any]) -> bool:
    """Whether what is fetched may be the very file that was listed: only where the system keeps a child from writing to it and from cutting
    it off. Tells when the system cannot confine a child in full; raises `UsageError` where the run requires it."""
    reached = probe().confinement
    if reached["level"] != FULL:
        what = "; ".join(f"{row['part']}: {row['reason']}" for row in reached["missing"])
        if limits.walls:
            raise UsageError("fleet.not_confined", what=what)
        if how["log_format"]:
            logs.begin(how["log_format"])
            logger.warning("children are not confined in full", extra={"fields": {"missing": what}})
        else:
            click.echo(text("fleet.confined", what=what), err=True)
    return (reached["landlock"] or 0) >= _KEEPS_FROM_CUTTING


def exposition(journal: Journal, run: Run) -> str:
    """How far a run is, for Prometheus's textfile collector."""
    told: str = _prometheus().exposition(run, journal.progress(run), journal.verdicts(run))
    return told


def _prometheus() -> Any:
    """The figures. Raises `UsageError` where they are not installed."""
    try:
        return import_module("mingjian.fleet.metrics")
    except ModuleNotFoundError as error:
        raise UsageError("fleet.no_metrics", what=error.name) from error
