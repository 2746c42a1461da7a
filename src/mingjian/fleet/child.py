"""What runs in the child: limits and the sandbox first, then the work. Failing it answers with a line, else with its files."""

import errno
import json
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn, Protocol

from mingjian.errors import InputError, MingjianError
from mingjian.fleet.kin import die_with
from mingjian.fleet.limits import Limits
from mingjian.fleet.sandbox import Confinement, confine
from mingjian.fleet.task import INPUTS, OUTPUT, Task
from mingjian.model.printable import printable
from mingjian.model.texts import in_both
from mingjian.model.types import Text

MOST_TOLD = 4096
"""Bytes by which a child says how far it is confined and, on a second line, why it failed."""
HOUSE = "house"
"""Stands in that line where a verdict would, when the disk is full."""
KILLED = "killed"
"""Stands there when the process that read hostile bytes was killed, nobody here knows by whom."""
_LINE = 3
_MOST_REASON = 400
_KINDS: Mapping[str, str] = {
    "input.memory": "memory",
    "input.timeout": "timeout",
    "input.crashed": "crash",
    "input.fault": "crash",
    "input.output": "limit",
    "input.killed": KILLED,
}
"""What ended the reading of hostile bytes, which has a process and limits of its own inside the child."""


class Work(Protocol):
    """What a child does: it reads the files of `task` and leaves `report.json` in `folder`, the only one that it may write into."""

    def __call__(self, folder: Path, task: Task) -> None: ...


def run(work: Work, folder: Path, task: Task, limits: Limits, line: int, parent: int) -> NoReturn:
    """Turns this process, a fork that `parent` just made, into the child that does `work` in a job's folder; `line` is the descriptor on
    which it may say why it failed."""
    code = 1
    try:
        os.setsid()
        die_with(parent, signal.SIGKILL)
        _forget_descriptors(line)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        try:
            _confine(folder, task, limits)
            work(folder / OUTPUT, task)
            code = 0
        except BaseException as error:  # noqa: BLE001  the process ends here, whatever it was
            verdict, reason = _told(error)
            _say([verdict, printable(reason.zh)[:_MOST_REASON], printable(reason.en)[:_MOST_REASON]])
    finally:
        # Nothing of the parent that was copied may run: no handler, no buffer of its files.
        os._exit(code)


def _confine(folder: Path, task: Task, limits: Limits) -> None:
    """Confines this process and says how far that went, before a byte of a stranger's is read: so that line is true. Raises `MingjianError`
    when that is less than the run requires."""
    reached = Confinement("none")
    try:
        reached = confine(folder / OUTPUT, limits, read=(folder / INPUTS, task.kept) if task.kept else (folder / INPUTS,))
    finally:
        _say([reached.level, [[part, printable(reason)[:_MOST_REASON]] for part, reason in reached.missing]])
    if limits.walls and not reached.full:
        raise MingjianError("fleet.not_confined", what=reached.gaps())


def _say(what: list[Any]) -> None:
    os.write(_LINE, json.dumps(what, ensure_ascii=False).encode() + b"\n")


def _forget_descriptors(line: int) -> None:
    """Keeps the line alone: what the parent has open is none of the child's business."""
    os.dup2(line, _LINE)
    os.closerange(_LINE + 1, os.sysconf("SC_OPEN_MAX"))
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    os.close(nothing)


def _told(error: BaseException) -> tuple[str, Text]:
    match error:
        case InputError():
            return _KINDS.get(error.key, "refused"), _in_words(error)
        case MingjianError():
            return "crash", _in_words(error)
        case MemoryError():
            return "memory", in_both("fleet.reason.no_memory")
        case OSError() if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return HOUSE, in_both("fleet.reason.disk")
        case OSError() if error.errno == errno.ENOMEM:
            return "memory", in_both("fleet.reason.no_memory")
        case OSError() if error.errno == errno.EFBIG:
            return "limit", in_both("fleet.reason.too_large")
        case OSError() if error.errno == errno.EAGAIN:
            return "limit", in_both("fleet.reason.no_process")
        case PermissionError():
            return "denied", in_both("fleet.reason.denied", what=error.strerror or "")
        case _:
            return "crash", in_both("fleet.reason.raised", what=f"{type(error).__name__}: {error}"[:200])


def _in_words(error: MingjianError) -> Text:
    """The error's own text. Where a job's folder was says nothing to anybody, so only the name of a file in it is told."""
    values = {name: Path(str(value)).name if name == "path" else value for name, value in error.values.items()}
    return in_both(error.key, **values)
