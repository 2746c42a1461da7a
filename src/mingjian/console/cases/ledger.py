"""The one way by which something is recorded of a case: locked, checked by the state machine, and written with all that follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from mingjian.console import clock
from mingjian.console.accounts.models import User
from mingjian.console.audit.chain import SYSTEM, record
from mingjian.console.cases import documents, effects, found, machine
from mingjian.console.cases.comparing import compare
from mingjian.console.cases.deadlines import bodies
from mingjian.console.cases.events import Refusal, procedure, refused
from mingjian.console.cases.models import Case, Event
from mingjian.console.cases.numbers import next_number
from mingjian.console.cases.projection import digest, project, state_of
from mingjian.console.cases.state import CaseState
from mingjian.console.complaints.models import Complaint
from mingjian.console.inspections.models import Inspection
from mingjian.console.inspections.reports import report_of
from mingjian.console.market.models import App
from mingjian.console.refused import RefusedError
from mingjian.console.workdays import shipped_calendar
from mingjian.model.printable import printable
from mingjian.model.texts import in_both, keys

UNKNOWN_OPERATOR = "—"
"""What stands in the events of a case whose app has no known operator."""

ACT = "case.event"
"""What the audit chain calls an event that was recorded."""

_NUMBERED = {"number", "document"}
_TABLES = {"act": "act", "state": "state", "outcome": "outcome", "kind": "event"}
"""Values of a refusal that are names of the procedure, and under which part of the texts each is called by its words."""


def open_case(origin: Inspection | Complaint | App, body: str, by: User | None, *, assignee: User | None = None) -> Case:
    """Opens a case and returns it: tested and with its problems from a countersigned inspection, to be sampled from a complaint about a
    known app or from an app that is to be inspected. `by` none is the console itself.

    Raises `RefusedError`, when nothing was changed."""
    if body not in bodies() or bodies()[body].kind != "regulator" or (by is not None and by.body and by.body != body):
        raise RefusedError("console.cases.refused.body")
    with transaction.atomic():
        app = _app_of(origin)
        case = Case(
            number=next_number(body, "case"),
            app=app,
            operator=app.operator,
            body=body,
            opened_from=origin if isinstance(origin, Inspection) else None,
            opened_at=clock.now(),
            assignee=assignee or by,
        )
        case.save()
        book = Book(case, machine.fold((), clock.now()), by)
        opening = {
            "origin": "complaint" if isinstance(origin, Complaint) else "plan",
            "package": printable(app.package)[:255],
            "app": printable(app.label or app.package)[:200],
            "operator": printable(app.operator.name)[:200] if app.operator else UNKNOWN_OPERATOR,
            "body": body,
        }
        if isinstance(origin, Complaint):
            opening["complaint"] = str(origin.pk)
            origin.case = case
            origin.save(update_fields=["case"])
        book.write("opened", opening)
        if isinstance(origin, Inspection):
            _tested(book, origin)
    return case


def append(case: Case, kind: str, data: Mapping[str, Any], by: User | None, expected_seq: int) -> Event:
    """Records what somebody says of a case with everything that follows from it, all or nothing. What must come through an inspection, a
    complaint or a notice (`through` in the procedure) is refused.

    `data` is as `events.schema_of(kind)` declares, without what the console counts or numbers itself (`ends`, `provisional`, `number`,
    `document`). `expected_seq` is the number of the last event that the person has seen: when something was recorded since, the
    `RefusedError` is a conflict. `by` none is the console itself."""
    known = procedure().events.get(kind)
    if known is not None and known.through:
        raise RefusedError(f"console.cases.refused.through.{known.through}")
    with transaction.atomic():
        return held(case, by, expected_seq).write(kind, data)


def link_complaint(case: Case, complaint: Complaint, by: User) -> Event:
    """Records that a complaint belongs to a case as the caller has it."""
    with transaction.atomic():
        return held(case, by, case.seq).write("complaint_linked", {"complaint": str(complaint.pk)})


def take_test(case: Case, inspection: Inspection, by: User | None, expected_seq: int) -> Event:
    """Records a countersigned inspection as the first test of a case that has none yet, or as the one that replaces it."""
    with transaction.atomic():
        book = held(case, by, expected_seq)
        if inspection.app_id != case.app_id:
            raise RefusedError("console.cases.refused.other_app")
        return _tested(book, inspection)


def held(case: Case, by: User | None, expected_seq: int | None) -> "Book":
    """The case locked until the caller's transaction ends, to write one or more events. Whoever has looked at nothing before gives no
    `expected_seq`. Raises `RefusedError`."""
    seen = Case.objects.visible_to(by) if by is not None else Case.objects.all()
    locked = seen.select_for_update().filter(pk=case.pk).first()
    if locked is None:
        raise RefusedError("console.cases.refused.not_yours")
    if expected_seq is not None and locked.seq != expected_seq:
        raise RefusedError("console.states.refusal.stale", conflict=True)
    return Book(locked, state_of(locked), by)


@dataclass(slots=True)
class Book:
    """A locked case, with its state after what was written so far."""

    case: Case
    state: CaseState
    by: User | None

    def write(self, kind: str, data: Mapping[str, Any]) -> Event:
        """Writes one event and what follows from it. Raises `RefusedError`."""
        if kind == "confirmed" and (given := _NUMBERED & set(data)):
            raise told(refused("field_unknown", field=min(given)))
        at, calendar = clock.now(), shipped_calendar()
        roles = self.by.roles if self.by is not None else {machine.SYSTEM}
        event = machine.draft(self.state, kind, at, None if self.by is None else str(self.by.pk), data, calendar)
        if refusal := machine.check(self.state, event, roles, calendar):
            raise told(refusal)
        after = effects.after(self.state, event)
        papers = documents.due(self.case, self.state, event, after)
        if kind == "confirmed" and papers:
            numbered = {**event.data, "number": papers[0].number, "document": papers[0].digest}
            event = machine.draft(self.state, kind, at, event.by, numbered, calendar)
            after = effects.after(self.state, event)
        row = Event(case=self.case, seq=event.seq, kind=kind, at=at, by=self.by, data=dict(event.data))
        row.save(force_insert=True)
        documents.keep(papers)
        self.state = after
        project(self.case, after)
        # Whoever has to be told of events elsewhere hears of them by this entry.
        actor = self.by.get_username() if self.by is not None else SYSTEM
        record(ACT, f"case:{self.case.pk}", actor=actor, kind=kind, seq=row.seq, sha256=digest(row))
        return row


def told(refusal: Refusal) -> RefusedError:
    """A refusal of the state machine, its values in words."""
    values = {name: _worded(name, value) for name, value in refusal.values.items()}
    return RefusedError(refusal.key, conflict=refusal.key.endswith(".stale"), **values)


def _worded(name: str, value: object) -> object:
    key = f"console.cases.field.{value}" if name == "field" else f"console.states.{_TABLES.get(name)}.{value}"
    return in_both(key) if key in keys() else value


def _app_of(origin: Inspection | Complaint | App) -> App:
    """The app that a case would be of. Raises `RefusedError` when no case can begin with `origin`."""
    if isinstance(origin, App):
        return origin
    if origin.app is None:
        raise RefusedError("console.cases.refused.app_unknown")
    if isinstance(origin, Complaint) and origin.case_id is not None:
        raise RefusedError("console.cases.refused.has_case")
    if isinstance(origin, Inspection):
        if Case.objects.filter(opened_from=origin).exists():
            raise RefusedError("console.cases.refused.has_case")
        found.countersigned(origin)
        if not found.confirmed(origin, None):
            raise RefusedError("console.cases.refused.no_problem")
    return origin.app


def _tested(book: Book, inspection: Inspection) -> Event:
    found.countersigned(inspection)
    _replaces(book.state, inspection)
    sample = {
        "version": printable(inspection.version)[:100] or "?",
        "sha256": inspection.package_sha256,
        "source": printable(inspection.store)[:200] or inspection.get_source_display(),
    }
    if book.state.stage in {"planned", "complaint_received"}:
        book.write("sampled", sample)
    elif book.state.sha256 != inspection.package_sha256:
        book.write("version_replaced", sample)
    if not book.state.testing or book.state.test is None or book.state.test.inspection != str(inspection.pk):
        book.write("testing_started", {"inspection": str(inspection.pk)})
    problems = [each.data() for each in found.confirmed(inspection, report_of(inspection))]
    return book.write("test_finished", {"inspection": str(inspection.pk), "sha256": inspection.package_sha256, "problems": problems})


def _replaces(state: CaseState, inspection: Inspection) -> None:
    """Raises `RefusedError` for a test that would drop a problem of the test before without deciding it. What two persons dismissed is
    decided."""
    if not state.unresolved:
        return
    for each in compare(state, inspection).outcomes:
        if each.result == "not_reached" and each.reason != "dismissed":
            raise RefusedError("console.cases.refused.not_decided", clause=each.problem.clause.rpartition("/")[2])
