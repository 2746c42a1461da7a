"""Work that a page does not wait for: a task is a function by name, a job is one call of it, queued in the caller's transaction."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from django.db import transaction

from mingjian.console import clock
from mingjian.console.work.models import Job

logger = logging.getLogger(__name__)

Task = TypeVar("Task", bound=Callable[..., None])
TASKS: dict[str, Callable[..., None]] = {}
"""Every task by name; the modules `tasks.py` of the parts fill it when the console starts."""
ATTEMPTS = 3


def task(name: str) -> Callable[[Task], Task]:
    """Makes a function a task. It may run more than once for one job, so it must leave the same behind when it does."""

    def keep(function: Task) -> Task:
        TASKS[name] = function
        return function

    return keep


def defer(name: str, **arguments: Any) -> None:
    """Queues a call of the task. It runs only if the caller's transaction is committed."""
    if name not in TASKS:
        raise LookupError(name)
    Job.objects.create(task=name, arguments=arguments, run_at=clock.now())


def run_due() -> int:
    """Runs every job that is due, in this process, and returns how many there were."""
    done = 0
    while (job := _begin()) is not None:
        done += 1
        try:
            TASKS[job.task](**job.arguments)
        except Exception as error:  # the worker's one broad handler: a fault of one job must not stop the others
            logger.exception("job %s (%s) failed", job.pk, job.task)
            _failed(job, error)
        else:
            job.delete()
    return done


def _begin() -> Job | None:
    with transaction.atomic():
        job = Job.objects.select_for_update().filter(state=Job.State.TODO, run_at__lte=clock.now()).order_by("run_at", "id").first()
        if job is not None:
            job.state, job.attempts, job.begun_at = Job.State.DOING, job.attempts + 1, clock.now()
            job.save()
    return job


def _failed(job: Job, error: Exception) -> None:
    job.fault = f"{type(error).__name__}: {error}"[:300]
    job.state = Job.State.FAILED if job.attempts >= ATTEMPTS else Job.State.TODO
    job.run_at = clock.now() + timedelta(seconds=10 * 4**job.attempts)
    job.save()
