"""The queue in PostgreSQL: procrastinate's, with any number of workers."""

import json
import logging
from collections.abc import Iterator
from typing import Any, cast

from asgiref.sync import async_to_sync
from django.db import close_old_connections, connection
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.jobs import Status
from procrastinate.manager import JobManager

from mingjian.console.work import queue

logger = logging.getLogger(__name__)

_SILENT = 30
"""Seconds after which a worker that gives no sign is taken for dead."""
_TASK = "mingjian.run"


@app.task(name=_TASK, retry=RetryStrategy(max_attempts=queue.ATTEMPTS - 1, exponential_wait=10))
def run_job(task: str, arguments: dict[str, Any]) -> None:
    """Runs one job in a thread of the worker."""
    close_old_connections()
    try:
        queue.TASKS[task](**arguments)
    finally:
        close_old_connections()


@app.periodic(cron="* * * * * */10")
@app.task(name="mingjian.take_back", queueing_lock="mingjian.take_back", pass_context=True)
async def take_back(context: Any, timestamp: int) -> None:  # noqa: ARG001  procrastinate gives it
    """Takes back what dead workers had begun."""
    for job in await context.app.job_manager.get_stalled_jobs(seconds_since_heartbeat=_SILENT):
        if job.attempts < queue.ATTEMPTS:
            await context.app.job_manager.retry_job(job)
        else:
            await context.app.job_manager.finish_job(job, status=Status.FAILED, delete_job=False)


@app.periodic(cron="*/5 * * * *")
@app.task(name="mingjian.daily", queueing_lock="mingjian.daily")
def every_day(timestamp: int) -> None:  # noqa: ARG001  procrastinate gives it
    """Queues the daily tasks that were not queued today."""
    close_old_connections()
    queue.defer_daily()


def put(task: str, arguments: dict[str, Any]) -> None:
    """Queues a job in the caller's transaction."""
    app.configure_task(_TASK).defer(task=task, arguments=arguments)


def run_due() -> int:
    """Runs every job that is due, in this process and over the caller's connection, and returns how many there were."""
    manager = JobManager(app.connector)
    worker = async_to_sync(manager.register_worker)()
    done = 0
    while (job := async_to_sync(manager.fetch_job)(queues=None, worker_id=worker)) is not None:
        done += 1
        status = Status.SUCCEEDED
        # The framework's own connection hands JSON over as text.
        kwargs: Any = job.task_kwargs
        call = json.loads(kwargs) if isinstance(kwargs, str) else kwargs
        try:
            queue.TASKS[call["task"]](**call["arguments"])
        except Exception:  # as the worker does: a fault of one job must not stop the others
            logger.exception("job %s failed", job.id)
            status = Status.FAILED
        async_to_sync(manager.finish_job)(job, status=status, delete_job=status is Status.SUCCEEDED)
    async_to_sync(manager.unregister_worker)(worker)
    return done


def waiting() -> Iterator[tuple[str, dict[str, Any]]]:
    """Task and arguments of every job that is not done yet."""
    for job in ProcrastinateJob.objects.filter(task_name=_TASK, status__in=("todo", "doing")).order_by("id"):
        yield job.args["task"], job.args["arguments"]


def silence() -> float | None:
    """Seconds since any worker gave a sign, none when none runs."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM now() - max(last_heartbeat)) FROM procrastinate_workers")
        seconds = cursor.fetchone()[0]
    return None if seconds is None else max(float(seconds), 0.0)


def work() -> None:
    """Runs jobs as they come, until the process is told to stop; what is running then is finished first."""
    connector = cast(DjangoConnector, app.connector)
    with app.replace_connector(connector.get_worker_connector()) as running:
        running.run_worker(concurrency=2, delete_jobs="successful", install_signal_handlers=True)
