"""The engine of one machine: a pool of children, a journal in the lake, and nothing to install."""

import logging
import os
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from threading import Event, Thread
from typing import Any, TypeVar

from mingjian.errors import InputError, TryAgainError
from mingjian.fleet import steps
from mingjian.fleet.child import Work
from mingjian.fleet.fetch import Reach
from mingjian.fleet.guard import Ended
from mingjian.fleet.journal import Job, Journal
from mingjian.fleet.outcome import GOOD, Outcome
from mingjian.fleet.pool import Pool
from mingjian.fleet.remove import remove
from mingjian.fleet.room import check_room
from mingjian.fleet.run import Run
from mingjian.fleet.steps import Prepared

logger = logging.getLogger(__name__)

JOBS = "jobs"
"""The folder of the lake in which each job at work has its own."""
WAITS = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds between tries of what the house let fail; when the last was in vain too, the run stops and can be resumed."""
_AHEAD = 4
_TICK = 0.2
_GRACE = 3.0

T = TypeVar("T")


@dataclass(slots=True)
class _Held:
    """A job that was begun. `tries` is how often it was before; `faults` how often the house failed it now, `since` when first."""

    job: Job
    folder: Path
    tries: int
    prepared: Prepared | None = None
    faults: int = 0
    since: float = 0
    not_before: float = 0


@dataclass(frozen=True, slots=True)
class Local:
    """Runs a run's open jobs in `slots` children at once. `tell` hears of each fault of the house that is waited for."""

    journal: Journal
    lake: Path
    slots: int
    reach: Reach = field(default_factory=Reach)
    waits: tuple[float, ...] = WAITS
    tell: Callable[[TryAgainError], None] = lambda _: None

    def run(self, run: Run, work: Work, stop: Event) -> Iterator[Outcome]:
        """What came of each job, as it is done or given up, until none is open or `stop` is set; then what is at work is waited for a few
        seconds and the rest stays open. Raises `TryAgainError` when a fault of the house stays, `UsageError` when settings are missing that
        a listing needs; both leave jobs open."""
        # What a run that was killed left there.
        remove(self.lake / JOBS)
        folder = self.lake / JOBS / token_hex(4)
        folder.mkdir(parents=True)
        with Pool(work, self.slots, run.limits) as pool:
            flight = _Flight(self, run, folder, pool, stop)
            try:
                yield from flight.outcomes()
            finally:
                pool.stop()
                flight.abandon()
                remove(self.lake / JOBS)


