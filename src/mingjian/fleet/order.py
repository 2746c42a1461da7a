"""A run from its beginning to its end: plan, scan, take into the lake. Whatever ends it, doing it again goes on where it was."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby, islice, takewhile
from operator import itemgetter
from pathlib import Path
from secrets import token_hex
from threading import Event
from typing import Any, Protocol

from mingjian import lake
from mingjian.errors import TryAgainError, UsageError
from mingjian.extract.catalogue import digest
from mingjian.fleet.child import Work
from mingjian.fleet.inputs import listings
from mingjian.fleet.journal import Journal, Progress
from mingjian.fleet.limits import Limits
from mingjian.fleet.listing import Listing
from mingjian.fleet.moment import now
from mingjian.fleet.outcome import Outcome
from mingjian.fleet.own import check_lake
from mingjian.fleet.run import Run
from mingjian.fleet.steps import STAGING, staged_at
from mingjian.lake import Listed, Poison, Staged
from mingjian.lake.files import house_faults
from mingjian.model.periods import half_year
from mingjian.scan import tool_version

COMPACT_AFTER = 10_000
"""Reports that are staged before the lake takes them, so that they do not fill the disk."""
_BATCH = 1000
_TURN = 1.0
_LOOK = 0.1


class Engine(Protocol):
    """Who scans: one machine or many."""

    def run(self, run: Run, work: Work, stop: Event) -> Iterator[Outcome]:
        """What came of each open job of the run, until none is open or `stop` is set. Raises `TryAgainError` for a fault that stays."""

    def hold(self) -> None:
        """Sees that the run is still ours to carry out. Raises `TryAgainError` when somebody else does."""


class Watcher(Protocol):
    """Who is told how a run goes."""

    def planned(self, progress: Progress) -> None:
        """The jobs are known, and how many of them are done already."""

    def ended(self, outcome: Outcome) -> None:
        """A job is done or given up."""

    def storing(self) -> None:
        """What is done is being taken into the lake."""


@dataclass(frozen=True, slots=True)
class Order:
    """A run, the lake that it fills, and who does it."""

    run: Run
    folder: Path
    journal: Journal
    engine: Engine
    watcher: Watcher

    def carry_out(self, work: Work, stop: Event) -> Progress:
        """Does what is left of the run. With `stop` set it ends early; the run is then `stopped`, unless somebody cancelled it.

        Raises `TryAgainError` when a fault of the house stays, and `UsageError` when settings are missing that a listing needs; both leave
        the run `stopped`. Raises `InputError` for an input that cannot be read; the run is then still to be planned."""
        if not self._planned(stop):
            return self.journal.progress(self.run)
        finished = False
        missed: set[str] = set()
        try:
            strays = self._strays()
            self.watcher.planned(self.journal.progress(self.run))
            while not finished and self._goes_on(stop):
                self._scan(work, stop, missed)
                finished = not stop.is_set() and self._finished(missed)
            if finished:
                self._clear(strays)
        finally:
            # A journal that does not answer, and who leads the run instead of us, are told of by what failed first.
            with suppress(TryAgainError):
                self.engine.hold()
                if self.journal.run(self.run.id).state == "running":
                    self.journal.mark(self.run.id, "stopped")
                if self.journal.run(self.run.id).state == "cancelled":
                    # Nobody goes on with it, so nobody else takes what it finished.
                    self.keep()
        return self.journal.progress(self.run)

    def _goes_on(self, stop: Event) -> bool:
        return not stop.is_set() and self.journal.run(self.run.id).state == "running"

    def _planned(self, stop: Event) -> bool:
        """Writes down the jobs, unless that was done before. False when it was stopped; what is missing is added the next time."""
        if self.journal.run(self.run.id).state == "planning":
            self.journal.plan(self.run, takewhile(lambda _: not stop.is_set(), listings(self.run.input, dict(self.run.limits.columns))))
        if stop.is_set():
            return False
        self.engine.hold()
        self.journal.mark(self.run.id, "running")
        return True

    def _scan(self, work: Work, stop: Event, missed: set[str]) -> None:
        staged = 0
        try:
            for outcome in self.engine.run(self.run, work, stop):
                self.watcher.ended(outcome)
                staged += bool(outcome.sha256) and not outcome.known
                if staged == COMPACT_AFTER:
                    self._store(missed, full=False)
                    staged = 0
        except TryAgainError:
            # What is done does not wait for what could not be; who leads no more stores nothing.
            with suppress(TryAgainError):
                self.engine.hold()
                self._store(missed, full=False)
            raise

    def _finished(self, missed: set[str]) -> bool:
        """Takes everything into the lake, and ends the run if that was everything: a node that was thought dead may have brought a report
        meanwhile, and one that was lost from the disk is made again."""
        seen = self.journal.progress(self.run)
        stored = self._store(missed, full=True)
        self.engine.hold()
        return stored and self.journal.finish(self.run, seen)

    def _strays(self) -> set[str]:
        """Keys of reports that are staged and that no result waits for: those of nodes whose run had ended, or which died with them. One
        that lies there as long as a run takes is not about to be told of."""
        with house_faults(self.folder):
            there = {path.stem for path in (self.folder / STAGING).glob("??/*.json")}
        return there.difference(result.key for result in self.journal.staged()) if there else there

    def _clear(self, strays: set[str]) -> None:
        """Removes those that are strays still."""
        with house_faults(self.folder):
            for key in strays & self._strays():
                staged_at(self.folder, key).unlink(missing_ok=True)

    def _store(self, missed: set[str], *, full: bool) -> bool:
        """Takes what is staged into the lake. False when jobs of the run are open again, since a report was not where the journal has it,
        or another run found it so; its key is then in `missed`. Raises `TryAgainError` for one that was there already: who makes it puts
        it somewhere else."""
        self.watcher.storing()
        _, lost = self._take(full=full)
        reopened = self.journal.lost(self.run, lost) if full or lost else 0
        if again := lost & missed:
            raise TryAgainError("fleet.reports_missing", run=self.run.id, count=len(again), path=self.folder)
        missed |= lost
        return not reopened

    def keep(self) -> int:
        """Takes what the run has finished into the lake without going on with it, and returns how many reports that were. What is not where
        the journal has it, or cannot be read by this program, is left as it is."""
        self.engine.hold()
        if next(self._new([]), None) is None:
            return 0
        taken, lost = self._take(full=False)
        return len(taken - lost)

    def _take(self, *, full: bool) -> tuple[set[str], set[str]]:
        """Takes reports into the lake, and returns their keys, and of these the ones that are lost. Raises `TryAgainError` when the lake is
        not the run's: a share may be gone, or be mounted anew as another one, at any time."""
        check_lake(self.run, self.folder)
        taken: list[str] = []
        staged = self._all_of_run(taken) if full else self._new(taken)
        poison = self._poison() if full else iter(())
        lost = set(_in_turn(lambda: lake.compact(self.folder, staged, poison)).unreadable)
        # A report that is staged again from here on is one that the journal does not have as taken.
        stored = [key for key in taken if key not in lost]
        for key in stored:
            staged_at(self.folder, key).unlink(missing_ok=True)
        self.journal.taken(stored)
        return set(taken), lost

    def _new(self, taken: list[str]) -> Iterator[Staged]:
        """The reports of this run that the lake does not have yet, with the listings that there are so far; their keys go into `taken`."""
        results = self.journal.staged()
        while batch := list(islice(results, _BATCH)):
            rows = self.journal.listed(self.run, [result.key for result in batch])
            for key, group in groupby(rows, itemgetter(1)):
                taken.append(key)
                listed = [_listed(self.run, place, listing) for place, _, listing in group]
                yield Staged(key, staged_at(self.folder, key), self.run.period, listed)

    def _all_of_run(self, taken: list[str]) -> Iterator[Staged]:
        """Every report of this run with all its listings; the keys of those that the lake does not have yet go into `taken`."""
        for (key, compacted), group in groupby(self.journal.delivered(self.run), itemgetter(1, 2)):
            if not compacted:
                taken.append(key)
            listed = [_listed(self.run, place, listing) for place, _, _, listing in group]
            yield Staged(key, None if compacted else staged_at(self.folder, key), self.run.period, listed)

    def _poison(self) -> Iterator[Poison]:
        for job, outcome in self.journal.poisoned(self.run):
            known: dict[str, Any] = {"reason": outcome.reason, "key": outcome.key, "tries": job.tries, "seconds": outcome.seconds}
            yield Poison(self.run.id, job.place, self.run.period, job.listing.location, outcome.verdict, **known)


