"""The public list: pages, spreadsheets and a feed for everybody, and the publisher's desk."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mingjian.console.accounts.models import User
from mingjian.console.cases.deadlines import regulators
from mingjian.console.cases.documents import content
from mingjian.console.notices import due, feed, lists
from mingjian.console.notices.lists import Asked, chosen, groups
from mingjian.console.notices.models import Publication
from mingjian.console.notices.publish import publish, ready, stands, to_correct, withdraw
from mingjian.console.pages.context import lang
from mingjian.console.pages.files import send
from mingjian.console.pages.numbers import row_number
from mingjian.console.pages.paging import page
from mingjian.console.printing.page import page as printed
from mingjian.console.printing.sheets import Cell, Sheet, workbook
from mingjian.console.refused import RefusedError
from mingjian.model.terms import vocabulary
from mingjian.model.texts import say
from mingjian.model.types import Text

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MINUTES = 300
_MOST_READY = 100


@cache_control(private=True, max_age=60)
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """What was published, in the shape that was asked for. Private in caches on the way: the page carries the reader's own form token."""
    asked = Asked.of(request.GET)
    shown: dict[str, Any] = {
        "asked": asked,
        "shapes": [(shape, _address(asked, shape=shape)) for shape in lists.SHAPES],
        "kinds": Publication.Kind.values,
        "bodies": [(each.id, each.name) for each in regulators().values()],
        "categories": [(id, term.name) for id, term in vocabulary("categories").items()],
        "query": _address(asked),
    }
    if asked.shape == "app":
        shown["page"] = page(chosen(asked), request, "-published_at")
    else:
        shown["groups"] = [(group, group.title(lang()), _address(asked, shape="app", **{group.by: group.name})) for group in groups(asked)]
    return render(request, "notices/list.html", shown)


@cache_control(public=True, max_age=_MINUTES)
@require_safe
def listing_json(request: HttpRequest) -> JsonResponse:
    """The same as a JSON Feed."""
    asked = Asked.of(request.GET)
    if asked.shape == "app":
        found = page(chosen(asked), request, "-published_at")
        dues = due.of_all(found.rows)
        items, following = [feed.item(request, each, dues.get(each.pk), lang()) for each in found.rows], found.next
    else:
        items = [feed.group_item(request, each, _address(asked, shape="app", **{each.by: each.name}), lang()) for each in groups(asked)]
        following = ""
    return JsonResponse(feed.feed(request, items, _address(asked), following, lang()), content_type="application/feed+json")


@cache_control(public=True, max_age=_MINUTES)
@require_safe
def sheet(request: HttpRequest) -> HttpResponseBase:
    """The same as a spreadsheet."""
    asked, language = Asked.of(request.GET), lang()
    title = say(f"console.notices.shape.{asked.shape}", language)
    columns = [say(f"console.notices.col.{name}", language) for name in feed.COLUMNS]
    rows: Iterator[list[Cell]]
    if asked.shape == "app":
        found = chosen(asked).order_by("-published_at", "-pk")[: lists.MOST_ROWS]
        dues = due.of_all(found)
        rows = (feed.row(number, each, dues.get(each.pk), language) for number, each in enumerate(found, start=1))
    else:
        columns = [title, say("console.notices.col.count", language), *columns]
        shown = groups(asked, lists.MOST_IN_GROUP)
        dues = due.of_all(each for group in shown for each in group.rows)
        rows = (
            [group.title(language), group.count, *feed.row(number, each, dues.get(each.pk), language)]
            for group in shown
            for number, each in enumerate(group.rows, start=1)
        )
    return send([workbook(title, [Sheet(title, columns, rows)])], f"notices-{asked.shape}.xlsx", XLSX)


@cache_control(private=True, max_age=60)
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One publication with the document as it was published."""
    publication = _publication(pk)
    return render(request, "notices/detail.html", _shown(publication))


@cache_control(public=True, max_age=_MINUTES)
@require_safe
def detail_json(request: HttpRequest, pk: int) -> JsonResponse:
    """The same for programs."""
    publication = _publication(pk)
    return JsonResponse(feed.item(request, publication, due.of(publication), lang()))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def desk(request: HttpRequest) -> HttpResponse:
    """What waits for the publisher; a POST publishes one document."""
    words, status = "", 200
    if request.method == "POST":
        document = get_object_or_404(ready(_user(request)), pk=row_number(request.POST.get("document", "")))
        if document.case is None:
            raise Http404
        try:
            publication = publish(document.case, document, _user(request), batch=request.POST.get("batch", "").replace("\x00", ""))
        except RefusedError as error:
            words, status = say(error.key, lang(), **error.values), 409 if error.conflict else 422
        else:
            return redirect("notices:detail", pk=publication.pk)
    rows = ready(_user(request)).order_by("-created_at", "-pk")[:_MOST_READY]
    shown = {"documents": rows, "corrections": to_correct(_user(request))[:_MOST_READY], "words": words}
    return render(request, "notices/desk.html", shown, status=status)


@never_cache
@require_POST
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Publishes the confirmed correction of the publication's case."""
    publication = _publication(pk)
    try:
        withdraw(publication, _user(request))
    except RefusedError as error:
        words = say(error.key, lang(), **error.values)
        return render(request, "notices/detail.html", {**_shown(publication), "words": words}, status=409 if error.conflict else 422)
    return redirect("notices:detail", pk=pk)


def _shown(publication: Publication) -> dict[str, Any]:
    return {
        "publication": publication,
        "due": due.of(publication),
        "problems": [(each, Text(each.zh, each.en)) for each in publication.problems.all()],
        "body": lists.body_name(publication.body, lang()),
        "document": printed(content(publication.document, "zh" if lang() == "zh" else "en"), 2) if _public(publication) else "",
    }


def _public(publication: Publication) -> bool:
    """Whether the document itself is shown: orders and notices to stores are not made for the public, and one of which something was
    withdrawn says what is wrong, corrected in public or not yet."""
    return publication.kind == Publication.Kind.NAMING and not publication.withdrawal and stands(publication)


def _publication(pk: int) -> Publication:
    return get_object_or_404(chosen(Asked()), pk=pk)


def _address(asked: Asked, **changes: str) -> str:
    return "?" + urlencode({name: value for name, value in {**asdict(asked), **changes}.items() if value})


def _user(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise TypeError("the door lets nobody in who is not signed in")
    return request.user
