"""Pages of apps and operators."""

from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from mingjian.console import clock
from mingjian.console.access import may_open
from mingjian.console.cases.models import Case
from mingjian.console.inspections.decisions import holding
from mingjian.console.inspections.facts import abnormal
from mingjian.console.inspections.models import BAD, Decision, Fact, Inspection
from mingjian.console.market.forms import AppFilters, OperatorFilters
from mingjian.console.market.models import App, Apps, Operator
from mingjian.console.pages.context import lang
from mingjian.console.pages.paging import page
from mingjian.model.words import term_in_words
from mingjian.render.outline import number

_MOST = 50


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The apps, those that were inspected last first."""
    form = AppFilters(request.GET)
    return render(request, "apps/list.html", {"form": form, "page": page(_apps(request, form), request, "-updated_at")})


@require_safe
def listing_json(request: HttpRequest) -> JsonResponse:
    """The same for a program."""
    found = page(_apps(request, AppFilters(request.GET)), request, "-updated_at")
    return JsonResponse({"apps": [_row(app) for app in found.rows], "next": found.next})


def _apps(request: HttpRequest, form: AppFilters) -> Apps:
    return form.apply(App.objects.visible_to(request.user).select_related("operator"))


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One app over time: its versions, what its newest one does, its cases, what was dismissed for it."""
    app = _one(request, pk)
    versions = _versions(request, app)
    newest = next((each for each in versions if each.state == Inspection.State.DONE), None)
    context: dict[str, Any] = {
        "app": app,
        "versions": versions,
        "newest": newest,
        "bad": _bad(newest) if newest else [],
        "facts": _facts(newest) if newest else [],
        "cases": Case.objects.visible_to(request.user).filter(app=app).order_by("-opened_at", "-pk")[:_MOST]
        if may_open(request.user, "cases:detail")
        else [],
        "dismissals": _dismissals(request, app),
    }
    return render(request, "apps/detail.html", context)


@require_safe
def detail_json(request: HttpRequest, pk: int) -> JsonResponse:
    """The same for a program."""
    app = _one(request, pk)
    versions = _versions(request, app)
    inspections = [
        {
            "id": each.pk,
            "version": each.version,
            "state": each.state,
            "half": each.half,
            "finished_at": each.finished_at.isoformat() if each.finished_at else None,
            "violated": each.violated,
            "suspected": each.suspected,
            "inconclusive": each.inconclusive,
        }
        for each in versions
    ]
    return JsonResponse({**_row(app), "inspections": inspections})


@require_safe
def operators(request: HttpRequest) -> HttpResponse:
    """The operators by name."""
    form = OperatorFilters(request.GET)
    found = page(form.apply(Operator.objects.visible_to(request.user)), request, "name")
    return render(request, "apps/operators.html", {"form": form, "page": found, "rows": _with_apps(request, found.rows)})


@require_safe
def operators_json(request: HttpRequest) -> JsonResponse:
    """The same for a program."""
    found = page(OperatorFilters(request.GET).apply(Operator.objects.visible_to(request.user)), request, "name")
    rows = [{"id": each.pk, "name": each.name, "code": each.code, "region": each.region} for each in found.rows]
    return JsonResponse({"operators": rows, "next": found.next})


def _with_apps(request: HttpRequest, shown: list[Operator]) -> list[tuple[Operator, int]]:
    """The operators of a page, each with the number of its apps that the reader may see."""
    seen = App.objects.visible_to(request.user).filter(operator__in=shown).order_by()
    counted = dict(seen.values_list("operator").annotate(n=Count("pk")))
    return [(each, counted.get(each.pk, 0)) for each in shown]


def _one(request: HttpRequest, pk: int) -> App:
    return get_object_or_404(App.objects.visible_to(request.user).select_related("operator"), pk=pk)


def _versions(request: HttpRequest, app: App) -> list[Inspection]:
    return list(Inspection.objects.visible_to(request.user).filter(app=app).order_by("-created_at", "-pk")[:_MOST])


def _bad(newest: Inspection) -> list[tuple[str, str, str]]:
    """The broken clauses of an inspection: number, id, verdict."""
    rows = newest.findings.filter(verdict__in=BAD).order_by("pk")
    return [(number(row.clause), row.clause, row.verdict) for row in rows]


def _facts(newest: Inspection) -> list[tuple[str, list[str]]]:
    """What an inspection counted, by kind, in words."""
    names: dict[str, list[str]] = {}
    for fact in newest.facts.order_by("kind", "name"):
        names.setdefault(fact.kind, []).append(_named(fact))
    return [(kind, names[kind]) for kind in Fact.Kind.values if kind in names]


def _named(fact: Fact) -> str:
    match fact.kind:
        case Fact.Kind.ABNORMAL:
            row = abnormal().get(fact.name, {})
            return str(row.get(lang(), fact.name))
        case Fact.Kind.SDK:
            return term_in_words("by", fact.name, lang())
        case _:
            return term_in_words("data", fact.name, lang())


def _dismissals(request: HttpRequest, app: App) -> list[Decision]:
    """The dismissals that hold today, as far as the reader may see the inspections that they were decided on."""
    seen = Inspection.objects.visible_to(request.user).filter(app=app)
    rows = app.decisions.filter(holding(clock.today()), kind=Decision.Kind.DISMISSED, inspection__in=seen)
    return list(rows.select_related("by", "checked_by").order_by("-at", "-pk")[:_MOST])


def _row(app: App) -> dict[str, Any]:
    return {
        "id": app.pk,
        "platform": app.platform,
        "package": app.package,
        "label": app.label,
        "operator": {"id": app.operator.pk, "name": app.operator.name} if app.operator else None,
        "category": app.category,
        "region": app.region,
        "store": app.store,
        "downloads": app.downloads,
    }
