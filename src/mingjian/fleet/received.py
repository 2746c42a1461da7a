"""The report that a child left: bytes of a stranger, until they were checked."""

import os
import stat
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from mingjian.fleet.outcome import Verdict
from mingjian.fleet.task import REPORT, Task
from mingjian.lake.decoded import bounded, crowded
from mingjian.model.codec import DecodeError, dump_report
from mingjian.model.types import Report

MOST = 64 << 20
"""Bytes of a report."""
_TELLING = ("manifest", "code")
"""Channels that every package has: when they were not read whole, something was lost."""


class NoReportError(Exception):
    """The child left none, or no sound one, or one on something else; says which, for `fleet.reason.*`."""


@dataclass(frozen=True, slots=True)
class Received:
    """What a sound report says for itself: `ok` or `partial`, and the SHA-256 of its bytes."""

    verdict: Verdict
    sha256: str


def receive(folder: Path, task: Task, most: int) -> Received:
    """Checks the report in `folder`, in which nothing may be at work any more. Raises `NoReportError`."""
    content = _content(folder / REPORT, min(most, MOST))
    if crowded(content):
        raise NoReportError("entries")
    try:
        report = bounded(content)
        # What the decoder passes over or takes for something else does not come out again as it went in.
        sound = dump_report(report) == content
    except (DecodeError, ValueError, RecursionError) as error:
        raise NoReportError("unsound") from error
    if not sound:
        raise NoReportError("unsound")
    told = (report.created_at, report.tool.version, report.tool.catalogue)
    if report.subject.id not in task.digests or told != (task.created_at, task.tool, task.catalogue):
        raise NoReportError("foreign")
    return Received("partial" if _lost(report) else "ok", sha256(content).hexdigest())


def _content(path: Path, most: int) -> bytes:
    try:
        with open(path, "rb", opener=_unlinked) as file:
            state = os.fstat(file.fileno())
            if not stat.S_ISREG(state.st_mode) or state.st_nlink != 1:
                raise NoReportError("unsound")
            content = file.read(most + 1)
    except OSError as error:
        raise NoReportError("silent") from error
    if len(content) > most:
        raise NoReportError("output")
    return content


def _unlinked(path: str, flags: int) -> int:
    """Opens neither what a link leads to nor a pipe, which would be waited for."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _lost(report: Report) -> bool:
    return any(row.status == "failed" or (row.status == "partial" and row.channel in _TELLING) for row in report.coverage)
