"""What the figures of cases and complaints count, as their tables stand at the moment of counting."""

from datetime import date
from functools import cache

from django.db.models import Case as Choose
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Concat, TruncDate

from mingjian.console import clock
from mingjian.console.cases.events import procedure
from mingjian.console.cases.models import Case, Event, Problem
from mingjian.console.cases.state import UNRESOLVED
from mingjian.console.complaints.models import Complaint
from mingjian.console.figures.counting import Period, Rows, Tallies, Tally, placed
from mingjian.console.figures.definitions import BETWEEN
from mingjian.console.notices.models import Publication
from mingjian.console.workdays import day_in_shanghai, shipped_calendar


def _within(of: Period, field: str) -> Q:
    return Q(**{f"{field}__gte": of.begins, f"{field}__lt": of.ends})


def _late(of: Period) -> Q:
    """A deadline that has passed for sure: a provisional one never has."""
    return Q(provisional=False, due_at__lte=of.at)


def _published(kind: str, of: Period) -> Exists:
    told = Publication.objects.filter(_within(of, "published_at"), case=OuterRef("pk"), kind=kind, withdrawn_at=None)
    return Exists(told)


def _noted_overdue(of: Period) -> Exists:
    return Exists(Event.objects.filter(_within(of, "at"), case=OuterRef("pk"), kind="overdue_noted"))


def _problems(**of: object) -> Exists:
    return Exists(Problem.objects.filter(case=OuterRef("pk"), **of))


def _rectified() -> Q:
    """Closed with nothing left open and something corrected; what was withdrawn was no problem."""
    return Q(~_problems(status__in=UNRESOLVED), _problems(status="fixed"), state="closed")


def _state(of: Period) -> Choose:
    """The state with what the clock says: `overdue` is entered by no event."""
    late = Q(_late(of), state="rectification_ordered")
    return Choose(When(late, then=Value("overdue")), default=F("state"), output_field=CharField())


def _outcome(of: Period) -> Choose:
    """What has become of an order."""
    return Choose(
        When(Q(_problems(), ~Exists(Problem.objects.filter(case=OuterRef("pk")).exclude(status="withdrawn"))), then=Value("withdrawn")),
        When(_rectified(), then=Value("rectified")),
        When(state__in=procedure().final, then=Value("ended")),
        When(Q(_late(of), state__in=("rectification_ordered", "overdue", "publicly_named")), then=Value("overdue")),
        default=Value("running"),
        output_field=CharField(),
    )


def _opened(of: Period) -> QuerySet[Case]:
    return Case.objects.filter(_within(of, "opened_at"))


def _ordered(of: Period) -> QuerySet[Case]:
    return Case.objects.filter(_within(of, "served_at"))


def _rectified_between(of: Period) -> Rows:
    """Cases rectified and closed in the half-year, by the days of service and of closing."""
    cases = Case.objects.filter(_rectified(), _within(of, "closed_at"), served_at__isnull=False)
    served, closed = (Cast(TruncDate(field, tzinfo=clock.PLACE), CharField()) for field in ("served_at", "closed_at"))
    return placed(cases, "cases", Concat(served, Value(BETWEEN), closed))


@cache
def _working_days(days: str) -> str:
    """How many working days lie after the first up to and with the second of two days."""
    served, closed = map(date.fromisoformat, days.split(BETWEEN))
    return str(shipped_calendar().between(served, closed))


def _received(of: Period) -> QuerySet[Complaint]:
    return Complaint.objects.filter(half=of.half)


def _distinct(of: Period) -> QuerySet[Complaint]:
    """Of the complaints that were grouped as telling of the same thing the first of the half-year."""
    earlier = Complaint.objects.filter(half=of.half, group=OuterRef("group"), pk__lt=OuterRef("pk"))
    return _received(of).exclude(Q(group__isnull=False) & Exists(earlier))


def _answer(of: Period) -> Choose:
    """How the reply stands to the day it is due on. A day counts in full."""
    return Choose(
        When(replied_at__isnull=False, replied_on__lte=F("due_on"), then=Value("in_time")),
        When(replied_at__isnull=False, then=Value("late")),
        When(state__in=("rejected", "withdrawn"), then=F("state")),
        When(due_on__lt=day_in_shanghai(of.at), then=Value("overdue")),
        default=Value("waiting"),
        output_field=CharField(),
    )


def _answers(of: Period) -> Rows:
    return placed(_received(of).annotate(replied_on=TruncDate("replied_at", tzinfo=clock.PLACE)), _answer(of))


CASES: Tallies = {
    "cases": (
        Tally(("opened",), "cases", lambda of: placed(_opened(of), "opened")),
        Tally(("ordered",), "cases", lambda of: placed(_ordered(of), "ordered")),
        Tally(("overdue",), "cases", lambda of: placed(Case.objects.filter(_noted_overdue(of)), "overdue")),
        Tally(("named",), "cases", lambda of: placed(Case.objects.filter(_published("naming", of)), "named")),
        Tally(("taken_down",), "cases", lambda of: placed(Case.objects.filter(_published("takedown", of)), "taken_down")),
        Tally(("restored",), "cases", lambda of: placed(Case.objects.filter(_published("restoration", of)), "restored")),
        Tally(("closed",), "cases", lambda of: placed(Case.objects.filter(_within(of, "closed_at")), "closed")),
    ),
    "case_states": (Tally(("cases",), "cases", lambda of: placed(_opened(of), "cases", _state(of))),),
    "rectification": (
        Tally(("rectified", "ended", "overdue", "running", "withdrawn"), "cases", lambda of: placed(_ordered(of), _outcome(of))),
    ),
    "rectification_spread": (Tally(("cases",), "cases", _rectified_between, _working_days),),
}

COMPLAINTS: Tallies = {
    "complaints": (
        Tally(("received",), "complaints", lambda of: placed(_received(of), "received")),
        Tally(("distinct",), "complaints", lambda of: placed(_distinct(of), "distinct")),
        Tally(("with_case",), "complaints", lambda of: placed(_received(of).filter(case__isnull=False), "with_case")),
        Tally(("in_time", "late", "overdue", "waiting", "rejected", "withdrawn"), "complaints", _answers),
    ),
    "complaint_clauses": (Tally(("complaints",), "complaints", lambda of: placed(_received(of), "complaints", F("clause"))),),
    "complaint_stores": (Tally(("complaints",), "complaints", lambda of: placed(_received(of), "complaints", F("store"))),),
}
