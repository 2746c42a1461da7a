"""What the documents of a case say: words and rows from its events, its app and the reports of its inspections, in one language."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import cast

from mingjian.console.accounts.models import User
from mingjian.console.cases import evidence, found
from mingjian.console.cases.deadlines import bodies, counted, last_day, term_in_words
from mingjian.console.cases.events import Event
from mingjian.console.cases.models import Case
from mingjian.console.cases.projection import digest
from mingjian.console.cases.reached import papers
from mingjian.console.cases.state import CaseState, Problem, Proposal
from mingjian.console.inspections.models import Inspection
from mingjian.console.inspections.reports import report_of
from mingjian.console.printing.kinds import Kind, columns, known
from mingjian.console.printing.template import Values
from mingjian.console.workdays import day_in_shanghai, shipped_calendar
from mingjian.model.terms import named
from mingjian.model.texts import say
from mingjian.model.types import Lang, Report
from mingjian.render import outline

Rows = list[Mapping[str, str]]


@dataclass(frozen=True)
class Matter:
    """What a document is about: the case, the event that makes it due, the state before and after, and the document's number."""

    case: Case
    before: CaseState
    event: Event
    after: CaseState
    number: str

    @cached_property
    def proposal(self) -> Proposal | None:
        """The act that the event is about, if it is about one."""
        return self.before.proposal(self.event.data.get("of", 0))

    @cached_property
    def inspection(self) -> Inspection | None:
        """The last test of the case."""
        test = self.after.test
        return Inspection.objects.filter(pk=int(test.inspection)).first() if test else None

    @cached_property
    def report(self) -> Report | None:
        return report_of(self.inspection) if self.inspection else None

    @property
    def term(self) -> Mapping[str, object] | None:
        """The time that the act gives."""
        return self.proposal.data.get("term") if self.proposal else None

    @property
    def problems(self) -> list[Problem]:
        """The problems that the act names; without an act those that are left."""
        if self.proposal and "problems" in self.proposal.data:
            wanted = set(self.proposal.data["problems"])
            return [each for each in self.before.problems if each.id in wanted]
        return [each for each in self.after.problems if each.status != "withdrawn"]

    def act(self, name: str) -> Proposal | None:
        """The last act of a name that was confirmed."""
        return next((each for each in reversed(self.before.proposals) if each.act == name and each.number), None)


def values(kind: Kind, matter: Matter, lang: Lang) -> Values:
    """What a document of `kind` is filled with."""
    words = _words(matter, lang)
    if kind == "rectification_order" and matter.case.operator is None:
        words["operator"] = ""  # nobody can be ordered anything without a name
    rows: dict[str, Rows] = {}
    for table in known(kind).tables:
        rows[table] = _TABLES[table](matter, lang)
    return Values(words, rows, day_in_shanghai(matter.event.at))


def samples(kind: Kind, lang: Lang) -> Values:
    """Invented values for the preview of a template: each word and cell says what it stands for."""
    words = {name: f"〔{text.of(lang)}〕" for name, text in known(kind).words.items()}
    rows = {name: [{each.name: f"〔{each.heading.of(lang)}〕" for each in columns(name)}] for name in known(kind).tables}
    return Values(words, rows)


def spoken_day(day: date | datetime | None, lang: str) -> str:
    """A day as documents write it, by the clock of China."""
    if isinstance(day, datetime):
        day = day_in_shanghai(day)
    return say("console.cases.document.day", lang, year=day.year, month=day.month, day=day.day) if day else ""


def person(user: User | None) -> str:
    """Somebody of the house as documents name them."""
    return (user.get_full_name() or user.get_username()) if user else ""


def _words(matter: Matter, lang: Lang) -> dict[str, str]:
    case, state, inspection = matter.case, matter.after, matter.inspection
    order, naming, takedown = (matter.act(name) for name in ("order", "naming", "takedown"))
    words = {
        "number": matter.number,
        "issuer": bodies()[case.body].name.of(lang) if case.body in bodies() else case.body,
        "date": spoken_day(matter.event.at, lang),
        "contact": _contact(case, lang),
        "case": case.number,
        "task": case.number,
        "operator": case.operator.name if case.operator else say("console.cases.document.no_operator", lang),
        "responsible": case.operator.name if case.operator else "",
        "app": case.app.label or case.app.package,
        "package": case.app.package,
        "version": _tested_version(matter),
        "new_version": state.version,
        "sha256": state.sha256,
        "store": (inspection.store if inspection else "") or case.app.store,
        "category": named("categories", case.app.category, lang) if case.app.category else "",
        "count": str(len(matter.problems)),
        "reply": say("console.cases.document.reply", lang, number=case.number),
        "order_number": order.number if order else "",
        "order_date": spoken_day(order.confirmed_at, lang) if order else "",
        "naming_number": naming.number if naming else "",
        "naming_date": spoken_day(naming.confirmed_at, lang) if naming else "",
        "takedown_number": takedown.number if takedown else "",
        "takedown_date": spoken_day(takedown.confirmed_at, lang) if takedown else "",
        "stores": say("list.and", lang).join(_stores(matter)),
        "opened": spoken_day(state.opened_at, lang),
        "closed": spoken_day(state.closed_at, lang),
        "grounds": _grounds(matter, lang),
    }
    return words | _time_given(matter, lang) | _tests(matter, lang)


