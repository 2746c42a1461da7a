"""Work that is spread over processes: each is given what it needs to know once, and then one thing after the other."""

import multiprocessing
import resource
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, as_completed
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
    # What is started anew has no thread and no lock of ours.
    context = multiprocessing.get_context("spawn")
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
