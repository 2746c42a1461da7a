"""A slot of the pool: a small process of ours that forks a child for each job, watches it, ends it with all it started, and judges it.

It reads no hostile byte but the report, and runs no thread, so that a fork of it is sound; what it loaded, each child has without loading.
The pool's own pipes never reach a child."""

import gc
import json
import os
import secrets
import select
import shutil
import signal
import stat
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Any, get_args

from mingjian.fleet import child, kin, machine
from mingjian.fleet.child import HOUSE, KILLED, MOST_TOLD, Work
from mingjian.fleet.limits import Limits
from mingjian.fleet.outcome import GOOD, Verdict
from mingjian.fleet.received import NoReportError, receive
from mingjian.fleet.sandbox import Confinement, Watch
from mingjian.fleet.task import CODE, OUTPUT, Task
from mingjian.model.printable import printable
from mingjian.model.texts import in_both
from mingjian.model.types import Text
from mingjian.native.kept import take_in

STOPPED = 143
"""The exit code of a guard that was told to end while a child of it was at work."""
_TICK = 0.2
_CHECKED = 16
"""Of so many packages one has its code read whether it is known or not, so that answers which are not those of the code come to light."""
_NO_ROOM = 16 << 20


@dataclass(frozen=True, slots=True)
class Ended:
    """How a job's child ended. `verdict` is none when it is the house's fault, and `reason` then says which. `sha256` is of the report,
    which was checked and lies in the job's `OUTPUT`. `code_known` says whether the package's code was read before; none where nobody
    asked; `code_disputed` that it was, and read otherwise. `confined` is how far the child was, none where there was no child."""

    verdict: Verdict | None
    reason: Text | None = None
    sha256: str = ""
    seconds: float = 0
    cpu: float = 0
    memory: int = 0
    code_known: bool | None = None
    code_disputed: bool = False
    confined: Confinement | None = None


@dataclass(frozen=True, slots=True)
class _End:
    """The child's end as the kernel tells it, with what it said of itself; `over` is the limit for which it was killed, `short`: whether
    the system ended anybody for want of memory meanwhile."""

    status: int
    usage: Any
    confined: Confinement
    word: bytes
    over: "_Over | None"
    short: bool


