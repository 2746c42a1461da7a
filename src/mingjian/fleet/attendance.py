"""What a node does for one job, from its place in the queue to its row in the journal."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import ParamSpec, TypeVar

from mingjian.errors import InputError, MingjianError, TryAgainError, UsageError
from mingjian.fleet import steps
from mingjian.fleet.bench import Bench, Place
from mingjian.fleet.journal import Job
from mingjian.fleet.outcome import GOOD
from mingjian.fleet.postgres import PostgresJournal
from mingjian.fleet.run import JobState, Run
from mingjian.fleet.steps import Prepared
from mingjian.fleet.waiting import note, reason

logger = logging.getLogger(__name__)

HOUSE = (TryAgainError, UsageError, OSError)
"""Faults that pass, or that another node may not have; none ends a job."""

P = ParamSpec("P")
T = TypeVar("T")


class GivenBackError(Exception):
    """The node is about to stop and has not opened this job."""


class Attendance:
    """Attends to jobs, as many at once as are asked of it, of which as many as the bench has slots are open. The journal is waited for when
    it does not answer, so that what a child has done is never done again for a database that was away."""

    def __init__(self, journal: PostgresJournal, bench: Bench, link: bool, again: float, stopping: asyncio.Event) -> None:
        self._journal = journal
        self._bench = bench
        self._link = link
        self._again = again
        self._stopping = stopping
        self._slots = asyncio.Semaphore(bench.slots)
        self._told: set[tuple[str, str]] = set()

    async def attend(self, id: str, place: int) -> None:
        """Does the job at a place of a run, unless it is done or the run was stopped. Raises one of `HOUSE` for a fault of the house or a
        setting that this node lacks, `GivenBackError` when it stops first; none is counted against the package. What a job waits for is
        kept with it, and told once for each run and kind."""
        try:
            await self._attend(id, place)
        except HOUSE as error:
            why = reason(error)
            kind = error.key if isinstance(error, MingjianError) else why.en
            if (id, kind) not in self._told:
                self._told.add((id, kind))
                logger.warning("run %s waits: %s", id, why.en)
            await self._asked(note, self._journal, id, place, why)
            raise

    async def _attend(self, id: str, place: int) -> None:
        found = await self._asked(self._journal.job, id, place)
        if found is None:
            return
        run, job = found
        if job.tries >= run.limits.tries:
            await self._asked(self._journal.end, run, steps.took_program(job, job.tries), "poison")
            return
        await self._check_lake(run)
        async with self._bench.place() as here:
            try:
                prepared = await asyncio.to_thread(steps.prepare, job, run, here.folder, self._link)
            except InputError as error:
                await self._asked(self._journal.end, run, steps.refused(job, error), "poison")
                return
            result = await self._asked(self._journal.result, prepared.key)
            if result and steps.serves(result, run):
                await self._asked(self._journal.end, run, steps.known(job, prepared, result), "done")
                return
            async with self._slots:
                if self._stopping.is_set():
                    raise GivenBackError
                await self._tries(run, job, prepared, here)

    async def _check_lake(self, run: Run) -> None:
        try:
            await asyncio.to_thread(self._bench.check, run)
        except TryAgainError:
            # Else this node would take one job after the other from those who can do them.
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._again)
            raise

    async def _tries(self, run: Run, job: Job, prepared: Prepared, here: Place) -> None:
        state: JobState = "open"
        while state == "open":
            reached = False
            before = await self._asked(self._journal.begun, job, self._bench.name)
            if before >= run.limits.tries:
                await self._asked(self._journal.end, run, steps.took_program(job, before), "poison")
                return
            try:
                outcome = steps.ended(job, prepared, await self._bench.done(run, here.folder, prepared.task))
                if outcome.verdict in GOOD:
                    # Another node may have been faster, while this one was taken for dead.
                    result = await self._asked(self._journal.result, prepared.key)
                    if result and steps.serves(result, run):
                        outcome = replace(outcome, known=True)
                    else:
                        await asyncio.to_thread(here.stage, prepared.key)
                reached = True
            finally:
                # Whatever kept it from an outcome, the package was not at fault.
                if not reached:
                    await self._asked(self._journal.spared, job, self._bench.name)
            await asyncio.to_thread(here.clear)
            state = steps.state_after(outcome, before, run.limits)
            if state == "poison" and (older := await self._asked(self._journal.result, prepared.key)):
                outcome, state = steps.known(job, prepared, older), "done"
            if not await self._asked(self._journal.end, run, outcome, state, self._bench.name):
                # Others have the job, or nobody: the run ended.
                return

    async def _asked(self, ask: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The journal's answer, however long it takes to come back."""
        while True:
            try:
                return await asyncio.to_thread(ask, *args, **kwargs)
            except TryAgainError as error:
                logger.info("the journal does not answer: %s", error.values.get("why"))
                await asyncio.sleep(self._again)