class _Flight:
    """The jobs that are begun and not ended: being fetched, waiting for another of the same key, at work, or waiting for the house."""

    def __init__(self, engine: Local, run: Run, folder: Path, pool: Pool, stop: Event) -> None:
        self._engine, self._run, self._folder, self._pool, self._stop = engine, run, folder, pool, stop
        self._node = f"{socket.gethostname()}:{os.getpid()}"
        self._jobs = engine.journal.open_jobs(run)
        self._again: deque[Job] = deque()
        self._held: dict[int, _Held] = {}
        self._futures: dict[Future[Any], _Held] = {}
        self._sharing: dict[str, list[_Held]] = {}
        self._later: list[_Held] = []
        self._left: TryAgainError | None = None
        self._good = time.monotonic()
        self._cramped = 0
        self._begun = 0
        self._all_begun = False

    def outcomes(self) -> Iterator[Outcome]:
        """Feeds and ends jobs until there is nothing more to do."""
        until: float | None = None
        while True:
            if not self._stop.is_set():
                yield from self._feed()
            elif until is None:
                until = time.monotonic() + _GRACE
            if not self._futures:
                if self._stop.is_set():
                    return
                if self._all_begun and not self._later and not self._again:
                    break
                time.sleep(_TICK / 4)
                continue
            if until is not None and time.monotonic() > until:
                return
            done, _ = wait(self._futures, timeout=_TICK, return_when=FIRST_COMPLETED)
            for future in done:
                yield from self._advance(self._futures.pop(future), future)
        if self._left:
            raise self._left

    def abandon(self) -> None:
        """Gives back the tries of all jobs that did not end; nothing is at work any more."""
        with suppress(TryAgainError):
            for held in self._held.values():
                self._engine.journal.spared(held.job)

    def _feed(self) -> Iterator[Outcome]:
        """Begins as many jobs as may be under way, those first that waited long enough for the house."""
        for held in [each for each in self._later if each.not_before <= time.monotonic()]:
            self._later.remove(held)
            self._fetch(held)
        most = _AHEAD * self._engine.slots
        while self._under_way() < most and len(self._later) < most and self._room():
            job = self._again.popleft() if self._again else next(self._jobs, None)
            if job is None:
                self._all_begun = True
                return
            tries = self._patiently(lambda job=job: self._engine.journal.begun(job, self._node))  # type: ignore[misc]
            self._begun += 1
            held = self._held[job.place] = _Held(job, self._folder / str(self._begun), tries)
            if tries >= self._run.limits.tries:
                yield from self._end(held, steps.took_program(job, tries))
            else:
                self._fetch(held)

    def _under_way(self) -> int:
        return len(self._futures) + sum(map(len, self._sharing.values()))

    def _room(self) -> bool:
        try:
            check_room(self._engine.lake)
        except TryAgainError as error:
            # What is at work may make room, when it is done.
            if not self._futures:
                if self._cramped == len(self._engine.waits):
                    raise
                self._engine.tell(error)
                self._sleep(self._engine.waits[self._cramped])
                self._cramped += 1
            return False
        self._cramped = 0
        return True

    def _fetch(self, held: _Held) -> None:
        held.folder.mkdir()
        self._futures[_in_thread(lambda: steps.prepare(held.job, self._run, held.folder, self._engine.reach))] = held

    def _advance(self, held: _Held, future: Future[Any]) -> Iterator[Outcome]:
        """Takes a job on from what was waited for: its files, or the end of its child."""
        if held.prepared is not None:
            yield from self._child_ended(held, held.prepared, future.result())
            return
        try:
            held.prepared = future.result()
        except InputError as error:
            yield from self._end(held, steps.refused(held.job, error))
        except TryAgainError as error:
            self._fault(held, error)
        else:
            yield from self._scan(held, held.prepared)

    def _scan(self, held: _Held, prepared: Prepared) -> Iterator[Outcome]:
        if prepared.key in self._sharing:
            self._sharing[prepared.key].append(held)
            return
        result = self._patiently(lambda: self._engine.journal.result(prepared.key))
        if result is not None:
            yield from self._end(held, steps.known(held.job, prepared, result))
            return
        self._sharing[prepared.key] = []
        self._futures[self._pool.start(held.folder, prepared.task)] = held

    def _child_ended(self, held: _Held, prepared: Prepared, end: Ended) -> Iterator[Outcome]:
        waiting = self._sharing.pop(prepared.key)
        if end.verdict is None:
            reason = end.reason
            self._fault(held, TryAgainError("fleet.house", what=reason or ""))
        else:
            if end.verdict in GOOD:
                self._patiently(lambda: steps.stage(self._engine.lake, prepared.key, held.folder))
            yield from self._end(held, steps.ended(held.job, prepared, end))
        for other in waiting:
            assert other.prepared is not None
            yield from self._scan(other, other.prepared)

    def _end(self, held: _Held, outcome: Outcome) -> Iterator[Outcome]:
        """Ends a job, or has it tried once more."""
        self._good = time.monotonic()
        remove(held.folder)
        state = steps.state_after(outcome, held.tries, self._run.limits)
        if state != "open":
            self._patiently(lambda: self._engine.journal.end(self._run, outcome, state))
        del self._held[held.job.place]
        if state == "open":
            logger.info("run %s, job %d: %s (%s), tried once more", self._run.id, outcome.place, outcome.verdict, outcome.reason)
            self._again.append(held.job)
            return
        yield outcome

    def _fault(self, held: _Held, error: TryAgainError) -> None:
        """Has a job wait for the house. One that waited in vain is left open; when nothing else went well meanwhile, so is all the rest."""
        now = time.monotonic()
        remove(held.folder)
        held.since = held.since or now
        if held.faults == len(self._engine.waits):
            if self._good < held.since:
                raise error
            self._engine.journal.spared(held.job)
            del self._held[held.job.place]
            self._left = error
            return
        self._engine.tell(error)
        held.not_before = now + self._engine.waits[held.faults]
        held.faults += 1
        held.prepared = None
        self._later.append(held)

    def _patiently(self, call: Callable[[], T]) -> T:
        for seconds in self._engine.waits:
            try:
                return call()
            except TryAgainError as error:
                self._engine.tell(error)
                self._sleep(seconds)
        return call()

    def _sleep(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self._stop.is_set():
            time.sleep(min(_TICK, seconds))


def _in_thread(call: Callable[[], T]) -> Future[T]:
    """A call in a thread that nobody waits for at the end: a server may take its time."""
    future: Future[T] = Future()

    def settle() -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001  handed over to who asks for the result
            future.set_exception(error)

    Thread(target=settle, daemon=True).start()
    return future
