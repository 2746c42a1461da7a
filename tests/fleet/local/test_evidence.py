"""Why a child ended is told by evidence: who was killed is not said to have taken too much memory, and how far a child was confined is
known of each."""

import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mingjian.cli import fleet_operation as operation
from mingjian.errors import InputError, UsageError
from mingjian.fleet import machine, sandbox
from mingjian.fleet.child import Work
from mingjian.fleet.guard import Ended
from mingjian.fleet.limits import Limits
from mingjian.fleet.pool import Pool
from mingjian.fleet.task import INPUTS, Task
from tests.fleet.local.hostile_acts import CATALOGUE, LIMITS, TOOL, act

MOMENT = "2026-01-01T08:00:00+08:00"
NO_LANDLOCK: dict[str, Any] = {"level": "partial", "missing": [{"part": "landlock", "reason": "the kernel has no Landlock"}]}


def ended(folder: Path, word: str, work: Work = act, limits: Limits = LIMITS) -> Ended:
    """How a job whose package says `word` ends."""
    (folder / INPUTS).mkdir(parents=True)
    package = folder / INPUTS / "package"
    package.write_text(word)
    task = Task((package,), frozenset(), MOMENT, TOOL, CATALOGUE)
    with Pool(work, 1, limits) as pool:
        return pool.start(folder, task).result(timeout=60)


def _reader_killed(folder: Path, task: Task) -> None:
    del folder
    raise InputError("input.killed", path=task.package[0])


@pytest.mark.parametrize("work", [act, _reader_killed])
def test_who_was_killed_is_not_said_to_have_taken_memory(tmp_path: Path, work: Work) -> None:
    end = ended(tmp_path / "job", "killed", work)
    assert end.verdict == "crash"
    assert end.reason is not None
    assert "signal 9" in end.reason.en


@pytest.mark.parametrize("work", [act, _reader_killed])
def test_who_was_killed_while_the_system_ended_somebody_for_memory_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, work: Work) -> None:
    told = iter((7, 8))
    monkeypatch.setattr(machine, "ended_for_memory", lambda: next(told))
    assert ended(tmp_path / "job", "killed", work).verdict == "memory"


def test_how_far_a_child_was_confined_is_known_whatever_it_says_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "confine_worker", lambda wanted: NO_LANDLOCK)
    end = ended(tmp_path / "job", "boast")
    assert end.confined == sandbox.Confinement("partial", (("landlock", "the kernel has no Landlock"),))


def test_a_run_that_requires_it_reads_nothing_where_a_child_is_not_confined_in_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    strict = replace(LIMITS, walls=True)
    assert ended(tmp_path / "one", "leave", limits=strict).verdict == "crash"
    monkeypatch.setattr(sandbox, "confine_worker", lambda wanted: NO_LANDLOCK)
    end = ended(tmp_path / "other", "leave", limits=strict)
    assert end.verdict is None
    assert end.reason is not None
    assert "landlock: the kernel has no Landlock" in end.reason.en


def test_no_more_jobs_than_find_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "processors", lambda: 8)
    for there, slots in ((None, 8), (64 << 30, 8), (7 << 30, 3), (1 << 30, 1)):
        monkeypatch.setattr(machine, "memory", lambda there=there: there)
        assert machine.fitting(2 << 30) == slots


def test_what_a_container_is_given_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_PROC", tmp_path / "proc")
    monkeypatch.setattr(machine, "_GROUPS", tmp_path / "groups")
    assert machine.memory() is None
    assert machine.ended_for_memory() == 0
    inner = tmp_path / "groups" / "outer" / "inner"
    inner.mkdir(parents=True)
    (tmp_path / "proc" / "self").mkdir(parents=True)
    (tmp_path / "proc" / "meminfo").write_text("MemTotal:       8388608 kB\nMemFree: 1 kB\n")
    (tmp_path / "proc" / "vmstat").write_text("oom 5\noom_kill 3\n")
    assert (machine.memory(), machine.ended_for_memory()) == (8 << 30, 3)
    (tmp_path / "proc" / "self" / "cgroup").write_text("0::/outer/inner\n")
    (inner / "memory.max").write_text("max\n")
    (inner / "memory.events").write_text("low 0\noom 4\noom_kill 2\n")
    assert (machine.memory(), machine.ended_for_memory()) == (8 << 30, 2)
    (inner.parent / "memory.max").write_text(f"{3 << 30}\n")
    assert machine.memory() == 3 << 30


def test_the_machine_here_tells() -> None:
    assert (machine.memory() or 0) > 64 << 20
    assert machine.processors() == len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("landlock", "missing", "told"), [(7, [], ""), (2, [], ""), (None, NO_LANDLOCK["missing"], "landlock: the kernel has no")]
)
def test_who_starts_a_run_is_told_what_does_not_confine_its_children(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], landlock: int | None, missing: object, told: str
) -> None:
    level = "partial" if missing else "full"
    state = SimpleNamespace(confinement={"level": level, "missing": missing, "landlock": landlock})
    monkeypatch.setattr(operation, "probe", lambda: state)
    # Before its third version, Landlock lets whoever may read a file cut it off.
    assert operation.may_link(LIMITS, {"log_format": None}) is (landlock == 7)
    said = capsys.readouterr().err
    assert told in said
    assert bool(said) is bool(missing)
    if missing:
        with pytest.raises(UsageError, match="not_confined"):
            operation.may_link(replace(LIMITS, walls=True), {"log_format": None})


def test_who_starts_a_run_is_told_that_memory_makes_its_slots_fewer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine, "processors", lambda: 4)
    monkeypatch.setattr(machine, "memory", lambda: 6 << 30)
    assert operation.fitting(replace(LIMITS, memory=1 << 30)) == 4
    assert capsys.readouterr().err == ""
    assert operation.fitting(replace(LIMITS, memory=2 << 30)) == 3
    assert "6144 MiB" in capsys.readouterr().err
