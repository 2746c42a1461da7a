"""What people do on the pages of inspections: order one, decide, answer, conclude. Each calls one function and shows what it says."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.datastructures import MultiValueDict
from django.views.decorators.http import require_http_methods, require_POST

from mingjian.console.admission import takes_files
from mingjian.console.inspections import answers, decisions, settling
from mingjian.console.inspections.batch import receive_batch
from mingjian.console.inspections.file import MOST_FILES, receive
from mingjian.console.inspections.forms import BatchForm, DecisionForm, UploadForm
from mingjian.console.inspections.models import Decision, Inspection
from mingjian.console.inspections.views import person, seen
from mingjian.console.pages.context import lang
from mingjian.console.refused import RefusedError
from mingjian.model.texts import say


@takes_files(lambda: settings.UPLOAD_LIMIT)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The form by which an inspection is ordered."""
    form = UploadForm(*_sent(request), user=person(request), initial=request.GET.dict())
    if request.method == "POST" and form.is_valid():
        sent = {kind: [(file.name or "", file.chunks()) for file in files] for kind, files in form.files_by_kind().items()}
        try:
            inspection = receive(person(request), sent, form.about(), body=form.cleaned_data["body"])
        except RefusedError as error:
            form.add_error(None, _told(error))
        else:
            return redirect("inspections:detail", pk=inspection.pk)
    return render(request, "inspections/new.html", _limits() | {"form": form}, status=422 if form.errors else 200)


@takes_files(lambda: settings.UPLOAD_LIMIT)
@require_http_methods(["GET", "HEAD", "POST"])
def batch(request: HttpRequest) -> HttpResponse:
    """The form by which several apps are inspected at once."""
    form = BatchForm(*_sent(request), user=person(request))
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        sent = [(kind, file.name or "", file.chunks()) for kind in ("package", "dossier") for file in told[kind]]
        try:
            taken, refused = receive_batch(person(request), told["name"], sent, form.about(), told["body"])
        except RefusedError as error:
            form.add_error(None, _told(error))
        else:
            for fault in refused:
                form.add_error(None, _told(fault))
            if taken:
                for fault in refused:
                    messages.error(request, _told(fault))
                messages.success(request, say("console.inspections.batch.taken", lang(), n=len(taken)))
                return redirect("inspections:list")
    return render(request, "inspections/batch.html", _limits() | {"form": form}, status=422 if form.errors else 200)


@require_POST
def decide(request: HttpRequest, pk: int, clause: str) -> HttpResponse:
    """Writes down a decision on a hit or a clause."""
    inspection = _one(request, pk)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, say("console.inspections.refused.form", lang()))
        return redirect("inspections:finding", pk=pk, clause=clause)
    return _done(
        request,
        lambda: decisions.decide(inspection, form.wish(clause), person(request)),
        redirect("inspections:finding", pk=pk, clause=clause),
    )


@require_POST
def check(request: HttpRequest, pk: int, decision: int) -> HttpResponse:
    """A second person's answer to a dismissal."""
    found = get_object_or_404(Decision.objects.select_related("inspection"), pk=decision, inspection=_one(request, pk))
    upheld = request.POST.get("answer") == "yes"
    reason = request.POST.get("reason", "")
    return _done(
        request,
        lambda: decisions.check(found, upheld, person(request), reason),
        redirect("inspections:finding", pk=pk, clause=found.clause),
    )


@require_POST
def answer(request: HttpRequest, pk: int, clause: str) -> HttpResponse:
    """Answers to the checklist of a clause; questions left open are not answered."""
    inspection = _one(request, pk)
    given = {name.removeprefix("q-"): value for name, value in request.POST.items() if name.startswith("q-")}
    said = [(question, value == "yes") for question, value in given.items() if value in ("yes", "no")]
    return _done(
        request,
        lambda: answers.answer(inspection, clause, said, request.POST.get("note", ""), person(request)),
        redirect("inspections:finding", pk=pk, clause=clause),
        "console.inspections.answered",
    )


@require_POST
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """The app type, given by a person."""
    inspection = _one(request, pk)
    return _done(
        request,
        lambda: settling.settle(inspection, request.POST.get("category", ""), person(request)),
        redirect("inspections:detail", pk=pk),
        "console.inspections.answered",
    )


@require_POST
def conclude(request: HttpRequest, pk: int) -> HttpResponse:
    """The inspector's word that everything is decided."""
    inspection = _one(request, pk)
    return _done(request, lambda: decisions.conclude(inspection, person(request)), redirect("inspections:detail", pk=pk))


@require_POST
def countersign(request: HttpRequest, pk: int) -> HttpResponse:
    """The second person's word, or the way back."""
    inspection = _one(request, pk)
    agreed = request.POST.get("answer") == "yes"
    return _done(request, lambda: decisions.countersign(inspection, agreed, person(request)), redirect("inspections:detail", pk=pk))


def _done(request: HttpRequest, act: Callable[[], object], then: HttpResponse, done: str = "console.inspections.recorded") -> HttpResponse:
    """Does it and goes on; what was refused is told on the page that follows."""
    try:
        act()
    except RefusedError as error:
        messages.error(request, _told(error))
    else:
        messages.success(request, say(done, lang()))
    return then


def _sent(request: HttpRequest) -> "tuple[QueryDict | None, MultiValueDict[str, UploadedFile[Any]] | None]":
    """What was sent, also when it is nothing; none for a page that is only opened."""
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def _told(error: RefusedError) -> str:
    return say(error.key, lang(), **error.values)


def _one(request: HttpRequest, pk: int) -> Inspection:
    return get_object_or_404(seen(request), pk=pk)


def _limits() -> dict[str, int]:
    return {"most_files": MOST_FILES, "most_megabytes": settings.UPLOAD_LIMIT >> 20}
