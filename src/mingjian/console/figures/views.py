"""Pages of figures: the half-years, one half-year's tables, the report, and what each figure counts."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, cast

from django.contrib import messages
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_GET, require_POST

from mingjian.console import clock, vault
from mingjian.console.access import HOUSE
from mingjian.console.accounts.models import User
from mingjian.console.figures import edition as editions
from mingjian.console.figures import files, labels
from mingjian.console.figures.counted import counted as listed
from mingjian.console.figures.definitions import figures
from mingjian.console.figures.drawing import charts_of
from mingjian.console.figures.models import Edition, address
from mingjian.console.figures.tables import cell_text, tables
from mingjian.console.pages.context import lang
from mingjian.console.pages.files import send
from mingjian.console.pages.paging import Page, page
from mingjian.console.printing.blocks import Document
from mingjian.console.printing.page import page as as_page
from mingjian.console.refused import RefusedError
from mingjian.console.work.queue import defer
from mingjian.model.periods import bounds, half_year
from mingjian.model.texts import say
from mingjian.model.types import Lang

_CHANGES = 500
_QUESTIONS = ("ranking", "exposure", "clusters", "trend")


def _of_an_edition(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page of the newest edition. A draft makes way for the next one while somebody reads it: then that one is shown."""

    @wraps(view)
    def shown(request: HttpRequest, **where: Any) -> HttpResponse:
        try:
            return view(request, **where)
        except Edition.DoesNotExist:
            return view(request, **where)

    return shown


@require_GET
def halves(request: HttpRequest) -> HttpResponse:
    """The newest edition of every half-year that the reader may see."""
    return render(request, "figures/list.html", {"editions": _newest_of_each(request), "half": half_year(clock.now())})


@require_GET
def halves_json(request: HttpRequest) -> HttpResponse:
    """The same for a program."""
    return JsonResponse({"editions": [_about(each) for each in _newest_of_each(request)]})


@require_GET
@_of_an_edition
def half(request: HttpRequest, half: str) -> HttpResponse:
    """One half-year: every table, with a chart beside those that are drawn."""
    edition = _edition(request, half)
    drawn = frozenset(edition.charts.filter(lang=_lang()).values_list("exhibit", flat=True))
    body = _body(edition.pk, edition.stamp, drawn, _of_house(request), _lang())
    return render(request, "figures/half.html", {**_page(request, edition), "body": body, "questions": _QUESTIONS})


@require_GET
@_of_an_edition
def half_json(request: HttpRequest, half: str) -> HttpResponse:
    """Every figure of a half-year: value, base, and the address of what it counts."""
    edition = _edition(request, half)
    told = [
        {"table": table, "row": row, "column": column, "value": value, "base": base, "counts": address(half, table, row, column)}
        for (table, row, column), (value, base) in editions.numbers(edition).items()
    ]
    return JsonResponse({**_about(edition), "figures": told, "market": edition.market})


@require_GET
@_of_an_edition
def report(request: HttpRequest, half: str) -> HttpResponse:
    """The report as one page."""
    edition = _edition(request, half)
    document = as_page(_document(edition.pk, edition.stamp, _lang()))
    return render(request, "figures/report.html", {**_page(request, edition), "document": document})


@require_GET
def download(request: HttpRequest, half: str, name: str) -> HttpResponseBase:
    """A file of the report."""
    edition = _edition(request, half)
    found = next((each for each in files.to_fetch(edition) if each.name == name), None)
    if found is None:
        raise Http404
    return send(vault.path(found.sha256), found.name, files.KINDS[found.kind])


@require_GET
def counted(request: HttpRequest, half: str) -> HttpResponse:
    """What a figure counts, as it stands now, beside the figure."""
    kind, rows, found = _counted(request, half)
    return render(request, "figures/counted.html", {"kind": kind, "page": _counted_page(request, kind, rows), "half": half, **found})


@require_GET
def counted_json(request: HttpRequest, half: str) -> HttpResponse:
    """The same for a program: the kind of things and their ids, a page at a time."""
    kind, rows, _ = _counted(request, half)
    shown = _counted_page(request, kind, rows)
    return JsonResponse({"kind": kind, "ids": [each.pk for each in shown.rows], "next": shown.next})


@require_GET
def changes(request: HttpRequest, half: str) -> HttpResponse:
    """What is different from the edition that was published, and what was recorded in between."""
    edition = _edition(request, half)
    if edition.corrects is None:
        raise Http404
    known = figures().tables
    rows = [
        (labels.title(table, _lang()), labels.row(known[table], row, _lang()), labels.column(known[table], column, _lang()), change)
        for change in editions.changes(edition.corrects, edition)
        for table, row, column in [change.place]
        if table in known and column in known[table].columns
    ]
    reasons = list(editions.reasons(edition.corrects, edition)) if _of_house(request) else []
    market = edition.market != edition.corrects.market
    found = {"market": market, "rows": rows[:_CHANGES], "more": len(rows) > _CHANGES, "most": _CHANGES, "reasons": reasons}
    return render(request, "figures/changes.html", {**_page(request, edition), **found})


@require_POST
def compute(request: HttpRequest) -> HttpResponse:
    """Has a half-year counted anew."""
    name = request.POST.get("half", "").strip()
    try:
        begins, _ = bounds(name)
    except ValueError:
        return _refused(request, RefusedError("console.figures.refused.half"), redirect("figures:list"))
    if begins > clock.now():
        return _refused(request, RefusedError("console.figures.refused.future"), redirect("figures:list"))
    defer("figures.compute", half=name)
    messages.success(request, say("console.figures.compute.queued", lang(), half=name))
    return redirect("figures:list")


