"""What a child does with one app: it scans it and leaves the report."""

from dataclasses import replace
from pathlib import Path

from mingjian.errors import UsageError
from mingjian.extract.bundle_catalogue import bundle_questions
from mingjian.extract.catalogue import digest
from mingjian.extract.queries import questions
from mingjian.fleet.limits import Limits
from mingjian.fleet.task import CODE, REPORT, Task
from mingjian.inputs import Limits as Reading
from mingjian.judge import load
from mingjian.model.codec import dump_report
from mingjian.model.terms import vocabulary
from mingjian.native.kept import KnownCode
from mingjian.scan import Options, scan

_SHARE = 0.8
"""Of the time and memory that a job has, so much is for reading its package; a package too slow for that leaves a report that says so."""


class Scan:
    """Scans under packs that are loaded once. Everything that a scan reads of the program is read when this is made, before any fork."""

    def __init__(self, packs: tuple[str, ...], limits: Limits) -> None:
        reading = Reading(timeout=limits.timeout * _SHARE, memory=min(Reading().memory, int(limits.memory * _SHARE)))
        self._options = Options(packs=tuple(load(name, examples=False) for name in packs), limits=reading)
        self._flows = limits.flows
        questions(flows=limits.flows)
        bundle_questions()
        digest()
        vocabulary("categories")

    def __call__(self, folder: Path, task: Task) -> None:
        """Leaves `report.json`. Raises what `scan` raises."""
        if task.category and task.category not in vocabulary("categories"):
            raise UsageError("error.no_such_category", category=task.category)
        known = KnownCode(task.kept, folder / CODE, task.look) if task.kept else None
        report = scan(
            task.package,
            policy=task.policy,
            runs=task.runs,
            review=task.review,
            category=task.category or None,
            operator=task.operator or None,
            flows=self._flows,
            options=replace(self._options, limits=replace(self._options.limits, known=known)),
        )
        (folder / REPORT).write_bytes(dump_report(replace(report, created_at=task.created_at)))
