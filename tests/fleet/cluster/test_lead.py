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
from mingjian.fleet.order import Order, new_run
from mingjian.fleet.outcome import Outcome
from mingjian.fleet.postgres import PostgresJournal
from mingjian.fleet.queue import fill, held
from mingjian.fleet.run import Run
from mingjian.fleet.timing import Timing


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

    def carry_out(self) -> Progress:
        engine = Cluster(self.journal, self.lake, self.first, Timing(look=0.1, patience=0.3), self.waits)
        return Order(self.run, self.lake, self.journal, engine, Nobody()).carry_out(lambda folder, task: None, Event())

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
    real = ground.journal.unfinished

    def unfinished(run: Run) -> bool:
        ground.journal.mark(run.id, "stopped")
        return real(run)

    monkeypatch.setattr(ground.journal, "unfinished", unfinished)
    assert ground.carry_out().open == 1
    assert ground.state().state == "stopped"
