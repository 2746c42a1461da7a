"""How a figure is counted and how what it counts is listed: both from one query set, so that they cannot differ."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db.models import CharField, Count, Expression, F, QuerySet, Value
from django.db.models.expressions import Combinable

from mingjian.model.periods import bounds

Counted = Literal["inspections", "facts", "cases", "complaints"]
Rows = QuerySet[Any, Any]


@dataclass(frozen=True, slots=True)
class Period:
    """A half-year as it is looked at: `begins` is its first moment, `ends` the first after it, `at` the moment of looking."""

    half: str
    at: datetime
    begins: datetime
    ends: datetime


def period(half: str, at: datetime) -> Period:
    """The half-year of that name. Raises `ValueError` for what names none."""
    return Period(half, at, *bounds(half))


@dataclass(frozen=True, slots=True)
class Tally:
    """What the `columns` of a table count.

    `rows` gives for each thing counted the `row` and `column` that it belongs to and its id as `target`, and never the same thing twice
    in one place. Where a row's name cannot be computed by the database, `name` makes it of what the database gives."""

    columns: tuple[str, ...]
    counted: Counted
    rows: Callable[[Period], Rows]
    name: Callable[[str], str] | None = None

    def count(self, of: Period) -> Iterator[tuple[str, str, int]]:
        """Row, column and number of things, in one query."""
        numbers: dict[tuple[str, str], int] = {}
        for row, column, number in (
            self.rows(of).order_by().values("row", "column").annotate(number=Count("target")).values_list("row", "column", "number")
        ):
            place = (self.name(row) if self.name else row, column)
            numbers[place] = numbers.get(place, 0) + number
        return ((row, column, number) for (row, column), number in numbers.items() if number)

    def listed(self, of: Period, row: str, column: str) -> Rows:
        """What is counted in one place."""
        found = self.rows(of).order_by()
        if self.name is None:
            return found.filter(row=row, column=column)
        given = [each for each in found.values_list("row", flat=True).distinct() if self.name(each) == row]
        return found.filter(row__in=given, column=column)


def placed(things: QuerySet[Any, Any], column: str | Combinable, row: str | Combinable = "", target: str = "pk") -> Rows:
    """The things with their place: a text is taken as it stands, an expression is computed."""
    rows: Rows = things.annotate(row=_text(row), column=_text(column), target=F(target))
    return rows


def _text(value: str | Combinable) -> Expression | Combinable:
    return Value(value, output_field=CharField()) if isinstance(value, str) else value


Tallies = Mapping[str, tuple[Tally, ...]]
"""By table."""
