"""Pages of sampling plans that came back from testing, and of what they say of the market."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from mingjian.console.access import signed_in
from mingjian.console.admission import takes_files
from mingjian.console.fleet.asking import WrongError, chunks, document, stream
from mingjian.console.fleet.forms import MOST_PLAN, ROWS, SampleForm
from mingjian.console.fleet.keeping import asked, keep
from mingjian.console.fleet.models import Sample
from mingjian.console.fleet.shown import shown
from mingjian.console.fleet.views import told
from mingjian.console.pages.context import lang
from mingjian.console.pages.paging import page
from mingjian.console.refused import RefusedError
from mingjian.errors import InputError
from mingjian.lake.questions import FIRST
from mingjian.model.texts import say

_FURTHEST = 18
"""Digits of a number of rows."""


@require_safe
def samples(request: HttpRequest) -> HttpResponse:
    """The plans that were kept, and the form for one more."""
    return _listed(request, SampleForm(initial={"confidence": 0.95}))


@takes_files(lambda: MOST_PLAN)
@require_POST
def keep_sample(request: HttpRequest) -> HttpResponse:
    """Keeps a plan."""
    form = SampleForm(request.POST, request.FILES)
    if form.is_valid():
        given = form.cleaned_data
        content = given["file"].read()
        try:
            kept = keep(content, given["file"].name or "", given["half"], given["clause"], given["confidence"], signed_in(request))
        except (RefusedError, InputError) as error:
            form.add_error(None, say(error.key, lang(), **error.values))
        else:
            return redirect("lake:sample", pk=kept.pk)
    return _listed(request, form)


@require_safe
def sample(request: HttpRequest, pk: int) -> HttpResponse:
    """What one plan says of the market, and with `apps` the apps that it rests on."""
    found = _one(request, pk)
    apps, offset = "apps" in request.GET, _offset(request)
    context: dict[str, Any] = {"sample": found, "apps": apps, "question": "sampled_apps" if apps else "estimate"}
    try:
        answer = document(asked(found, apps=apps, limit=ROWS, offset=offset))
    except WrongError as error:
        return render(request, "lake/sample.html", context | {"wrong": told(error)}, status=error.status)
    given = {"plan": found.name, "clause": found.clause, "confidence": None if apps else found.confidence}
    context["shown"] = shown(answer, given, signed_in(request), lang())
    if apps and offset:
        context["before"] = f"apps=1&offset={max(0, offset - ROWS)}"
    if apps and offset + ROWS < answer["total"]:
        context["after"] = f"apps=1&offset={offset + ROWS}"
    return render(request, "lake/sample.html", context)


@require_safe
def sample_json(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The same for a program, as `mingjian lake ask` writes it."""
    found = _one(request, pk)
    try:
        file = stream(asked(found, apps="apps" in request.GET, limit=FIRST.limit, offset=_offset(request)), "json")
    except WrongError as error:
        return JsonResponse({"error": error.status, "why": told(error)}, status=error.status)
    return StreamingHttpResponse(chunks(file), content_type="application/json")


def _listed(request: HttpRequest, form: SampleForm) -> HttpResponse:
    found = page(Sample.objects.visible_to(request.user), request, "-kept_at")
    context = {"form": form, "page": found, "question": "estimate"}
    return render(request, "lake/samples.html", context, status=422 if form.errors else 200)


def _one(request: HttpRequest, pk: int) -> Sample:
    return get_object_or_404(Sample.objects.visible_to(request.user).select_related("kept_by"), pk=pk)


def _offset(request: HttpRequest) -> int:
    told = request.GET.get("offset", "0")
    if not (told.isascii() and told.isdecimal()) or len(told) > _FURTHEST:
        raise Http404
    return int(told)
