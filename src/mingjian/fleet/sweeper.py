"""Gives back what dead nodes held, and what a living one holds without knowing."""

import logging

from mingjian.fleet.patient import PatientConnector
from mingjian.fleet.queue import TASK

logger = logging.getLogger(__name__)

_NOW = "SELECT extract(epoch FROM clock_timestamp())::float8 AS now"
# Locking the row first: of two nodes that sweep at once one finds it and the other passes it by. A question that had to wait for the
# database comes too late to say who is silent.
_SWEEP = """
WITH silent AS MATERIALIZED (
    SELECT job.id, job.args FROM procrastinate_jobs AS job
    WHERE clock_timestamp() <= to_timestamp(%(until)s) AND job.status = 'doing' AND job.task_name = %(task)s AND NOT EXISTS (
        SELECT FROM procrastinate_workers AS worker
        WHERE worker.id = job.worker_id AND worker.last_heartbeat >= now() - make_interval(secs => %(stalled)s))
    FOR UPDATE OF job SKIP LOCKED)
SELECT args, procrastinate_retry_job_v2(id, now(), NULL, NULL, (args->>'run') || '/suspects') FROM silent
"""
_HELD = "SELECT id FROM procrastinate_jobs WHERE status = 'doing' AND worker_id = %(worker)s"
_BACK = """
WITH mine AS MATERIALIZED (
    SELECT id FROM procrastinate_jobs WHERE id = ANY(%(ids)s) AND status = 'doing' AND worker_id = %(worker)s FOR UPDATE SKIP LOCKED)
SELECT procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL) FROM mine
"""
_WAITING = "SELECT count(*) AS waiting FROM procrastinate_jobs WHERE status = 'todo' AND queue_name = %(queue)s"


class Sweeper:
    """Sweeps for one node. Nobody's silence is counted until the database has answered here for `stalled` seconds, by its own clock, and
    never left two answers half as long apart: then a living node would have been heard."""

    def __init__(self, connector: PatientConnector, stalled: float) -> None:
        self._connector = connector
        self._stalled = stalled
        self._since = self._last = float("-inf")
        self._unknown: frozenset[int] = frozenset()

    async def dead(self) -> int:
        """Queues again what nodes held that give no sign any more, one at a time to run, and returns how many jobs that were."""
        now = float((await self._connector.execute_query_one_async(_NOW))["now"])
        gap = self._stalled / 2
        if now - self._last > gap:
            self._since = now
        self._last = now
        if now - self._since < self._stalled:
            return 0
        rows = await self._connector.execute_query_all_async(_SWEEP, task=TASK, stalled=self._stalled, until=now + gap)
        for row in rows:
            logger.warning("job %s of run %s is taken over from a node that fell silent", row["args"]["place"], row["args"]["run"])
        return len(rows)

    async def lost(self, worker: int, running: frozenset[int]) -> int:
        """Queues again what the queue holds this node to be doing and it is not: the answer that handed it over never came. Only what was
        so at two looks in a row, since between two answers everything looks so."""
        held = await self._connector.execute_query_all_async(_HELD, worker=worker)
        before, self._unknown = self._unknown, frozenset(row["id"] for row in held) - running
        if lost := self._unknown & before:
            await self._connector.execute_query_all_async(_BACK, ids=list(lost), worker=worker)
        return len(lost)

    async def waiting(self, queue: str) -> int:
        """How many jobs wait in a queue."""
        rows = await self._connector.execute_query_all_async(_WAITING, queue=queue)
        return int(rows[0]["waiting"])
