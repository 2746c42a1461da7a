"""What the public list shows, in the four shapes of published lists: by app, by problem, by type of app, by store."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, DateTimeField, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Window
from django.db.models.functions import DenseRank
from django.http import QueryDict

from mingjian.console.cases.deadlines import bodies
from mingjian.console.complaints.problems import clauses
from mingjian.console.notices.models import Publication, PublishedProblem
from mingjian.model.periods import bounds
from mingjian.model.terms import named
from mingjian.model.texts import say

SHAPES = ("app", "problem", "type", "store")
IN_GROUP = 5
"""Apps shown of each group on one page; the rest is the list by app with the group as its filter."""
MOST_GROUPS = 200
MOST_ROWS = 10_000
"""Rows of a spreadsheet by app; one by groups has `MOST_IN_GROUP` of each."""
MOST_IN_GROUP = 500
_FILTERS = ("kind", "half", "body", "clause", "category", "store", "package")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader asked for; an unknown shape is the list by app, an unknown half-year is none."""

    shape: str = "app"
    kind: str = ""
    half: str = ""
    body: str = ""
    clause: str = ""
    category: str = ""
    store: str = ""
    package: str = ""

    @classmethod
    def of(cls, query: QueryDict) -> "Asked":
        """The filters of an address."""
        values = {name: query.get(name, "").replace("\x00", "")[:300] for name in _FILTERS}
        try:
            bounds(values["half"])
        except ValueError:
            values["half"] = ""
        shape = query.get("shape", "")
        return cls(shape=shape if shape in SHAPES else "app", **values)


@dataclass(slots=True)
class Group:
    """One heading of a list with how many apps stand under it and the newest of them. `name` is what the filter `by` is set to."""

    by: str
    name: str
    count: int
    rows: list[Publication] = field(default_factory=list)

    def title(self, lang: str) -> str:
        """The heading in words."""
        return heading(self.by, self.name, lang)


def heading(by: str, name: str, lang: str) -> str:
    """What a reader calls a clause, a type of app or a store."""
    if not name:
        return say("console.notices.unknown", lang)
    if by == "clause":
        title = clauses().get(name)
        return f"{name.rpartition('/')[2]} {title.of(lang)}" if title else name
    return named("categories", name, lang) if by == "category" else name


def body_name(body: str, lang: str) -> str:
    """What a reader calls an issuing body."""
    return bodies()[body].name.of(lang) if body in bodies() else body


def chosen(asked: Asked) -> QuerySet[Publication]:
    """The publications that were asked for, each with its problems and with `restored_at`, when its app was restored after it."""
    after = Publication.objects.filter(
        case=OuterRef("case"), kind=Publication.Kind.RESTORATION, withdrawn_at=None, published_at__gte=OuterRef("published_at")
    ).order_by("published_at")
    rows = Publication.objects.filter(_wanted(asked))
    rows = rows.annotate(restored_at=Subquery(after.values("published_at")[:1], output_field=DateTimeField()))
    return rows.select_related("document").prefetch_related(Prefetch("problems", PublishedProblem.objects.order_by("clause", "pk")))


def groups(asked: Asked, most: int = IN_GROUP) -> list[Group]:
    """The groups of a shape other than by app, each with its `most` newest apps; what was corrected or withdrawn counts no more."""
    if asked.shape == "problem":
        return _by_problem(asked, most)
    by = "category" if asked.shape == "type" else "store"
    standing = Publication.objects.filter(_wanted(asked), withdrawn_at=None)
    found = [Group(by, row[by], row["count"]) for row in standing.values(by).annotate(count=Count("pk")).order_by(by)[:MOST_GROUPS]]
    newest = Window(DenseRank(), partition_by=[F(by)], order_by=[F("published_at").desc(), F("pk").desc()])
    keys = standing.annotate(place=newest).filter(place__lte=most).values_list("pk", flat=True)
    _fill(found, [(getattr(row, by), row) for row in chosen(Asked()).filter(pk__in=list(keys)).order_by("-published_at", "-pk")])
    return found


def _by_problem(asked: Asked, most: int) -> list[Group]:
    standing = PublishedProblem.objects.filter(_wanted(asked, "publication__"), withdrawn_at=None, publication__withdrawn_at=None)
    if asked.clause:
        standing = standing.filter(clause=asked.clause)
    counted = standing.values("clause").annotate(count=Count("publication", distinct=True)).order_by("clause")[:MOST_GROUPS]
    found = [Group("clause", row["clause"], row["count"]) for row in counted]
    order = [F("publication__published_at").desc(), F("publication").desc()]
    newest = Window(DenseRank(), partition_by=[F("clause")], order_by=order)
    pairs = standing.annotate(place=newest).filter(place__lte=most).values_list("clause", "publication").distinct()
    wanted: dict[int, list[str]] = {}
    for clause, publication in pairs:
        wanted.setdefault(publication, []).append(clause)
    rows = chosen(Asked()).filter(pk__in=list(wanted)).order_by("-published_at", "-pk")
    _fill(found, [(clause, row) for row in rows for clause in wanted[row.pk]])
    return found


def _fill(found: list[Group], rows: list[tuple[str, Publication]]) -> None:
    by_name: Mapping[str, Group] = {group.name: group for group in found}
    for name, row in rows:
        if name in by_name:
            by_name[name].rows.append(row)


def _wanted(asked: Asked, via: str = "") -> Q:
    wanted = Q()
    for name in ("kind", "body", "category", "store", "package"):
        if value := getattr(asked, name):
            wanted &= Q(**{f"{via}{name}": value})
    if asked.clause and not via:
        standing: Any = PublishedProblem.objects.filter(clause=asked.clause, withdrawn_at=None).values("publication")
        wanted &= Q(pk__in=standing)
    if asked.half:
        first, after = bounds(asked.half)
        wanted &= Q(**{f"{via}published_at__gte": first, f"{via}published_at__lt": after})
    return wanted
