"""Pages of the operator's people."""

from collections.abc import Iterable
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from mingjian.console import vault
from mingjian.console.accounts.models import User
from mingjian.console.admission import takes_files
from mingjian.console.audit.chain import record
from mingjian.console.cases import documents
from mingjian.console.cases.machine import allowed
from mingjian.console.cases.models import Case, LinkedTest
from mingjian.console.cases.projection import state_of
from mingjian.console.cases.state import Problem
from mingjian.console.inspections.reports import report_of
from mingjian.console.pages.context import lang
from mingjian.console.pages.files import send
from mingjian.console.pages.paging import page
from mingjian.console.portal import steps
from mingjian.console.portal.evidence import limited
from mingjian.console.portal.forms import Answer, Extension, Rectified, Step, Version
from mingjian.console.portal.told import Told, standing, told
from mingjian.console.printing.page import page as paper
from mingjian.console.refused import RefusedError
from mingjian.model.texts import say
from mingjian.render import renderer

_FORMS: dict[str, type[Step]] = {"answered": Answer, "rectification_reported": Rectified, "extension_requested": Extension}
_FORMATS = {"html": "text/html; charset=utf-8", "json": "application/json"}


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The operator's cases."""
    found = page(_cases(request).prefetch_related("events"), request, "-opened_at")
    return render(request, "portal/home.html", {"page": found, "rows": [(each, standing(each)) for each in found.rows]})


@require_GET
def home_json(request: HttpRequest) -> HttpResponse:
    """The same as JSON."""
    found = page(_cases(request).prefetch_related("events"), request, "-opened_at")
    return JsonResponse({"cases": [_row(case) for case in found.rows], "next": found.next})


@require_GET
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """One case: what was told, what may be done now."""
    return _shown(request, _own(request, pk))


@require_GET
def case_json(request: HttpRequest, pk: int) -> HttpResponse:
    """The same as JSON."""
    own = _own(request, pk)
    known = told(own, state_of(own))
    return JsonResponse(
        {
            **_row(own),
            "problems": [
                {"id": each.id, "clause": each.clause, "zh": each.zh, "en": each.en, "status": each.status} for each in known.problems
            ],
            "documents": [{"number": each.number, "kind": each.kind, "sha256": each.digest} for each in known.documents],
            "events": [{"seq": each.seq, "kind": each.kind, "at": each.at.isoformat()} for each in known.events],
        }
    )


