"""The report as SARIF 2.1.0, for code hosts and CI. Every clause is a rule; every hit is a result with a stable fingerprint.

A result needs a place, or viewers drop it: code hits name the entry of the package, all others its manifest.
"""

import json
from typing import Any
from urllib.parse import quote

from mingjian.model.printable import printable, printable_json
from mingjian.model.texts import say
from mingjian.model.types import Clause, Evidence, Finding, Hit, Report, Severity, Verdict
from mingjian.model.words import observation_in_words
from mingjian.render.outline import evidence_of, names, reason, rows

_MOST_RESULTS = 25_000
"""A run with more is refused by the largest code host; the cut is told in the run's notifications."""
_KINDS: dict[Verdict, tuple[str, str]] = {
    "violated": ("fail", "error"),
    "suspected": ("fail", "warning"),
    "inconclusive": ("open", "none"),
    "satisfied": ("pass", "none"),
    "not_applicable": ("notApplicable", "none"),
}
_SECURITY_SEVERITY: dict[Severity, str] = {"critical": "9.0", "high": "7.0", "medium": "5.0", "low": "3.0"}
_PLACES = 20


def render(report: Report, lang: str, detail: bool) -> bytes:  # noqa: ARG001  SARIF viewers fold details themselves
    """One SARIF log with one run."""
    results = [result for clause, finding in rows(report) for result in _results(report, clause, finding, lang)]
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "mingjian",
                        "version": report.tool.version,
                        "rules": [_rule(clause, lang) for clause in report.clauses],
                    }
                },
                "language": "zh-CN" if lang == "zh" else "en-US",
                "artifacts": [
                    {"location": {"uri": quote(printable(item.name))}, "length": item.size, "hashes": {"sha-256": item.sha256}}
                    for item in report.subject.artifacts
                ],
                "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": _notifications(report, len(results), lang)}],
                "columnKind": "utf16CodeUnits",
                "results": results[:_MOST_RESULTS],
            }
        ],
    }
    return (printable_json(json.dumps(log, ensure_ascii=False, indent=1)) + "\n").encode()


def _rule(clause: Clause, lang: str) -> dict[str, Any]:
    return {
        "id": clause.id,
        "shortDescription": {"text": clause.title.of(lang)},
        "fullDescription": {"text": clause.message.of(lang)},
        "help": {"text": clause.remedy.of(lang)},
        "properties": {
            "tags": ["privacy", clause.cites.instrument, clause.status],
            "security-severity": _SECURITY_SEVERITY[clause.severity],
        },
    }


def _results(report: Report, clause: Clause, finding: Finding, lang: str) -> list[dict[str, Any]]:
    kind, level = _KINDS[finding.verdict]
    base: dict[str, Any] = {"ruleId": clause.id, "kind": kind, "level": level}
    if finding.capped:
        base["properties"] = {"capped": finding.capped, "cappedBecause": say(f"capped.{finding.capped}", lang)}
    if not finding.hits:
        text = " ".join(filter(None, (clause.title.of(lang), reason(report, finding, lang))))
        return [base | {"message": {"text": text}, "locations": [_place(report, None)]}]
    return [base | _hit(report, clause, hit, lang) for hit in finding.hits]


def _hit(report: Report, clause: Clause, hit: Hit, lang: str) -> dict[str, Any]:
    observations = evidence_of(report, hit)
    words = [observation_in_words(item, lang, names(report)) for item in observations]
    evidence = [place for item in observations for place in item.evidence][:_PLACES]
    return {
        "message": {"text": f"{clause.title.of(lang)}: {'; '.join(dict.fromkeys(words))}"},
        "locations": [_place(report, evidence[0] if evidence else None)],
        "relatedLocations": [_place(report, place) for place in evidence[1:]],
        "partialFingerprints": {"mingjianHit/v1": hit.fingerprint},
    }


def _place(report: Report, evidence: Evidence | None) -> dict[str, Any]:
    package = next((item.name for item in report.subject.artifacts if item.kind == "package"), report.subject.package)
    entry = "AndroidManifest.xml"
    place: dict[str, Any] = {}
    if evidence is not None:
        kind, _, rest = evidence.locator.partition(":")
        if kind in ("dex", "entry"):
            entry = rest.rpartition("!L")[0] or rest.partition("#")[0]
        place["logicalLocations"] = [{"fullyQualifiedName": evidence.locator, "kind": "member" if kind == "dex" else "resource"}]
    region: dict[str, Any] = {"startLine": 1}
    if evidence is not None and evidence.excerpt:
        region["snippet"] = {"text": evidence.excerpt}
    place["physicalLocation"] = {"artifactLocation": {"uri": quote(printable(f"{package}/{entry}"))}, "region": region}
    return place


def _notifications(report: Report, results: int, lang: str) -> list[dict[str, Any]]:
    lost = [
        {"level": "warning", "message": {"text": f"{row.channel} ({row.extractor}): {row.reason.of(lang) if row.reason else row.status}"}}
        for row in report.coverage
        if row.status in ("partial", "failed")
    ]
    if results > _MOST_RESULTS:
        lost.append({"level": "error", "message": {"text": f"{results - _MOST_RESULTS} of {results} results left out"}})
    return lost
