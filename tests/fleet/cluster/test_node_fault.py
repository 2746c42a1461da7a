"""What a node does when its own parts fail."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

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
