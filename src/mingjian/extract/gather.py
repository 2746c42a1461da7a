"""Gathers the places of one and the same statement into one observation."""

from dataclasses import dataclass, replace

from mingjian.extract.context import MOST_EVIDENCE
from mingjian.model.types import Evidence, Observation


@dataclass
class _Sites:
    evidence: list[Evidence]
    count: int


MOST_STATEMENTS = 10_000
"""How many different statements one extractor makes; only a package made to exhaust us has more."""

_LONGEST = 4000
_LONGEST_WITH_PATH = 12_000


class Gathered:
    """Statements in the order in which they were first made. Two are one when everything but their evidence is the same. `overfull`
    says that some were left out."""

    def __init__(self) -> None:
        self._sites: dict[Observation, _Sites] = {}
        self.overfull = False

    def add(self, statement: Observation, evidence: Evidence, *beside: Evidence) -> None:
        """One more place, and what else shows it; `statement` carries neither evidence nor sites. What the package chose may be of any
        length and is cut."""
        sites = self._sites.get(statement)
        if sites is None:
            if len(self._sites) >= MOST_STATEMENTS:
                self.overfull = True
                return
            sites = self._sites[statement] = _Sites([], 0)
        sites.count += 1
        longest = _LONGEST_WITH_PATH if statement.channel in ("code", "flow") else _LONGEST
        for each in (evidence, *beside):
            shown = replace(each, locator=each.locator[:_LONGEST], excerpt=each.excerpt[:longest])
            if len(sites.evidence) < MOST_EVIDENCE and shown not in sites.evidence:
                sites.evidence.append(shown)

    def observations(self) -> list[Observation]:
        """Each statement once, with its places."""
        return [replace(statement, evidence=tuple(sites.evidence), sites=sites.count) for statement, sites in self._sites.items()]
