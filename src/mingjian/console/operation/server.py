"""The web server, gunicorn, and beside it the worker as a process of its own."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from threading import Event, Lock, Thread
from typing import Any

from gunicorn.app.base import BaseApplication

from mingjian.errors import UsageError

_THREADS = 8
_PROCESSES = 2
_KEPT_OPEN = 75
"""Seconds of silence after which a connection is closed: longer than a reader's thinking and than proxies keep one, so that no request
meets a connection that is just being closed."""
_AGAIN = 5.0
"""Seconds until a worker that ended is started again."""


def listen(host: str, port: int) -> socket.socket:
    """A socket on which the server will answer; port 0 takes a free one. Raises `UsageError` when it is taken or not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((host, port))
    except OSError as error:
        opened.close()
        raise UsageError("console.operation.no_address", host=host, port=port, why=error.strerror or type(error).__name__) from error
    return opened


class _Server(BaseApplication):  # type: ignore[misc]  # the library has no types
    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        """Takes the options that the constructor was given."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application, with every page loaded: once for all processes, and before anybody asks."""
        from django.urls import get_resolver  # noqa: PLC0415  after the settings

        from mingjian.console.wsgi import application  # noqa: PLC0415

        get_resolver().reverse_dict  # noqa: B018  what it reads is kept
        return application


def serve(opened: socket.socket, started: Callable[[], None], *, worker: bool = True) -> None:
    """Answers until the process is told to stop, with one worker beside it if `worker`. `started` is called when it answers."""
    helper = _Helper() if worker else None
    opened.set_inheritable(True)
    _Server(
        {
            "bind": f"fd://{opened.fileno()}",
            "workers": _PROCESSES,
            "threads": _THREADS,
            "worker_class": "gthread",
            "timeout": 120,
            "keepalive": _KEPT_OPEN,
            "graceful_timeout": 15,
            "preload_app": True,
            "loglevel": "warning",
            "proc_name": "mingjian",
            "when_ready": lambda _server: _ready(started, helper),
            "on_exit": lambda _server: helper.stop() if helper else None,
        }
    ).run()


def _ready(started: Callable[[], None], helper: "_Helper | None") -> None:
    if helper is not None:
        helper.start()
    started()


class _Helper(Thread):
    """A worker in a process of its own, started again when it ends, and ended with this process however that ends."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._ending = Event()
        self._running: subprocess.Popen[bytes] | None = None
        # A web process that is forked while the worker starts would hold the pipe open that tells of its start, and `Popen` would wait on
        # it for ever: nobody would start the worker again.
        self._starting = Lock()
        os.register_at_fork(before=self._starting.acquire, after_in_parent=self._starting.release, after_in_child=self._starting.release)

    def run(self) -> None:
        """Keeps a worker running."""
        command = [sys.executable, "-m", "mingjian.cli", "worker", "--while-parent", str(os.getpid())]
        while not self._ending.is_set():
            with self._starting:
                self._running = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603  our own program
            self._running.wait()
            self._ending.wait(_AGAIN)

    def stop(self) -> None:
        """Tells the worker to finish what it does and end."""
        self._ending.set()
        if self._running is not None:
            self._running.terminate()
