"""What a child that was taken over can do from behind the walls: nothing, while a neighbour works on undisturbed. Tried as root and as
another user."""

import errno
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import attacks
import pytest
import walled
from pebble import ProcessPool
from walled import NOBODY, SMALL, Held

from mingjian.fleet.limits import Limits

pytest.importorskip("mingjian._core", reason="the core is not built")

USERS = {"root": 0, "nobody": NOBODY} if os.getuid() == 0 else {"own": os.getuid()}
CONTENT = b"a package" * 1000


@dataclass(frozen=True)
class Place:
    """Two slots of a pool, of one user, and a folder that this user may write, with a neighbour's process in it."""

    user: int
    root: Path
    pool: ProcessPool
    others: attacks.Others

    def folder(self) -> Path:
        """A new job's folder with its input."""
        folder = Path(tempfile.mkdtemp(dir=self.root))
        (folder / "input").write_bytes(CONTENT)
        shutil.copy("/bin/sh", folder / "shell")
        for path in (folder, folder / "input"):
            os.chown(path, self.user, -1)
        return folder

    def beside_a_neighbour(self, job: walled.Job, about: Any = None, limits: Limits = SMALL) -> Held:
        """How the job ends, after it was seen that a neighbour at work in the other slot ends well."""
        neighbour = self.folder()
        other: Future[Held] = walled.start(self.pool, attacks.works, neighbour, 0.3)
        held = walled.start(self.pool, job, self.folder(), about, limits).result()
        assert other.result() == Held("full", [], told=str(32 << 20))
        assert (neighbour / "report.json").read_bytes() == CONTENT[::-1]
        assert (held.level, held.missing) == ("full", [])
        return held


@pytest.fixture(scope="module", params=USERS.values(), ids=USERS)
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    user: int = request.param
    # Not below the folder of the tests, which only its owner may enter.
    with tempfile.TemporaryDirectory(prefix="mingjian-walls-", ignore_cleanup_errors=True) as made:
        root = Path(made)
        os.chown(root, user, -1)
        neighbour, house = root / "neighbour", root / "house"
        neighbour.mkdir()
        for path in (neighbour / "input", house):
            path.write_bytes(CONTENT)
        for path in (neighbour, neighbour / "input", house):
            os.chown(path, user, -1)
        process = subprocess.Popen(["sleep", "600"], start_new_session=True, user=user)
        with walled.pool(2, user) as pool:
            yield Place(user, root, pool, attacks.Others(neighbour, process.pid, house))
        # Nothing that was tried has moved it, nor the house.
        assert process.poll() is None
        process.kill()
        process.wait()
        assert [(neighbour / "input").read_bytes(), house.read_bytes()] == [CONTENT, CONTENT]


@pytest.mark.parametrize(
    "attack",
    [
        attacks.sockets,
        attacks.writing,
        attacks.reading,
        attacks.programs,
        attacks.signals,
        attacks.escaping,
        attacks.raising,
        attacks.shared,
        pytest.param(attacks.calls, marks=pytest.mark.xfail(platform.machine() != "x86_64", reason="the numbers are those of x86-64")),
    ],
    ids=lambda attack: attack.__name__,
)
def test_every_way_out_is_refused(place: Place, attack: Callable[[Path, Any], attacks.Found]) -> None:
    held = place.beside_a_neighbour(attack, place.others)
    assert held.raised == []
    refused = {"EPERM", "EACCES", "EXDEV", "ESRCH", "ENOENT"} if attack in (attacks.writing, attacks.reading) else {"EPERM", "EACCES"}
    assert {way: end for way, end in held.told.items() if end not in refused} == {}
    assert held.told


def test_what_may_only_be_read_is_not_cut_off_under_any_version_of_landlock(place: Place) -> None:
    assert set(place.beside_a_neighbour(attacks.cutting, place.others).told.values()) == {"EPERM"}


def test_the_memory_of_one_that_crashed_is_handed_to_no_program(place: Place) -> None:
    # 1 is the number that keeps Linux from it; 0 does not.
    assert place.beside_a_neighbour(attacks.core).told == [1, 1]


def test_the_locks_of_the_pool_are_out_of_reach(place: Place) -> None:
    held = place.beside_a_neighbour(attacks.locks)
    assert (held.signal, held.told) == (signal.SIGSEGV, None)


@pytest.mark.parametrize("how", ["plain", "tree", "setsid", "exec"])
def test_forking_without_end_is_ended_with_all_that_was_forked(place: Place, how: str) -> None:
    if how == "exec" and not _may_run(place.user):
        how = "plain"
    # So many processes hold much memory together, and that limit is not the one that is tried here.
    held = place.beside_a_neighbour(attacks.forks, how, limits=replace(SMALL, memory=4 << 30))
    assert held.over == "processes"
    assert held.left > SMALL.processes - 2


@pytest.mark.parametrize(("how", "end"), [("by itself", "MemoryError"), ("with many", "memory"), ("in a file", "OSError")])
def test_memory_ends(place: Place, how: str, end: str) -> None:
    held = place.beside_a_neighbour(attacks.eats, how)
    assert (held.raised or [held.over])[0] == end


@pytest.mark.parametrize(
    ("how", "over"),
    [
        ("a closed folder", "closed"),
        ("one file", "size"),
        ("many files", "output"),
        ("removed", "output"),
        ("mapped", "output"),
        ("names", "files"),
        ("depth", "files"),
    ],
)
def test_the_disk_is_not_filled(place: Place, how: str, over: str) -> None:
    held = place.beside_a_neighbour(attacks.fills, how)
    if how == "one file":
        assert held.raised[:2] == ["OSError", errno.EFBIG]
    elif how == "a closed folder":
        # Root sees what is in it.
        assert held.over == ("files" if place.user else "")
    else:
        assert held.over == over


# What a child has of the pytest that it is a fork of can by itself come near the smaller limit, once its garbage collector went through it.
@pytest.mark.parametrize(("how", "memory", "over"), [("many", 512 << 20, "output"), ("touched", 64 << 20, "memory")])
def test_mappings_neither_blind_the_watch_nor_eat_the_kernels_memory(place: Place, how: str, memory: int, over: str) -> None:
    assert place.beside_a_neighbour(attacks.maps, how, replace(SMALL, memory=memory)).over == over


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the number of the system call is that of x86-64")
@pytest.mark.parametrize(("how", "over"), [("memory", "memory"), ("processes", "processes"), ("removed", "output"), ("mapped", "output")])
def test_nothing_hides_behind_a_thread_that_ended(place: Place, how: str, over: str) -> None:
    assert place.beside_a_neighbour(attacks.behind_a_thread, how).over == over


def test_processes_together_take_no_more_time_than_one_may(place: Place) -> None:
    held = place.beside_a_neighbour(attacks.spins, None, replace(SMALL, cpu=1, memory=1 << 30))
    # By itself, one that is over its time is ended by a signal of the kernel.
    assert (held.over, held.left) == ("cpu", 10)


def test_descriptors_end(place: Place) -> None:
    assert place.beside_a_neighbour(attacks.opens).told == "True 24"


def test_what_is_left_in_the_background_is_ended_and_holds_nobody_up(place: Place) -> None:
    held = place.beside_a_neighbour(attacks.leaves)
    assert (held.told, held.over, held.left) == ("gone", "", 4)


def _may_run(user: int) -> bool:
    """Whether the user can reach the interpreter at all."""
    return subprocess.run(["test", "-x", sys.executable], user=user, check=False).returncode == 0
