"""Whatever ends a compaction, the lake is the old one or the new one, and compacting again makes what it would have made."""

import errno
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mingjian import lake
from mingjian.errors import InputError, TryAgainError
from mingjian.lake.checking import check
from mingjian.lake.manifest import load
from tests.unit.lake import killing
from tests.unit.lake.making import files, key, named, poison, stage

ROOT = Path(__file__).parents[3]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A lake of two reports and a poison row; two more reports and a listing of what was poison wait in `staged`."""
    first = [stage(tmp_path / "first", number) for number in (1, 2)]
    lake.compact(tmp_path / "old", first, [poison(3), poison(9)])
    for number in (3, 4):
        stage(tmp_path / "staged", number)
    return tmp_path / "old"


def held(folder: Path) -> tuple[list[Any], list[Any]]:
    """Which reports a lake has, and what is poison in it."""
    assert not list(check(folder, load(folder)))
    with lake.open(folder) as opened:
        assert {found: report.subject.package for found, report in opened.reports()} == dict(
            opened.query("select report, package from reports").rows
        )
        return opened.query("select report from apps order by report").rows, opened.query("select place from poison order by place").rows


BEFORE = [(key(1),), (key(2),)], [(3,), (9,)]
AFTER = [(key(number),) for number in (1, 2, 3, 4)], [(9,), (70,)]


def test_a_compaction_killed_before_any_of_its_steps_leaves_the_old_lake_or_the_new_one(tmp_path: Path, old: Path) -> None:
    run = subprocess.run([sys.executable, "-m", "tests.unit.lake.killing", tmp_path], cwd=ROOT, capture_output=True, check=False, text=True)
    assert run.returncode == 0, run.stderr
    ends = [line.split(" ", 1) for line in run.stdout.splitlines()]
    assert [end for end, _ in ends] == ["killed"] * (len(ends) - 1) + ["whole"]
    assert len(ends) > 30
    whole = Path(ends[-1][1])
    assert held(whole) == AFTER
    states = [load(Path(place)) == load(whole) for _, place in ends]
    assert states == sorted(states), "once the new lake is there it stays"
    assert states.count(False) > 20
    for place in map(
        Path, (ends[0][1], ends[len(ends) // 2][1], *(place for _, place in ends[states.index(True) - 2 : states.index(True) + 2]))
    ):
        assert held(place) == (AFTER if load(place) == load(whole) else BEFORE)
    for place in map(Path, (place for _, place in ends[:: len(ends) // 4])):
        killing.take_in(place, tmp_path / "staged")
        assert named(place) == named(whole)
        lake.compact(place)
        lake.compact(place)
        assert files(place) == named(whole), "nothing of the killed one stays for ever"
        assert not (place / "tmp").exists()


def test_every_file_operation_that_fails_is_told_and_leaves_a_whole_lake(tmp_path: Path, old: Path) -> None:
    for fails in range(1, 1000, 11):
        place = tmp_path / f"try-{fails}"
        shutil.copytree(old, place)
        with pytest.MonkeyPatch.context() as patched:
            count = [0]
            for owner, name in (*killing.STEPS, (Path, "open"), (Path, "mkdir")):
                patched.setattr(owner, name, failing(getattr(owner, name), count, fails))
            try:
                killing.take_in(place, tmp_path / "staged")
            except (TryAgainError, InputError) as error:
                told = error
            else:
                break
        assert told.key in ("lake.cannot_write", "error.cannot_read")
        assert told.values["why"] == "No space left on device"
        assert held(place) in (BEFORE, AFTER)
    assert fails > 100
    assert count[0] < fails
    assert held(place) == AFTER


def failing(step: Callable[..., Any], count: list[int], fails: int) -> Callable[..., Any]:
    """`step`, but the operation number `fails` of all that share `count` finds the disk full."""

    def stepping(*given: Any, **named: Any) -> Any:
        count[0] += 1
        if count[0] == fails:
            raise OSError(errno.ENOSPC, "No space left on device")
        return step(*given, **named)

    return stepping


@pytest.mark.parametrize("most", [200, 700, 1100, 1700, 2400])
def test_a_file_that_may_not_grow_is_told_and_leaves_the_old_lake(tmp_path: Path, old: Path, most: int) -> None:
    """What the engine writes by itself fails as a full disk does: in the middle of a file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        with pytest.raises(TryAgainError, match=r"lake\.cannot_write"):
            killing.take_in(old, tmp_path / "staged")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert held(old) == BEFORE
    killing.take_in(old, tmp_path / "staged")
    assert held(old) == AFTER
