"""One machine of a cluster: takes jobs from the queue, has them done in its pool, and tells the journal. Its loop never reads a package."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from procrastinate import App
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job as Queued
from procrastinate.manager import JobManager
from procrastinate.retry import BaseRetryStrategy, RetryDecision
from procrastinate.worker import Worker
from psycopg import OperationalError

from mingjian.errors import MingjianError, TryAgainError
from mingjian.extract import digest
from mingjian.fleet.attendance import HOUSE, Attendance, GivenBackError
from mingjian.fleet.bench import Bench
from mingjian.fleet.journal import Observer
from mingjian.fleet.patient import PatientConnector
from mingjian.fleet.pool import Pool
from mingjian.fleet.postgres import PostgresJournal
from mingjian.fleet.queue import TASK, queue_name
from mingjian.fleet.returns import Returns
from mingjian.fleet.run import Run
from mingjian.fleet.sweeper import Sweeper
from mingjian.fleet.timing import Timing
from mingjian.fleet.work import Scan
from mingjian.scan import tool_version

logger = logging.getLogger(__name__)

INTERRUPTED = 130
_AHEAD = 2
"""Jobs that a node holds for each slot: one is fetched while another is scanned."""
_LATE = 10.0
"""Seconds that a stop may take beyond what running jobs are given."""
_TRIES = 3


def scanning(run: Run, slots: int) -> Pool:
    """A pool that scans under the packs and limits of a run."""
    return Pool(Scan(run.packs, run.limits), slots, run.limits)


@dataclass(frozen=True, slots=True)
class Site:
    """Where and how a node works. `lake` is the folder that it shares with the coordinator; `scratch` a folder of this machine for what is
    fetched, else it lies in the lake. `pool_of` makes the pool for a run's packs and limits."""

    database: str
    lake: Path
    slots: int
    scratch: Path | None = None
    link: bool = False
    timing: Timing = field(default_factory=Timing)
    pool_of: Callable[[Run, int], Pool] = scanning
    observer: Observer = field(default_factory=Observer)


def serve(site: Site) -> None:
    """Works until SIGTERM or SIGINT: then what runs is finished within the grace, the rest given back; a second signal ends it at once.
    A database that is away, also at the beginning, is waited for. Raises `UsageError` for an address that is none, and `MingjianError` when
    what looks after the queue failed by a fault of ours."""
    asyncio.run(_Node(site).serve())


