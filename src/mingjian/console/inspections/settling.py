"""The app type that a person gives an inspected app, confirming or overruling what the program proposed; the report is judged again."""

from django.db import transaction

from mingjian.console.access import INSPECTOR, REVIEWER
from mingjian.console.accounts.models import User
from mingjian.console.audit.chain import record
from mingjian.console.inspections.models import Inspection
from mingjian.console.refused import RefusedError
from mingjian.console.work.queue import defer
from mingjian.model.terms import vocabulary


def settle(inspection: Inspection, category: str, by: User) -> None:
    """Writes down the type, one of the 39 by id, and orders a new judgement under it.

    Raises `RefusedError` for a type that there is not, and for an inspection that is concluded or not done."""
    if not by.roles & {INSPECTOR, REVIEWER}:
        raise RefusedError("console.inspections.refused.role")
    if category not in vocabulary("categories"):
        raise RefusedError("console.inspections.refused.category", category=category[:60])
    with transaction.atomic():
        found = Inspection.objects.select_for_update().get(pk=inspection.pk)
        if found.state != Inspection.State.DONE:
            raise RefusedError("console.inspections.refused.not_done", conflict=True)
        if found.concluded_at is not None:
            raise RefusedError("console.inspections.refused.concluded", conflict=True)
        former, found.settled = found.category, category
        found.step, found.attempts = Inspection.Step.JUDGE, 0
        found.save()
        record("inspection.settled", f"inspection:{found.pk}", actor=by.get_username(), category=category, former=former)
        defer("inspections.judge", inspection=found.pk)
