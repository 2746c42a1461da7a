"""Pages of the market: the questions of the lake with their answers."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from mingjian.console.access import signed_in
from mingjian.console.audit.chain import record
from mingjian.console.fleet.asking import Asked, Form, WrongError, chunks, document, stream
from mingjian.console.fleet.forms import FORMS, ROWS, QuestionForm
from mingjian.console.fleet.shown import shown, weights
from mingjian.console.pages import files
from mingjian.console.pages.context import lang
from mingjian.lake.questions import FIRST, MOST_ROWS
from mingjian.model.printable import printable
from mingjian.model.texts import say

_KINDS: dict[Form, str] = {"json": "application/json", "csv": "text/csv; charset=utf-8"}
_USUAL: dict[Form, int] = {"json": FIRST.limit, "csv": MOST_ROWS}
_MOST_SHOWN = 200
"""Rows of a page."""
_MARK = b"\xef\xbb\xbf"
"""By which spreadsheets know UTF-8."""


@require_safe
def market(request: HttpRequest) -> HttpResponse:
    """What can be asked."""
    return render(request, "lake/market.html", {"set": settings.LAKE is not None})


@require_safe
def question(request: HttpRequest, question: str) -> HttpResponse:
    """One question, its form and its answer."""
    form = FORMS[question](request.GET.dict())
    context: dict[str, Any] = {"question": question, "form": form, "asked": "", "weights": weights() if question == "ranking" else None}
    if not form.is_valid():
        return render(request, "lake/question.html", context, status=422)
    given = form.given(ROWS)
    given["limit"] = min(given["limit"], _MOST_SHOWN)
    try:
        context["shown"] = shown(document(Asked(question, given)), given, signed_in(request), lang())
    except WrongError as error:
        return render(request, "lake/question.html", context | {"wrong": told(error)}, status=200 if error.nothing else error.status)
    return render(request, "lake/question.html", context | _pages(request, given, context["shown"].total))


@require_safe
def question_json(request: HttpRequest, question: str) -> HttpResponseBase:
    """The same for a program, as `mingjian lake ask` writes it."""
    return _sent(request, question, "json")


@require_safe
def question_csv(request: HttpRequest, question: str) -> HttpResponseBase:
    """All rows for a spreadsheet."""
    return _sent(request, question, "csv")


@require_safe
def report(request: HttpRequest, key: str) -> HttpResponseBase:
    """A raw report of the lake."""
    try:
        file = stream(Asked("report", {"key": key}), "json")
    except WrongError as error:
        if error.key == "lake.no_report":
            raise Http404 from error
        return JsonResponse({"error": error.status, "why": told(error)}, status=error.status)
    record("lake.report_downloaded", f"lake:{key}", actor=signed_in(request).get_username())
    return files.send(chunks(file), f"mingjian-{key[:12]}.json", "application/json")


def told(error: WrongError) -> str:
    """Why there is no answer, in one line."""
    values = {name: value if isinstance(value, int | float) else printable(str(value)) for name, value in error.values.items()}
    return say(error.key, lang(), **values)


def _sent(request: HttpRequest, question: str, kind: Form) -> HttpResponseBase:
    form: QuestionForm = FORMS[question](request.GET.dict())
    if not form.is_valid():
        return JsonResponse({"error": 422, "fields": form.errors}, status=422)
    try:
        file = stream(Asked(question, form.given(_USUAL[kind])), kind)
    except WrongError as error:
        return JsonResponse({"error": error.status, "why": told(error)}, status=error.status)
    if kind == "json":
        return StreamingHttpResponse(chunks(file), content_type=_KINDS[kind])
    return files.send(_with_mark(file), f"mingjian-{question}.csv", _KINDS[kind])


def _with_mark(file: Any) -> Any:
    yield _MARK
    yield from chunks(file)


def _pages(request: HttpRequest, given: dict[str, Any], total: int) -> dict[str, str]:
    """The queries of the same question: as it was asked, and of the pages before and after."""
    kept = {name: value for name, value in request.GET.items() if name not in ("offset", "limit")}
    before, after = given["offset"] - given["limit"], given["offset"] + given["limit"]
    size = {"limit": given["limit"]} if given["limit"] != ROWS else {}
    return {
        "asked": urlencode(kept),
        "before": urlencode(kept | size | {"offset": max(0, before)}) if given["offset"] else "",
        "after": urlencode(kept | size | {"offset": after}) if after < total else "",
    }
