"""Lists of cases, one case, and what waits for the person who looks."""

from typing import Any, cast

from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from mingjian.console import clock
from mingjian.console.access import INSPECTOR, PUBLISHER, REVIEWER
from mingjian.console.accounts.models import User
from mingjian.console.cases import telling
from mingjian.console.cases.filters import Filters
from mingjian.console.cases.models import Case, Cases, LinkedTest, Reminder, Waiting
from mingjian.console.cases.projection import state_of
from mingjian.console.cases.steps import next_steps
from mingjian.console.pages.context import lang
from mingjian.console.pages.paging import Page, page

_WHO: dict[str, tuple[str, ...]] = {
    INSPECTOR: ("serve", "correct", "extension", "answers", "report", "retest"),
    REVIEWER: ("confirm", "correct"),
    PUBLISHER: ("publish",),
}
"""What waits for whom."""
_MOST_REMINDERS = 50


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """The cases, newest first, by the filters of the address."""
    form = Filters(request.GET)
    return render(request, "cases/list.html", {"form": form, "page": page(form.apply(_seen(request)), request, "-opened_at")})


@require_GET
def listing_json(request: HttpRequest) -> JsonResponse:
    """The same for a program."""
    return _json(page(Filters(request.GET).apply(_seen(request)), request, "-opened_at"))


@require_GET
def overdue(request: HttpRequest) -> HttpResponse:
    """The cases whose deadline has passed for sure, longest first, and those whose deadline cannot be counted for sure yet."""
    context = {"page": page(_late(request), request, "due_at"), "provisional": _provisional(request)[:_MOST_REMINDERS]}
    return render(request, "cases/overdue.html", context)


@require_GET
def overdue_json(request: HttpRequest) -> JsonResponse:
    """The same for a program, without the provisional ones."""
    return _json(page(_late(request), request, "due_at"))


@require_GET
def work(request: HttpRequest) -> HttpResponse:
    """What waits for this person: on all cases that they may see, or only on those that were assigned to them."""
    rows, reminders = _waiting(request)
    found = page(rows, request, "since")
    context = {"page": found, "reminders": reminders[:_MOST_REMINDERS], "mine": _mine(request)}
    return render(request, "cases/work.html", context)


@require_GET
def work_json(request: HttpRequest) -> JsonResponse:
    """The same for a program."""
    rows, reminders = _waiting(request)
    found = page(rows, request, "since")
    waiting = [{"what": each.what, "seq": each.seq, "since": each.since, "case": _row(each.case)} for each in found.rows]
    told = [
        {
            "occasion": each.occasion,
            "ends": each.ends,
            "provisional": each.provisional,
            "at": each.at,
            "case": {"id": each.case_id, "number": each.case.number},
        }
        for each in reminders[:_MOST_REMINDERS]
    ]
    return JsonResponse({"waiting": waiting, "next": found.next, "reminders": told})


def _mine(request: HttpRequest) -> bool:
    return request.GET.get("whose") == "mine"


def _waiting(request: HttpRequest) -> tuple[QuerySet[Waiting], QuerySet[Reminder]]:
    """What waits for this person, and the reminders of the same cases, newest first."""
    person = cast(User, request.user)
    mine = _mine(request)
    kinds = [what for role, whats in _WHO.items() if role in person.roles for what in whats]
    rows = Waiting.objects.filter(what__in=kinds).exclude(what=Waiting.What.CONFIRM, author=person)
    reminders = Reminder.objects.filter(case__closed_at=None).select_related("case__app").order_by("-at", "-pk")
    if mine or person.body:
        cases = Case.objects.visible_to(person)
        of_cases = Q(case__in=cases.filter(assignee=person) if mine else cases)
        rows, reminders = rows.filter(of_cases), reminders.filter(of_cases)
    return rows.select_related("case__app", "case__operator"), reminders


@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One case: where it stands, what this person may do now, and everything that happened."""
    case = get_object_or_404(_whole(request), pk=pk)
    state = state_of(case)
    context = {
        "case": case,
        "state": state,
        "steps": next_steps(state, cast(User, request.user)),
        "events": telling.tell(reversed(case.events.all()), state, lang()),
        "problems": [(each, each.words_of(lang())) for each in case.problems.all()],
        "documents_due": state.documents_due,
        "complaints": case.complaints.order_by("received_at").only("pk", "state", "received_at", "channel", "case"),
    }
    return render(request, "cases/detail.html", context)


@require_GET
def detail_json(request: HttpRequest, pk: int) -> JsonResponse:
    """One case for a program, with its events as they were recorded."""
    case = get_object_or_404(_whole(request), pk=pk)
    state = state_of(case)
    body = _row(case) | {
        "outcome": state.outcome,
        "problems": list(case.problems.order_by("pk").values("clause", "key", "status", "zh", "en")),
        "documents": [
            {"kind": each.kind, "number": each.number, "created_at": each.created_at, "digest": each.digest}
            for each in case.documents.all()
        ],
        "events": [{"seq": each.seq, "kind": each.kind, "at": each.at, "data": each.data} for each in case.events.all()],
    }
    return JsonResponse(body)


def _seen(request: HttpRequest) -> Cases:
    return Case.objects.visible_to(request.user).select_related("app", "operator", "assignee")


def _whole(request: HttpRequest) -> Cases:
    """One case with what its page shows, in a number of queries that does not depend on how much that is."""
    tests = LinkedTest.objects.select_related("inspection")
    return (
        _seen(request)
        .select_related("opened_from")
        .prefetch_related("events__by", "problems", "documents", "reminders", "waiting", Prefetch("tests", queryset=tests))
    )


def _late(request: HttpRequest) -> Cases:
    return _seen(request).overdue(clock.now()).exclude(state="closed")


def _provisional(request: HttpRequest) -> Cases:
    return _seen(request).filter(provisional=True, due_at__isnull=False).order_by("due_at", "pk")


def _json(found: Page[Case]) -> JsonResponse:
    return JsonResponse({"cases": [_row(case) for case in found.rows], "next": found.next})


def _row(case: Case) -> dict[str, Any]:
    return {
        "id": case.pk,
        "number": case.number,
        "app": {"package": case.app.package, "label": case.app.label, "category": case.app.category},
        "operator": case.operator.name if case.operator else None,
        "body": case.body,
        "state": case.state_now,
        "seq": case.seq,
        "opened_at": case.opened_at,
        "due_at": case.due_at,
        "provisional": case.provisional,
        "served_at": case.served_at,
        "closed_at": case.closed_at,
    }