class _Node:
    def __init__(self, site: Site) -> None:
        self._site = site
        self._version = (tool_version(), digest())
        self._stopping = asyncio.Event()
        self._worker: Worker | None = None
        self._running: set[int] = set()
        self._told: set[str] = set()
        self._fault: BaseException | None = None

    async def serve(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            # Not the loop's own way, which the pool's processes would inherit: their signals would be told to us.
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(self._stop))
        threads = ThreadPoolExecutor(_AHEAD * self._site.slots + 2)
        loop.set_default_executor(threads)
        journal = await self._opened()
        if journal is None:
            return
        journal.observer = self._site.observer
        with Bench(self._site.lake, self._site.scratch, self._site.slots, self._site.pool_of) as bench:
            attendance = Attendance(journal, bench, self._site.link, self._site.timing.again, self._stopping)
            while not self._stopping.is_set():
                try:
                    await self._work(journal, attendance)
                except (ConnectorException, OperationalError) as error:
                    logger.warning("the queue is taken up anew: %s", error.__cause__ or error)
                    await self._pause(self._site.timing.again)
        journal.close()
        if self._fault:
            raise MingjianError("fleet.node_fault", what=f"{type(self._fault).__name__}: {self._fault}") from self._fault

    async def _opened(self) -> PostgresJournal | None:
        while not self._stopping.is_set():
            try:
                return await asyncio.to_thread(PostgresJournal, self._site.database, _AHEAD * self._site.slots)
            except TryAgainError as error:
                logger.warning("the database does not answer: %s", error.values.get("why"))
                await self._pause(self._site.timing.again)
        return None

    async def _work(self, journal: PostgresJournal, attendance: Attendance) -> None:
        """Takes jobs until told to stop, or until the queue no longer knows this node."""
        timing = self._site.timing
        connector = PatientConnector(self._site.database, 4, timing.look)
        app = App(connector=connector)
        app.job_manager = Returns(connector)

        async def scan(context: Any, run: str, place: int) -> None:
            self._running.add(context.job.id)
            try:
                await attendance.attend(run, place)
            finally:
                self._running.discard(context.job.id)

        app.task(name=TASK, pass_context=True, retry=_Again(timing.again))(scan)
        async with app.open_async():
            self._worker = Worker(
                app,
                queues=[queue_name(*self._version)],
                concurrency=_AHEAD * self._site.slots,
                fetch_job_polling_interval=timing.look,
                shutdown_graceful_timeout=timing.grace,
                # The channels of a database are common to all its schemas, and the console's worker listens to all of them.
                listen_notify=False,
                delete_jobs="successful",
                install_signal_handlers=False,
                update_heartbeat_interval=timing.heartbeat,
                # Whose silence is counted is the sweeper's matter; this only clears the list of old names.
                stalled_worker_timeout=100 * timing.stalled,
            )
            sweeper = Sweeper(connector, timing.stalled)
            beside = [asyncio.create_task(self._look_around(journal, sweeper)), asyncio.create_task(self._beat(app.job_manager))]
            for task in beside:
                task.add_done_callback(self._ended_beside)
            leave = asyncio.create_task(self._leave(connector))
            try:
                if not self._stopping.is_set():
                    await self._worker.run()  # type: ignore[no-untyped-call]
            finally:
                for task in (*beside, leave):
                    task.cancel()
                self._worker = None

    async def _look_around(self, journal: PostgresJournal, sweeper: Sweeper) -> None:
        while True:
            await asyncio.sleep(self._site.timing.heartbeat)
            try:
                await sweeper.dead()
                if self._worker and self._worker.worker_id is not None:
                    await sweeper.lost(self._worker.worker_id, frozenset(self._running))
                self._site.observer.alive(await sweeper.waiting(queue_name(*self._version)))
                for run in await asyncio.to_thread(journal.runs):
                    self._tell_of(run)
            except (ConnectorException, TryAgainError) as error:
                logger.warning("not swept: %s", error)

    async def _beat(self, queue: JobManager) -> None:
        """Gives signs of life beside the worker, whose own end for good at the first answer that is an error."""
        while True:
            await asyncio.sleep(self._site.timing.heartbeat)
            if self._worker and self._worker.worker_id is not None:
                try:
                    await queue.update_heartbeat(self._worker.worker_id)
                except ConnectorException as error:
                    logger.warning("no sign of life: %s", error.__cause__ or error)

    def _ended_beside(self, beside: "asyncio.Task[None]") -> None:
        """A node that no longer looks around would leave the jobs of dead nodes, and its own lost ones, where they are; one that gives no
        signs of life would lose its own: it ends."""
        if not beside.cancelled() and (fault := beside.exception()) and not self._fault:
            self._fault = fault
            if not self._stopping.is_set():
                self._stop()

    def _tell_of(self, run: Run) -> None:
        if run.state == "running" and (run.tool, run.catalogue) != self._version and run.id not in self._told:
            self._told.add(run.id)
            logger.warning("run %s waits for nodes of version %s, catalogue %s; this one is another", run.id, run.tool, run.catalogue[:12])

    async def _leave(self, connector: PatientConnector) -> None:
        await self._stopping.wait()
        # Whoever stops while the database is away has nothing to wait for.
        await asyncio.sleep(self._site.timing.grace)
        connector.leave()

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    def _stop(self) -> None:
        if self._stopping.is_set():
            # The children end with this process; the queue takes their jobs for those of a dead node.
            os._exit(INTERRUPTED)
        logger.warning("stopping: what runs is finished within %s s; a second signal ends it at once", self._site.timing.grace)
        self._stopping.set()
        if self._worker:
            self._worker.stop()  # type: ignore[no-untyped-call]
        asyncio.get_running_loop().call_later(self._site.timing.grace + _LATE, os._exit, INTERRUPTED)


class _Again(BaseRetryStrategy):
    """What this node gives back another may take at once; a fault of the house passes, and what waits for it comes after what does not; one
    of ours is tried a few times."""

    def __init__(self, wait: int) -> None:
        self._wait = wait

    def get_retry_decision(self, *, exception: BaseException, job: Queued) -> RetryDecision | None:
        if isinstance(exception, GivenBackError | asyncio.CancelledError):
            return _later(0)
        if isinstance(exception, HOUSE):
            return _later(self._wait, priority=job.priority - 1)
        return _later(self._wait) if job.attempts < _TRIES else None


def _later(seconds: int, priority: int | None = None) -> RetryDecision:
    decision: RetryDecision = RetryDecision(retry_in={"seconds": seconds}, priority=priority)
    return decision
