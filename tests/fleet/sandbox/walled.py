"""A child behind the walls, forked and watched as the engine does it: in a process of a pebble pool."""

import ctypes
import errno
import faulthandler
import json
import multiprocessing
import os
import select
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pebble import ProcessPool

from mingjian.fleet import kin
from mingjian.fleet.limits import Limits
from mingjian.fleet.sandbox import Watch, _below, confine

SMALL = Limits(timeout=20, cpu=20, memory=128 << 20, output=8 << 20, files=64, processes=16)
NOBODY = 65534
_DUMPABLE = 4
_LIBC = ctypes.CDLL(None, use_errno=True)

Job = Callable[[Path, Any], Any]


@dataclass(frozen=True)
class Held:
    """How a child ended: `told` is what its job returned, `raised` what it raised as type and error number, `over` the limit for which it
    was ended, `left` how many processes were there when it ended or was to end."""

    level: str
    missing: list[list[str]]
    told: Any = None
    raised: list[Any] = field(default_factory=list)
    signal: int = 0
    over: str = ""
    left: int = 0


def pool(slots: int, user: int) -> ProcessPool:
    """As the engine makes it: its processes stay, and each job has a fork of its own. They become `user`."""
    return ProcessPool(max_workers=slots, initializer=_become, initargs=(user,), context=multiprocessing.get_context("fork"))


def start(of: ProcessPool, job: Job, folder: Path, about: Any = None, limits: Limits = SMALL, read: Sequence[Path] = ()) -> "Future[Held]":
    future: Future[Held] = of.schedule(hold, args=(job, folder, about, limits, read), timeout=60)
    return future


def _become(user: int) -> None:
    if user != os.getuid():
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
        # A process that changed its user hides from itself otherwise.
        _LIBC.prctl(_DUMPABLE, 1, 0, 0, 0)


def hold(job: Job, folder: Path, about: Any, limits: Limits, read: Sequence[Path]) -> Held:
    kin.adopt()
    watch = Watch(folder, limits)
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        _inside(writer, job, folder, about, limits, read)
    os.close(writer)
    over = ""
    until = time.monotonic() + limits.timeout
    while not (ended := os.wait4(pid, os.WNOHANG))[0] and not over:
        breach = watch.exceeded(os.getpid())
        over = "timeout" if time.monotonic() > until else breach.limit if breach else ""
        time.sleep(0.05)
    breach = watch.exceeded(os.getpid())
    over = over or (breach.limit if breach else "")
    left = sum(each.threads > 0 for each in _below(os.getpid()))
    kin.end_group(pid)
    status = ended[1] if ended[0] else os.wait4(pid, 0)[1]
    kin.end_all()
    said: dict[str, Any] = {}
    while select.select([reader], [], [], 0)[0] and (lines := os.read(reader, 1 << 16)):
        for line in lines.splitlines():
            said |= json.loads(line)
    os.close(reader)
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    return Held(**{"level": "", "missing": [], **said}, signal=number, over=over, left=left)


def _inside(writer: int, job: Job, folder: Path, about: Any, limits: Limits, read: Sequence[Path]) -> None:
    try:
        # What the test runner would have told of a crash goes to a descriptor of its own, which may be the one used here.
        faulthandler.disable()
        os.setsid()
        os.dup2(writer, 3)
        os.closerange(4, 65536)
        reached = confine(folder, limits, read)
        _say(level=reached.level, missing=reached.missing)
        _say(told=job(folder, about))
    except BaseException as error:  # noqa: BLE001 - the process ends here, whatever it was
        _say(raised=[type(error).__name__, getattr(error, "errno", None), str(error)[:300]])
    finally:
        os._exit(0)


def _say(**said: Any) -> None:
    os.write(3, json.dumps(said).encode() + b"\n")


def tried(ways: dict[str, Callable[[], Any]]) -> dict[str, str]:
    """What came of each way: the name of the error, or `done`."""
    found = {}
    for name, way in ways.items():
        try:
            way()
        except OSError as error:
            found[name] = errno.errorcode.get(error.errno or 0, str(error))
        except MemoryError:
            found[name] = "MemoryError"
        else:
            found[name] = "done"
    return found


def call(number: int, *arguments: int) -> int:
    """A system call by its number. Raises `OSError`."""
    result: int = _LIBC.syscall(ctypes.c_long(number), *(ctypes.c_long(each) for each in arguments))
    if result == -1:
        raise OSError(ctypes.get_errno(), "")
    return result
