"""What became of each problem of a case in a later inspection. What was not looked at again is not fixed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from mingjian.console.cases import found
from mingjian.console.cases.found import Found, Key
from mingjian.console.cases.state import CaseState, Problem
from mingjian.console.inspections.models import Decision, Inspection
from mingjian.console.inspections.reports import report_of
from mingjian.judge.covered import Covered
from mingjian.judge.parse import PHASES, RECORDED
from mingjian.model.types import UNKNOWN, Channel, Observation, Report
from mingjian.model.words import missing_in_words

Reason = Literal["", "dismissed", "undecided", "inconclusive", "not_judged", "no_report", "uncovered", "same_file"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one problem; for an undecided one why, and which channels were not covered (`api@before_consent`)."""

    problem: Problem
    result: Literal["fixed", "persisting", "not_reached"]
    reason: Reason = ""
    missing: tuple[str, ...] = ()

    def missing_words(self, lang: str) -> list[str]:
        """What has to be recorded to decide it."""
        return [missing_in_words(each, lang) for each in self.missing]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The problems of a case against a later inspection: each of them once, and the confirmed ones that the case does not know."""

    outcomes: tuple[Outcome, ...]
    new: tuple[Found, ...]

    def ids(self, result: str) -> list[str]:
        """The problems that came out so."""
        return [each.problem.id for each in self.outcomes if each.result == result]


def compare(state: CaseState, inspection: Inspection, *, unchanged: bool = False) -> Comparison:
    """What became of the problems, by fingerprints; a withdrawn one is nobody's concern any more. From the very file in which it was found
    a problem is gone only where somebody says what was changed outside of it (`unchanged`)."""
    report = report_of(inspection)
    seen = _Seen(inspection, report, _earlier(state, inspection))
    told = [seen.outcome(problem) for problem in state.problems if problem.status != "withdrawn"]
    outcomes = [each if unchanged or not _of_same_file(each, inspection) else replace(each, **_SAME_FILE) for each in told]
    known = {problem.id for problem in state.problems}
    whole = {problem.clause for problem in state.problems if problem.key == problem.clause}
    new = [each for each in found.confirmed(inspection, report) if each.id not in known and each.clause not in whole]
    return Comparison(tuple(outcomes), tuple(new))


def _earlier(state: CaseState, inspection: Inspection) -> list[Report]:
    """The reports of the finished tests before this one, newest first."""
    ids = [int(test.inspection) for test in reversed(state.tests) if test.finished and int(test.inspection) != inspection.pk]
    known = Inspection.objects.in_bulk(ids)
    return [report for id in dict.fromkeys(ids) if id in known and (report := report_of(known[id])) is not None]


_SAME_FILE: Any = {"result": "not_reached", "reason": "same_file"}


def _of_same_file(outcome: Outcome, inspection: Inspection) -> bool:
    return outcome.result == "fixed" and inspection.package_sha256 in outcome.problem.seen_in


class _Seen:
    """What a later inspection shows of problems that earlier ones found."""

    def __init__(self, inspection: Inspection, report: Report | None, earlier: list[Report]) -> None:
        self._report = report
        self._earlier = earlier
        self._covered = Covered(report.coverage if report else ())
        self._said = found.said(inspection)
        self._verdicts: Mapping[str, str] = dict(inspection.findings.values_list("clause", "verdict"))

    def outcome(self, problem: Problem) -> Outcome:
        said = {kind for (clause, key), kind in self._said.items() if clause == problem.clause and problem.key in (key, clause)}
        if Decision.Kind.CONFIRMED in said:
            return Outcome(problem, "persisting")
        if said:
            return Outcome(problem, "not_reached", "dismissed" if said == {Decision.Kind.DISMISSED} else "undecided")
        verdict = self._verdicts.get(problem.clause)
        if verdict is None or verdict == "inconclusive":
            return Outcome(problem, "not_reached", "inconclusive" if verdict else "not_judged")
        if self._report is None:
            return Outcome(problem, "not_reached", "no_report")
        missing = tuple(dict.fromkeys(self._lacking((problem.clause, problem.key))))
        return Outcome(problem, "not_reached", "uncovered", missing) if missing else Outcome(problem, "fixed")

    def _lacking(self, key: Key) -> Iterator[str]:
        """The channels by which the problem was seen, else those that its clause needs, that were not covered this time."""
        for report in self._earlier:
            observations = [report.observations[index] for index in found.observations_of(report, [key])[key]]
            if observations:
                for observation in observations:
                    yield from self._covered.lacking([observation.channel], _phases(observation, report))
                return
        clause = found.clause_of(key[0], self._report)
        for need in clause.needs if clause else ():
            channel, _, phase = need.partition("@")
            yield from self._covered.lacking([cast(Channel, channel)], [phase] if phase else PHASES)


def _phases(observation: Observation, report: Report) -> tuple[str, ...]:
    """The phases in which the channel of an observation has to be covered again: its own, else those that were covered when it was seen."""
    if observation.channel not in RECORDED:
        return ()
    if observation.phase not in (None, UNKNOWN):
        return (str(observation.phase),)
    covered = dict.fromkeys(phase for row in report.coverage if row.channel == observation.channel for phase in row.phases)
    return tuple(covered) or PHASES
