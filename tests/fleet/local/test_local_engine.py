"""What the engine does when the house fails it, when a package takes the program along, and when two listings are one app."""

import errno
import fcntl
import multiprocessing
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Timer
from typing import Any, NamedTuple

import pytest

from mingjian.errors import MingjianError, TryAgainError
from mingjian.fleet import guard, local, room, steps
from mingjian.fleet.listing import Listing
from mingjian.fleet.local import JOBS, Local
from mingjian.fleet.outcome import Outcome
from mingjian.fleet.pool import Pool
from mingjian.fleet.sqlite import SqliteJournal
from mingjian.fleet.task import Task
from tests.fleet.local.hostile_acts import LIMITS, NAPPING, act
from tests.fleet.local.test_hostile_jobs import RUN, names_of_processes

NO_WAIT = (0.01, 0.01)


class House:
    """A lake with one job for each of `contents`, and an engine that does not wait long."""

    def __init__(self, folder: Path, contents: list[str]) -> None:
        self.lake = folder
        self.told: list[str] = []
        self.journal = SqliteJournal(folder / "journal.sqlite3")
        self.journal.begin(RUN)
        for place, content in enumerate(contents):
            (folder / f"{place}.apk").write_text(content)
        self.journal.plan(RUN, ((place, Listing(str(folder / f"{place}.apk"))) for place in range(len(contents))))

    def run(self, work: Callable[[Path, Task], None] = act, slots: int = 2) -> list[Outcome]:
        engine = Local(self.journal, self.lake, slots, waits=NO_WAIT, tell=self._hear)
        return list(engine.run(RUN, work, Event()))

    def open_jobs(self) -> list[tuple[int, int]]:
        """Place and tries."""
        return [(job.place, job.tries) for job in self.journal.open_jobs(RUN)]

    def _hear(self, error: MingjianError) -> None:
        self.told.append(error.key)


class Disk(NamedTuple):
    total: int
    used: int
    free: int


FULL = Disk(100 << 30, 99 << 30, 0)


def never(folder: Path, task: Task) -> None:
    raise AssertionError("it was opened")


def test_a_job_that_took_the_program_along_twice_while_it_was_alone_is_not_opened_again_and_comes_last(tmp_path: Path) -> None:
    house = House(tmp_path, ["good 0", "good 1", "good 2"])
    first, second, _ = house.journal.open_jobs(RUN)
    for _ in range(1 + LIMITS.tries):
        house.journal.begun(first, "-")
    house.journal.begun(second, "-")
    assert house.open_jobs() == [(2, 0), (0, 2), (1, 0)]
    outcomes = house.run(slots=1)
    assert {each.place: each.verdict for each in outcomes} == {0: "crash", 1: "ok", 2: "ok"}
    ((job, outcome),) = house.journal.poisoned(RUN)
    assert (job.place, job.tries) == (0, LIMITS.tries)
    assert outcome.reason is not None
    assert "2" in outcome.reason.en


def test_what_was_begun_too_often_is_never_opened(tmp_path: Path) -> None:
    house = House(tmp_path, ["good 0"])
    (job,) = house.journal.open_jobs(RUN)
    for _ in range(1 + LIMITS.tries):
        house.journal.begun(job, "-")
    (tmp_path / "0.apk").unlink()
    (outcome,) = house.run(never)
    # A package that is fetched would have been refused, as it is not there.
    assert outcome.verdict == "crash"


def test_two_power_losses_make_no_job_poison_and_a_failed_try_counts_beside_them(tmp_path: Path) -> None:
    house = House(tmp_path, ["good 0", "fail 1"])
    for job in house.journal.open_jobs(RUN):
        house.journal.begun(job, "-")
        house.journal.begun(job, "-")
    assert {each.place: each.verdict for each in house.run()} == {0: "ok", 1: "crash"}
    assert [(job.place, job.tries) for job, _ in house.journal.poisoned(RUN)] == [(1, LIMITS.tries)]


def test_a_try_that_failed_before_the_power_went_still_counts(tmp_path: Path) -> None:
    house = House(tmp_path, ["fail 0"])
    (job,) = house.journal.open_jobs(RUN)
    house.journal.begun(job, "-")
    house.journal.end(RUN, Outcome(0, "crash", "k"), "open")
    house.journal.begun(job, "-")
    opened: list[int] = []
    started = Pool.start

    def start(pool: Pool, folder: Path, task: Task) -> Any:
        opened.append(1)
        return started(pool, folder, task)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Pool, "start", start)
        assert [each.verdict for each in house.run()] == ["crash"]
    assert len(opened) == 1


