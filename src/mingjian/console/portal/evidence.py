"""The evidence that an operator is given: the part of a report that its problems rest on, and nothing else of it."""

from collections.abc import Iterable
from dataclasses import replace

from mingjian.model.types import Finding, Hit, Report, Why


def limited(report: Report, problems: Iterable[tuple[str, str]]) -> Report:
    """The report with the findings of those problems alone, each a clause and a fingerprint (or the clause again, for all of it), and the
    observations that they rest on."""
    wanted = set(problems)
    kept: list[tuple[Finding, tuple[Hit, ...]]] = []
    for finding in report.findings:
        whole = (finding.clause, finding.clause) in wanted
        hits = tuple(hit for hit in finding.hits if whole or (finding.clause, hit.fingerprint) in wanted)
        if hits or whole:
            kept.append((finding, hits))
    used = sorted({index for _, hits in kept for hit in hits for index in hit.observations})
    place = {old: new for new, old in enumerate(used)}
    clauses = {finding.clause for finding, _ in kept}
    return replace(
        report,
        clauses=tuple(clause for clause in report.clauses if clause.id in clauses),
        observations=tuple(report.observations[index] for index in used),
        findings=tuple(_renumbered(finding, hits, place) for finding, hits in kept),
        comparisons=(),
        necessity=(),
        timeline=(),
    )


def _renumbered(finding: Finding, hits: tuple[Hit, ...], place: dict[int, int]) -> Finding:
    moved = tuple(replace(hit, observations=tuple(place[index] for index in hit.observations)) for hit in hits)
    return replace(finding, hits=moved, why=_pruned(finding.why, place) if finding.why else None)


def _pruned(why: Why, place: dict[int, int]) -> Why:
    return replace(
        why,
        observations=tuple(place[index] for index in why.observations if index in place),
        children=tuple(_pruned(child, place) for child in why.children),
    )
