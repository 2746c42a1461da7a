"""What the figures of inspections count. An app is counted with one inspection of the half-year (`latest`), and without the clauses of
which everything that was found stands dismissed."""

from collections.abc import Callable, Iterator
from functools import partial

from django.db.models import Case as Choose
from django.db.models import CharField, Count, Exists, F, IntegerField, Min, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, Concat

from mingjian.console.figures.counting import Period, Rows, Tallies, Tally, placed
from mingjian.console.figures.definitions import BETWEEN, figures
from mingjian.console.inspections.dismissals import dismissed
from mingjian.console.inspections.models import Fact, Finding, Inspection
from mingjian.console.workdays import day_in_shanghai

DECIDED = ("violated", "suspected", "satisfied")
"""Verdicts over which shares are told; `inconclusive` is never among them."""


def sample(of: Period) -> QuerySet[Inspection]:
    """The apps of the half-year, each with its newest finished inspection that is no re-test and that no operator handed in."""
    return Inspection.objects.filter(half=of.half, latest=True, state=Inspection.State.DONE)


def _tests(of: Period) -> QuerySet[Inspection]:
    return Inspection.objects.filter(half=of.half, state=Inspection.State.DONE)


def _failed(of: Period) -> QuerySet[Inspection]:
    return Inspection.objects.filter(state=Inspection.State.FAILED, created_at__gte=of.begins, created_at__lt=of.ends)


def _one_each(of: QuerySet[Inspection], field: str) -> QuerySet[Inspection]:
    """Of the inspections that are equal in a field the first; none of those where it is empty."""
    firsts = of.exclude(**{field: ""}).order_by().values(field).annotate(first=Min("pk")).values("first")
    return Inspection.objects.filter(pk__in=firsts)


def _packages(of: Period) -> QuerySet[Inspection]:
    """Only who opened the package knows its permissions, data and SDKs."""
    return sample(of).exclude(package_sha256="")


def _watched(of: Period) -> QuerySet[Inspection]:
    """Only who saw a recording knows how an app behaves: one showed something, or sufficed to decide what happens before consent."""
    showed = Exists(Fact.objects.filter(inspection=OuterRef("pk"), kind__in=("observed", "abnormal")))
    return sample(of).filter(showed | _judged(of, figures().before_consent, ("violated", "satisfied")))


def _weighed(of: Period, verdicts: tuple[str, ...] = DECIDED) -> QuerySet[Inspection]:
    return sample(of).filter(_judged(of, figures().unrelated, verdicts))


def _judged(of: Period, clause: str, verdicts: tuple[str, ...], outer: str = "pk") -> Exists:
    return Exists(_standing(Finding.objects.filter(inspection=OuterRef(outer), clause=clause, verdict__in=verdicts), of))


def _standing(findings: QuerySet[Finding], of: Period) -> QuerySet[Finding]:
    """The findings without those that stand dismissed."""
    return findings.exclude(dismissed(day_in_shanghai(of.at)))


def _facts(of: Period, *kinds: str) -> QuerySet[Fact]:
    return Fact.objects.filter(kind__in=kinds, inspection__half=of.half, inspection__latest=True, inspection__state=Inspection.State.DONE)


def _facts_of_packages(of: Period, *kinds: str) -> QuerySet[Fact]:
    return _facts(of, *kinds).exclude(inspection__package_sha256="")


def _findings(of: Period, clause: str = "") -> QuerySet[Finding]:
    of_sample = Finding.objects.filter(inspection__half=of.half, inspection__latest=True, inspection__state=Inspection.State.DONE)
    return _standing(of_sample.filter(clause=clause) if clause else of_sample, of)


def _weighted(of: Period) -> Rows:
    """The sample, each inspection with the numbers of its clauses that are violated and suspected."""

    today = dismissed(day_in_shanghai(of.at))

    def left(verdict: str) -> Combinable:
        # That there is a day at all is said for the index of those few that have one.
        gone = Finding.objects.filter(today, dismissed_through__isnull=False, inspection=OuterRef("pk"), verdict=verdict).order_by()
        number = Subquery(gone.values("inspection").annotate(n=Count("pk")).values("n"), output_field=IntegerField())
        return F(verdict) - Coalesce(number, Value(0))

    rows: Rows = sample(of).annotate(left_violated=left("violated"), left_suspected=left("suspected"))
    return rows


def _worst() -> Choose:
    """What an app's clauses come to, the worst first; an app is `clear` only when something was decided and nothing was left open."""
    return Choose(
        When(left_violated__gt=0, then=Value("violated")),
        When(left_suspected__gt=0, then=Value("suspected")),
        When(inconclusive=0, satisfied__gt=0, then=Value("clear")),
        default=Value("open"),
        output_field=CharField(),
    )


def _download_class(path: str) -> Choose:
    """The lower end of the class that a number of downloads falls in; empty where the store tells none."""
    classes = sorted(figures().download_classes, reverse=True)
    steps = [When(**{f"{path}downloads__gte": least}, then=Value(str(least))) for least in classes]
    return Choose(*steps, default=Value(""), output_field=CharField())


def _of(field: str) -> Callable[[str], Combinable]:
    return lambda path: F(f"{path}{field}")


