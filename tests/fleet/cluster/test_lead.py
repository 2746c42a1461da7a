"""Who lost the lead of a run leaves it to who has it now."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event

import psycopg
import pytest

from mingjian import lake as lakes
from mingjian.errors import TryAgainError
from mingjian.fleet.cluster import Cluster, Lead
from mingjian.fleet.journal import Progress
from mingjian.fleet.limits import Limits
from mingjian.fleet.listing import Listing
from mingjian.fleet.order import Order, new_run
from mingjian.fleet.outcome import Outcome
from mingjian.fleet.postgres import PostgresJournal
from mingjian.fleet.queue import fill, held
from mingjian.fleet.run import Run
from mingjian.fleet.timing import Timing
from mingjian.model.types import Text


class Nobody:
    def planned(self, progress: Progress) -> None:
        pass

    def ended(self, outcome: Outcome) -> None:
        pass

    def storing(self) -> None:
        pass


class Ground:
    """A run with one open job, and two programs that would lead it."""

    def __init__(self, database: str, folder: Path) -> None:
        self.database = database
        (folder / "apps").mkdir()
        (folder / "apps" / "a.apk").write_bytes(b"any bytes")
        self.lake = folder / "lake"
        lakes.found(self.lake)
        self.journal = PostgresJournal(database)
        self.run = self.journal.begin(new_run(str(folder / "apps"), ("cac-2019",), Limits(), lakes.found(self.lake)))
        self.first, self.second = Lead(database, self.run.id), Lead(database, self.run.id)
        self.first.hold()
        self.told: list[str] = []

    def engine(self) -> Cluster:
        return Cluster(self.journal, self.lake, self.first, Timing(look=0.1, patience=0.3), self.waits)

    def carry_out(self) -> Progress:
        return Order(self.run, self.lake, self.journal, self.engine(), Nobody()).carry_out(lambda folder, task: None, Event())

    def waits(self, error: TryAgainError) -> None:
        self.told.append(error.key)

    def lose(self) -> None:
        with psycopg.connect(self.database) as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
        self.second.hold()

    def state(self) -> Run:
        return self.journal.run(self.run.id)


@pytest.fixture
def ground(database: str, tmp_path: Path) -> Iterator[Ground]:
    made = Ground(database, tmp_path)
    yield made
    made.first.leave()
    made.second.leave()
    made.journal.close()


def test_who_lost_the_lead_leaves_run_and_queue_as_they_are(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    real = ground.journal.last_ended

    def last_ended(run: Run) -> int:
        monkeypatch.undo()
        fill(ground.journal, run)
        ground.lose()
        return real(run)

    monkeypatch.setattr(ground.journal, "last_ended", last_ended)
    with pytest.raises(TryAgainError) as left:
        ground.carry_out()
    assert left.value.key == "fleet.led"
    assert ground.state().state == "running"
    assert held(ground.journal, ground.run)


def test_a_run_is_not_done_while_a_job_is_open(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    real = ground.journal.last_ended

    def last_ended(run: Run) -> int:
        ground.journal.mark(run.id, "stopped")
        return real(run)

    monkeypatch.setattr(ground.journal, "last_ended", last_ended)
    assert ground.carry_out().open == 1
    assert ground.state().state == "stopped"


def test_a_run_that_is_stopped_from_beside_is_not_done_though_its_jobs_end(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    real, delivered = ground.journal.last_ended, ground.journal.delivered

    def last_ended(run: Run) -> int:
        ground.journal.mark(run.id, "stopped")
        return real(run)

    def ends_meanwhile(run: Run) -> Iterator[tuple[int, str, bool, Listing]]:
        yield from delivered(run)
        ground.journal.end(run, Outcome(0, "refused", reason=Text("拒", "refused")), "poison")

    monkeypatch.setattr(ground.journal, "last_ended", last_ended)
    monkeypatch.setattr(ground.journal, "delivered", ends_meanwhile)
    assert ground.carry_out().open == 0
    assert ground.state().state == "stopped"


class Clock:
    """The seconds that have passed, as somebody says."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_what_was_spent_on_the_lake_is_no_silence_of_the_database(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr("mingjian.fleet.cluster.monotonic", clock)
    ground.journal.plan(ground.run, [(0, Listing("/a")), (1, Listing("/b"))])
    ground.journal.mark(ground.run.id, "running")
    outcomes = ground.engine().run(ground.run, lambda folder, task: None, Event())
    real = ground.journal.last_ended

    def last_ended(run: Run) -> int:
        last = real(run)
        ground.journal.end(run, Outcome(0, "refused"), "poison")
        return last

    monkeypatch.setattr(ground.journal, "last_ended", last_ended)
    assert next(outcomes).place == 0
    clock.seconds = 3600.0
    full: list[TryAgainError] = [TryAgainError("lake.disk_full", path="-")]

    def no_room(lake: Path) -> None:
        if full:
            raise full.pop()
        ground.journal.end(ground.run, Outcome(1, "refused"), "poison")

    monkeypatch.setattr("mingjian.fleet.cluster.check_room", no_room)
    assert [outcome.place for outcome in outcomes] == [1]
    assert ground.told == ["lake.disk_full"]
