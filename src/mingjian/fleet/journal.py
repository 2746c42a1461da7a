"""Who did what: the rows by which a run is resumed after any kill. `sqlite` keeps them for one machine, `postgres` for many."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from mingjian.fleet.listing import Listing
from mingjian.fleet.outcome import Outcome, Verdict
from mingjian.fleet.run import JobState, Run, RunState

VERSION = 2
"""Of the tables. 1 had no number, no lake's id, no suspicion, and no time that a report had."""


@dataclass(frozen=True, slots=True)
class Job:
    """One listing of a run. `place` is its number in the input, `tries` how many tries count against it; `suspected` says that the last
    one never ended, so that it may have taken its program along."""

    run: str
    place: int
    listing: Listing
    tries: int = 0
    suspected: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """Jobs of a run by state, and of those that are done how many had a key that was known."""

    open: int
    done: int
    poison: int
    known: int
    cpu: float


@dataclass(frozen=True, slots=True)
class Result:
    """A report that is staged or in the lake. `compacted` says that the lake has it; the verdict is `ok` or `partial`. `timeout` is the
    time in seconds that its package had to be read."""

    key: str
    sha256: str
    compacted: bool
    verdict: Verdict
    timeout: float = 0


class Observer:
    """Hears what a program that does jobs has written down of them, once it is on disk, from several threads. By itself it does nothing
    with that."""

    def begun(self, job: Job, node: str) -> None:
        """A try was counted; its child is started now."""

    def spared(self, job: Job) -> None:
        """The try was taken back."""

    def ended(self, run: Run, outcome: Outcome) -> None:
        """The job is done or given up."""

    def alive(self, waiting: int) -> None:
        """A node saw the queue, in which so many jobs wait for nodes of its version."""


class Observers(Observer):
    """Several that hear the same."""

    def __init__(self, *observers: Observer) -> None:
        self._observers = observers

    def begun(self, job: Job, node: str) -> None:
        for each in self._observers:
            each.begun(job, node)

    def spared(self, job: Job) -> None:
        for each in self._observers:
            each.spared(job)

    def ended(self, run: Run, outcome: Outcome) -> None:
        for each in self._observers:
            each.ended(run, outcome)

    def alive(self, waiting: int) -> None:
        for each in self._observers:
            each.alive(waiting)


class Journal(Protocol):
    """Every method is one transaction that is on disk when it returns; done twice it writes the same. Raises `TryAgainError` when the
    database does not answer. `observer` hears of it.

    Tables of an older version are brought to ours when they are opened; those of a newer are refused with `UsageError`."""

    observer: Observer

    def begin(self, run: Run) -> Run:
        """Keeps the run, or gives the kept one of that id, whose moment and packs then hold."""

    def run(self, id: str | None = None) -> Run:
        """The run of that id, or the newest. Raises `UsageError` when there is none."""

    def runs(self) -> tuple[Run, ...]:
        """Every run, the newest first."""

    def mark(self, id: str, state: RunState) -> None:
        """Sets a run's state, unless it was cancelled: that holds for good."""

    def finish(self, run: Run, seen: Progress) -> bool:
        """Marks a running run as `done`, and says whether it did: only if none of its jobs is open, none came to another end since `seen`
        was told, and the lake has the report of each that is done. It is all looked at in one moment, in which no job ends."""

    def plan(self, run: Run, listings: Iterable[tuple[int, Listing]]) -> int:
        """Adds the jobs that are missing and returns how many the run has. Raises `InputError` when a place that is kept has another
        listing now: to go on would do one app twice and another never."""

    def open_jobs(self, run: Run) -> Iterator[Job]:
        """The jobs that are neither done nor poison, by place. Those begun before and never ended come last, as `suspected`: one of them
        may have taken the program with it, and shall take no other job along when it does so again."""

    def begun(self, job: Job, node: str) -> int:
        """Counts one more try before anything is opened, and returns how many there were before.

        A try that never ended counts only if it was begun under suspicion, that is, alone: of one that the program's end met beside
        others, nobody knows which of them it was, or whether it was any."""

    def spared(self, job: Job, node: str) -> None:
        """Takes back a node's try that ended by no fault of the package: it was stopped, or the house was at fault. A suspicion stays, and
        so does the try of another node that took the job over."""

    def result(self, key: str) -> Result | None:
        """The report of a key, where one was staged before."""

    def end(self, run: Run, outcome: Outcome, state: JobState, node: str | None = None) -> bool:
        """Keeps a job's outcome: its result if it has a report, then its row. A try that comes to an end clears its job of suspicion, also
        when the job stays open; to leave it open is for the node that began it last.

        A job that is done stays as it was first done; one that was given up is done after all when its report comes. Says whether the row
        was written."""

    def reopen(self, run: Run) -> int:
        """Opens the run's poison jobs again with no tries counted (`fleet retry`), and returns how many."""

    def progress(self, run: Run) -> Progress:
        """How far a run is."""

    def verdicts(self, run: Run) -> dict[Verdict, int]:
        """How many jobs that are done or poison came to each verdict."""

    def staged(self) -> Iterator[Result]:
        """Results that the lake has not taken yet, by key."""

    def listed(self, run: Run, keys: Iterable[str]) -> Iterator[tuple[int, str, Listing]]:
        """Place, key and listing of the jobs with these keys."""

    def delivered(self, run: Run) -> Iterator[tuple[int, str, bool, Listing]]:
        """Place, key, whether the lake has its report, and listing of all jobs that are done, in order of key and place."""

    def lost(self, run: Run, keys: Iterable[str]) -> int:
        """Forgets results whose report is nowhere any more, and opens the run's jobs that rest on them or on any that was forgotten before;
        returns how many. Jobs of other runs stay as they are: each run asks for its own before it ends."""

    def poisoned(self, run: Run) -> Iterator[tuple[Job, Outcome]]:
        """The jobs that will not be tried again."""

    def taken(self, keys: Iterable[str]) -> None:
        """Marks results as in the lake."""
