"""What figures count of complaints; each count is a query set, so that a list can show what it counts. Erased complaints count on."""

from django.db.models import F, Q, QuerySet
from django.db.models.functions import TruncDate

from mingjian.console import clock
from mingjian.console.complaints.models import Complaint

State = Complaint.State
OPEN_STATES = (State.RECEIVED, State.ACCEPTED, State.REJECTED)
OPEN = Q(state__in=OPEN_STATES)
"""Not yet replied to and not withdrawn."""


def received(half: str) -> QuerySet[Complaint]:
    """Complaints that came in the half-year `2026H1`, by its days in China."""
    return Complaint.objects.filter(half=half)


def replied(half: str) -> QuerySet[Complaint]:
    """Of them, those that have a reply."""
    return received(half).filter(replied_at__isnull=False)


def replied_in_time(half: str) -> QuerySet[Complaint]:
    """Of those, the ones replied to on the last day or before."""
    return replied(half).annotate(replied_on=TruncDate("replied_at", tzinfo=clock.PLACE)).filter(replied_on__lte=F("due_on"))


def withdrawn(half: str) -> QuerySet[Complaint]:
    """Of the received, those that were withdrawn before a reply, to which none was owed any more."""
    return received(half).filter(state=State.WITHDRAWN)


def overdue() -> QuerySet[Complaint]:
    """Complaints whose last day has surely passed without a reply; a provisional deadline never has."""
    return Complaint.objects.filter(OPEN, provisional=False, due_on__lt=clock.today())
