"""The list of what a figure counts, from the query that counts it."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import QuerySet

from mingjian.console import clock
from mingjian.console.cases.models import Case
from mingjian.console.complaints.models import Complaint
from mingjian.console.figures.counting import Counted, period
from mingjian.console.figures.definitions import figures
from mingjian.console.figures.edition import TALLIES
from mingjian.console.inspections.models import Fact, Inspection

_VISIBLE: Mapping[Counted, Callable[[Any], QuerySet[Any]]] = {
    "inspections": Inspection.objects.visible_to,
    "facts": lambda user: Fact.objects.filter(inspection__in=Inspection.objects.visible_to(user)),
    "cases": Case.objects.visible_to,
    "complaints": Complaint.objects.visible_to,
}
_SHOWN_WITH: Mapping[Counted, tuple[str, ...]] = {
    "inspections": ("app",),
    "facts": ("inspection__app",),
    "cases": ("app",),
    "complaints": ("app",),
}


def counted(half: str, table: str, row: str, column: str, user: Any) -> tuple[Counted, QuerySet[Any]]:
    """What kind of thing a figure counts, and those of them that fit its definition now and that `user` may see.

    For a place of a distribution that is all over which it is distributed. Raises `LookupError` for a figure that does not exist, and
    `ValueError` for what names no half-year."""
    of = period(half, clock.now())
    known = figures().tables[table]
    if column not in known.columns or "\0" in row:
        raise LookupError(column)
    if known.of:
        tally = TALLIES[known.of][0]
        found = tally.rows(of).order_by()
    else:
        tally = next(tally for tally in TALLIES[table] if column in tally.columns)
        found = tally.listed(of, row, column)
    visible = _VISIBLE[tally.counted](user)
    if found.model is visible.model:
        # Not within another query, so that the first page is found without looking through all.
        return tally.counted, (found & visible.order_by()).select_related(*_SHOWN_WITH[tally.counted])
    return tally.counted, visible.filter(pk__in=found.values("target")).select_related(*_SHOWN_WITH[tally.counted])
