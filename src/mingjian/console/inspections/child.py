"""Scanning, and judging again, in a process of its own, which can be killed: policies and recordings are parsed here, not in the worker.

Request, a line of JSON on standard input: `folder`, `memory` (bytes), `ends_after` (seconds); for a scan `package`, `policy`, `runs` and
`review` (files), `dossier` (a zip), `category`, `operator`, `most_bytes` (of an unpacked dossier) and `seconds` (of reading a package); for
judging again `report` and `answers` (files). The report goes to `report.json` in the folder.
Answer, a line of JSON on the standard output: empty, or `key` and `values` of what was wrong with the input."""

import json
import logging
import signal
import sys
from pathlib import Path
from typing import Any

from mingjian.console.inspections.dossier import unpack
from mingjian.errors import MingjianError
from mingjian.inputs import Limits
from mingjian.model.codec import dump_report, load_report
from mingjian.model.types import Report
from mingjian.scan import Options, judge_with_review, scan

REPORT = "report.json"
"""The name of the file that holds the report."""


def main() -> None:
    """Reads one request, scans, answers."""
    logging.basicConfig(level=logging.ERROR)
    job = json.load(sys.stdin)
    _confine(job["memory"], job["ends_after"])
    answer: dict[str, Any] = {}
    try:
        (Path(job["folder"]) / REPORT).write_bytes(dump_report(_judged(job) if "report" in job else _scanned(job)))
    except MingjianError as error:
        answer = {"key": error.key, "values": {name: _plain(value) for name, value in error.values.items()}}
    except MemoryError:
        answer = {"key": "console.inspections.fault.memory", "values": {}}
    json.dump(answer, sys.stdout)


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
    return judge_with_review(load_report(Path(job["report"]).read_bytes()), job["answers"])


def _confine(memory: int, ends_after: int) -> None:
    """Bounds the memory of this process and of those that it starts, where the system can, and its time for when nobody waits any more."""
    if sys.platform != "win32":
        import resource  # noqa: PLC0415  there is no such module elsewhere

        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.alarm(ends_after)


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float) else str(value)


if __name__ == "__main__":
    main()
