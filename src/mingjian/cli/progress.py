"""A spinner on standard error for anything that takes over a second."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def waiting(message: str, delay: float = 1.0) -> Iterator[None]:
    """Shows `message` with the time spent, once `delay` seconds have gone by."""
    done = threading.Event()

    def spin() -> None:
        if done.wait(delay):
            return
        from rich.console import Console  # noqa: PLC0415  most runs end before it is needed
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

        columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            progress.add_task(message)
            done.wait()

    thread = threading.Thread(target=spin, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
