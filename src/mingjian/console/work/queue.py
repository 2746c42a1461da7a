"""Work that a page does not wait for: a task is a function by name, a job is one call of it, queued in the caller's transaction.

On SQLite the jobs are rows of our own table, on PostgreSQL procrastinate's; both are run by `worker`, and in tests by `run_due`.
"""

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, Protocol, TypeVar, cast

from django.conf import settings
from django.db import transaction

from mingjian.console import clock
from mingjian.console.work.models import Daily

Task = TypeVar("Task", bound=Callable[..., None])
TASKS: dict[str, Callable[..., None]] = {}
"""Every task by name; the modules `tasks.py` of the parts fill it when the console starts."""
DAILY: list[str] = []
"""The tasks that are queued once a day."""
ATTEMPTS = 3
"""How often a job is begun before it is given up."""


class Backend(Protocol):
    """Where jobs wait: a module with these functions."""

    def put(self, task: str, arguments: dict[str, Any]) -> None:
        """Queues a job in the caller's transaction."""

    def run_due(self) -> int:
        """Runs every job that is due, in this process, and returns how many there were."""

    def waiting(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Task and arguments of every job that is not done yet, for a backup."""

    def silence(self) -> float | None:
        """Seconds since a worker gave a sign, none when there was none."""

    def work(self) -> None:
        """Runs jobs as they come, until the process is told to stop."""


def task(name: str) -> Callable[[Task], Task]:
    """Makes a function a task. It may run more than once for one job, so it must leave the same behind when it does."""

    def keep(function: Task) -> Task:
        TASKS[name] = function
        return function

    return keep


def daily(name: str) -> Callable[[Task], Task]:
    """Makes a function without arguments a task that is queued once a day, by the date in China."""

    def keep(function: Task) -> Task:
        TASKS[name] = function
        DAILY.append(name)
        return function

    return keep


def defer(name: str, **arguments: Any) -> None:
    """Queues a call of the task. It runs only if the caller's transaction is committed."""
    if name not in TASKS:
        raise LookupError(name)
    backend().put(name, arguments)


def defer_daily() -> int:
    """Queues the daily tasks that were not queued today, and returns how many."""
    queued = 0
    for name in DAILY:
        with transaction.atomic():
            Daily.objects.get_or_create(name=name)
            row = Daily.objects.select_for_update().get(name=name)
            if row.queued_on != clock.today():
                row.queued_on = clock.today()
                row.save()
                defer(name)
                queued += 1
    return queued


def run_due() -> int:
    """Runs every job that is due, in this process, and returns how many there were."""
    return backend().run_due()


def backend() -> Backend:
    """The queue of the database that is set."""
    name = "procrastinated" if settings.ON_POSTGRESQL else "embedded"
    return cast(Backend, import_module(f"mingjian.console.work.{name}"))