@require_POST
def propose(request: HttpRequest, half: str) -> HttpResponse:
    """Proposes the edition for publication."""
    return _step(request, half, editions.propose, "console.figures.proposed")


@require_POST
def publish(request: HttpRequest, half: str) -> HttpResponse:
    """Publishes what another person proposed."""
    return _step(request, half, editions.publish, "console.figures.published")


@require_POST
def turn_back(request: HttpRequest, half: str) -> HttpResponse:
    """Makes a proposed edition a draft again."""
    return _step(request, half, editions.turn_back, "console.figures.returned")


def _step(request: HttpRequest, half: str, step: Callable[[Edition, User], None], done: str) -> HttpResponse:
    edition = _edition(request, half)
    back = redirect("figures:half", half=half)
    try:
        step(edition, cast(User, request.user))
    except RefusedError as error:
        return _refused(request, error, back)
    messages.success(request, say(done, lang()))
    return back


def _refused(request: HttpRequest, error: RefusedError, back: HttpResponse) -> HttpResponse:
    messages.error(request, say(error.key, lang(), **error.values))
    return back


def _edition(request: HttpRequest, half: str) -> Edition:
    """The edition that the address asks for, else the newest; 404 for one that is not there or not for this reader."""
    seen = Edition.objects.visible_to(request.user).select_related("before", "corrects", "proposed_by").filter(half=half)
    wanted = request.GET.get("edition", "")
    if wanted:
        seen = seen.filter(pk=int(wanted)) if wanted.isdecimal() and len(wanted) < 19 else seen.none()
    found = seen.order_by("-pk").first()
    if found is None:
        raise Http404
    return found


def _newest_of_each(request: HttpRequest) -> list[Edition]:
    seen = Edition.objects.visible_to(request.user)
    newest = seen.order_by().values("half").annotate(newest=Max("pk")).values("newest")
    return list(seen.filter(pk__in=newest).defer("market").order_by("-half"))


def _page(request: HttpRequest, edition: Edition) -> dict[str, Any]:
    published = Edition.objects.filter(half=edition.half, published_at__isnull=False).order_by("-published_at")
    return {
        "edition": edition,
        "name": labels.half(edition.half, _lang()),
        "before": labels.half(edition.before.half, _lang()) if edition.before else "",
        "files": files.to_fetch(edition),
        "of_house": _of_house(request),
        "published": published,
    }


def _about(edition: Edition) -> dict[str, Any]:
    return {
        "half": edition.half,
        "edition": edition.pk,
        "computed_at": edition.computed_at.isoformat(),
        "published_at": edition.published_at.isoformat() if edition.published_at else None,
        "digest": edition.digest,
        "audit": {"seq": edition.audit_seq, "digest": edition.audit_digest},
    }


def _counted(request: HttpRequest, half: str) -> tuple[str, Any, dict[str, Any]]:
    place = (request.GET.get("table", ""), request.GET.get("row", ""), request.GET.get("column", ""))
    try:
        kind, rows = listed(half, *place, user=request.user)
    except (LookupError, ValueError) as error:
        raise Http404 from error
    table = figures().tables[place[0]]
    edition = Edition.objects.visible_to(request.user).filter(half=half).order_by("-pk").first()
    figure = edition.figures.filter(table=place[0], row=place[1], column=place[2]).first() if edition else None
    return (
        kind,
        rows,
        {
            "edition": edition,
            "name": labels.half(half, _lang()),
            "title": labels.title(place[0], _lang()),
            "row": labels.row(table, place[1], _lang()) if table.rows else "",
            "column": labels.column(table, place[2], _lang()),
            "what": labels.what(table, place[2], _lang()),
            "text": cell_text(table.columns[place[2]], figure.value, figure.base, _lang()) if figure else "",
            "place": bool(table.of),
        },
    )


def _counted_page(request: HttpRequest, kind: str, rows: Any) -> Page[Any]:
    """Facts follow by inspection: what narrows them is told of their inspections, and most facts are none of these."""
    return page(rows, request, "inspection_id" if kind == "facts" else "id")


def _of_house(request: HttpRequest) -> bool:
    return bool(request.user.is_authenticated and request.user.roles & HOUSE)


@lru_cache(maxsize=32)
def _body(pk: int, stamp: str, drawn: frozenset[str], linked: bool, lang: Lang) -> str:  # noqa: ARG001  kept until the edition changes
    """All tables of an edition as HTML, which many read and nobody changes; a chart stands beside those of which one was drawn."""
    edition = Edition.objects.select_related("before").get(pk=pk)
    known = charts_of(edition, lang) if drawn else {}
    charts = {each.table: mark_safe(known[each.name].decode()) for each in figures().exhibits if each.name in known}  # noqa: S308  shapes and words
    shown = [(each, charts.get(name)) for name, each in tables(edition, lang).items()]
    return render_to_string("figures/_tables.html", {"tables": shown, "edition": edition, "linked": linked, "most": figures().most_rows})


@lru_cache(maxsize=16)
def _document(pk: int, stamp: str, lang: Lang) -> Document:  # noqa: ARG001  kept until the edition changes
    return files.document_of(Edition.objects.select_related("before", "corrects").get(pk=pk), lang)


def _lang() -> Lang:
    return "zh" if lang() == "zh" else "en"