def _tested_version(matter: Matter) -> str:
    """The version whose problems the case is about: that of the last test which is not a re-test."""
    case, first = matter.case, matter.after.tests[0] if matter.after.tests else None
    inspection = Inspection.objects.filter(pk=int(first.inspection)).first() if first else case.opened_from
    return inspection.version if inspection and inspection.version else matter.after.version


def _contact(case: Case, lang: Lang) -> str:
    assignee = case.assignee
    if assignee is None:
        return say("console.cases.document.no_contact", lang)
    return f"{person(assignee)} {assignee.email}".strip()


def _time_given(matter: Matter, lang: Lang) -> dict[str, str]:
    """The time that the act gives, and when it ends: a term in days begins with the day after service or publication, which is not known
    when the document is composed, so the end is told for service on the same day."""
    term = matter.term
    deadline = matter.before.last_main
    if term is None:
        told = spoken_day(deadline.last_day, lang) if deadline else ""
        if deadline is not None and deadline.provisional:
            told += say("console.cases.document.provisional", lang)
        return {"deadline": told, "period": ""}
    ends, provisional = counted((term,), matter.event.at, shipped_calendar())
    last = last_day(ends)
    days = shipped_calendar().between(day_in_shanghai(matter.event.at), last)
    key = "date" if term["unit"] == "date" else ("published" if matter.proposal and matter.proposal.act == "naming" else "served")
    told = say(
        f"console.cases.document.deadline.{key}",
        lang,
        day=spoken_day(last, lang),
        term=term_in_words(term, lang),
    )
    if provisional:
        told += say("console.cases.document.provisional", lang)
    return {"deadline": told, "period": str(term["amount"] if term["unit"] == "working_days" else max(days, 1))}


def _tests(matter: Matter, lang: Lang) -> dict[str, str]:
    inspection, report = matter.inspection, matter.report
    if inspection is None:
        return {}
    packs = [f"{pack.title.of(lang)} {pack.version} ({pack.digest[:12]})" for pack in report.packs] if report else []
    tool = [say("console.cases.document.tool", lang, version=report.tool.version)] if report else []
    return {
        "tested": spoken_day(inspection.finished_at or inspection.created_at, lang),
        "tester": person(inspection.concluded_by),
        "reviewer": person(inspection.countersigned_by),
        "method": say("list.and", lang).join([*packs, *tool]) or say("console.cases.document.no_method", lang),
        "signer": report.subject.signer.sha256 if report and report.subject.signer else "",
        "outcome": _outcome(matter, lang),
        "limits": evidence.limits(report, lang) or say("console.cases.document.no_limits", lang),
    }


def _outcome(matter: Matter, lang: Lang) -> str:
    data = matter.event.data
    if matter.event.kind == "retest_finished":
        told = {name: len(data[name]) for name in ("fixed", "persisting", "not_reached", "new")}
        counts = say("console.cases.document.retest_outcome", lang, **told)
        return counts + (say("console.cases.document.unchanged", lang, why=data["unchanged"]) if "unchanged" in data else "")
    return say("console.cases.document.test_outcome", lang, n=len(data.get("problems", ())) or len(matter.problems))


def _stores(matter: Matter) -> tuple[str, ...]:
    if matter.proposal and "stores" in matter.proposal.data:
        return tuple(matter.proposal.data["stores"])
    return tuple(store.name for store in matter.after.stores)


def _grounds(matter: Matter, lang: Lang) -> str:
    if not matter.after.outcome:
        return ""
    outcome = say(f"console.states.outcome.{matter.after.outcome}", lang)
    if matter.after.outcome == "clean" and matter.inspection and matter.inspection.inconclusive:
        outcome += say("console.cases.document.undecided", lang, n=matter.inspection.inconclusive)
    reason = str(matter.proposal.data.get("reason", "")) if matter.proposal else ""
    return say("console.cases.document.grounds", lang, outcome=outcome, reason=reason) if reason else outcome


def _problem_rows(matter: Matter, lang: Lang) -> Rows:
    told = evidence.of_problems(matter.case, matter.after, matter.problems)
    return [
        {
            "problem": _title(problem, told.report, lang),
            "basis": evidence.basis(problem.clause, told.report, lang),
            "found": _found(problem, told.report, lang),
            "evidence": say("list.and", lang).join(told.marks[problem.id]),
        }
        for problem in matter.problems
    ]


