"""What the verbs of `fleet` tell whoever operates them: a bar or a log, and figures for Prometheus."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, TypeVar

import click

from mingjian.cli import text
from mingjian.errors import MingjianError, UsageError
from mingjian.fleet import logs
from mingjian.fleet.journal import Journal, Observer, Observers, Progress
from mingjian.fleet.order import Watcher
from mingjian.fleet.outcome import Outcome
from mingjian.fleet.progress import Shown
from mingjian.fleet.run import Run

F = TypeVar("F", bound=Callable[..., Any])

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
            done = metrics.Done(registry, how["slots"] or os.cpu_count() or 1, folder)
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
