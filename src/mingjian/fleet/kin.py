"""The processes below this one: ended, wherever they hid. Without `/proc` and `prctl` (outside Linux) only the process group is known."""

import ctypes
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

from mingjian.errors import MingjianError

_PDEATHSIG, _SUBREAPER = 1, 36
_PROC = Path("/proc")
_PATIENCE = 20.0


def die_with(parent: int, number: signal.Signals) -> None:
    """Has the kernel send `number` to this process when the thread of `parent` that made it ends; ends it when that is over already."""
    _prctl(_PDEATHSIG, number)
    if os.getppid() != parent:
        os._exit(1)


def adopt() -> None:
    """Makes this process the parent of everything below it that loses its own, so that nothing gets away."""
    _prctl(_SUBREAPER, 1)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def _below(parent: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in os.listdir(_PROC) if _PROC.is_dir() else ():  # noqa: PTH208 - plain names are wanted
        if entry.isdigit():
            with suppress(OSError, ValueError, IndexError):
                # The name, in brackets, may hold anything.
                fields = (_PROC / entry / "stat").read_bytes().rpartition(b")")[2].split()
                children.setdefault(int(fields[1]), []).append(int(entry))
    found: list[int] = []
    waiting = list(children.get(parent, ()))
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children.get(pid, ())
    return found


def end_all() -> None:
    """Ends everything below this process, which must have called `adopt`, and waits for it. Raises `MingjianError` when something outlives
    being killed."""
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            if time.monotonic() > until:
                raise MingjianError("fleet.unkillable")
            for other in _below(os.getpid()):
                with suppress(ProcessLookupError):
                    os.kill(other, signal.SIGKILL)
            time.sleep(0.002)


def end_group(leader: int) -> None:
    """Ends all of the process group that `leader` leads."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
