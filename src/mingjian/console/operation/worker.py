"""The worker's process."""

import os
import signal
import time
from threading import Thread

from django.db import DatabaseError

from mingjian.console.work import queue
from mingjian.errors import TryAgainError

_LOOK = 1.0
"""Seconds between two looks at the parent."""


def work(parent: int | None = None) -> None:
    """Runs jobs until the process is told to stop, or until the process `parent` is gone. Raises `TryAgainError` when the console's tables
    are not there."""
    try:
        queue.backend().silence()
    except DatabaseError as error:
        raise TryAgainError("console.operation.no_tables", why=str(error).partition("\n")[0][:200]) from error
    if parent is not None:
        Thread(target=_follow, args=(parent,), daemon=True).start()
    queue.backend().work()


def _follow(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK)
    os.kill(os.getpid(), signal.SIGTERM)
