"""What people add to an inspection that is done, and that its report is judged again for."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from mingjian.console.access import INSPECTOR, REVIEWER
from mingjian.console.accounts.models import User
from mingjian.console.inspections.models import Inspection
from mingjian.console.refused import RefusedError
from mingjian.console.work.queue import defer


def refuse_others(by: User) -> None:
    """Raises `RefusedError` for who neither inspects nor reviews."""
    if not by.roles & {INSPECTOR, REVIEWER}:
        raise RefusedError("console.inspections.refused.role")


@contextmanager
def judged_afterwards(inspection: Inspection) -> Iterator[Inspection]:
    """The inspection, locked, for what is written down within; a new judgement is ordered with it, or nothing happens at all.

    Raises `RefusedError` for an inspection that is concluded or not done. One that is being judged already may be added to."""
    with transaction.atomic():
        found = Inspection.objects.select_for_update().get(pk=inspection.pk)
        if found.state != Inspection.State.DONE:
            raise RefusedError("console.inspections.refused.not_done", conflict=True)
        if found.concluded_at is not None:
            raise RefusedError("console.inspections.refused.concluded", conflict=True)
        yield found
        found.step, found.attempts = Inspection.Step.JUDGE, 0
        found.save()
        defer("inspections.judge", inspection=found.pk)
