"""Work that is spread over processes: each is given what it needs to know once, and then one thing after the other."""

import resource
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, as_completed
from multiprocessing.context import SpawnContext
from multiprocessing.synchronize import RLock
from typing import Any, TypeVar

from pebble import ProcessExpired, ProcessPool

from mingjian.errors import TryAgainError

Thing = TypeVar("Thing")
Done = TypeVar("Done")

MEMORY = 3 << 30
"""Bytes that one process may hold."""

_work: Callable[[Any], Any] | None = None


def spread(work: Callable[[Thing], Done], things: Iterable[Thing], processes: int) -> Iterator[tuple[Thing, Done]]:
    """Each thing with what came of it, as they come. Raises what `work` raises, and `TryAgainError` when a process is lost; whatever ends
    this, no process goes on."""
    context = _Starting()
    pool = ProcessPool(max_workers=processes, initializer=_begin, initargs=(work,), context=context)
    try:
        futures: dict[Future[Done], Thing] = {pool.schedule(_do, args=[thing]): thing for thing in things}
        for future in as_completed(futures):
            yield futures[future], future.result()
    except ProcessExpired as error:
        raise TryAgainError("fleet.judge.lost") from error
    finally:
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()


class _Starting(SpawnContext):
    """Starts processes anew, without a thread or lock of ours, and keeps the locks that they are given until the pool is gone: it drops
    its own before it ends its processes, and one that is still starting would then say on standard error that it does not find them."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: list[RLock] = []

    def RLock(self) -> RLock:  # noqa: N802  the name is that of the standard library
        lock = super().RLock()
        self._kept.append(lock)
        return lock


def _begin(work: Callable[[Any], Any]) -> None:
    global _work  # noqa: PLW0603 - a process of the pool is given its work once, for packs are dear to hand over
    _work = work
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard), hard))
    # A terminal interrupts the parent too, which then stops the pool.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _do(thing: Any) -> Any:
    assert _work is not None
    return _work(thing)