def test_two_listings_of_one_app_are_scanned_once(tmp_path: Path) -> None:
    house = House(tmp_path, ["good same"] * 6 + ["good other"])
    outcomes = house.run(slots=4)
    assert sorted((each.verdict, each.known) for each in outcomes) == [("ok", False)] * 2 + [("ok", True)] * 5
    assert len({each.sha256 for each in outcomes}) == 2
    assert house.journal.progress(RUN).known == 5


def test_what_one_listing_could_not_have_is_not_said_of_another_with_the_same_report(tmp_path: Path) -> None:
    house = House(tmp_path, [])
    (tmp_path / "app.apk").write_text("good same")
    package = str(tmp_path / "app.apk")
    gone = Listing(package, policy=(str(tmp_path / "gone.html"),))
    house.journal.plan(RUN, enumerate((gone, Listing(package), gone, Listing(package))))
    outcomes = {each.place: each for each in house.run(slots=1)}
    assert len({each.key for each in outcomes.values()}) == 1
    assert {place: each.verdict for place, each in outcomes.items()} == {0: "partial", 1: "ok", 2: "partial", 3: "ok"}
    # Whichever was fetched first is scanned.
    assert sorted(each.known for each in outcomes.values()) == [False, True, True, True]


def test_what_was_given_up_once_is_not_tried_for_another_listing_of_it(tmp_path: Path) -> None:
    house = House(tmp_path, ["fail same"] * 2)
    assert [each.verdict for each in house.run()] == ["crash", "crash"]
    assert sorted(job.tries for job, _ in house.journal.poisoned(RUN)) == [0, 2]


def test_a_disk_that_takes_the_report_later_costs_no_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(tmp_path, ["good 0", "good 1"])
    monkeypatch.setattr(steps, "keep", failing(steps.keep, times=1))
    assert [each.verdict for each in house.run()] == ["ok", "ok"]
    assert house.told == ["fleet.cannot_write"]


def test_a_disk_that_stays_full_ends_the_run_with_every_job_open_and_no_try_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path, ["good 0", "good 1", "good 2"])
    with monkeypatch.context() as full:
        full.setattr(steps, "keep", failing(steps.keep, times=1000))
        with pytest.raises(TryAgainError):
            house.run()
    assert house.open_jobs() == [(0, 0), (1, 0), (2, 0)]
    assert not (tmp_path / JOBS).exists()
    assert [each.verdict for each in house.run()] == ["ok", "ok", "ok"]


def test_a_journal_that_fails_for_a_moment_costs_no_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(tmp_path, ["good 0", "good 1"])
    for name in ("begun", "result", "end"):
        monkeypatch.setattr(house.journal, name, failing(getattr(house.journal, name), times=1))
    assert [each.verdict for each in house.run()] == ["ok", "ok"]
    assert house.journal.progress(RUN).done == 2


def test_nothing_is_fetched_onto_a_disk_that_is_nearly_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(tmp_path, ["good 0"])
    monkeypatch.setattr(room.shutil, "disk_usage", lambda _: FULL)
    with pytest.raises(TryAgainError, match="disk_full"):
        house.run(never)
    assert house.told == ["fleet.disk_full"] * len(NO_WAIT)
    assert house.open_jobs() == [(0, 0)]


def test_a_large_disk_may_be_fuller_when_enough_is_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for disk, fine in (
        (Disk(100 << 30, 79 << 30, 1 << 30), True),
        (Disk(100 << 30, 81 << 30, 19 << 30), False),
        (Disk(9000 << 30, 8500 << 30, 500 << 30), True),
    ):
        monkeypatch.setattr(room.shutil, "disk_usage", lambda _, disk=disk: disk)
        if fine:
            room.check_room(tmp_path)
        else:
            with pytest.raises(TryAgainError):
                room.check_room(tmp_path)


def full_disk(folder: Path, task: Task) -> None:
    raise OSError(errno.ENOSPC, "-")


