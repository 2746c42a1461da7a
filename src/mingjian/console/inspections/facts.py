"""What figures count of a report: names by kind, taken from its observations and findings. Nothing is judged here."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from mingjian.console.inspections.models import BAD, Fact
from mingjian.model.shipped import read_yaml, rules_folder
from mingjian.model.terms import PERSONAL, within
from mingjian.model.types import Finding, Observation, Report

_UNRELATED = "cac-2019/4.1"
_BEFORE_CONSENT = "cac-2019/3.1"
_SEEN: tuple[str, ...] = ("observed",)


@cache
def abnormal() -> dict[str, dict[str, Any]]:
    """The behaviours that are counted, by id, as `rules/enforcement/abnormal.yml` has them."""
    rows: dict[str, dict[str, Any]] = read_yaml(rules_folder() / "enforcement" / "abnormal.yml")
    return rows


def facts_of(report: Report) -> set[tuple[str, str]]:
    """Every countable fact of the report as kind and name."""
    return set(_stated(report)) | set(_found(report))


def _stated(report: Report) -> Iterator[tuple[str, str]]:
    """What the observations say, whatever was found of them."""
    for item in report.observations:
        if item.negated or not item.certain:
            continue
        if item.data and within(item.action, "declare") and within(item.data, "permission"):
            yield Fact.Kind.PERMISSION, item.data
        if item.actor and within(item.action, "embed") and item.mode != "claimed":
            yield Fact.Kind.SDK, item.actor
        if item.data and within(item.action, "collect") and within(item.data, PERSONAL) and item.mode in ("possible", "observed"):
            yield Fact.Kind.DATA, item.data
            if item.mode == "observed":
                yield Fact.Kind.OBSERVED, item.data
        for id, row in abnormal().items():
            if _counts(item, row):
                yield Fact.Kind.ABNORMAL, id


def _found(report: Report) -> Iterator[tuple[str, str]]:
    """What the hits of two clauses are about."""
    for finding in report.findings:
        if finding.verdict not in BAD:
            continue
        for item in _of_hits(report, finding):
            if finding.clause == _UNRELATED and item.data and within(item.data, "permission"):
                yield Fact.Kind.UNRELATED, item.data
            if finding.clause == _BEFORE_CONSENT and item.data and within(item.data, PERSONAL):
                yield Fact.Kind.EARLY, item.data


def _of_hits(report: Report, finding: Finding) -> Iterator[Observation]:
    for hit in finding.hits:
        yield from (report.observations[index] for index in hit.observations)


def _counts(item: Observation, row: dict[str, Any]) -> bool:
    return (
        item.mode in row.get("modes", _SEEN)
        and any(within(item.action, action) for action in row["action"])
        and ("data" not in row or any(within(item.data, data) for data in row["data"]))
        and ("during" not in row or item.phase in row["during"])
    )
