"""The engine of many machines: it keeps the queue filled and tells what came of the jobs. Nodes do the work, also while nobody leads."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

import psycopg

from mingjian.errors import MingjianError, TryAgainError
from mingjian.fleet.child import Work
from mingjian.fleet.database import address, told
from mingjian.fleet.outcome import Outcome
from mingjian.fleet.postgres import PostgresJournal
from mingjian.fleet.queue import fill, held
from mingjian.fleet.room import check_room
from mingjian.fleet.run import Run
from mingjian.fleet.timing import Timing
from mingjian.fleet.waiting import Waiting, waiting
from mingjian.model.types import Text

_LATE = 200
"""Jobs that ended on other machines may become visible so many numbers late."""
_IDLE = 3
"""Looks in a row at which jobs are open and none is anywhere: between two of them one may just have ended."""


class Lead:
    """The right to lead a run, which one program has at a time; the database takes it back when its connection ends."""

    def __init__(self, url: str, run: str) -> None:
        self._address = address(url)
        self._run = run
        self._connection: psycopg.Connection[Any] | None = None

    def hold(self) -> None:
        """Sees that the right is still ours, and takes it anew where the connection was lost. Raises `TryAgainError` when somebody else has
        it, or the database does not answer."""
        if self._connection:
            with suppress(psycopg.Error):
                self._connection.execute("SELECT 1")
                return
            self.leave()
        with told():
            connection = psycopg.connect(self._address, autocommit=True)
        with told():
            row = connection.execute("SELECT pg_try_advisory_lock(hashtextextended('mingjian_fleet ' || %s, 0))", (self._run,)).fetchone()
        if row != (True,):
            connection.close()
            raise TryAgainError("fleet.led", run=self._run)
        self._connection = connection

    def leave(self) -> None:
        """Gives the right back."""
        if self._connection:
            self._connection.close()
            self._connection = None


@contextmanager
def leading(url: str, run: str) -> Iterator[Lead]:
    """Leads a run. Raises `TryAgainError` when somebody else does."""
    lead = Lead(url, run)
    lead.hold()
    try:
        yield lead
    finally:
        lead.leave()


@dataclass(frozen=True, slots=True)
class Cluster:
    """Has a run's open jobs done by nodes. `tell` is told of each fault of the house that is waited for."""

    journal: PostgresJournal
    lake: Path
    lead: Lead
    timing: Timing = field(default_factory=Timing)
    tell: Callable[[TryAgainError], None] = lambda _: None

    def hold(self) -> None:
        """Sees that the run is still ours to lead. Raises `TryAgainError` when somebody else leads it, or the database does not answer."""
        self.lead.hold()

    def run(self, run: Run, work: Work, stop: Event) -> Iterator[Outcome]:
        """What came of each job since this was called, until none is open, `stop` is set or the run is running no more. `work` is what the
        nodes do, each by itself. Raises `TryAgainError` when the database stays away, the disk full, or nothing is left but jobs that wait
        for something else; `MingjianError` when what is left open is nothing but jobs at which nodes failed by a fault of ours."""
        del work
        feed = _Feed(self.journal, run)
        house = _House(run, self.timing, self.tell)
        well, idle, told = monotonic(), 0, ""
        while not stop.is_set():
            outcomes: list[Outcome] = []
            running = left = True
            waits: Waiting | None = None
            try:
                self.lead.hold()
                running = self.journal.run(run.id).state == "running"
                left = self.journal.unfinished(run)
                outcomes = feed.new()
                # Nodes go on with what waits, also while the disk has no room for more.
                check_room(self.lake)
                idle = 0 if fill(self.journal, run) or held(self.journal, run) else idle + 1
                waits = waiting(self.journal, run, self.timing.patience / 2)
                well, told = monotonic(), ""
            except TryAgainError as error:
                if not outcomes and monotonic() - well > self.timing.patience:
                    raise
                if error.key != told:
                    self.tell(error)
                idle, told = 0, error.key
            yield from outcomes
            if outcomes:
                # Who takes them into the lake may take longer than anybody's patience.
                well = monotonic()
            if not running or not (left or outcomes):
                return
            if idle == _IDLE:
                raise MingjianError("fleet.broken_jobs", run=run.id)
            house.look(waits, bool(outcomes))
            if not outcomes:
                stop.wait(self.timing.look)


class _House:
    """What the jobs of a run wait for, told once for each reason."""

    def __init__(self, run: Run, timing: Timing, tell: Callable[[TryAgainError], None]) -> None:
        self._run = run
        # A job that waited before may be at work again, and ends within its time.
        self._patience = timing.patience + run.limits.tries * run.limits.timeout
        self._tell = tell
        self._told: set[Text] = set()
        self._moved = monotonic()

    def look(self, waits: Waiting | None, ended: bool) -> None:
        """Takes note of what waits now, and of whether a job ended. Raises `TryAgainError` when for too long none did, and there were no
        jobs but those."""
        if waits and waits.why not in self._told:
            self._told.add(waits.why)
            self._tell(waits.told(self._run))
        if ended or not (waits and waits.alone):
            self._moved = monotonic()
        elif monotonic() - self._moved > self._patience:
            raise waits.told(self._run)


class _Feed:
    """Each outcome once, from the first look on."""

    def __init__(self, journal: PostgresJournal, run: Run) -> None:
        self._journal = journal
        self._run = run
        self._seen: set[int] = set()
        self._from: int | None = None

    def new(self) -> list[Outcome]:
        if self._from is None:
            self._from = self._journal.last_ended(self._run)
        rows = self._journal.ended(self._run, self._from)
        fresh = [outcome for number, outcome in rows if number not in self._seen]
        if rows:
            self._from = max(self._from, rows[-1][0] - _LATE)
            self._seen = {number for number in self._seen.union(number for number, _ in rows) if number > self._from}
        return fresh
