"""What a node does for one job, with a child that ends as the test says."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from threading import Thread
from typing import Any

import pytest

from mingjian import lake as lakes
from mingjian.errors import TryAgainError, UsageError
from mingjian.fleet import steps
from mingjian.fleet.attendance import Attendance, GivenBackError
from mingjian.fleet.bench import Place
from mingjian.fleet.guard import Ended
from mingjian.fleet.listing import Listing
from mingjian.fleet.own import check_lake
from mingjian.fleet.postgres import PostgresJournal
from mingjian.fleet.run import Run
from mingjian.fleet.task import OUTPUT, REPORT, Task
from mingjian.lake.manifest import identity

RUN = Run("a", "apps", datetime(2026, 11, 22, 3, tzinfo=UTC), "2026H2", ("cac-2019",), "1.0", "f" * 64, state="running")
CRASH = Ended("crash")
TIMEOUT = Ended("timeout")


class Bench:
    """Ends children as `ends` says, one after the other; an exception is raised, a function called first."""

    slots = 1
    name = "node"

    def __init__(self, lake: Path, *ends: Any) -> None:
        self._lake = lake
        self._ends = list(ends)
        self.opened = 0

    def check(self, run: Run) -> None:
        check_lake(run, self._lake)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[Place]:
        folder = self._lake / "nodes" / token_hex(4)
        folder.mkdir(parents=True)
        yield Place(folder, folder / "unused", self._lake)

    async def done(self, run: Run, folder: Path, task: Task) -> Ended:
        self.opened += 1
        end = self._ends.pop(0)
        if callable(end):
            end()
            end = "a report"
        if isinstance(end, Exception):
            raise end
        if isinstance(end, str):
            (folder / OUTPUT).mkdir()
            (folder / OUTPUT / REPORT).write_text(end)
            end = Ended("ok", sha256=hashlib.sha256(end.encode()).hexdigest())
        assert isinstance(end, Ended)
        return end


class Scene:
    """A lake, a journal with one job, and what came of attending to it."""

    def __init__(self, database: str, folder: Path) -> None:
        self.lake = folder / "lake"
        lakes.found(self.lake)
        self.package = folder / "app.apk"
        self.package.write_bytes(b"any bytes")
        self.journal = PostgresJournal(database)
        self.journal.begin(RUN)
        self.journal.plan(RUN, [(0, Listing(str(self.package)))])
        self.stopping = False

    def attend(self, *ends: Any) -> int:
        """Attends once and returns how often a child was asked."""
        bench = Bench(self.lake, *ends)

        async def attend() -> None:
            stopping = asyncio.Event()
            if self.stopping:
                stopping.set()
            await Attendance(self.journal, bench, False, 0, stopping).attend("a", 0)  # type: ignore[arg-type]

        asyncio.run(attend())
        return bench.opened

    @property
    def job(self) -> tuple[str, str | None, int]:
        """State, verdict and tries."""
        with self.journal.connection() as connection:
            row = connection.execute("SELECT state, verdict, tries FROM fleet_job").fetchone()
        assert row is not None
        return row

    @property
    def staged(self) -> list[str]:
        return [path.read_text() for path in (self.lake / steps.STAGING).rglob("*.json")]


@pytest.fixture
def scene(database: str, tmp_path: Path) -> Iterator[Scene]:
    made = Scene(database, tmp_path)
    yield made
    made.journal.close()


def test_a_report_is_staged_and_then_told_of(scene: Scene) -> None:
    assert scene.attend("a report") == 1
    assert scene.job == ("done", "ok", 1)
    assert scene.staged == ["a report"]
    ((result),) = scene.journal.staged()
    assert result.sha256 == hashlib.sha256(b"a report").hexdigest()


def test_what_fails_is_tried_once_more(scene: Scene) -> None:
    assert scene.attend(TIMEOUT, "a report") == 2
    assert scene.job == ("done", "ok", 2)


def test_what_fails_twice_is_given_up_with_the_last_verdict(scene: Scene) -> None:
    assert scene.attend(TIMEOUT, CRASH) == 2
    assert scene.job == ("poison", "crash", 2)


def test_what_is_no_package_is_not_tried_again(scene: Scene) -> None:
    assert scene.attend(Ended("refused")) == 1
    assert scene.job == ("poison", "refused", 1)


def test_what_is_not_there_is_refused_and_no_child_is_asked(scene: Scene) -> None:
    scene.package.unlink()
    assert scene.attend() == 0
    assert scene.job == ("poison", "refused", 0)


def test_what_nodes_went_down_with_twice_under_suspicion_is_not_opened_again(scene: Scene) -> None:
    job = next(iter(scene.journal.open_jobs(RUN)))
    for _ in range(3):
        scene.journal.begun(job, "dead")
    assert scene.attend() == 0
    assert scene.job == ("poison", "crash", 2)


def test_the_deaths_of_two_nodes_make_no_job_poison(scene: Scene) -> None:
    job = next(iter(scene.journal.open_jobs(RUN)))
    for _ in range(2):
        scene.journal.begun(job, "dead")
    assert scene.attend("a report") == 1
    assert scene.job[:2] == ("done", "ok")


def test_a_node_whose_lake_is_another_than_the_runs_gives_its_jobs_back(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    with scene.journal.connection() as connection:
        connection.execute("UPDATE fleet_run SET lake = %s", ("b" * 32,))
    with pytest.raises(TryAgainError) as other:
        scene.attend()
    assert other.value.key == "fleet.other_lake"
    assert scene.job == ("open", None, 0)
    assert identity(scene.lake) in caplog.text
    (scene.lake / "lake.json").unlink()
    with pytest.raises(TryAgainError) as away:
        scene.attend()
    assert away.value.key == "fleet.lake_away"


def test_what_was_read_in_part_is_read_again_for_a_run_that_gives_more_time(scene: Scene) -> None:
    scene.attend(lambda: None)
    with scene.journal.connection() as connection:
        connection.execute("UPDATE fleet_result SET verdict = 'partial', compacted = true")
        connection.execute("UPDATE fleet_job SET state = 'open', tries = 0, node = NULL")
    assert scene.attend() == 0

    def again(timeout: float) -> None:
        with scene.journal.connection() as connection:
            connection.execute("UPDATE fleet_job SET state = 'open', tries = 0, node = NULL")
            connection.execute("UPDATE fleet_run SET limits = %s", (json.dumps({"timeout": timeout}),))

    again(RUN.limits.timeout + 1)
    assert scene.attend(TIMEOUT, TIMEOUT) == 2
    # The report that was there is still good.
    assert scene.job[:2] == ("done", "partial")
    again(RUN.limits.timeout + 2)
    assert scene.attend("a better report") == 1
    assert [(result.verdict, result.timeout) for result in scene.journal.staged()] == [("ok", RUN.limits.timeout + 2)]
    again(RUN.limits.timeout + 3)
    assert scene.attend() == 0


def test_a_fault_of_the_house_is_not_counted(scene: Scene) -> None:
    with pytest.raises(TryAgainError):
        scene.attend(TryAgainError("fleet.pool_lost"))
    assert scene.job == ("open", None, 0)


def test_what_a_job_waits_for_is_kept_with_it_and_told_once(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(scene.lake, *[UsageError("rules.no_such_pack", name="/mine", known="cac-2019")] * 3)

    async def attend() -> None:
        attendance = Attendance(scene.journal, bench, False, 0, asyncio.Event())  # type: ignore[arg-type]
        for _ in range(3):
            with pytest.raises(UsageError):
                await attendance.attend("a", 0)

    asyncio.run(attend())
    assert scene.job == ("open", None, 0)
    with scene.journal.connection() as connection:
        (why,) = connection.execute("SELECT reason_en FROM fleet_job").fetchone() or ("",)
    assert "/mine" in why
    assert caplog.text.count(why) == 1


def test_a_fault_of_ours_is_not_counted_however_often(scene: Scene) -> None:
    for _ in range(RUN.limits.tries + 1):
        with pytest.raises(ValueError, match="ours"):
            scene.attend(ValueError("ours"))
    assert scene.job == ("open", None, 0)


def test_a_disk_that_takes_no_report_is_a_fault_of_the_house(scene: Scene) -> None:
    (scene.lake / steps.STAGING).write_text("no folder")
    with pytest.raises(TryAgainError):
        scene.attend("a report")
    assert scene.job == ("open", None, 0)


def test_a_node_that_stops_gives_back_what_it_did_not_open(scene: Scene) -> None:
    scene.stopping = True
    with pytest.raises(GivenBackError):
        scene.attend()
    assert scene.job == ("open", None, 0)


def test_what_is_known_is_not_scanned_again(scene: Scene) -> None:
    scene.attend("a report")
    with scene.journal.connection() as connection:
        connection.execute("UPDATE fleet_job SET state = 'open', node = NULL WHERE place = 0")
    assert scene.attend() == 0
    assert scene.journal.progress(RUN).known == 1


def test_a_report_that_another_node_brought_meanwhile_is_not_staged_again(scene: Scene) -> None:
    def other() -> None:
        scene.attend("a report")
        scene.journal.taken([result.key for result in scene.journal.staged()])
        for path in (scene.lake / steps.STAGING).rglob("*.json"):
            path.unlink()

    assert _beside(scene, other) == 1
    # The other's try took the place of the one that was thought to have died.
    assert scene.job == ("done", "ok", 1)
    assert (scene.staged, list(scene.journal.staged())) == ([], [])


def test_a_journal_that_does_not_answer_is_waited_for(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    real, silent = scene.journal.end, [TryAgainError("fleet.database_silent", why="gone")] * 3

    def end(*given: Any) -> None:
        if silent:
            raise silent.pop()
        real(*given)

    monkeypatch.setattr(scene.journal, "end", end)
    assert scene.attend("a report") == 1
    assert scene.job == ("done", "ok", 1)


def test_a_run_that_was_cancelled_is_left_alone(scene: Scene) -> None:
    scene.journal.mark("a", "cancelled")
    assert scene.attend() == 0
    assert scene.job == ("open", None, 0)


def _beside(scene: Scene, other: Callable[[], None]) -> int:
    """Attends while another node, on another thread, is done with the same job."""

    def in_thread() -> None:
        thread = Thread(target=other)
        thread.start()
        thread.join()

    return scene.attend(in_thread)
