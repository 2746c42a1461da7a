"""Pages of inspections to read: lists, one inspection, one finding, two versions compared, files."""

from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRefresh

from mingjian.console import vault
from mingjian.console.accounts.models import User
from mingjian.console.audit.chain import record
from mingjian.console.inspections import answers, decisions, table
from mingjian.console.inspections.comparing import compared
from mingjian.console.inspections.explain import Explainer
from mingjian.console.inspections.forms import ClauseFilters, Filters, TypeForm, dismissal_days
from mingjian.console.inspections.models import BAD, Inspection, InspectionQuerySet, Material
from mingjian.console.inspections.pictures import picture_type
from mingjian.console.inspections.reports import found_on, report_of
from mingjian.console.pages import files
from mingjian.console.pages.context import lang
from mingjian.console.pages.paging import page
from mingjian.model.citations import counted, place_in_words
from mingjian.model.printable import printable
from mingjian.model.texts import say
from mingjian.model.types import Report
from mingjian.render import renderer
from mingjian.render.outline import numbered
from mingjian.render.proposal import proposed

_FORMATS = {"html": "text/html; charset=utf-8", "json": "application/json", "sarif": "application/sarif+json"}
_MOST_VERSIONS = 30


def seen(request: HttpRequest) -> InspectionQuerySet:
    """The inspections that the reader may see."""
    return Inspection.objects.visible_to(request.user)


def person(request: HttpRequest) -> User:
    """The reader, on a page that is open to nobody who is not signed in."""
    return cast(User, request.user)


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The inspections, newest first, by the filters of the address."""
    form = Filters(request.GET)
    return render(request, "inspections/list.html", {"form": form, "page": page(_listed(request, form), request, "-created_at")})


@require_safe
def listing_json(request: HttpRequest) -> JsonResponse:
    """The same for a program."""
    found = page(_listed(request, Filters(request.GET)), request, "-created_at")
    return JsonResponse({"inspections": [table.summary(row) for row in found.rows], "next": found.next})


def _listed(request: HttpRequest, form: Filters) -> InspectionQuerySet:
    return form.apply(seen(request).select_related("app", "batch"))


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One inspection: what it is, its clause table, where the decisions stand."""
    inspection = _one(request, pk)
    report = report_of(inspection)
    standing = decisions.standing(inspection) if inspection.app_id else {}
    shown = table.rows(inspection, report, standing, lang())
    form = ClauseFilters(request.GET, chapters=list(dict.fromkeys(row.chapter for row in shown)))
    context = {
        "inspection": inspection,
        "report": report,
        "fault": _fault(inspection),
        "form": form,
        "rows": _wanted(shown, form),
        "materials": inspection.materials.order_by("pk"),
        "undecided": len(decisions.still_undecided(inspection)),
        "versions": _versions(request, inspection),
        "formats": list(_FORMATS),
        "proposal": [line.of(lang()) for line in proposed(report.subject)] if report else [],
        "type_form": TypeForm(initial={"category": _likely_type(report)}) if report else None,
    }
    return render(request, "inspections/detail.html", context)


def _likely_type(report: Report) -> str | None:
    """The type that the report was judged for, or else the one that the program proposes."""
    guess = report.subject.proposed
    return report.subject.category or (guess.category if guess else None)


@require_safe
def detail_json(request: HttpRequest, pk: int) -> JsonResponse:
    """The same for a program; the filters of the clause table hold here too."""
    inspection = _one(request, pk)
    standing = decisions.standing(inspection) if inspection.app_id else {}
    shown = table.rows(inspection, report_of(inspection), standing, lang())
    form = ClauseFilters(request.GET, chapters=list(dict.fromkeys(row.chapter for row in shown)))
    return JsonResponse(table.document(inspection, _wanted(shown, form)))


def _wanted(shown: list[table.Row], form: ClauseFilters) -> list[table.Row]:
    form.is_valid()
    told = {name: value for name, value in form.cleaned_data.items() if value}
    return [row for row in shown if all(getattr(row, name) == value for name, value in told.items())]


