"""Opening a case, and recording on it: each page reads the request, calls one function of the ledger, and shows what it answers."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from mingjian.console.accounts.models import User
from mingjian.console.cases import comparing, found, ledger, steps, telling
from mingjian.console.cases.attaching import attach, is_first
from mingjian.console.cases.deadlines import regulators
from mingjian.console.cases.forms import StepForm
from mingjian.console.cases.models import Case
from mingjian.console.cases.projection import state_of
from mingjian.console.cases.state import CaseState
from mingjian.console.complaints.models import Complaint
from mingjian.console.inspections.models import Inspection
from mingjian.console.inspections.reports import report_of
from mingjian.console.market.models import App
from mingjian.console.pages.context import lang
from mingjian.console.pages.forms import label
from mingjian.console.pages.numbers import row_number
from mingjian.console.refused import RefusedError
from mingjian.model.texts import say

_MOST_INSPECTIONS = 20


class OpenForm(forms.Form):
    """Which body opens a case on what the address names."""

    body = forms.ChoiceField(label=label("console.cases.filter.body"))

    def __init__(self, *args: Any, own: str, **options: Any) -> None:
        super().__init__(*args, **options)
        known = [(each.id, each.name.of(lang())) for each in regulators().values() if own in ("", each.id)]
        field = self.fields["body"]
        if isinstance(field, forms.ChoiceField):
            field.choices = known


class RetestForm(forms.Form):
    """Which inspection is the test or re-test of a case; `seq` is the last event that the person has seen."""

    seq = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    inspection = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    unchanged = forms.CharField(max_length=1000, required=False)


@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """One step on a case: its form, and what it records."""
    person = cast(User, request.user)
    case = get_object_or_404(Case.objects.visible_to(person).select_related("app", "operator"), pk=pk)
    state = state_of(case)
    taken = steps.find(state, person, kind, request.GET.get("act", ""), request.GET.get("of", ""))
    if taken is None:
        return _gone(request, case, state)
    form = StepForm(request.POST or None, state=state, choice=taken.choice, body=case.body)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                ledger.append(case, kind, form.event_data(), person, form.cleaned_data["seq"])
            except RefusedError as error:
                form.add_error(None, say(error.key, lang(), **error.values))
                status = 409 if error.conflict else 422
            else:
                messages.success(request, say("console.cases.recorded", lang()))
                return redirect("cases:detail", pk=case.pk)
    context = {"case": case, "state": state, "form": form, "step": taken, "proposal": _proposal(case, state, taken)}
    return render(request, "cases/step.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def open_case(request: HttpRequest) -> HttpResponse:
    """Opens a case on an inspection, a complaint or an app."""
    person = cast(User, request.user)
    origin = _origin(request)
    form = OpenForm(request.POST or None, own=person.body, initial={"body": person.body})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                case = ledger.open_case(origin, form.cleaned_data["body"], person)
            except RefusedError as error:
                form.add_error(None, say(error.key, lang(), **error.values))
            else:
                messages.success(request, say("console.cases.opened", lang(), number=case.number))
                return redirect("cases:detail", pk=case.pk)
    app = origin if isinstance(origin, App) else origin.app
    problems = [each.words.of(lang()) for each in found.confirmed(origin, report_of(origin))] if isinstance(origin, Inspection) else []
    running = Case.objects.visible_to(person).filter(app=app, closed_at=None).order_by("-opened_at")[:_MOST_INSPECTIONS]
    context = {"form": form, "app": app, "problems": problems, "running": running if app else []}
    return render(request, "cases/open.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def retest(request: HttpRequest, pk: int) -> HttpResponse:
    """Attaches an inspection to a case as its test or re-test, with what it would say of each problem."""
    person = cast(User, request.user)
    case = get_object_or_404(Case.objects.visible_to(person).select_related("app", "operator"), pk=pk)
    state = state_of(case)
    first = is_first(state)
    offered = _inspections(request, case)
    form = RetestForm(request.POST or None)
    fault, status = "", 200
    if request.method == "POST":
        inspection = offered.filter(pk=form.cleaned_data["inspection"]).first() if form.is_valid() else None
        if inspection is None:
            raise Http404
        try:
            attach(case, inspection, person, form.cleaned_data["seq"], form.cleaned_data["unchanged"])
        except RefusedError as error:
            fault, status = say(error.key, lang(), **error.values), 409 if error.conflict else 422
        else:
            messages.success(request, say("console.cases.recorded", lang()))
            return redirect("cases:detail", pk=case.pk)
    chosen = _chosen(request, offered)
    comparison = _compared(state, chosen) if chosen is not None and not first else None
    context = {
        "case": case,
        "state": state,
        "first": first,
        "offered": offered.order_by("-created_at", "-pk")[:_MOST_INSPECTIONS],
        "chosen": chosen,
        "comparison": comparison,
        "same_file": comparison is not None and any(each.reason == "same_file" for each in comparison.outcomes),
        "fault": fault,
    }
    return render(request, "cases/retest.html", context, status=status)


def _origin(request: HttpRequest) -> Inspection | Complaint | App:
    """What the address names. Whoever may not see it is told that it is not there."""
    if number := row_number(request.GET.get("inspection", "")):
        return get_object_or_404(Inspection.objects.visible_to(request.user), pk=number)
    if number := row_number(request.GET.get("complaint", "")):
        return get_object_or_404(Complaint.objects.visible_to(request.user), pk=number)
    return get_object_or_404(App, pk=row_number(request.GET.get("app", "")))


def _inspections(request: HttpRequest, case: Case) -> QuerySet[Inspection]:
    """The inspections of the same app that this person may see and that were not used for this case."""
    used = case.tests.exclude(finished=0).values("inspection")
    return Inspection.objects.visible_to(request.user).filter(app=case.app_id).exclude(pk__in=used)


def _chosen(request: HttpRequest, offered: QuerySet[Inspection]) -> Inspection | None:
    return offered.filter(pk=row_number(request.POST.get("inspection") or request.GET.get("inspection", ""))).first()


def _compared(state: CaseState, inspection: Inspection) -> comparing.Comparison | None:
    """What the re-test says, once it has been done."""
    return comparing.compare(state, inspection) if inspection.state == Inspection.State.DONE else None


def _proposal(case: Case, state: CaseState, taken: steps.Step) -> telling.Told | None:
    """The proposal that a step is about, in words."""
    row = case.events.select_related("by").filter(seq=taken.choice.of).first() if taken.choice.of else None
    return telling.tell([row], state, lang())[0] if row is not None else None


def _gone(request: HttpRequest, case: Case, state: CaseState) -> HttpResponse:
    """A step that this person cannot take now, whoever may have been able to a moment ago."""
    return render(request, "cases/not_now.html", {"case": case, "state": state}, status=409)
