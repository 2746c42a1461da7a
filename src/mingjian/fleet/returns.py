"""What a node hands back to the queue, which takes it only from who has it: a job that another node took over is that node's.

Procrastinate's own functions ask for a job's number alone, and so a node that was cut off would end, or queue again, what another is at."""

from datetime import datetime

from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from procrastinate.utils import utcnow

# A job that was taken over and then came to the same node anew has one attempt more.
_MINE = """
WITH mine AS MATERIALIZED (
    SELECT id FROM procrastinate_jobs
    WHERE id = %(id)s AND status = 'doing' AND worker_id = %(worker)s AND attempts = %(attempts)s FOR UPDATE)
"""
_FINISH = _MINE + "SELECT procrastinate_finish_job_v1(id, %(status)s, %(delete)s) FROM mine"  # noqa: S608 - our own words
_RETRY = _MINE + "SELECT procrastinate_retry_job_v2(id, %(at)s, %(priority)s, NULL, NULL) FROM mine"  # noqa: S608 - our own words


class Returns(JobManager):
    """Ends jobs, and queues them again, while they are their node's; does nothing when they no longer are."""

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        """Sets a job to its last state, or deletes it."""
        await self.connector.execute_query_async(_FINISH, **_of(job), status=status.value, delete=delete_job)

    async def retry_job(
        self, job: Job, retry_at: datetime | None = None, priority: int | None = None, queue: str | None = None, lock: str | None = None
    ) -> None:
        """Has a job wait until a moment, at another priority where one is given; queue and lock stay as they are."""
        del queue, lock
        await self.connector.execute_query_async(_RETRY, **_of(job), at=retry_at or utcnow(), priority=priority)


def _of(job: Job) -> dict[str, object]:
    return {"id": job.id, "worker": job.worker_id, "attempts": job.attempts}
