"""The clause table of one inspection, and the inspection for a program."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mingjian.console.inspections import decisions
from mingjian.console.inspections.decisions import Key, Standing
from mingjian.console.inspections.models import BAD, Finding, Inspection
from mingjian.console.inspections.reports import found_on
from mingjian.model.types import Report, Verdict
from mingjian.render import outline


@dataclass(frozen=True, slots=True)
class Row:
    """One clause: its verdict and reason, and how many of its hits people confirmed, dismissed, left to a second person, or not decided.

    `number` and `title` are empty where the report is gone. Where several packs judged, the number is the whole id, and the chapter is the
    pack."""

    clause: str
    number: str
    chapter: str
    title: str
    verdict: Verdict
    mark: str
    severity: str
    reason: str
    hits: int
    decided: Mapping[str, int]
    questions: int


def rows(inspection: Inspection, report: Report | None, standing: Mapping[Key, Standing], lang: str) -> list[Row]:
    """Every clause in the order of the report; without a report in that of the table."""
    found = {row.clause: row for row in inspection.findings.all()}
    of_clause: dict[str, list[str]] = {}
    for clause, fingerprint in inspection.hits.values_list("clause", "fingerprint"):
        of_clause.setdefault(clause, []).append(fingerprint)
    order = [clause.id for clause in report.clauses] if report else sorted(found)
    return [_row(found[clause], report, standing, of_clause.get(clause, []), lang) for clause in order if clause in found]


def _row(row: Finding, report: Report | None, standing: Mapping[Key, Standing], hits: list[str], lang: str) -> Row:
    told = found_on(report, row.clause) if report else None
    number = outline.numbered(report, row.clause) if report else outline.number(row.clause)
    verdict: Verdict = row.verdict  # type: ignore[assignment]
    return Row(
        clause=row.clause,
        number=number,
        chapter=row.clause.rpartition("/")[0] if report and outline.several(report) else number.partition(".")[0],
        title=told[0].title.of(lang) if told else "",
        verdict=verdict,
        mark=outline.MARKS.get(verdict, ""),
        severity=row.severity,
        reason=outline.reason(report, told[1], lang) if report and told else "",
        hits=row.hits,
        decided=_decided(row, standing, hits),
        questions=len(told[0].checklist) if told else 0,
    )


def _decided(row: Finding, standing: Mapping[Key, Standing], hits: list[str]) -> dict[str, int]:
    """How many hits stand how; a clause that is broken by an absence counts as one."""
    if row.verdict not in BAD:
        return {}
    return dict(Counter(_state(decisions.decided(standing, row.clause, fingerprint)) for fingerprint in hits or [""]))


def _state(standing: Standing) -> str:
    if standing.waiting is not None:
        return "waiting"
    if standing.counts is not None:
        return str(standing.counts.kind)
    return "ended" if standing.ended is not None else "undecided"


def summary(inspection: Inspection) -> dict[str, Any]:
    """One inspection of a list, for a program."""
    app = inspection.app
    return {
        "id": inspection.pk,
        "state": inspection.state,
        "fault": inspection.fault,
        "app": {"id": app.pk, "platform": app.platform, "package": app.package} if app else None,
        "label": inspection.label,
        "version": inspection.version,
        "category": inspection.category,
        "store": inspection.store,
        "region": inspection.region,
        "body": inspection.body,
        "source": inspection.source,
        "half": inspection.half,
        "latest": inspection.latest,
        "created_at": inspection.created_at.isoformat(),
        "finished_at": inspection.finished_at.isoformat() if inspection.finished_at else None,
        "concluded_at": inspection.concluded_at.isoformat() if inspection.concluded_at else None,
        "countersigned_at": inspection.countersigned_at.isoformat() if inspection.countersigned_at else None,
        "package_sha256": inspection.package_sha256,
        "report_sha256": inspection.report_sha256,
        "clauses": {verdict: getattr(inspection, verdict) for verdict in outline.MARKS},
    }


def document(inspection: Inspection, shown: list[Row]) -> dict[str, Any]:
    """One inspection with its findings, for a program."""
    findings = [
        {
            "clause": row.clause,
            "title": row.title,
            "verdict": row.verdict,
            "severity": row.severity,
            "hits": row.hits,
            "decided": row.decided,
        }
        for row in shown
    ]
    materials = [
        {"kind": each.kind, "name": each.name, "sha256": each.sha256, "size": each.size} for each in inspection.materials.order_by("pk")
    ]
    return {**summary(inspection), "findings": findings, "materials": materials}
