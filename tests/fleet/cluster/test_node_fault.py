"""What a node does when its own parts fail."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Timer

import pytest
from procrastinate.exceptions import ConnectorException
from procrastinate.manager import JobManager

from mingjian import lake as lakes
from mingjian.errors import MingjianError
from mingjian.fleet.node import Site, serve
from mingjian.fleet.sweeper import Sweeper
from tests.fleet.cluster.machine import TIMING


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """A node takes the signals of its program; here they come back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_node_that_can_no_longer_look_around_ends_and_says_why(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def dead(self: Sweeper) -> int:
        raise ValueError("no such row")

    monkeypatch.setattr(Sweeper, "dead", dead)
    lakes.found(tmp_path / "lake")
    with pytest.raises(MingjianError) as ended:
        serve(Site(database, tmp_path / "lake", 1, timing=TIMING))
    assert (ended.value.key, ended.value.values) == ("fleet.node_fault", {"what": "ValueError: no such row"})


def test_a_sign_of_life_that_failed_is_not_the_last_one(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, given = JobManager.update_heartbeat, []

    async def heard(self: JobManager, worker_id: int) -> None:
        given.append(worker_id)
        if len(given) <= 2:
            raise ConnectorException("cannot execute UPDATE in a read-only transaction")
        await real(self, worker_id)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(JobManager, "update_heartbeat", heard)
    lakes.found(tmp_path / "lake")
    late = Timer(20, os.kill, (os.getpid(), signal.SIGTERM))
    late.start()
    serve(Site(database, tmp_path / "lake", 1, timing=replace(TIMING, heartbeat=0.3, grace=0)))
    late.cancel()
    assert len(given) >= 3
