"""The worker beside a server is started again whatever the server does meanwhile."""

import os
import time
from threading import Event
from typing import Any

import pytest

from mingjian.console.operation import server


def test_no_process_is_forked_while_the_worker_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fork in between would inherit the pipe that tells of the start, and hold it open."""
    starting, done = Event(), Event()

    class Slow:
        def __init__(self, *_: Any, **__: Any) -> None:
            starting.set()
            time.sleep(0.2)
            done.set()

        def wait(self) -> None:
            helper.stop()

        def terminate(self) -> None:
            return

    monkeypatch.setattr(server.subprocess, "Popen", Slow)
    helper = server._Helper()
    helper.start()
    starting.wait()
    if (child := os.fork()) == 0:
        os._exit(0 if done.is_set() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    helper.join()
