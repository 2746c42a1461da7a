"""The engine of one machine: a pool of children, a journal in the lake, and nothing to install."""

import logging
import os
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from secrets import token_hex
from threading import Event, Thread
from typing import Any, TypeVar

from mingjian.errors import InputError, TryAgainError
from mingjian.fleet import steps
from mingjian.fleet.child import Work
from mingjian.fleet.guard import Ended
from mingjian.fleet.journal import Job, Journal, Result
from mingjian.fleet.outcome import GOOD, Outcome
from mingjian.fleet.pool import Pool
from mingjian.fleet.remove import remove
from mingjian.fleet.room import check_room
from mingjian.fleet.run import JobState, Run
from mingjian.fleet.steps import Prepared
from mingjian.fleet.task import OUTPUT
from mingjian.lake.files import house_faults

logger = logging.getLogger(__name__)

JOBS = "jobs"
"""The folder of the lake in which each job at work has its own."""
WAITS = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds between tries of what the house let fail; when the last was in vain too, the run stops and can be resumed."""
_AHEAD = 4
_MOST_LATER = 1000
"""Jobs that wait for the house at once, so that those of one dead server do not keep the others back."""
_OF_SERVERS = ("fleet.fetch.", "fetch.")
"""How the keys of errors begin that say of one server and nothing of this machine."""
_TICK = 0.2
_GRACE = 3.0

T = TypeVar("T")


@dataclass(slots=True)
class _Held:
    """A job that is looked after. `tries` is how many tries before this one count; `faults` how often the house failed it here, `since`
    when first. `older` is a report of its key that is there, and is to be made again."""

    job: Job
    folder: Path
    tries: int
    prepared: Prepared | None = None
    older: Result | None = None
    faults: int = 0
    since: float = 0
    not_before: float = 0


@dataclass(frozen=True, slots=True)
class Local:
    """Runs a run's open jobs in `slots` children at once. With `link` files are linked, not copied, see `fetch`; `tell` hears of each
    fault of the house that is waited for."""

    journal: Journal
    lake: Path
    slots: int
    link: bool = False
    waits: tuple[float, ...] = WAITS
    tell: Callable[[TryAgainError], None] = lambda _: None

    def hold(self) -> None:
        """Does nothing: who is at work on a lake has locked it."""

    def run(self, run: Run, work: Work, stop: Event) -> Iterator[Outcome]:
        """What came of each job, as it is done or given up, until none is open or `stop` is set; then what is at work is waited for a few
        seconds and the rest stays open. Raises `TryAgainError` at the end when a fault of the house stays, `UsageError` when settings are
        missing that a listing needs; both leave jobs open."""
        # What a run that was killed left there.
        remove(self.lake / JOBS)
        folder = self.lake / JOBS / token_hex(4)
        with house_faults(folder):
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
    """The jobs that are looked after now: being fetched, waiting for another of the same key, for a slot or for the house, or at work.

    A job is begun when it goes to work and no sooner, so that the end of the program casts suspicion on none that was not."""

    def __init__(self, engine: Local, run: Run, folder: Path, pool: Pool, stop: Event) -> None:
        self._engine, self._run, self._folder, self._pool, self._stop = engine, run, folder, pool, stop
        self._node = f"{socket.gethostname()}:{os.getpid()}"
        self._jobs = engine.journal.open_jobs(run)
        self._futures: dict[Future[Any], _Held] = {}
        self._at_work: dict[int, _Held] = {}
        self._ready: deque[_Held] = deque()
        self._sharing: dict[str, list[_Held]] = {}
        self._later: list[_Held] = []
        self._left: TryAgainError | None = None
        self._halted = False
        self._suspect: Job | None = None
        self._given_up: dict[str, Outcome] = {}
        self._good = time.monotonic()
        self._cramped = 0
        self._count = 0
        self._all_taken = False

    def outcomes(self) -> Iterator[Outcome]:
        """Takes jobs and brings them to their end, until there are no more, or until what was at work when it was told to stop has had
        its time."""
        while not (self._stop.is_set() or self._halted or (self._all_taken and self._under_way() + len(self._later) == 0)):
            yield from self._feed()
            self._start()
            yield from self._wait()
        until = time.monotonic() + _GRACE
        self._ready.clear()
        while self._at_work and (time.monotonic() < until or not self._stop.is_set()):
            yield from self._wait()
        if self._left and not self._stop.is_set():
            raise self._left

    def abandon(self) -> None:
        """Gives back the tries of the jobs that did not end; nothing is at work any more."""
        with suppress(TryAgainError):
            for held in self._at_work.values():
                self._engine.journal.spared(held.job, self._node)

    def _under_way(self) -> int:
        return len(self._futures) + len(self._ready) + sum(map(len, self._sharing.values()))

    def _feed(self) -> Iterator[Outcome]:
        """Takes as many jobs as may be under way, those first that waited long enough for the house."""
        for held in [each for each in self._later if each.not_before <= time.monotonic()]:
            self._later.remove(held)
            self._fetch(held)
        most = _AHEAD * self._engine.slots
        while not self._all_taken and self._under_way() < most and len(self._later) < _MOST_LATER and self._room():
            job = self._suspect or next(self._jobs, None)
            if job is None:
                self._all_taken = True
                return
            self._suspect = job if job.suspected and self._under_way() + len(self._later) else None
            if self._suspect:
                # Those that may have taken the program along come last, each alone, so that none makes a neighbour look guilty.
                return
            self._count += 1
            held = _Held(job, self._folder / str(self._count), job.tries)
            if job.tries >= self._run.limits.tries:
                yield from self._end(held, steps.took_program(job, job.tries), "poison")
            else:
                self._fetch(held)

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
        self._futures[_in_thread(lambda: self._prepared(held))] = held

    def _prepared(self, held: _Held) -> Prepared:
        with house_faults(held.folder):
            held.folder.mkdir()
        return steps.prepare(held.job, self._run, held.folder, self._engine.link)

    def _start(self) -> None:
        while self._ready and len(self._at_work) < self._engine.slots:
            held = self._ready.popleft()
            assert held.prepared is not None
            held.tries = self._patiently(partial(self._engine.journal.begun, held.job, self._node))
            self._at_work[held.job.place] = held
            task = steps.with_known_code(held.prepared.task, self._run, self._engine.lake)
            self._futures[self._pool.start(held.folder, task)] = held

    def _wait(self) -> Iterator[Outcome]:
        if not self._futures:
            # Only what waits for the house, or for room on the disk, is left.
            time.sleep(_TICK / 4)
            return
        done, _ = wait(self._futures, timeout=_TICK, return_when=FIRST_COMPLETED)
        for future in done:
            held = self._futures.pop(future)
            if held.prepared is None:
                yield from self._fetched(held, future)
            else:
                yield from self._worked(held, held.prepared, future.result())

    def _fetched(self, held: _Held, future: Future[Prepared]) -> Iterator[Outcome]:
        try:
            held.prepared = future.result()
        except InputError as error:
            yield from self._end(held, steps.refused(held.job, error), "poison")
        except TryAgainError as error:
            self._fault(held, error)
        else:
            yield from self._queue(held, held.prepared)

    def _queue(self, held: _Held, prepared: Prepared) -> Iterator[Outcome]:
        """Ends a job whose report is there, and has others wait: for the one at work that has the same key, or for a slot."""
        if prepared.key in self._sharing:
            self._sharing[prepared.key].append(held)
            return
        given_up = self._given_up.get(prepared.key)
        held.older = self._patiently(lambda: self._engine.journal.result(prepared.key))
        if held.older and (given_up or steps.serves(held.older, self._run)):
            yield from self._end(held, steps.known(held.job, prepared, held.older), "done")
            return
        if given_up:
            yield from self._end(held, steps.given_up(held.job, given_up), "poison")
            return
        self._sharing[prepared.key] = []
        self._ready.append(held)

    def _worked(self, held: _Held, prepared: Prepared, end: Ended) -> Iterator[Outcome]:
        if end.verdict is None:
            self._fault(held, TryAgainError("fleet.house", what=end.reason or ""))
        else:
            outcome = steps.ended(held.job, prepared, end)
            state = steps.state_after(outcome, held.tries, self._run.limits)
            if outcome.verdict in GOOD:
                self._patiently(lambda: steps.stage(self._engine.lake, prepared.key, held.folder))
            if state == "open":
                self._again(held, outcome)
                return
            if state == "poison":
                self._given_up[prepared.key] = outcome
                if held.older:
                    outcome, state = steps.known(held.job, prepared, held.older), "done"
            yield from self._end(held, outcome, state)
        for other in self._sharing.pop(prepared.key):
            assert other.prepared is not None
            yield from self._queue(other, other.prepared)

    def _again(self, held: _Held, outcome: Outcome) -> None:
        logger.info("run %s, job %d: %s (%s), tried once more", self._run.id, outcome.place, outcome.verdict, outcome.reason)
        self._good = time.monotonic()
        remove(held.folder / OUTPUT)
        self._patiently(lambda: self._engine.journal.end(self._run, outcome, "open", self._node))
        del self._at_work[held.job.place]
        self._ready.append(held)

    def _end(self, held: _Held, outcome: Outcome, state: JobState) -> Iterator[Outcome]:
        self._good = time.monotonic()
        remove(held.folder)
        self._patiently(lambda: self._engine.journal.end(self._run, outcome, state))
        self._at_work.pop(held.job.place, None)
        yield outcome

    def _fault(self, held: _Held, error: TryAgainError) -> None:
        """Has a job wait for the house. One that waited in vain is left open; when it was not for a server and nothing else went well
        meanwhile, so is all the rest that is not at work."""
        if held.job.place in self._at_work:
            self._patiently(lambda: self._engine.journal.spared(held.job, self._node))
            del self._at_work[held.job.place]
        remove(held.folder)
        held.since = held.since or time.monotonic()
        if held.faults == len(self._engine.waits):
            self._left = error
            self._halted = self._halted or (self._good < held.since and not error.key.startswith(_OF_SERVERS))
            return
        self._engine.tell(error)
        held.not_before = time.monotonic() + self._engine.waits[held.faults]
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
