"""The processes below this one: counted, weighed and ended, wherever they hid. Without `/proc` and `prctl` (outside Linux) only the
process group is known."""

import ctypes
import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mingjian.errors import MingjianError

_PDEATHSIG, _SUBREAPER = 1, 36
_PROC = Path("/proc")
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class Kin:
    """Processes that live below one: their ids, and the bytes of memory that they hold altogether, each beyond what that one holds."""

    pids: tuple[int, ...]
    memory: int


def die_with_parent(number: signal.Signals) -> None:
    """Has the kernel send `number` to this process when the thread that made it ends."""
    _prctl(_PDEATHSIG, number)


def adopt() -> None:
    """Makes this process the parent of everything below it that loses its own, so that nothing gets away."""
    _prctl(_SUBREAPER, 1)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def below(parent: int) -> Kin:
    """Everything that descends from `parent`. A fork begins with what its parent holds, which therefore is counted for none."""
    children: dict[int, list[int]] = {}
    held: dict[int, int] = {}
    for entry in os.listdir(_PROC) if _PROC.is_dir() else ():  # noqa: PTH208 - called several times a second
        if entry.isdigit():
            with suppress(OSError, ValueError, IndexError):
                # The name, in brackets, may hold anything.
                fields = (_PROC / entry / "stat").read_bytes().rpartition(b")")[2].split()
                children.setdefault(int(fields[1]), []).append(int(entry))
                held[int(entry)] = int(fields[21]) * _PAGE
    found: list[int] = []
    waiting = list(children.get(parent, ()))
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children.get(pid, ())
    return Kin(tuple(found), sum(max(0, held[pid] - held.get(parent, 0)) for pid in found))


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
            for other in below(os.getpid()).pids:
                with suppress(ProcessLookupError):
                    os.kill(other, signal.SIGKILL)
            time.sleep(0.002)


def end_group(leader: int) -> None:
    """Ends all of the process group that `leader` leads."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
