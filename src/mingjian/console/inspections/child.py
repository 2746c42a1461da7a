"""Scanning, and judging again, in a process of its own, which can be killed: policies and recordings are parsed here, not in the worker.

Request, a line of JSON on standard input: `folder`, `memory` (bytes), `ends_after` (seconds), `parent` (who waits for it), for
a scan `package`, `policy`, `runs` and `review` (files), `dossier` (a zip), `category`, `operator`, `most_bytes` (of an unpacked dossier)
and `seconds` (of reading a package); for judging again `report` and `answers` (files; none is empty) and `category`. The report
goes to `report.json` in the folder.
Answer, a line of JSON on the standard output: empty, or `key` and `values` of what was wrong with the input."""

import json
import logging
import os
import shutil
import signal
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

from mingjian.console.inspections.dossier import unpack
from mingjian.errors import MingjianError
from mingjian.inputs import Limits
from mingjian.model.codec import dump_report, load_report
from mingjian.model.types import Report, Text
from mingjian.scan import Options, judge_again, judge_with_review, scan

REPORT = "report.json"
"""The name of the file that holds the report."""
_LOOK = 1.0
"""Seconds between two looks at who waits."""


def main() -> None:
    """Reads one request, scans, answers."""
    logging.basicConfig(level=logging.ERROR)
    try:
        job = json.load(sys.stdin)
    except ValueError:
        sys.exit("the request was cut short: who sent it is gone")
    _confine(job["memory"], job["ends_after"])
    folder = Path(job["folder"])
    Thread(target=_follow, args=(job["parent"], folder), daemon=True).start()
    answer: dict[str, Any] = {}
    try:
        (folder / REPORT).write_bytes(dump_report(_judged(job) if "report" in job else _scanned(job)))
    except MingjianError as error:
        answer = {"key": error.key, "values": {name: _plain(value) for name, value in error.values.items()}}
    except MemoryError:
        answer = {"key": "console.inspections.fault.memory", "values": {}}
    try:
        print(json.dumps(answer), flush=True)
    except BrokenPipeError:
        _end(folder)


def _scanned(job: dict[str, Any]) -> Report:
    package: list[Path] | Path = [Path(name) for name in job["package"]]
    if job["dossier"]:
        inside = Path(job["folder"]) / "unpacked"
        inside.mkdir()
        package = unpack(Path(job["dossier"]), inside, job["most_bytes"])
    return scan(
        package,
        policy=job["policy"],
        runs=job["runs"],
        review=job["review"],
        category=job["category"] or None,
        operator=job["operator"] or None,
        options=Options(limits=Limits(timeout=job["seconds"])),
    )


def _judged(job: dict[str, Any]) -> Report:
    report = load_report(Path(job["report"]).read_bytes())
    if job["category"]:
        report = replace(report, subject=replace(report.subject, category=job["category"]))
    if job["answers"]:
        return judge_with_review(report, job["answers"])
    return judge_again(report, [pack.id for pack in report.packs])


def _confine(memory: int, ends_after: int) -> None:
    """Bounds the memory of this process and of those that it starts, where the system can, and its time for when nobody waits any more."""
    if sys.platform != "win32":
        import resource  # noqa: PLC0415  there is no such module elsewhere

        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.alarm(ends_after)


def _follow(parent: int, folder: Path) -> None:
    """Ends this process once the one that waits for it is gone."""
    if sys.platform != "win32":
        while os.getppid() == parent:
            time.sleep(_LOOK)
        _end(folder)


def _end(folder: Path) -> None:
    """Ends this process with all that it started, and removes what was laid out for it, as nobody else does."""
    # What the scan says of files that vanish under it is of no use to anybody.
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stderr.fileno())
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):
        Path.cwd().rmdir()
    if sys.platform != "win32":
        os.killpg(os.getpid(), signal.SIGKILL)


def _plain(value: object) -> object:
    if isinstance(value, Text):
        return f"{value.zh} / {value.en}"
    return value if isinstance(value, str | int | float) else str(value)


if __name__ == "__main__":
    main()
