"""The room and the children of a node: a folder for each job, and a pool for each kind of run."""

import asyncio
import fcntl
import glob
import os
import shutil
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from threading import Lock
from types import TracebackType
from typing import IO

from mingjian.errors import TryAgainError
from mingjian.fleet import steps
from mingjian.fleet.guard import Ended
from mingjian.fleet.limits import Limits
from mingjian.fleet.own import check_lake
from mingjian.fleet.pool import Pool
from mingjian.fleet.remove import remove
from mingjian.fleet.run import Run
from mingjian.fleet.task import OUTPUT, REPORT, Task
from mingjian.lake.files import keep

NODES = "nodes"
"""The folder of the lake in which every node has one of its own, with a lock beside it that says whether it lives."""


_POOLS = 3
"""Kinds of runs, by packs and limits, for which children are kept ready."""


@dataclass(frozen=True, slots=True)
class Place:
    """A job's folder; its report goes to the lake by way of `carried`, which lies in the lake."""

    folder: Path
    carried: Path
    lake: Path

    def stage(self, key: str) -> None:
        """Puts the checked report where it waits for the lake. Raises `TryAgainError` for a disk that is full or gone."""
        report = self.folder / OUTPUT / REPORT
        try:
            if self.carried.parent != self.folder.parent:
                report = Path(shutil.copyfile(report, self.carried))
        except OSError as error:
            raise TryAgainError("lake.cannot_write", path=self.carried, why=error.strerror or str(error)) from error
        keep(report, steps.staged_at(self.lake, key))

    def clear(self) -> None:
        """Makes room for another try."""
        remove(self.folder / OUTPUT)


class Bench:
    """Where a node works, and with whom."""

    def __init__(self, lake: Path, scratch: Path | None, slots: int, pool_of: Callable[[Run, int], Pool]) -> None:
        self.slots = slots
        self._host = socket.gethostname()
        self.name = f"{self._host}-{os.getpid()}-{token_hex(2)}"
        self._lake = lake
        self._folders = [folder for folder in (lake / NODES, scratch) if folder]
        self._pool_of = pool_of
        self._pools: dict[tuple[tuple[str, ...], Limits], Pool] = {}
        self._busy: dict[tuple[tuple[str, ...], Limits], int] = {}
        self._locks: dict[Path, IO[str]] = {}
        self._settling = Lock()

    def __enter__(self) -> "Bench":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for pool in self._pools.values():
            pool.stop()
        for folder in self._folders:
            if (folder / self.name).is_dir():
                remove(folder / self.name)
                (folder / f"{self.name}.lock").unlink(missing_ok=True)

    def check(self, run: Run) -> None:
        """Raises `TryAgainError` when the run's lake is not where it should be, as a share that is not mounted."""
        check_lake(run, self._lake)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[Place]:
        """A new folder for a job, gone afterwards. A disk that hangs holds up this job and no sign of life. Raises `TryAgainError` when the
        disk is full or gone."""
        place = await asyncio.to_thread(self._made)
        try:
            yield place
        finally:
            await asyncio.to_thread(remove, place.folder)

    def _made(self) -> Place:
        with self._settling:
            self._settle()
        token = token_hex(8)
        folder = self._folders[-1] / self.name / token
        with _house(folder):
            folder.mkdir(mode=0o700)
        return Place(folder, self._folders[0] / self.name / f"{token}.json", self._lake)

    async def done(self, run: Run, folder: Path, task: Task) -> Ended:
        """How a child ended with a task; there is a verdict. Raises `TryAgainError` when this machine could not bring it to an end."""
        task = await asyncio.to_thread(steps.with_known_code, task, run, self._lake)
        kind = (run.packs, run.limits)
        if kind not in self._pools:
            if len(self._pools) >= _POOLS:
                self._dismiss()
            self._pools[kind] = self._pool_of(run, self.slots)
        self._busy[kind] = self._busy.get(kind, 0) + 1
        try:
            end = await asyncio.shield(asyncio.wrap_future(self._pools[kind].start(folder, task)))
        except TryAgainError:
            # The next one has a new pool made.
            self._pools.pop(kind).stop()
            raise
        finally:
            self._busy[kind] -= 1
        if end.verdict is None:
            raise TryAgainError("fleet.house", what=end.reason or "")
        return end

    def _dismiss(self) -> None:
        """Ends the pools that have nothing to do."""
        for kind in [kind for kind in self._pools if not self._busy.get(kind)]:
            self._pools.pop(kind).stop()

    def _settle(self) -> None:
        """Makes this node's folders, and removes those that dead nodes of this machine left. Of another's the lock may not be seen here."""
        for folder in self._folders:
            if (folder / self.name).is_dir():
                continue
            with _house(folder):
                folder.mkdir(parents=True, exist_ok=True)
                if folder in self._locks:
                    self._locks.pop(folder).close()
                self._locks[folder] = (folder / f"{self.name}.lock").open("w")
                fcntl.flock(self._locks[folder], fcntl.LOCK_EX | fcntl.LOCK_NB)
                (folder / self.name).mkdir(mode=0o700)
                for other in folder.glob(f"{glob.escape(self._host)}-*.lock"):
                    _bury(other)


def _bury(lock: Path) -> None:
    with suppress(OSError), lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        remove(lock.with_suffix(""))
        lock.unlink()


@contextmanager
def _house(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise TryAgainError("lake.cannot_write", path=path, why=error.strerror or str(error)) from error