@require_safe
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Where the work stands, as a fragment that asks again until it is done and then lets the page be loaded anew."""
    inspection = _one(request, pk)
    if not inspection.busy:
        return HttpResponseClientRefresh()
    return render(request, "inspections/_progress.html", {"inspection": inspection})


@require_safe
def finding(request: HttpRequest, pk: int, clause: str) -> HttpResponse:
    """One finding: how it was decided, on what evidence, what to record next, and what people say of it."""
    inspection = _one(request, pk)
    report = report_of(inspection)
    known = found_on(report, clause) if report else None
    if report is None or known is None:
        raise Http404
    standing = decisions.standing(inspection)
    explainer = Explainer(report, list(inspection.materials.order_by("pk")), lang())
    said = answers.newest(inspection)
    context: dict[str, Any] = {
        "inspection": inspection,
        "clause": known[0],
        "number": numbered(report, clause),
        "informs": known[1] not in counted(report),
        "finding": known[1],
        "place": place_in_words(known[0].cites, lang()),
        "law": next((pack for pack in report.packs if clause.startswith(f"{pack.id}/")), None),
        "bad": known[1].verdict in BAD and known[1] in counted(report),
        "whole": decisions.decided(standing, clause, ""),
        "explained": explainer.explained(known[1], standing),
        "questions": [(question, said.get((clause, question.id))) for question in known[0].checklist],
        "history": inspection.decisions.filter(clause=clause).select_related("by", "checked_by").order_by("-at", "-pk"),
        "days": dismissal_days(),
    }
    return render(request, "inspections/finding.html", context)


@require_safe
def compare(request: HttpRequest, pk: int) -> HttpResponse:
    """What changed from an older inspection of the same app, named by `with`, to this one; from the one before when none is named."""
    inspection = _one(request, pk)
    others = _versions(request, inspection)
    wanted = request.GET.get("with", "")
    older = [each for each in others if (each.finished_at, each.pk) < (inspection.finished_at, inspection.pk)]
    other = next((each for each in others if str(each.pk) == wanted), None) if wanted else (older[0] if older else None)
    new = report_of(inspection)
    old = report_of(other) if other else None
    if (wanted and other is None) or new is None:
        raise Http404
    context = {"inspection": inspection, "other": other, "others": others, "compared": compared(old, new, lang()) if old else None}
    return render(request, "inspections/compare.html", context)


def _versions(request: HttpRequest, inspection: Inspection) -> list[Inspection]:
    """The finished inspections of the same app besides this one, newest first."""
    if inspection.app_id is None or inspection.finished_at is None:
        return []
    rows = seen(request).filter(app=inspection.app_id, state=Inspection.State.DONE, finished_at__isnull=False)
    return list(rows.exclude(pk=inspection.pk).order_by("-finished_at", "-pk")[:_MOST_VERSIONS])


@require_safe
def report(request: HttpRequest, pk: int, format: str) -> HttpResponseBase:
    """The report as a file; as JSON it is the stored one, byte for byte."""
    inspection = _one(request, pk)
    found = report_of(inspection)
    if found is None or format not in _FORMATS:
        raise Http404
    name = f"mingjian-{inspection.pk}.{format}"
    record("evidence.downloaded", f"inspection:{inspection.pk}", actor=person(request).get_username(), format=format)
    if format == "json":
        return files.send(vault.path(inspection.report_sha256), name, _FORMATS[format])
    return files.send([renderer(format)(found, lang(), True)], name, _FORMATS[format])


@require_safe
def material(request: HttpRequest, pk: int, file: int) -> HttpResponseBase:
    """A file of an inspection. What is no real picture is sent as bytes that no browser opens by itself."""
    found = get_object_or_404(Material, pk=file, inspection=_one(request, pk))
    path = vault.path(found.sha256)
    if not path.is_file():
        raise Http404
    picture = picture_type(path)
    if picture is None:  # pictures are shown within pages
        record("evidence.downloaded", f"inspection:{pk}", actor=person(request).get_username(), sha256=found.sha256)
    return files.send(path, found.name, picture or "application/octet-stream")


def _fault(inspection: Inspection) -> str:
    """What went wrong, in words; a key that this version no longer knows is told as a fault of ours."""
    if not inspection.fault:
        return ""
    try:
        return printable(say(inspection.fault["key"], lang(), **inspection.fault["values"]))
    except LookupError:
        return say("console.inspections.fault.ours", lang())


def _one(request: HttpRequest, pk: int) -> Inspection:
    rows = seen(request).select_related("app__operator", "batch", "created_by", "concluded_by", "countersigned_by")
    return get_object_or_404(rows, pk=pk)