def _found(problem: Problem, report: Report | None, lang: Lang) -> str:
    clause = found.clause_of(problem.clause, report)
    words = problem.zh if lang == "zh" else problem.en
    return found.without_title(words, clause.title.of(lang), lang) if clause else words


def _title(problem: Problem, report: Report | None, lang: Lang) -> str:
    clause = found.clause_of(problem.clause, report)
    return f"{outline.number(problem.clause)} {clause.title.of(lang) if clause else ''}".strip()


def _evidence_rows(matter: Matter, lang: Lang) -> Rows:
    return [
        {"evidence": each.mark, "what": each.what(lang), "time": each.time, "sha256": each.sha256}
        for each in evidence.of_problems(matter.case, matter.after, matter.problems).items
    ]


def _verdict_rows(matter: Matter, lang: Lang) -> Rows:
    report = matter.report
    if report is None or matter.inspection is None:
        rows = matter.inspection.findings.order_by("clause") if matter.inspection else ()
        return [
            {"clause": each.clause, "title": _clause_title(each.clause, lang), "verdict": say(f"verdict.{each.verdict}", lang)}
            for each in rows
        ]
    return [
        {
            "clause": outline.number(clause.id),
            "title": clause.title.of(lang),
            "verdict": outline.verdict_name(finding.verdict, lang),
            "evidence": outline.reason(report, finding, lang),
        }
        for clause, finding in outline.rows(report)
    ]


def _clause_title(clause: str, lang: Lang) -> str:
    known_clause = found.clause_of(clause, None)
    return known_clause.title.of(lang) if known_clause else clause


def _answer_rows(matter: Matter, lang: Lang) -> Rows:
    return [
        {
            "problem": problem.zh if lang == "zh" else problem.en,
            "cause": problem.answer.cause,
            "change": problem.answer.change + (say("console.cases.document.disputed", lang) if problem.answer.disputed else ""),
            "version": problem.answer.version,
        }
        for problem in matter.after.problems
        if problem.answer is not None
    ]


def _comparison_rows(matter: Matter, lang: Lang) -> Rows:
    data = matter.event.data
    results = {id: name for name in ("fixed", "persisting", "not_reached") for id in data.get(name, ())}
    results |= {each["id"]: "new" for each in data.get("new", ())}
    rows: Rows = []
    for problem in matter.after.problems:
        if problem.id in results:
            words, result = (problem.zh if lang == "zh" else problem.en), results[problem.id]
            rows.append(
                {
                    "problem": _title(problem, matter.report, lang),
                    "before": "" if result == "new" else words,
                    "after": words if result == "new" else say(f"console.cases.retest.seen.{result}", lang),
                    "result": say(f"console.cases.retest.result.{result}", lang),
                }
            )
    return rows


def _app_row(matter: Matter, lang: Lang) -> Rows:
    words = _words(matter, lang)
    row = {name: words[name] for name in ("app", "operator", "store", "version", "package")}
    row["problems"] = say("console.cases.document.semicolon", lang).join(_title(each, None, lang) for each in matter.problems)
    return [row]


def _restored_row(matter: Matter, lang: Lang) -> Rows:
    words = _words(matter, lang)
    return [{"app": words["app"], "operator": words["operator"], "package": words["package"], "version": matter.after.version}]


def _file_rows(matter: Matter, lang: Lang) -> Rows:
    """What the file of a case holds for its operator: the record up to this event, and the papers that have reached the operator when this
    one does. Who complained, and what was recalled before it was sent, is not told."""
    events = list(matter.case.events.order_by("seq"))
    record = "\n".join(digest(event) for event in events)
    rows: Rows = [
        {
            "document": say("console.cases.document.record", lang, n=matter.before.seq),
            "number": matter.case.number,
            "date": spoken_day(matter.event.at, lang),
            "sha256": hashlib.sha256(record.encode()).hexdigest(),
        }
    ]
    rows += [
        {
            "document": known(cast(Kind, paper.kind)).name.of(lang),
            "number": paper.number,
            "date": spoken_day(paper.created_at, lang),
            "sha256": paper.digest,
        }
        for paper in papers(matter.case, events, matter.event.seq)
    ]
    return rows


_TABLES: Mapping[str, Callable[[Matter, Lang], Rows]] = {
    "problems": _problem_rows,
    "evidence": _evidence_rows,
    "verdicts": _verdict_rows,
    "answers": _answer_rows,
    "comparison": _comparison_rows,
    "named": _app_row,
    "removed": _app_row,
    "restored": _restored_row,
    "file_index": _file_rows,
}
