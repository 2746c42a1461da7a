"""The columns and rows that repeat what the events of a case say, so that lists can be sorted and searched."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime

from django.db import transaction

from mingjian.console import clock
from mingjian.console.cases import events, machine
from mingjian.console.cases.models import Case, Event, Waiting
from mingjian.console.cases.state import MAIN_ACTS, CaseState, Problem, Proposal

_LISTED = ("takedown", "restoration")


def told(case: Case) -> list[events.Event]:
    """The events of a case as the state machine reads them."""
    return [plain(event) for event in case.events.order_by("seq")]


def plain(event: Event) -> events.Event:
    """One stored event as the state machine reads it; a person is told by the number of the account."""
    return events.Event(event.seq, event.kind, event.at, None if event.by_id is None else str(event.by_id), event.data)


def digest(event: Event) -> str:
    """What the audit chain keeps of an event: the SHA-256 of all that it says."""
    parts = [event.case_id, event.seq, event.kind, event.at.isoformat(), event.by_id, event.data]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def state_of(case: Case) -> CaseState:
    """The case as its events leave it now. Raises `events.RefusedError` for stored events that the procedure forbids."""
    return machine.fold(told(case), clock.now())


def project(case: Case, state: CaseState) -> None:
    """Writes what `state` says into the case and the rows beside it, in the caller's transaction."""
    case.state, case.seq, case.closed_at = state.state, state.seq, state.closed_at
    first = min(state.running, key=lambda each: each.ends, default=None)
    case.due_at = first.ends if first else None
    case.provisional = first.provisional if first else False
    case.served_at = min((each.started_at for each in state.deadlines if each.act in MAIN_ACTS), default=None)
    if case.operator_id is None:
        case.operator_id = case.app.operator_id
    case.save()
    _project_problems(case, state)
    _project_tests(case, state)
    _project_waiting(case, state)
    listed = [each.number for each in state.proposals if publishable(state, each)]
    case.documents.filter(publishable=True).exclude(number__in=listed).update(publishable=False)
    case.documents.filter(publishable=False, number__in=listed).update(publishable=True)


def effective(proposal: Proposal) -> bool:
    """Whether the public list may tell of a proposal: of a naming once it is confirmed, of a takedown or restoration once it reached
    somebody."""
    return proposal.status == "confirmed" if proposal.act == "naming" else proposal.act in _LISTED and bool(proposal.reached)


def publishable(state: CaseState, proposal: Proposal) -> bool:
    """Whether the document of a proposal may be put on the public list: it is effective and, unless it restores, a problem of it stands."""
    return effective(proposal) and (proposal.act == "restoration" or bool(standing(state, proposal)))


def standing(state: CaseState, proposal: Proposal) -> list[Problem]:
    """The problems that a proposal is about without those that were withdrawn."""
    return [each for each in map(state.problem, proposal.data.get("problems", ())) if each and each.status != "withdrawn"]


def rebuild(case: Case) -> bool:
    """Writes the columns and rows of a case anew from its events; whether anything had been different."""
    with transaction.atomic():
        held = Case.objects.select_for_update().get(pk=case.pk)
        before = _written(held)
        held.problems.all().delete()
        held.tests.all().delete()
        held.waiting.all().delete()
        held.documents.update(publishable=False)
        project(held, state_of(held))
        return _written(held) != before


def differing() -> Iterator[Case]:
    """The cases whose columns and rows do not say what their events say; they are left as they are."""
    for case in Case.objects.order_by("pk").iterator(chunk_size=500):
        with transaction.atomic():
            if rebuild(case):
                transaction.set_rollback(True)
                yield case


def _project_problems(case: Case, state: CaseState) -> None:
    written = {(row.clause, row.key): row for row in case.problems.all()}
    for each in state.problems:
        row = written.get((each.clause, each.key))
        if row is None:
            case.problems.create(key=each.key, clause=each.clause, status=each.status, zh=each.zh, en=each.en)
        elif (row.status, row.zh, row.en) != (each.status, each.zh, each.en):
            row.status, row.zh, row.en = each.status, each.zh, each.en
            row.save()


def _project_tests(case: Case, state: CaseState) -> None:
    written = {row.seq: row for row in case.tests.all()}
    for each in state.tests:
        row = written.get(each.seq)
        if row is None:
            case.tests.create(inspection_id=int(each.inspection), seq=each.seq, finished=each.finished)
        elif row.finished != each.finished:
            row.finished = each.finished
            row.save()


def _project_waiting(case: Case, state: CaseState) -> None:
    wanted = _waiting(state)
    written = {(row.what, row.seq): row for row in case.waiting.all()}
    gone = [row.pk for key, row in written.items() if key not in wanted]
    if gone:
        case.waiting.filter(pk__in=gone).delete()
    fresh = {key: author for key, author in wanted.items() if key not in written}
    at: Mapping[int, datetime] = dict(case.events.filter(seq__in={seq for _, seq in fresh}).values_list("seq", "at"))
    case.waiting.bulk_create(
        Waiting(case=case, what=what, seq=seq, since=at[seq], author_id=int(author) if author else None)
        for (what, seq), author in fresh.items()
    )


def _waiting(state: CaseState) -> Mapping[tuple[str, int], str]:
    """What the house has to do next, each with the author of the proposal that it is about."""
    what = Waiting.What
    wanted: dict[tuple[str, int], str] = {(what.CONFIRM, each.seq): each.by for each in state.pending}
    steps = {"serve": what.SERVE, "publish": what.PUBLISH, "propose": what.CORRECT}
    withdrawn = max((each.changed for each in state.problems if each.id in state.to_correct), default=0)
    wanted |= {(steps[due.step], due.of or withdrawn): "" for due in state.documents_due}
    wanted |= {(what.EXTENSION, each.seq): "" for each in state.extensions if each.open and not state.final}
    answers = [each.answer.seq for each in state.problems if each.status == "answered" and each.answer]
    if state.stage == "rectification_reported":
        wanted[what.REPORT, state.reported] = ""
    elif answers and not state.testing and not state.final:
        wanted[what.ANSWERS, max(answers)] = ""
    if state.testing and state.test is not None:
        wanted[what.RETEST, state.test.seq] = ""
    return wanted


def _written(case: Case) -> object:
    columns = (case.state, case.seq, case.due_at, case.provisional, case.served_at, case.closed_at, case.operator_id)
    problems = set(case.problems.values_list("clause", "key", "status", "zh", "en"))
    tests = set(case.tests.values_list("inspection_id", "seq", "finished"))
    listed = set(case.documents.filter(publishable=True).values_list("number", flat=True))
    return columns, problems, tests, listed, set(case.waiting.values_list("what", "seq", "since", "author_id"))
