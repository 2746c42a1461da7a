"""What changed between two reports of one app: findings by fingerprint, permissions, third-party code, data and the policy's
statements by name."""

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from mingjian.model import holdings
from mingjian.model.types import Change, Changes, Observation, Report

_Holding = Callable[[Sequence[Observation]], holdings.Held]
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
    changes += _named("permission", holdings.permissions, old, new)
    changes += _named("sdk", holdings.embedded, old, new)
    changes += _named("data", holdings.collected, old, new)
    changes += _named("statement", holdings.claimed, old, new)
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


def _named(what: Literal["permission", "sdk", "data", "statement"], held: _Holding, old: Report, new: Report) -> Iterable[Change]:
    before, after = held(old.observations), held(new.observations)
    for name in sorted(before.keys() ^ after.keys()):
        item = new.observations[after[name]] if name in after else old.observations[before[name]]
        yield Change(what, "new" if name in after else "gone", name, None, item)