def test_a_child_that_meets_a_full_disk_is_no_poison(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(tmp_path, ["good 0"])
    # The guard looks for itself; it is forked with what stands here.
    monkeypatch.setattr(guard.shutil, "disk_usage", lambda _: Disk(1 << 30, 1 << 30, 0))
    monkeypatch.setattr(local, "check_room", lambda _: None)
    with pytest.raises(TryAgainError):
        house.run(full_disk)
    assert house.open_jobs() == [(0, 0)]


def test_a_child_that_says_so_of_a_disk_with_room_is_not_believed(tmp_path: Path) -> None:
    house = House(tmp_path, ["good 0"])
    assert shutil.disk_usage(tmp_path).free > 1 << 30
    (outcome,) = house.run(full_disk)
    assert outcome.verdict == "crash"


def test_a_server_that_does_not_answer_holds_up_no_other_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(tmp_path, ["good 0", "good 1", "good 2"])
    fetched = steps.fetch

    def fetch(listing: Listing, *others: Any, **how: Any) -> Any:
        if listing.location.endswith("1.apk"):
            raise TryAgainError("fleet.fetch.no_answer", location=listing.location, why="-")
        return fetched(listing, *others, **how)

    monkeypatch.setattr(steps, "fetch", fetch)
    done: list[Outcome] = []
    with pytest.raises(TryAgainError, match="no_answer"):
        done += outcomes_of(house)
    assert house.open_jobs() == [(1, 0)]
    assert house.journal.progress(RUN).done == 2


def test_a_guard_that_is_killed_costs_its_job_one_try_and_the_child_lives_no_longer(tmp_path: Path) -> None:
    house = House(tmp_path, ["nap 0", "nap 1", "good 2", "good 3", "good 4"])
    killed: list[int] = []

    def kill() -> None:
        for guard_process in multiprocessing.active_children():
            assert guard_process.pid
            os.kill(guard_process.pid, signal.SIGKILL)
            killed.append(guard_process.pid)

    timer = Timer(1, kill)
    timer.start()
    outcomes = house.run()
    timer.join()
    assert len(killed) == 2
    assert {each.place: each.verdict for each in outcomes} == dict.fromkeys(range(5), "ok")
    assert NAPPING not in names_of_processes()


def test_nobody_else_keeps_open_what_the_program_had_open(tmp_path: Path) -> None:
    house = House(tmp_path, ["good 0", "good 1"])
    with (tmp_path / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        outcomes = Local(house.journal, house.lake, 1).run(RUN, act, Event())
        next(outcomes)
    # Given up by us, and kept by no process that was forked meanwhile.
    with (tmp_path / "lock").open("w") as again:
        fcntl.flock(again, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert len(list(outcomes)) == 1


def test_a_server_whose_listings_come_first_keeps_no_other_from_being_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dead = 12
    house = House(tmp_path, [f"good {place}" for place in range(dead + 2)])
    fetched = steps.fetch

    def fetch(listing: Listing, *others: Any, **how: Any) -> Any:
        if int(Path(listing.location).stem) < dead:
            raise TryAgainError("fleet.fetch.no_answer", location=listing.location, why="-")
        return fetched(listing, *others, **how)

    monkeypatch.setattr(steps, "fetch", fetch)
    with pytest.raises(TryAgainError, match="no_answer"):
        house.run(slots=1)
    assert house.open_jobs() == [(place, 0) for place in range(dead)]


def test_suspects_are_at_work_alone(tmp_path: Path) -> None:
    house = House(tmp_path, [f"good {place}" for place in range(6)])
    for job in list(house.journal.open_jobs(RUN))[:3]:
        house.journal.begun(job, "-")

    def look(folder: Path, task: Task) -> None:
        time.sleep(0.1)
        act(folder, task)

    seen: list[tuple[int, int]] = []
    started = Pool.start

    def start(pool: Pool, folder: Path, task: Task) -> Any:
        seen.append((int(task.package[0].read_text().split()[1]), len(running)))
        future = started(pool, folder, task)
        running.add(future)
        future.add_done_callback(running.discard)
        return future

    running: set[Any] = set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Pool, "start", start)
        assert len(house.run(look, slots=4)) == 6
    assert [each for each in seen if each[0] < 3] == [(0, 0), (1, 0), (2, 0)]
    assert [place for place, _ in seen][3:] == [0, 1, 2]


def outcomes_of(house: House) -> Iterator[Outcome]:
    yield from house.run()


def failing(call: Callable[..., Any], times: int) -> Callable[..., Any]:
    """The call, which fails so often by a fault of the house first."""
    left = [times]

    def instead(*arguments: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise TryAgainError("fleet.cannot_write", path="-", why="-")
        return call(*arguments)

    return instead
