"""A journal looked at while others write it: nothing is made or changed, nobody waits for it, and no look takes long."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from time import monotonic
from typing import Any, Protocol

from mingjian.errors import TryAgainError, UsageError
from mingjian.fleet.journal import VERSION, Observer, Progress
from mingjian.fleet.listing import Listing
from mingjian.fleet.outcome import Verdict
from mingjian.fleet.run import Run
from mingjian.fleet.sqlite import JOURNAL, SqliteJournal
from mingjian.model.types import Text

SECONDS = 5.0
"""How long all looks through one opened journal may take."""

_STEPS = 10_000
"""Steps of SQLite between two looks at the clock."""
_ENDED = "SELECT count(*) FROM fleet_job WHERE run = ? AND finished_at >= ?"
_GIVEN_UP = (
    "SELECT place, listing, tries, verdict, reason_zh, reason_en FROM fleet_job "
    "WHERE run = ? AND state = 'poison' AND place > ? ORDER BY place LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A job that will not be tried again, and why."""

    place: int
    location: str
    tries: int
    verdict: Verdict
    reason: Text


@dataclass(frozen=True, slots=True)
class Crew:
    """The nodes of a cluster: how many gave a sign lately and how many fell silent; jobs that were begun and are not done, by node."""

    alive: int
    silent: int
    at_work: tuple[tuple[str, int], ...]


class Watch(Protocol):
    """What can be seen of a journal. Every method raises `TryAgainError` when it cannot be read in time."""

    def runs(self) -> tuple[Run, ...]:
        """Every run, the newest first."""

    def progress(self, run: Run) -> Progress:
        """How far a run is."""

    def verdicts(self, run: Run) -> dict[Verdict, int]:
        """How many jobs that are done or poison came to each verdict."""

    def ended_since(self, run: Run, moment: datetime) -> int:
        """How many jobs ended since then."""

    def given_up(self, run: Run, after: int, most: int) -> list[GivenUp]:
        """Poison behind a place, by place."""

    def crew(self) -> Crew | None:
        """The nodes; none where one machine does it all."""

    def close(self) -> None:
        """Gives the file or the connection back."""


@contextmanager
def watched(lake: Path, database: str = "", seconds: float = SECONDS) -> Iterator[Watch]:
    """The journal of a cluster, or of a lake. Raises `UsageError` where there is none or where a cluster's parts are not installed, and
    `TryAgainError` for one that cannot be read."""
    if database:
        try:
            shared = import_module("mingjian.fleet.watching_shared")
        except ModuleNotFoundError as error:
            raise UsageError("fleet.no_cluster", what=error.name) from error
        with closing(shared.SharedWatch(database, seconds)) as watch:
            yield watch
        return
    if not (lake / JOURNAL).is_file():
        raise UsageError("fleet.no_run")
    with closing(FileWatch(lake / JOURNAL, seconds)) as watch:
        yield watch


class FileWatch(SqliteJournal):
    """The journal of one machine, opened so that SQLite refuses to write."""

    def __init__(self, path: Path, seconds: float) -> None:
        # Not as a journal begins, which makes its tables.
        self.observer = Observer()
        self._path = path
        end = monotonic() + seconds
        try:
            self._connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=1, isolation_level=None)
        except sqlite3.DatabaseError as error:
            raise TryAgainError("fleet.journal_silent", path=path, why=str(error)) from error
        if self.version() < VERSION:
            raise UsageError("fleet.journal_older", where=path, version=self.version(), ours=VERSION)
        self._connection.set_progress_handler(lambda: monotonic() > end, _STEPS)

    def ended_since(self, run: Run, moment: datetime) -> int:
        ((count,),) = self._rows(_ENDED, (run.id, moment.isoformat()))
        return int(count)

    def given_up(self, run: Run, after: int, most: int) -> list[GivenUp]:
        return given_up(self._rows(_GIVEN_UP, (run.id, after, most)))

    def crew(self) -> Crew | None:
        return None


def given_up(rows: list[Any]) -> list[GivenUp]:
    """Rows of poison as values."""
    return [
        GivenUp(place, Listing.from_json(listing).location or "", tries, verdict, Text(zh or "", en or ""))
        for place, listing, tries, verdict, zh, en in rows
    ]
