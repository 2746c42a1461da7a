"""The report as SARIF 2.1.0, for code hosts and CI. Every clause is a rule; every hit is a result with a stable fingerprint.

A result needs a place, or viewers drop it: code hits name the entry of the package, all others its manifest. What a draft raises only
informs (`kind: informational`), so that no code host counts it. `properties` of the run tell the conducts, each once, and the app type or
what was proposed.
"""

import json
from typing import Any
from urllib.parse import quote

from mingjian.model.citations import pack_of
from mingjian.model.printable import printable, printable_json
from mingjian.model.texts import say
from mingjian.model.types import Clause, Evidence, Finding, Hit, Nature, Report, Severity, Verdict
from mingjian.model.words import observation_in_words
from mingjian.render.outline import evidence_of, names, reason, rows, several
from mingjian.render.proposal import proposal
from mingjian.render.several import ShownConduct, conducts

_MOST_RESULTS = 25_000
"""A run with more is refused by the largest code host; the cut is told in the run's notifications."""
_KINDS: dict[Verdict, tuple[str, str]] = {
    "violated": ("fail", "error"),
    "suspected": ("fail", "warning"),
    "inconclusive": ("open", "none"),
    "satisfied": ("pass", "none"),
    "not_applicable": ("notApplicable", "none"),
}
_MANIFESTS = {"android": "AndroidManifest.xml", "ios": "Info.plist", "harmony": "module.json"}
_SECURITY_SEVERITY: dict[Severity, str] = {"critical": "9.0", "high": "7.0", "medium": "5.0", "low": "3.0"}
_PLACES = 20
_HIT, _CONDUCT = "mingjianHit/v1", "mingjianConduct/v1"


def render(report: Report, lang: str, detail: bool) -> bytes:  # noqa: ARG001  SARIF viewers fold details themselves
    """One SARIF log with one run."""
    told = _Told(report, lang)
    results = [result for clause, finding in rows(report) for result in told.results(clause, finding)]
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "mingjian",
                        "version": report.tool.version,
                        "rules": [_rule(clause, told.natures.get(pack_of(clause.id)), lang) for clause in report.clauses],
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
                "properties": _properties(report, told.conducts, lang),
            }
        ],
    }
    return (printable_json(json.dumps(log, ensure_ascii=False, indent=1)) + "\n").encode()


class _Told:
    """What the results of one report are made of."""

    def __init__(self, report: Report, lang: str) -> None:
        self._report, self._lang = report, lang
        self._names = names(report)
        self.natures = {pack.id: pack.nature for pack in report.packs}
        self.conducts = conducts(report)
        breaches = [(cited.clause.id, each) for each in self.conducts for cited in each.cited]
        self._of = {(clause, index): each.conduct.id for clause, each in breaches for index in each.conduct.observations}
        self._by_clause: dict[str, list[ShownConduct]] = {}
        for clause, each in breaches:
            self._by_clause.setdefault(clause, []).append(each)

    def results(self, clause: Clause, finding: Finding) -> list[dict[str, Any]]:
        """One for each hit; one for a clause without any."""
        raised = finding.verdict in ("violated", "suspected")
        informs = raised and self.natures.get(pack_of(clause.id)) == "draft"
        kind, level = ("informational", "none") if informs else _KINDS[finding.verdict]
        base: dict[str, Any] = {"ruleId": clause.id, "kind": kind, "level": level}
        about: dict[str, Any] = {"verdict": finding.verdict}
        if finding.capped:
            about |= {"capped": finding.capped, "cappedBecause": say(f"capped.{finding.capped}", self._lang)}
        if not finding.hits:
            text = " ".join(filter(None, (clause.title.of(self._lang), reason(self._report, finding, self._lang))))
            return [base | {"message": {"text": text}, "locations": [_place(self._report, None)], "properties": about}]
        return [base | self._hit(clause, hit, about) for hit in finding.hits]

    def _hit(self, clause: Clause, hit: Hit, about: dict[str, Any]) -> dict[str, Any]:
        observations = evidence_of(self._report, hit)
        evidence = [place for item in observations for place in item.evidence][:_PLACES]
        prints = {_HIT: hit.fingerprint}
        if several(self._report) and (conduct := self._conduct(clause.id, hit)):
            prints[_CONDUCT] = conduct
        # One hit is of one data and one owner: both are part of its fingerprint.
        fact = {"data": observations[0].data, "owner": observations[0].actor} if observations else {}
        return {
            "message": {"text": f"{clause.title.of(self._lang)}: {self._words(clause.id, hit)}"},
            "locations": [_place(self._report, evidence[0] if evidence else None)],
            "relatedLocations": [_place(self._report, place) for place in evidence[1:]],
            "partialFingerprints": prints,
            "properties": about | {key: value for key, value in fact.items() if value is not None},
        }

    def _words(self, clause: str, hit: Hit) -> str:
        """What was seen, or what is missing: a hit without observations is a fault by absence."""
        seen = [observation_in_words(item, self._lang, self._names) for item in evidence_of(self._report, hit)]
        missing = [each.words.of(self._lang) for each in self._by_clause.get(clause, ()) if each.conduct.absent]
        return "; ".join(dict.fromkeys(seen or missing)) or say("report.nothing_found", self._lang)

    def _conduct(self, clause: str, hit: Hit) -> str | None:
        """The conduct behind a hit: equal ones are one fault that several instruments forbid. A hit that only says when a clause applies
        has that of its clause, if it breaks one only."""
        known = [each.conduct for each in self._by_clause.get(clause, ())]
        if hit.observations and (id := self._of.get((clause, hit.observations[0]))):
            return id
        if not hit.observations:
            known = [each for each in known if each.absent] or known
        return known[0].id if len(known) == 1 else None


def _properties(report: Report, shown: tuple[ShownConduct, ...], lang: str) -> dict[str, Any]:
    """The app type and the conducts, which the results cannot carry."""
    told: dict[str, Any] = {"category": report.subject.category} if report.subject.category else {}
    if report.subject.category is None and (proposed := report.subject.proposed):
        told["proposedCategory"] = proposed.category
        told["proposal"] = [line.of(lang) for line in proposal(report.subject)]
    if several(report):
        told["conducts"] = [
            {
                "id": each.conduct.id,
                "verdict": each.conduct.verdict,
                "counts": each.conduct.counts,
                "text": each.words.of(lang),
                "ruleIds": [cited.clause.id for cited in each.cited],
            }
            for each in shown
        ]
    return told


def _rule(clause: Clause, nature: Nature | None, lang: str) -> dict[str, Any]:
    return {
        "id": clause.id,
        "shortDescription": {"text": clause.title.of(lang)},
        "fullDescription": {"text": clause.message.of(lang)},
        "help": {"text": clause.remedy.of(lang)},
        "properties": {
            "tags": ["privacy", clause.cites.instrument, clause.status, *([nature] if nature else [])],
            "security-severity": _SECURITY_SEVERITY[clause.severity],
        },
    }


def _place(report: Report, evidence: Evidence | None) -> dict[str, Any]:
    package = next((item.name for item in report.subject.artifacts if item.kind == "package"), report.subject.package)
    entry = _MANIFESTS.get(report.subject.platform, "AndroidManifest.xml")
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
