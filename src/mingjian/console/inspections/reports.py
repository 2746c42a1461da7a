"""The stored report of an inspection, read once for many pages."""

from functools import lru_cache

from mingjian.console import vault
from mingjian.console.inspections.models import Inspection
from mingjian.model.codec import DecodeError, load_report
from mingjian.model.types import Clause, Finding, Report

_KEPT = 16
"""Reports that a process keeps in memory. A digest names one content for ever, so that none is ever out of date."""


def report_of(inspection: Inspection) -> Report | None:
    """The report; none when the inspection has none yet, or its file is gone from the vault or damaged."""
    if not inspection.report_sha256:
        return None
    try:
        return _loaded(inspection.report_sha256)
    except (FileNotFoundError, DecodeError):
        return None


def found_on(report: Report, clause: str) -> tuple[Clause, Finding] | None:
    """A clause of the report with its finding, by its id."""
    known = next((each for each in report.clauses if each.id == clause), None)
    finding = next((each for each in report.findings if each.clause == clause), None)
    return (known, finding) if known and finding else None


@lru_cache(maxsize=_KEPT)
def _loaded(sha256: str) -> Report:
    return load_report(vault.read(sha256))
