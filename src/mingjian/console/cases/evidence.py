"""The evidence behind the problems of a case, as its documents list it: a mark, what it is and where, when it was made, and its digest."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from mingjian.console import clock
from mingjian.console.cases import found
from mingjian.console.cases.models import Case
from mingjian.console.cases.state import CaseState, Problem
from mingjian.console.inspections.models import Inspection
from mingjian.console.inspections.reports import report_of
from mingjian.model.citations import place_in_words
from mingjian.model.printable import printable
from mingjian.model.texts import say
from mingjian.model.types import Artifact, Evidence, Report
from mingjian.model.words import channel_in_words

MOST_OF_A_PROBLEM = 3
"""Lines of evidence that a document lists for one problem; the report has them all."""
_MOST_LIMITS = 20
_READ = ("full_text", "read")


@dataclass(frozen=True, slots=True)
class Item:
    """One line of evidence."""

    mark: str
    name: str
    locator: str
    time: str
    sha256: str

    def what(self, lang: str) -> str:
        """The file and the place in it."""
        return say("console.cases.document.evidence", lang, name=self.name, locator=self.locator) if self.locator else self.name


@dataclass(frozen=True, slots=True)
class Told:
    """The evidence of some problems: every line, and for each problem the marks of its own."""

    items: tuple[Item, ...]
    marks: Mapping[str, tuple[str, ...]]
    report: Report | None


def of_problems(case: Case, state: CaseState, problems: Iterable[Problem]) -> Told:
    """The evidence of the problems, each from the report of the test that found it last."""
    reports = _reports(state)
    lines: dict[tuple[str, str, str, str], str] = {}
    marks: dict[str, tuple[str, ...]] = {}
    for problem in problems:
        own = dict.fromkeys(mark for line in _lines(case, problem, reports) for mark in [lines.setdefault(line, f"E{len(lines) + 1}")])
        marks[problem.id] = tuple(own)
    return Told(tuple(Item(mark, *line) for line, mark in lines.items()), marks, reports[-1] if reports else None)


def basis(clause: str, report: Report | None, lang: str) -> str:
    """The place in the instrument by its number, with how its text is known where it was not read itself."""
    known = found.clause_of(clause, report)
    if known is None:
        return clause
    cites = known.cites
    title = found.instrument_of(known, report).of(lang)
    place = say("console.cases.document.basis", lang, title=title, place=place_in_words(cites, lang))
    return place if cites.confidence in _READ else f"{place} {say(f'page.confidence.{cites.confidence}', lang)}"


def limits(report: Report | None, lang: str) -> str:
    """What could not be tested, with the reasons; empty when all was."""
    rows = [row for row in report.coverage if row.status != "complete"] if report else []
    told = dict.fromkeys(
        channel_in_words(row.channel, lang) + (f"（{row.reason.of(lang)}）" if lang == "zh" else f" ({row.reason.of(lang)})")
        if row.reason
        else channel_in_words(row.channel, lang)
        for row in rows
    )
    return say("console.cases.document.semicolon", lang).join(list(told)[:_MOST_LIMITS])


def _reports(state: CaseState) -> list[Report]:
    """The reports of the finished tests, oldest first, as far as they are kept."""
    ids = [int(test.inspection) for test in state.tests if test.finished]
    known = Inspection.objects.in_bulk(ids)
    return [report for id in ids if id in known and (report := report_of(known[id])) is not None]


def _lines(case: Case, problem: Problem, reports: list[Report]) -> list[tuple[str, str, str, str]]:
    key = (problem.clause, problem.key)
    for report in reversed(reports):
        indices = found.observations_of(report, [key])[key]
        if indices:
            artifacts = {artifact.sha256: artifact for artifact in report.subject.artifacts}
            seen = [each for index in indices for each in report.observations[index].evidence]
            return [_line(each, artifacts.get(each.artifact)) for each in seen[:MOST_OF_A_PROBLEM]]
    inspection = case.opened_from
    return [(inspection.label or case.app.package, "", _time(inspection), inspection.package_sha256)] if inspection else []


def _line(evidence: Evidence, artifact: Artifact | None) -> tuple[str, str, str, str]:
    name = printable(artifact.name) if artifact else ""
    time = _spoken(artifact.captured_at) if artifact and artifact.captured_at else ""
    return name or evidence.artifact[:12], printable(evidence.locator), time, evidence.artifact


def _time(inspection: Inspection) -> str:
    return _spoken((inspection.finished_at or inspection.created_at).isoformat())


def _spoken(told: str) -> str:
    """A moment by the clock of China; what is none stays as it was told."""
    try:
        at = datetime.fromisoformat(told)
    except ValueError:
        return printable(told)
    return at.astimezone(clock.PLACE).strftime("%Y-%m-%d %H:%M") if at.tzinfo else printable(told)
