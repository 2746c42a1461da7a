"""Slots that run one job each in a child of its own that can be killed; used by a single machine and by every node of many.

Pebble keeps the slots: processes that wait for jobs, are replaced when they end, and are killed when they do not answer. In each sits a
guard, which forks the child. So a child costs a fork and no start, and neither its end nor its bytes ever touch the pool's pipes."""

import multiprocessing
from concurrent.futures import CancelledError, Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from types import TracebackType

from pebble import ProcessExpired, ProcessPool

from mingjian.errors import MingjianError, TryAgainError
from mingjian.fleet.child import Work
from mingjian.fleet.guard import STOPPED, Ended, Guard
from mingjian.fleet.limits import Limits
from mingjian.fleet.task import Task
from mingjian.model.texts import in_both

_GRACE = 30.0
"""Seconds after which a guard that should have ended its child is held to be stuck itself."""

_guard: Guard | None = None


def _settle(guard: Guard) -> None:
    global _guard  # noqa: PLW0603 - a process of the pool has one guard, which a fork hands over and no pickle can
    _guard = guard
    guard.settle()


def _attend(folder: Path, task: Task) -> Ended:
    assert _guard is not None
    return _guard.attend(folder, task)


class Pool:
    """`slots` children at once that do `work` within `limits`. To be made before the process has threads: what it holds is forked then."""

    def __init__(self, work: Work, slots: int, limits: Limits) -> None:
        self._limit = limits.timeout + _GRACE
        context = multiprocessing.get_context("fork")
        self._pool = ProcessPool(max_workers=slots, initializer=_settle, initargs=(Guard(work, limits),), context=context)
        self._stopped = False
        self._open: set[Future[Ended]] = set()
        # Asking starts it.
        if not self._pool.active:
            raise TryAgainError("fleet.pool_lost")

    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def start(self, folder: Path, task: Task) -> "Future[Ended]":
        """Has `task` done in a job's folder, whose `INPUTS` holds its files; the report is then in its `OUTPUT`. The future has a value
        however the child ends; an error in it is a fault of this program.

        Raises `TryAgainError` when no process can be started any more."""
        ended: Future[Ended] = Future()
        try:
            running = self._pool.schedule(_attend, args=(folder, task), timeout=self._limit)
        except RuntimeError as error:
            raise TryAgainError("fleet.pool_lost") from error
        self._open.add(ended)

        def settle(done: Future[Ended]) -> None:
            self._open.discard(ended)
            end = _ended(done)
            if end is None:
                ended.set_exception(done.exception())
            else:
                ended.set_result(end)

        running.add_done_callback(settle)
        return ended

    def stop(self) -> None:
        """Ends every child and the slots; what was at work ends without a verdict."""
        if self._stopped:
            return
        self._stopped = True
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()
        # Nobody else settles them any more.
        for ended in self._open:
            ended.set_result(Ended(None, in_both("fleet.reason.stopped")))


def _ended(done: "Future[Ended]") -> Ended | None:
    """How the job ended; none for what no job and no machine can bring about."""
    if done.cancelled():
        return Ended(None, in_both("fleet.pool_lost"))
    match done.exception():
        case None:
            return done.result()
        case TimeoutError():
            return Ended("timeout", in_both("fleet.reason.stuck"))
        case ProcessExpired(exitcode=code) if code == STOPPED:
            return Ended(None, in_both("fleet.reason.stopped"))
        case ProcessExpired():
            # The guard itself went down: whoever did that, the job was at work.
            return Ended("crash", in_both("fleet.reason.guard"))
        case CancelledError() | BrokenProcessPool():
            return Ended(None, in_both("fleet.pool_lost"))
        case OSError() as error:
            return Ended(None, in_both("fleet.reason.no_start", why=error.strerror or type(error).__name__))
        case MingjianError() as error:
            return Ended("crash", in_both(error.key, **error.values))
        case _:
            return None
