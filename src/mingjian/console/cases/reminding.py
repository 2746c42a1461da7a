"""What the passing of time does to cases: reminders, deadlines that have passed, and provisional ones that can be counted for sure."""

import logging
from datetime import timedelta

from django.db import transaction

from mingjian.console import clock
from mingjian.console.cases import machine
from mingjian.console.cases.events import RefusedError as ForgedError
from mingjian.console.cases.events import procedure
from mingjian.console.cases.ledger import Book, held
from mingjian.console.cases.models import Case, Reminder
from mingjian.console.cases.reminders import reminders_due
from mingjian.console.refused import RefusedError
from mingjian.console.workdays import shipped_calendar
from mingjian.model.texts import say

logger = logging.getLogger(__name__)

_AHEAD = timedelta(days=30)
"""Longer than any reminder comes before its deadline, holidays included."""


def remind() -> int:
    """Gives every reminder that is due and was not given, and returns how many there were. A case whose events were forged, or of which
    nothing can be recorded, is left out, so that it does not stop the others."""
    given = 0
    soon = Case.objects.exclude(state__in=procedure().final).filter(due_at__lte=clock.now() + _AHEAD)
    for case in soon.order_by("pk").iterator(chunk_size=500):
        try:
            with transaction.atomic():
                given += _remind_of(held(case, None, None))
        except ForgedError:
            logger.exception("the events of case %s do not hold", case.pk)
        except RefusedError:
            logger.exception("no reminder could be given of case %s", case.pk)
    return given


def _remind_of(book: Book) -> int:
    _recount(book)
    deadline = book.state.deadline
    if deadline is not None and machine.Choice("overdue_noted") in machine.allowed(book.state, {machine.SYSTEM}, None):
        book.write("overdue_noted", {"ended": deadline.ends.isoformat()})
    known = frozenset(book.case.reminders.values_list("key", flat=True))
    due = reminders_due(book.state, shipped_calendar(), known)
    Reminder.objects.bulk_create(
        Reminder(case=book.case, key=each.key, occasion=each.occasion, ends=each.deadline.ends, at=clock.now()) for each in due
    )
    return len(due)


def _recount(book: Book) -> None:
    """Counts provisional deadlines again; where the calendar has come, the record says so."""
    for deadline in book.state.running:
        if not deadline.provisional:
            continue
        ends, provisional = machine.recounted(deadline, clock.now(), shipped_calendar())
        if (ends, provisional) != (deadline.ends, True):
            reason = " / ".join(say("console.cases.recounted", lang) for lang in ("zh", "en"))
            placeholders = {"old": deadline.ends.isoformat(), "new": ends.isoformat(), "provisional": provisional}
            book.write("deadline_recomputed", {"of": deadline.origin, "reason": reason, **placeholders})
