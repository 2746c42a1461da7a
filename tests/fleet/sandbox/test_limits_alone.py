"""Where neither the kernel's walls nor the compiled core are there: the limits hold, the watch sees all, and the level says so."""

import errno
import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import attacks
import pytest
import walled
from pebble import ProcessPool
from walled import NOBODY, SMALL

from mingjian.fleet import sandbox
from mingjian.fleet.sandbox import Watch

MISSING = [["landlock", "the core is not built"], ["seccomp", "the core is not built"]]


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[ProcessPool]:
    monkeypatch.setattr(sandbox, "confine_worker", lambda wanted: None)
    with walled.pool(1, os.getuid()) as made:
        yield made


def test_the_level_is_told_and_work_is_done(pool: ProcessPool, tmp_path: Path) -> None:
    (tmp_path / "input").write_bytes(b"abc")
    held = walled.start(pool, attacks.works, tmp_path, 0).result()
    assert (held.level, held.missing, held.raised) == ("limits", MISSING, [])
    assert (tmp_path / "report.json").read_bytes() == b"cba"


@pytest.mark.parametrize(
    ("attack", "how", "raised"),
    [
        (attacks.eats, "by itself", ["MemoryError", None]),
        (attacks.eats, "in a file", ["OSError", errno.EFBIG]),
        (attacks.fills, "one file", ["OSError", errno.EFBIG]),
    ],
)
def test_the_limits_of_a_process_hold(pool: ProcessPool, tmp_path: Path, attack: walled.Job, how: str, raised: list[object]) -> None:
    assert walled.start(pool, attack, tmp_path, how).result().raised[:2] == raised


@pytest.mark.parametrize("how", ["plain", "setsid"])
def test_no_process_gets_out_of_sight(pool: ProcessPool, tmp_path: Path, how: str) -> None:
    held = walled.start(pool, attacks.forks, tmp_path, how, replace(SMALL, memory=4 << 30)).result()
    assert held.over == "processes"
    assert held.left > SMALL.processes


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be another user")
def test_processes_that_hide_what_they_hold_are_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "confine_worker", lambda wanted: None)
    with tempfile.TemporaryDirectory(prefix="mingjian-hides-") as made, walled.pool(1, NOBODY) as pool:
        os.chown(made, NOBODY, -1)
        assert walled.start(pool, attacks.hides, Path(made)).result().over == "memory"


def test_what_the_folder_held_before_does_not_count(tmp_path: Path) -> None:
    for number in range(SMALL.files):
        (tmp_path / str(number)).write_bytes(b"x" * (SMALL.output // SMALL.files))
    watch = Watch(tmp_path, SMALL)
    assert watch.exceeded(os.getpid()) is None
    (tmp_path / "0").write_bytes(b"x" * SMALL.output * 2)
    breach = watch.exceeded(os.getpid())
    assert breach is not None
    assert (breach.verdict, breach.limit) == ("limit", "output")
