"""The app type that a person gives an inspected app, confirming or overruling what the program proposed; the report is judged again."""

from mingjian.console.accounts.models import User
from mingjian.console.audit.chain import record
from mingjian.console.inspections.models import Inspection
from mingjian.console.inspections.rejudging import judged_afterwards, refuse_others
from mingjian.console.refused import RefusedError
from mingjian.model.terms import vocabulary


def settle(inspection: Inspection, category: str, by: User) -> None:
    """Writes down the type, one of the 39 by id, and orders a new judgement under it.

    Raises `RefusedError` for a type that there is not, and for an inspection that is concluded or not done."""
    refuse_others(by)
    if category not in vocabulary("categories"):
        raise RefusedError("console.inspections.refused.category", category=category[:60])
    with judged_afterwards(inspection) as found:
        former, found.settled = found.category, category
        record("inspection.settled", f"inspection:{found.pk}", actor=by.get_username(), category=category, former=former)