def _grouped(row: Callable[[str], Combinable | str]) -> tuple[Tally, ...]:
    """The columns that all apps and every grouping of them have. `row` is the group, reached over a path of relations."""
    here, there = partial(row, ""), partial(row, "inspection__")

    def unrelated(of: Period) -> Rows:
        asks = Exists(Fact.objects.filter(inspection=OuterRef("pk"), kind="unrelated"))
        return placed(_weighed(of).filter(asks), "unrelated", here())

    def early(of: Period) -> Rows:
        told = _findings(of, figures().before_consent).filter(verdict__in=(*DECIDED, "inconclusive"))
        return placed(told, Concat(Value("early_"), F("verdict")), there(), "inspection")

    return (
        Tally(("apps",), "inspections", lambda of: placed(sample(of), "apps", here())),
        Tally(("packages",), "inspections", lambda of: placed(_packages(of), "packages", here())),
        Tally(("watched",), "inspections", lambda of: placed(_watched(of), "watched", here())),
        Tally(("weighed",), "inspections", lambda of: placed(_weighed(of), "weighed", here())),
        Tally(("unweighed",), "inspections", lambda of: placed(_weighed(of, ("inconclusive",)), "unweighed", here())),
        Tally(("violated", "suspected", "open", "clear"), "inspections", lambda of: placed(_weighted(of), _worst(), here())),
        Tally(("unrelated",), "inspections", unrelated),
        Tally(("permission", "data"), "facts", lambda of: placed(_facts_of_packages(of, "permission", "data"), F("kind"), there())),
        Tally(("abnormal",), "facts", lambda of: placed(_facts(of, "abnormal"), "abnormal", there())),
        Tally(("early_violated", "early_suspected", "early_satisfied", "early_inconclusive"), "inspections", early),
    )


def _spread(kind: str, among: Callable[[Period], QuerySet[Inspection]]) -> tuple[Tally, ...]:
    """How many apps have how many facts of a kind; those without any have 0."""

    def rows(of: Period) -> Rows:
        facts = (
            Fact.objects.filter(inspection=OuterRef("pk"), kind=kind).order_by().values("inspection").annotate(n=Count("pk")).values("n")
        )
        number = Coalesce(Subquery(facts, output_field=IntegerField()), Value(0))
        return placed(among(of), "apps", Cast(number, CharField()))

    return (Tally(("apps",), "inspections", rows),)


def _ranking(kind: str) -> tuple[Tally, ...]:
    """Apps by the facts of a kind that their package tells."""
    return (Tally(("apps",), "inspections", lambda of: placed(_facts_of_packages(of, kind), "apps", F("name"), "inspection")),)


def _unrelated(of: Period) -> QuerySet[Fact]:
    return _facts(of, "unrelated").filter(_judged(of, figures().unrelated, DECIDED, "inspection"))


def _decided_before_consent(of: Period) -> QuerySet[Inspection]:
    return sample(of).filter(_judged(of, figures().before_consent, DECIDED))


def _early(of: Period) -> QuerySet[Fact]:
    return _facts(of, "early").filter(_judged(of, figures().before_consent, DECIDED, "inspection"))


def _verdicts(of: Period) -> Rows:
    return placed(_findings(of), F("verdict"), F("clause"), "inspection")


def _by_number(of: Period) -> Rows:
    return placed(_weighted(of).filter(left_violated__gt=0), "apps", Cast(F("left_violated"), CharField()))


def _pairs(of: Period) -> Rows:
    return placed(_unrelated(of), "apps", Concat(F("inspection__category"), Value(BETWEEN), F("name")), "inspection")


def _sample() -> Iterator[Tally]:
    yield Tally(("tests",), "inspections", lambda of: placed(_tests(of), "tests"))
    yield Tally(("files",), "inspections", lambda of: placed(_one_each(_tests(of), "package_sha256"), "files"))
    yield Tally(("stores",), "inspections", lambda of: placed(_one_each(sample(of), "store"), "stores"))
    yield Tally(("failed",), "inspections", lambda of: placed(_failed(of), "failed"))


INSPECTIONS: Tallies = {
    "sample": tuple(_sample()),
    "overall": _grouped(lambda _: ""),
    "clauses": (Tally((*DECIDED, "inconclusive", "not_applicable"), "inspections", _verdicts),),
    "violated_clauses": (Tally(("apps",), "inspections", _by_number),),
    "permission_spread": _spread("permission", _packages),
    "permissions": _ranking("permission"),
    "unrelated": (Tally(("apps",), "inspections", lambda of: placed(_unrelated(of), "apps", F("name"), "inspection")),),
    "unrelated_by_category": (Tally(("apps",), "inspections", _pairs),),
    "data_spread": _spread("data", _packages),
    "early_spread": _spread("early", _decided_before_consent),
    "data": (
        Tally(("collected",), "inspections", lambda of: placed(_facts_of_packages(of, "data"), "collected", F("name"), "inspection")),
        Tally(("early",), "inspections", lambda of: placed(_early(of), "early", F("name"), "inspection")),
    ),
    "abnormal": (Tally(("apps",), "inspections", lambda of: placed(_facts(of, "abnormal"), "apps", F("name"), "inspection")),),
    "sdks": _ranking("sdk"),
    "by_category": _grouped(_of("category")),
    "by_store": _grouped(_of("store")),
    "by_region": _grouped(_of("region")),
    "by_downloads": _grouped(_download_class),
}
