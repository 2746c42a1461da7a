"""A shared disk that hangs holds up the jobs that need it, and not the loop that gives the node's signs of life."""

import asyncio
from pathlib import Path
from threading import Event

import pytest

from mingjian.errors import TryAgainError
from mingjian.fleet import bench as benches
from mingjian.fleet.bench import Bench
from mingjian.fleet.pool import Pool
from mingjian.fleet.run import Run


def no_pool(run: Run, slots: int) -> Pool:
    raise AssertionError(run.id, slots)


async def folder_of(bench: Bench) -> Path:
    async with bench.place() as place:
        assert place.folder.is_dir()
        return place.folder


def test_the_loop_goes_on_while_the_disk_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hangs, answers, real = Event(), Event(), benches.remove

    def remove(folder: Path) -> None:
        hangs.set()
        # On the loop itself nobody could end this wait.
        assert answers.wait(20)
        real(folder)

    async def beat() -> None:
        while not hangs.is_set():
            await asyncio.sleep(0.01)
        answers.set()

    async def work() -> Path:
        folder, _ = await asyncio.gather(folder_of(bench), beat())
        return folder

    monkeypatch.setattr(benches, "remove", remove)
    with Bench(tmp_path / "lake", None, 1, no_pool) as bench:
        assert not asyncio.run(work()).exists()


def test_many_jobs_at_once_settle_once(tmp_path: Path) -> None:
    async def work() -> list[Path]:
        return await asyncio.gather(*[folder_of(bench) for _ in range(20)])

    with Bench(tmp_path / "lake", tmp_path / "scratch", 1, no_pool) as bench:
        assert len(set(asyncio.run(work()))) == 20
    assert list((tmp_path / "lake" / "nodes").iterdir()) == []


def test_a_disk_that_takes_nothing_is_a_fault_of_the_house(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("no folder")
    with Bench(tmp_path / "lake", None, 1, no_pool) as bench, pytest.raises(TryAgainError):
        asyncio.run(folder_of(bench))