def _in_turn(compact: "Callable[[], lake.Compacted]") -> "lake.Compacted":
    """Waits while another program compacts, such as another run of a cluster; nothing of what is staged was asked for then."""
    while True:
        try:
            return compact()
        except TryAgainError as error:
            if error.key != "lake.busy":
                raise
            time.sleep(_TURN)


def _listed(run: Run, place: int, listing: Listing) -> Listed:
    told = {name: getattr(listing, name) for name in ("location", "store", "region", "category", "shelf", "downloads", "operator")}
    return run.id, place, {name: value for name, value in told.items() if value not in ("", None)}


def new_run(source: str, packs: tuple[str, ...], limits: Limits, lake: str) -> Run:
    """A run over an input, from this moment on, by this program, that fills the lake of this id."""
    moment = now()
    id = f"{moment:%Y%m%d-%H%M%S}-{token_hex(2)}"
    return Run(id, source, moment, half_year(moment), packs, tool_version(), digest(), limits, lake=lake)


def refuse_other_program(run: Run) -> None:
    """Raises `UsageError` for a run that another version of the program or of its catalogue began: its reports would not be alike."""
    if (run.tool, run.catalogue) != (tool_version(), digest()):
        raise UsageError("fleet.other_program", run=run.id, tool=run.tool, catalogue=run.catalogue[:12])


class Stop(Event):
    """Is set by a signal, or when somebody cancels the run, which is looked up once a second.

    The handler of a signal interrupts who waits here and may set it all the same: no lock is held or asked for."""

    def __init__(self, journal: Journal, run: Run) -> None:
        super().__init__()
        self._journal, self._run, self._next = journal, run, 0.0
        self.told = False

    def set(self) -> None:
        self.told = True

    def is_set(self) -> bool:
        if not self.told and time.monotonic() > self._next:
            self._next = time.monotonic() + _TURN
            with suppress(TryAgainError):
                if self._journal.run(self._run.id).state == "cancelled":
                    self.told = True
        return self.told

    def wait(self, timeout: float | None = None) -> bool:
        until = time.monotonic() + (timeout if timeout is not None else float("inf"))
        while not self.is_set() and time.monotonic() < until:
            time.sleep(_LOOK)
        return self.told
