"""The queue in a table of the embedded database, for one worker at a time."""

import logging
import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from threading import Event
from typing import Any

from django.core.cache import cache
from django.db import OperationalError, close_old_connections, transaction

from mingjian.console import clock
from mingjian.console.work import queue
from mingjian.console.work.models import Job

logger = logging.getLogger(__name__)

_SIGN = "worker.seen"
_PAUSE = 0.5
"""Seconds between two looks at an empty queue."""


def put(task: str, arguments: dict[str, Any]) -> None:
    """Queues a job in the caller's transaction."""
    Job.objects.create(task=task, arguments=arguments, run_at=clock.now())


def run_due() -> int:
    """Runs every job that is due, in this process, and returns how many there were."""
    done = 0
    while (job := _begin()) is not None:
        done += 1
        _run(job)
    return done


def waiting() -> Iterator[tuple[str, dict[str, Any]]]:
    """Task and arguments of every job that is not done yet."""
    return iter(Job.objects.exclude(state=Job.State.FAILED).order_by("id").values_list("task", "arguments"))


def work() -> None:
    """Runs jobs as they come, until the process is told to stop; the job that is running then is finished first."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    begun = False
    while not stop.is_set():
        close_old_connections()
        try:
            if not begun:
                _take_back()
                begun = True
            cache.set(_SIGN, time.time(), timeout=None)
            queue.defer_daily()
            job = _begin()
            if job is not None:
                _run(job)
                continue
        except OperationalError as error:
            # Another process holds the database longer than we wait for it. What was begun is taken back, and tried again.
            logger.warning("the database does not answer: %s", error)
            begun = False
        stop.wait(_PAUSE)


def silence() -> float | None:
    """Seconds since the worker looked last, none when it never did."""
    seen = cache.get(_SIGN)
    return None if seen is None else max(time.time() - seen, 0.0)


def _take_back() -> None:
    """Queues again what a worker that died had begun; a job that killed it too often is given up."""
    Job.objects.filter(state=Job.State.DOING, attempts__lt=queue.ATTEMPTS).update(state=Job.State.TODO)
    Job.objects.filter(state=Job.State.DOING).update(state=Job.State.FAILED, fault="the worker died")


def _begin() -> Job | None:
    with transaction.atomic():
        job = Job.objects.select_for_update().filter(state=Job.State.TODO, run_at__lte=clock.now()).order_by("run_at", "id").first()
        if job is not None:
            job.state, job.attempts = Job.State.DOING, job.attempts + 1
            job.save()
    return job


def _run(job: Job) -> None:
    try:
        queue.TASKS[job.task](**job.arguments)
    except Exception as error:  # the worker's one broad handler: a fault of one job must not stop the others
        logger.exception("job %s (%s) failed", job.pk, job.task)
        job.fault = f"{type(error).__name__}: {error}"[:300]
        job.state = Job.State.FAILED if job.attempts >= queue.ATTEMPTS else Job.State.TODO
        job.run_at = clock.now() + timedelta(seconds=10 * 4**job.attempts)
        job.save()
    else:
        job.delete()
