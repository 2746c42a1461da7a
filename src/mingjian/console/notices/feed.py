"""One publication as a row of a spreadsheet and as an item of a JSON Feed (version 1.1)."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from mingjian.console import clock
from mingjian.console.notices.due import Due
from mingjian.console.notices.lists import Group, body_name, heading
from mingjian.console.notices.models import Publication
from mingjian.console.printing.sheets import Cell
from mingjian.model.texts import say

VERSION = "https://jsonfeed.org/version/1.1"
COLUMNS = (
    "number",
    "label",
    "package",
    "operator",
    "store",
    "version",
    "category",
    "kind",
    "body",
    "published",
    "problems",
    "due",
    "provisional",
    "restored",
    "correction",
)
"""Of the spreadsheet: those of the lists of the ministries, and what became of it."""


def row(number: int, publication: Publication, due: Due | None, lang: str) -> list[Cell]:
    """The cells of a publication under `COLUMNS`; `due` is until when its operator has to correct."""
    return [
        number,
        publication.label,
        publication.package,
        publication.operator,
        publication.store,
        publication.version,
        heading("category", publication.category, lang),
        say(f"console.notices.kind.{publication.kind}", lang),
        body_name(publication.body, lang),
        publication.published_at.astimezone(clock.PLACE).date(),
        "\n".join(_problem(each.clause, each.zh, each.en, lang) for each in publication.problems.all() if not each.withdrawn_at),
        due.last_day if due else None,
        say("console.notices.provisional", lang) if due and due.provisional else "",
        _day(restored_at(publication)),
        publication.withdrawal,
    ]


def item(request: HttpRequest, publication: Publication, due: Due | None, lang: str) -> dict[str, Any]:
    """A publication as an item of the feed; what is particular to us stands under `_mingjian`."""
    address = request.build_absolute_uri(reverse("notices:detail", args=[publication.pk]))
    problems = list(publication.problems.all())
    standing = [each for each in problems if not each.withdrawn_at]
    restored = restored_at(publication)
    kind = say(f"console.notices.kind.{publication.kind}", lang)
    told = [_problem(each.clause, each.zh, each.en, lang) for each in standing]
    changed = max(filter(None, (publication.published_at, publication.withdrawn_at, *(each.withdrawn_at for each in problems))))
    return {
        "id": address,
        "url": address,
        "title": f"{kind} · {publication.label}",
        "content_text": "\n".join(filter(None, (*told, publication.withdrawal))) or kind,
        "date_published": publication.published_at.isoformat(),
        "date_modified": changed.isoformat(),
        "tags": [publication.kind, *sorted({each.clause for each in standing})],
        "_mingjian": {
            "kind": publication.kind,
            "label": publication.label,
            "package": publication.package,
            "version": publication.version,
            "operator": publication.operator,
            "store": publication.store,
            "category": publication.category,
            "body": publication.body,
            "batch": publication.batch,
            "document": publication.document.number,
            "due_on": due.last_day.isoformat() if due else None,
            "provisional": due is not None and due.provisional,
            "restored_at": restored.isoformat() if restored else None,
            "withdrawn_at": publication.withdrawn_at.isoformat() if publication.withdrawn_at else None,
            "correction": publication.withdrawal,
            "problems": [{"clause": each.clause, "zh": each.zh, "en": each.en, "withdrawn": bool(each.withdrawn_at)} for each in problems],
        },
    }


def group_item(request: HttpRequest, group: Group, query: str, lang: str) -> dict[str, Any]:
    """A group as an item of the feed; its address is the list of all its apps."""
    address = request.build_absolute_uri(reverse("notices:list") + query)
    apps = [
        {"label": each.label, "package": each.package, "version": each.version, "store": each.store, "operator": each.operator}
        for each in group.rows
    ]
    return {
        "id": address,
        "url": address,
        "title": f"{group.title(lang)} ({group.count})",
        "content_text": "\n".join(f"{each['label']} {each['version']} {each['store']}".strip() for each in apps),
        "_mingjian": {"by": group.by, "name": group.name, "count": group.count, "apps": apps},
    }


def feed(request: HttpRequest, items: list[dict[str, Any]], query: str, following: str, lang: str) -> dict[str, Any]:
    """The feed with these items; `following` is the query of the next page, empty where there is none."""
    here = request.build_absolute_uri(reverse("notices:list_json"))
    told: dict[str, Any] = {
        "version": VERSION,
        "title": say("console.notices.title", lang),
        "home_page_url": request.build_absolute_uri(reverse("notices:list") + query),
        "feed_url": here + query,
        "language": "zh-CN" if lang == "zh" else "en",
        "items": items,
    }
    return {**told, "next_url": f"{here}?{following}"} if following else told


def restored_at(publication: Publication) -> datetime | None:
    """When the app was restored after this publication, as `lists.chosen` found it."""
    found: datetime | None = getattr(publication, "restored_at", None)
    return found if publication.kind != Publication.Kind.RESTORATION else None


def _problem(clause: str, zh: str, en: str, lang: str) -> str:
    return f"{clause.rpartition('/')[2]} {zh if lang == 'zh' else en}"


def _day(moment: datetime | None) -> Cell:
    return moment.astimezone(clock.PLACE).date() if moment else None
