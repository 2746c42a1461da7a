"""What changed between two reports of one app: findings by fingerprint, permissions, third-party code, data and the policy's
statements by name."""

from collections.abc import Iterable
from typing import Literal

from mingjian.model.line import format_line
from mingjian.model.terms import PERSONAL, within
from mingjian.model.types import Change, Changes, Observation, Report

_BAD = ("violated", "suspected")


def compare(old: Report, new: Report) -> Changes:
    """New, gone and persisting, each in a stable order. A fingerprint holds neither version nor place, so a moved line is no change."""
    before = {finding.clause: finding.verdict for finding in old.findings}
    after = {finding.clause: finding.verdict for finding in new.findings}
    verdicts = tuple(
        (clause, before.get(clause, "-"), after.get(clause, "-"))
        for clause in dict.fromkeys([*before, *after])
        if before.get(clause) != after.get(clause)
    )
    changes = [*_findings(old, new)]
    changes += _named("permission", _permissions(old), _permissions(new))
    changes += _named("sdk", _embedded(old), _embedded(new))
    changes += _named("data", _collected(old), _collected(new))
    changes += _named("statement", _claimed(old), _claimed(new))
    return Changes(old=old.subject, new=new.subject, verdicts=verdicts, changes=tuple(changes))


def _findings(old: Report, new: Report) -> Iterable[Change]:
    before, after = _hits(old), _hits(new)
    for fingerprint in dict.fromkeys([*before, *after]):
        clause, observation = after.get(fingerprint) or before[fingerprint]
        if fingerprint in before and fingerprint in after:
            yield Change("finding", "persisting", fingerprint, clause, observation)
        else:
            yield Change("finding", "new" if fingerprint in after else "gone", fingerprint, clause, observation)


def _hits(report: Report) -> dict[str, tuple[str, Observation | None]]:
    """Clause and first observation by fingerprint; a fault that is an absence has none."""
    return {
        hit.fingerprint: (finding.clause, report.observations[hit.observations[0]] if hit.observations else None)
        for finding in report.findings
        if finding.verdict in _BAD
        for hit in finding.hits
    }


def _named(
    what: Literal["permission", "sdk", "data", "statement"], before: dict[str, Observation], after: dict[str, Observation]
) -> Iterable[Change]:
    for name in sorted(before.keys() ^ after.keys()):
        yield Change(what, "new" if name in after else "gone", name, None, after.get(name) or before[name])


def _permissions(report: Report) -> dict[str, Observation]:
    return {
        item.data: item for item in report.observations if item.data and within(item.action, "declare") and within(item.data, "permission")
    }


def _embedded(report: Report) -> dict[str, Observation]:
    return {item.actor: item for item in report.observations if item.actor and within(item.action, "embed")}


def _collected(report: Report) -> dict[str, Observation]:
    acts = (item for item in report.observations if within(item.action, "collect") and item.mode in ("possible", "observed"))
    return {item.data: item for item in acts if item.data and within(item.data, PERSONAL)}


def _claimed(report: Report) -> dict[str, Observation]:
    """What the policy states, line by line. Its length is no statement: it changes with every edit."""
    claims = (item for item in report.observations if item.mode == "claimed" and item.action not in _MEASURED)
    return {format_line(item): item for item in claims}


_MEASURED = ("publish.rules", "publish.obscure")
