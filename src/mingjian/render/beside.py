"""The policy beside the acts: each act with the sentences that speak of it, each sentence with what was seen."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mingjian.model.types import Agreement, Comparison, Evidence, Report

AGREEMENTS: tuple[Agreement, ...] = ("contradicted", "omitted", "other_party", "other_purpose", "vague", "clear")
"""In the order in which a reader should look at them."""

_OF_THE_WHOLE = "publish.obscure"
"""What is said of the whole text stands in no sentence."""

_NUMBER = re.compile(r"\d+|\D+")


@dataclass(frozen=True, slots=True)
class Spoken:
    """One sentence of a policy, numbered from 1: its place and words, the claims that it makes (indices of observations), and the
    comparisons that rest on it."""

    number: int
    evidence: Evidence
    claims: tuple[int, ...]
    comparisons: tuple[Comparison, ...]


def spoken(report: Report) -> list[Spoken]:
    """Every sentence of the policy that claims something, in the order of the text."""
    claims: dict[tuple[int, tuple[tuple[int, str], ...], Evidence], list[int]] = {}
    order = {artifact.sha256: index for index, artifact in enumerate(report.subject.artifacts)}
    for index, observation in enumerate(report.observations):
        for evidence in observation.evidence if observation.mode == "claimed" and observation.action != _OF_THE_WHOLE else ():
            if evidence.locator.startswith("report:"):
                continue  # what an earlier report says is no sentence of this policy
            claims.setdefault((order.get(evidence.artifact, 0), _in_order(evidence.locator), evidence), []).append(index)
    resting: dict[int, list[int]] = {}
    for place, comparison in enumerate(report.comparisons):
        for claim in comparison.claims:
            resting.setdefault(claim, []).append(place)
    return [
        Spoken(number, key[2], tuple(made), tuple(report.comparisons[place] for place in _united(made, resting)))
        for number, (key, made) in enumerate(sorted(claims.items(), key=lambda item: item[0][:2]), 1)
    ]


def acts(report: Report) -> list[Comparison]:
    """The comparisons, those first that a reader should look at first."""
    return sorted(report.comparisons, key=lambda each: (AGREEMENTS.index(each.agreement), each.act))


def tally(report: Report) -> dict[Agreement, int]:
    """How many acts agree with the policy in which way."""
    found = Counter(each.agreement for each in report.comparisons)
    return {agreement: found[agreement] for agreement in AGREEMENTS if found[agreement]}


def _united(claims: Iterable[int], resting: Mapping[int, Sequence[int]]) -> list[int]:
    """The comparisons that rest on any of the claims, each once, in order."""
    return sorted({place for claim in claims for place in resting.get(claim, ())})


def _in_order(locator: str) -> tuple[tuple[int, str], ...]:
    """A locator as what it is sorted by: its numbers by value."""
    return tuple((int(part), "") if part.isdigit() else (0, part) for part in _NUMBER.findall(locator))
