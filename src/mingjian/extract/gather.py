"""Gathers the places of one and the same statement into one observation."""

from dataclasses import dataclass, replace

from mingjian.extract.context import MOST_EVIDENCE
from mingjian.model.types import Evidence, Observation


@dataclass
class _Sites:
    evidence: list[Evidence]
    count: int


class Gathered:
    """Statements in the order in which they were first made. Two are one when everything but their evidence is the same."""

    def __init__(self) -> None:
        self._sites: dict[Observation, _Sites] = {}

    def add(self, statement: Observation, *evidence: Evidence) -> None:
        """One more place; `statement` carries neither evidence nor sites."""
        sites = self._sites.setdefault(statement, _Sites([], 0))
        sites.count += 1
        sites.evidence.extend(evidence[: MOST_EVIDENCE - len(sites.evidence)])

    def observations(self) -> list[Observation]:
        """Each statement once, with its places."""
        return [replace(statement, evidence=tuple(sites.evidence), sites=sites.count) for statement, sites in self._sites.items()]