class Guard:
    """Attends to one job after another. Made before the pool's processes are forked."""

    def __init__(self, work: Work, limits: Limits) -> None:
        self._work = work
        self._limits = limits
        self._busy = False
        self._program = os.getpid()

    def settle(self) -> None:
        """Called once in the guard's process: it ends with the pool's, and takes along what it started."""
        signal.signal(signal.SIGTERM, self._leave)
        kin.die_with(self._program, signal.SIGTERM)
        kin.adopt()
        _close_files()
        # What is held now is never looked through again, so that a child keeps sharing its memory with this process.
        gc.freeze()

    def attend(self, folder: Path, task: Task) -> Ended:
        """Has a child do the work in a job's folder, in which `INPUTS` stands; nothing of it runs any more when this returns."""
        began = time.monotonic()
        task = replace(task, look=not _is_checked())
        (folder / OUTPUT).mkdir()
        look, ended_before = Watch(folder / OUTPUT, self._limits), machine.ended_for_memory()
        self._busy = True
        reader, writer = os.pipe()
        try:
            pid = self._fork(folder, task, writer)
            end = self._watch(_Watched(pid, reader, look, began + self._limits.timeout, ended_before))
        finally:
            os.close(reader)
            self._busy = False
        verdict, reason, sha256 = self._judged(end, folder, task)
        # Linux counts the memory in KiB.
        cpu, memory = end.usage.ru_utime + end.usage.ru_stime, end.usage.ru_maxrss << 10
        # Only what came of a job that ended well is shown to others.
        taken = take_in(folder / OUTPUT / CODE, task.kept, " ".join(sorted(task.digests))) if task.kept and verdict in GOOD else None
        code = (None if taken is None else taken == "known", taken == "disputed")
        return Ended(verdict, reason, sha256, round(time.monotonic() - began, 3), round(cpu, 3), memory, *code, end.confined)

    def _fork(self, folder: Path, task: Task, line: int) -> int:
        own = os.getpid()
        try:
            pid = os.fork()
            if pid == 0:
                child.run(self._work, folder, task, self._limits, line, own)
            return pid
        finally:
            os.close(line)

    def _leave(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        try:
            if self._busy:
                kin.end_all()
        finally:
            os._exit(STOPPED if self._busy else 0)

    def _watch(self, job: "_Watched") -> _End:
        told = b""
        over: _Over | None = None
        lines, pause = [job.line], _TICK
        # Looked at and not taken, so that the number stays the group's until all of it is ended.
        while os.waitid(os.P_PID, job.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            left = job.until - time.monotonic()
            # The line closes when the child ends, so that its end is heard at once.
            if select.select(lines, [], [], max(0.0, min(pause, left)))[0]:
                piece = os.read(job.line, MOST_TOLD)
                told = (told + piece)[:MOST_TOLD]
                if piece and len(told) < MOST_TOLD:
                    continue
                # Who floods the line is heard no further, or nothing else of it would be looked at.
                lines, pause = [], _TICK if piece else 0.001
            pause = min(_TICK, pause * 2)
            over = _exceeded(job) or (("timeout", "timeout") if left <= 0 else None)
            if over:
                break
        kin.end_group(job.pid)
        _, status, usage = os.wait4(job.pid, 0)
        kin.end_all()
        # Nobody is left to write on the line, so that it ends.
        while piece := os.read(job.line, MOST_TOLD):
            told = (told + piece)[:MOST_TOLD]
        first, _, word = told.partition(b"\n")
        short = machine.ended_for_memory() > job.ended_before
        return _End(status, usage, _confinement(first), word, over or _exceeded(job), short)

    def _judged(self, end: _End, folder: Path, task: Task) -> tuple[Verdict | None, Text | None, str]:
        if end.over:
            return end.over[0], self._reason(end.over[1]), ""
        if os.WIFSIGNALED(end.status):
            return *self._by_signal(os.WTERMSIG(end.status), end), ""
        if os.WEXITSTATUS(end.status):
            return *self._by_word(end, folder), ""
        try:
            received = receive(folder / OUTPUT, task, self._limits.output)
        except NoReportError as error:
            return "limit" if str(error) in ("output", "entries") else "crash", self._reason(str(error)), ""
        return received.verdict, None, received.sha256

    def _by_signal(self, number: int, end: _End) -> tuple[Verdict, Text]:
        spent = end.usage.ru_utime + end.usage.ru_stime
        if number == signal.SIGXCPU or (number == signal.SIGKILL and spent >= self._limits.cpu):
            return "timeout", self._reason("cpu")
        if number == signal.SIGKILL:
            return self._by_kill(end)
        if number == signal.SIGXFSZ:
            return "limit", self._reason("output")
        if number == signal.SIGSYS:
            return "denied", self._reason("call")
        name = signal.Signals(number).name if number in signal.valid_signals() else str(number)
        return "crash", in_both("fleet.reason.signal", signal=name)

    def _by_kill(self, end: _End) -> tuple[Verdict, Text]:
        """Nobody here sent it. So ends what the system chooses when memory runs out, and what somebody kills who may."""
        if end.short:
            return "memory", in_both("fleet.reason.short", megabytes=end.usage.ru_maxrss >> 10)
        return "crash", self._reason("killed")

    def _by_word(self, end: _End, folder: Path) -> tuple[Verdict | None, Text]:
        try:
            verdict, zh, en = json.loads(end.word)
            reason = Text(printable(str(zh))[:MOST_TOLD], printable(str(en))[:MOST_TOLD])
        except (ValueError, TypeError, RecursionError):
            return "crash", self._reason("silent")
        if self._limits.walls and not end.confined.full:
            return None, reason
        if verdict == HOUSE and shutil.disk_usage(folder).free < _NO_ROOM:
            return None, reason
        if verdict == KILLED:
            return self._by_kill(end)
        return (verdict if verdict in _BAD else "crash"), reason

    def _reason(self, name: str) -> Text:
        limits = self._limits
        values = {"seconds": round(limits.timeout), "cpu": limits.cpu, "megabytes": limits.memory >> 20, "output": limits.output >> 20}
        return in_both(f"fleet.reason.{name}", files=limits.files, processes=limits.processes, **values)


_Over = tuple[Verdict, str]
_BAD = tuple(word for word in get_args(Verdict) if word not in GOOD)


@dataclass(frozen=True, slots=True)
class _Watched:
    """A child at work: the end of its line, the watch over the folder it writes into, the moment at which its time is up, and how many the
    system had ended for want of memory when it began."""

    pid: int
    line: int
    watch: Watch
    until: float
    ended_before: int


def _is_checked() -> bool:
    """Not to be foreseen by who makes packages."""
    return secrets.randbelow(_CHECKED) == 0


def _confinement(line: bytes) -> Confinement:
    """What a child said before it read anything; one that came to no word is confined by nothing."""
    try:
        level, missing = json.loads(line)
        return Confinement(str(level), tuple((str(part), str(reason)) for part, reason in missing))
    except (ValueError, TypeError):
        return Confinement("none")


def _exceeded(job: _Watched) -> _Over | None:
    breach = job.watch.exceeded(os.getpid())
    return (breach.verdict, breach.limit) if breach else None


def _close_files() -> None:
    """Gives up the files that the program had open when it was forked: what is locked or removed there must not live on here."""
    for descriptor in map(int, os.listdir("/dev/fd")):  # noqa: PTH208 - plain names are wanted
        with suppress(OSError):
            if descriptor > 2 and stat.S_ISREG(os.fstat(descriptor).st_mode):
                os.close(descriptor)