@require_POST
def step(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """An answer, the report of rectification, or a request for more time."""
    own = _own(request, pk)
    if kind not in _FORMS:
        raise Http404
    form = _FORMS[kind](request.POST)
    if not form.is_valid():
        return _shown(request, own, kind, form, status=422)
    try:
        steps.say(own, kind, form.data_of_event(), cast(User, request.user), form.cleaned_data["seq"])
    except RefusedError as error:
        form.add_error(None, say(error.key, lang(), **error.values))
        return _shown(request, own, kind, form, status=409 if error.conflict else 422)
    messages.success(request, say(f"console.portal.done.{kind}", lang()))
    return redirect("portal:case", own.pk)


@takes_files(lambda: settings.UPLOAD_LIMIT)
@require_POST
def version(request: HttpRequest, pk: int) -> HttpResponse:
    """A corrected version, to be tested again."""
    own = _own(request, pk)
    form = Version(request.POST, request.FILES)
    if not form.is_valid():
        return _shown(request, own, "version", form, status=422)
    files = {kind: [(upload.name or "", upload.chunks())] for kind, upload in form.cleaned_data.items() if upload}
    try:
        steps.hand_in(own, files, cast(User, request.user))
    except RefusedError as error:
        form.add_error(None, say(error.key, lang(), **error.values))
        return _shown(request, own, "version", form, status=422)
    messages.success(request, say("console.portal.done.version", lang()))
    return redirect("portal:case", own.pk)


@require_POST
def relist(request: HttpRequest, pk: int, submission: int) -> HttpResponse:
    """Asks for the test after which the app may return to the stores."""
    own = _own(request, pk)
    handed = get_object_or_404(own.submissions.select_related("inspection"), pk=submission)
    try:
        steps.ask_to_relist(own, handed, cast(User, request.user), int(request.POST.get("seq") or 0))
    except (RefusedError, ValueError) as error:
        known = error if isinstance(error, RefusedError) else RefusedError("console.states.refusal.stale", conflict=True)
        messages.error(request, say(known.key, lang(), **known.values))
    else:
        messages.success(request, say("console.portal.done.relist", lang()))
    return redirect("portal:case", own.pk)


@require_GET
def document(request: HttpRequest, pk: int, number: int, form: str) -> HttpResponseBase:
    """A document that was given to the operator, as a page or as it was printed."""
    own = _own(request, pk)
    found = next((each for each in told(own, state_of(own)).documents if each.pk == number), None)
    if found is None:
        raise Http404
    if form == "html":
        return render(request, "portal/document.html", {"case": own, "document": found, "paper": paper(documents.content(found, lang()))})
    printed = found.pdf_zh if lang() == "zh" else found.pdf_en
    if form != "pdf" or not printed:
        raise Http404
    return send(vault.path(printed), f"{found.number}.pdf", "application/pdf")


@require_GET
def evidence(request: HttpRequest, pk: int, form: str) -> HttpResponseBase:
    """The evidence of the problems that the operator was told of and that one test found: that of the address, else the first."""
    own = _own(request, pk)
    problems = told(own, state_of(own)).problems
    number = request.GET.get("test", "")
    tests = _tests(own, problems)
    test = next((each for each in tests if str(each.seq) == number), None) if number else next(iter(tests), None)
    report = report_of(test.inspection) if test else None
    if report is None or test is None or form not in _FORMATS:
        raise Http404
    found = [(each.clause, each.key) for each in problems if each.found == test.finished]
    content = renderer(form)(limited(report, found), lang(), False)
    record("evidence.downloaded", f"case:{own.pk}", actor=request.user.get_username(), inspection=test.inspection_id, format=form)
    return send([content], f"{own.number}-{test.seq}.{form}", _FORMATS[form])


def _cases(request: HttpRequest) -> Any:
    return Case.objects.visible_to(request.user).select_related("app", "operator")


def _own(request: HttpRequest, pk: int) -> Case:
    found: Case = get_object_or_404(_cases(request), pk=pk)
    return found


def _tests(own: Case, problems: Iterable[Problem]) -> list[LinkedTest]:
    """The tests that found these problems, oldest first."""
    return list(own.tests.select_related("inspection").filter(finished__in={each.found for each in problems}))


def _row(own: Case) -> dict[str, Any]:
    at = standing(own)
    return {
        "id": own.pk,
        "number": own.number,
        "app": own.app.package,
        "state": at.state,
        "due_at": at.due.ends.isoformat() if at.due else None,
        "provisional": at.due.provisional if at.due else False,
    }


def _shown(request: HttpRequest, own: Case, kind: str = "", form: Any = None, status: int = 200) -> HttpResponse:
    state = state_of(own)
    known: Told = told(own, state)
    may = {choice.kind for choice in allowed(state, cast(User, request.user).roles, str(request.user.pk))}
    forms: dict[str, Any] = {
        name: made(initial={"seq": own.seq}, auto_id=f"{name}_%s") for name, made in _FORMS.items() if name in may and name != "answered"
    }
    if form is not None:
        forms[kind] = form
    asked = form.data.get("problem") if kind == "answered" else None
    answers = [
        (
            each,
            (form if each.id == asked else Answer(initial={"seq": own.seq, "problem": each.id}, auto_id=f"answer{place}_%s"))
            if "answered" in may
            else None,
        )
        for place, each in enumerate(known.problems)
    ]
    context = {
        "case": own,
        "state": state,
        "told": known,
        "documents": [(each, documents.name(each.kind, lang())) for each in known.documents],
        "answers": answers,
        "forms": forms,
        "version": forms.get("version") or (Version() if state.state in steps.OPEN else None),
        "submissions": own.submissions.select_related("inspection", "case").order_by("-at")[:20],
        "may_relist": "relist_requested" in may,
        "tests": _tests(own, known.problems),
    }
    return render(request, "portal/case.html", context, status=status)
