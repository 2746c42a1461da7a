"""What a tool says of a dossier, in one form whatever the tool: our JSON, SARIF, or an adapter's own answer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Verdict = Literal["violated", "suspected", "inconclusive", "satisfied", "not_applicable"]
STRENGTH: tuple[Verdict, ...] = ("violated", "suspected", "inconclusive", "satisfied", "not_applicable")
_SARIF: Mapping[str, Verdict] = {
    "open": "inconclusive",
    "review": "suspected",
    "pass": "satisfied",
    "notApplicable": "not_applicable",
    "informational": "satisfied",
}


@dataclass(frozen=True, slots=True)
class Claim:
    """One verdict of one clause, with the fact it rests on as far as the tool tells: which data, whose act. None is not told."""

    clause: str
    verdict: Verdict
    data: str | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """All claims of one tool on one dossier. Of a clause that is not in `speaks_of` the tool is not asked; None is all."""

    claims: tuple[Claim, ...]
    speaks_of: frozenset[str] | None = None
    failed: str | None = None

    def verdict(self, clause: str) -> Verdict | None:
        """The strongest verdict on a clause; none where nothing was said."""
        said = [claim.verdict for claim in self.claims if claim.clause == clause]
        return min(said, key=STRENGTH.index) if said else None


def read(content: bytes) -> Answer:
    """The answer in a file that a tool wrote: a report of ours, or SARIF 2.1.0. Raises `ValueError` for anything else."""
    try:
        told = json.loads(content)
    except RecursionError:
        raise ValueError("nested too deep") from None
    try:
        if isinstance(told, dict) and isinstance(told.get("findings"), list):
            return Answer(tuple(_of_report(told)))
        if isinstance(told, dict) and isinstance(told.get("runs"), list):
            return Answer(tuple(_of_sarif(told)))
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise ValueError(f"damaged: {type(error).__name__} {error}") from error
    raise ValueError("neither a report of ours nor SARIF")


def _of_report(report: Mapping[str, Any]) -> Iterator[Claim]:
    observations = report["observations"]
    for finding in report["findings"]:
        places = [number for hit in finding.get("hits", ()) for number in hit.get("observations", ())]
        if finding["verdict"] not in STRENGTH:
            raise ValueError(f"no verdict: {finding['verdict']!r}")
        if not places:
            yield Claim(finding["clause"], finding["verdict"])
        for number in dict.fromkeys(places):
            seen = observations[number]
            yield Claim(finding["clause"], finding["verdict"], seen.get("data"), seen.get("actor"))


def _of_sarif(log: Mapping[str, Any]) -> Iterator[Claim]:
    """`ruleId` is the clause, `kind` and `level` the verdict; `properties.data` and `properties.owner` tell the fact."""
    for run in log["runs"]:
        for result in run.get("results", ()):
            kind, level = result.get("kind", "fail"), result.get("level", "warning")
            verdict = _SARIF.get(kind, "violated" if level == "error" else "suspected")
            more = result.get("properties", {})
            data, owner = (more.get(key) if isinstance(more.get(key), str) else None for key in ("data", "owner"))
            yield Claim(str(result.get("ruleId")), verdict, data, owner)
