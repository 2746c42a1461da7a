"""What an answer is worth against a label. Inconclusive is neither hit nor miss: it lowers the coverage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.cases import PACK, Case
from benchmark.claims import Answer, Claim

RAISED = ("violated", "suspected")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one tool did on one dossier.

    `kind`: of a positive `hit`, `wrong_fact` (the clause was raised on something else), `wrong_clause` (the fact was raised, under a
    clause that it does not break), `missed`; of an innocent one `quiet`, `false_alarm`; of either `open`. `owner`, of a hit whose label
    has one, is `right`, `wrong`, `unknown`. `elsewhere` are other clauses called violated that the label does not name."""

    kind: str
    owner: str | None = None
    verdict: str | None = None
    elsewhere: tuple[str, ...] = ()

    def stored(self) -> dict[str, Any]:
        """As it stands in the file of results."""
        told = {"kind": self.kind, "owner": self.owner, "verdict": self.verdict, "elsewhere": list(self.elsewhere)}
        return {key: value for key, value in told.items() if value}


def outcome(case: Case, answer: Answer) -> Outcome:
    """The outcome of an answer on a case."""
    verdict = answer.verdict(case.clause)
    known = {case.clause, *(f"{PACK}/{each}" for each in case.label.also)}
    others = {claim.clause for claim in answer.claims if claim.verdict == "violated" and claim.clause.startswith(f"{PACK}/")}
    elsewhere = tuple(sorted(others - known))
    if answer.failed or (answer.speaks_of is not None and case.clause not in answer.speaks_of) or verdict == "inconclusive":
        return Outcome("open", None, verdict, elsewhere)
    if not case.label.violated:
        return Outcome("false_alarm" if verdict in RAISED else "quiet", None, verdict, elsewhere)
    raised = [claim for claim in answer.claims if claim.clause == case.clause and claim.verdict in RAISED]
    if not raised:
        strayed = case.label.data and any(
            _states(case, claim) for claim in answer.claims if claim.clause not in known and claim.verdict in RAISED
        )
        return Outcome("wrong_clause" if strayed else "missed", None, verdict, elsewhere)
    told = [claim for claim in raised if claim.data is not None]
    if case.label.data and told:
        raised = [claim for claim in told if _states(case, claim)]
        if not raised:
            return Outcome("wrong_fact", None, verdict, elsewhere)
    return Outcome("hit", _owner(case, raised), verdict, elsewhere)


def _states(case: Case, claim: Claim) -> bool:
    """Whether a claim is about what the label names: the same data, or what lies within it."""
    return claim.data is not None and any(claim.data == data or claim.data.startswith(f"{data}.") for data in case.label.data)


def _owner(case: Case, raised: Sequence[Claim]) -> str | None:
    if case.label.owner is None:
        return None
    owners = {claim.owner for claim in raised} - {None}
    if case.label.owner in owners:
        return "right"
    return "wrong" if owners - {"unknown"} else "unknown"


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts over some dossiers, and the ratios of them; a ratio of nothing is none."""

    counts: Mapping[str, int]
    owners: Mapping[str, int]
    elsewhere: int

    @property
    def dossiers(self) -> int:
        """How many there are."""
        return sum(self.counts.values())

    @property
    def precision(self) -> float | None:
        """Of what was raised, how much was right."""
        return _ratio(self.counts["hit"], self.counts["wrong_fact"] + self.counts["false_alarm"])

    @property
    def recall(self) -> float | None:
        """Of the faults that were decided, how many were found."""
        return _ratio(self.counts["hit"], self.counts["wrong_fact"] + self.counts["wrong_clause"] + self.counts["missed"])

    @property
    def coverage(self) -> float | None:
        """Of all dossiers, how many were decided."""
        return _ratio(self.dossiers - self.counts["open"], self.counts["open"])

    @property
    def owner(self) -> float | None:
        """Of the hits whose act has an owner that the tool named, how many named the right one."""
        return _ratio(self.owners["right"], self.owners["wrong"])


def figures(outcomes: Iterable[Mapping[str, Any]]) -> Figures:
    """The figures of stored outcomes."""
    stored = list(outcomes)
    return Figures(
        Counter(each["kind"] for each in stored),
        Counter(each["owner"] for each in stored if each.get("owner")),
        sum(len(each.get("elsewhere", ())) for each in stored),
    )


def _ratio(part: int, rest: int) -> float | None:
    return part / (part + rest) if part + rest else None
