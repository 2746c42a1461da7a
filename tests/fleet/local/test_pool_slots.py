"""A slot answers for every job, also when it could not be begun or was stopped."""

import time
from pathlib import Path

from mingjian.fleet.pool import Pool
from mingjian.fleet.task import INPUTS, Task
from tests.fleet.local.hostile_acts import CATALOGUE, LIMITS, NAPPING, TOOL, act
from tests.fleet.local.test_hostile_jobs import names_of_processes

MOMENT = "2026-01-01T08:00:00+08:00"


def job(folder: Path, content: str) -> Task:
    (folder / INPUTS).mkdir(parents=True)
    package = folder / INPUTS / "package"
    package.write_text(content)
    return Task((package,), frozenset(), MOMENT, TOOL, CATALOGUE)


def test_a_job_that_could_not_be_begun_is_the_houses_fault(tmp_path: Path) -> None:
    with Pool(act, 1, LIMITS) as pool:
        end = pool.start(tmp_path / "nowhere", job(tmp_path / "job", "good")).result(timeout=60)
        assert end.verdict is None
        assert end.reason is not None
        # The slot is there for the next.
        end = pool.start(tmp_path / "other", job(tmp_path / "other", "fail")).result(timeout=60)
        assert end.verdict == "crash"
        # However long its words are, something of them arrives.
        assert end.reason is not None
        assert "ValueError: so \\x1b[2J it is 很长" in end.reason.en


def test_what_is_at_work_when_the_pool_is_stopped_ends_without_a_verdict(tmp_path: Path) -> None:
    pool = Pool(act, 1, LIMITS)
    running = pool.start(tmp_path / "job", job(tmp_path / "job", "nap"))
    waiting = pool.start(tmp_path / "other", job(tmp_path / "other", "nap"))
    until = time.monotonic() + 60
    while NAPPING not in names_of_processes():
        assert time.monotonic() < until
        time.sleep(0.02)
    pool.stop()
    pool.stop()
    assert NAPPING not in names_of_processes()
    assert [future.result(timeout=0).verdict for future in (running, waiting)] == [None, None]
