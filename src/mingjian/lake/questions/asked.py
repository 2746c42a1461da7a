"""What all questions share: which apps are asked about, which part of the answer is wanted, and the answer's shape."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from mingjian.errors import UsageError
from mingjian.model.periods import bounds
from mingjian.model.shipped import read_yaml, rules_folder
from mingjian.model.terms import vocabulary

if TYPE_CHECKING:
    from mingjian.lake.ask import Lake, Row

MOST_ROWS = 100_000
"""Rows of one page, and apps of one plan."""
LONGEST = 200
"""Characters of a name that is asked for."""

_PARAMETER = re.compile(r"\$(\w+)", re.ASCII)

RowOf = TypeVar("RowOf")
Summary = TypeVar("Summary")


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows are wanted: `limit` of them behind the first `offset`. Raises `UsageError` for numbers that are none of a page."""

    limit: int = 100
    offset: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= MOST_ROWS or not 0 <= self.offset < 1 << 62:
            raise UsageError("lake.ask.wrong_page", most=MOST_ROWS)

    def of(self, rows: Sequence[RowOf]) -> tuple[RowOf, ...]:
        """These of all rows."""
        return tuple(rows[self.offset : self.offset + self.limit])


FIRST = Page()


@dataclass(frozen=True, slots=True)
class Apps:
    """The apps asked about: those of a half-year (the newest of the lake when none is named), of one official type, of one store. Raises
    `UsageError` for what names no half-year and for a type that is none of the 39."""

    period: str | None = None
    category: str | None = None
    store: str | None = None

    def __post_init__(self) -> None:
        if self.period is not None:
            check_period(self.period)
        if self.category is not None and self.category not in vocabulary("categories"):
            raise UsageError("lake.ask.no_category", category=self.category[:80])
        if self.store is not None and len(self.store) > LONGEST:
            raise UsageError("lake.ask.long_name", most=LONGEST)

    def parameters(self, lake: "Lake") -> dict[str, Any]:
        """The values of the parameters `$period`, `$category` and `$store`. Raises `UsageError` for a lake without apps, and for a
        half-year of which it has none."""
        return {"period": period_of(lake, self.period), "category": self.category, "store": self.store}


ALL_APPS = Apps()


@dataclass(frozen=True, slots=True)
class Result(Generic[RowOf, Summary]):
    """An answer: what is told of the whole, the rows of a page, and how many rows all pages have.

    `digest` is the lake's: asked of a lake of this digest with these `parameters`, the question gives the same answer."""

    question: str
    parameters: Mapping[str, Any]
    digest: str
    summary: Summary
    row: type[RowOf]
    rows: tuple[RowOf, ...]
    total: int
    page: Page

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the rows' fields; `lake.ask.column.<name>` says what each means, as for the fields of the summary."""
        return names(self.row)

    def cells(self) -> Iterator[tuple[Any, ...]]:
        """The rows' values, in the order of the columns."""
        return (tuple(getattr(row, name) for name in self.columns) for row in self.rows)


def names(kind: type[Any]) -> tuple[str, ...]:
    """The names of a dataclass's fields."""
    return tuple(field.name for field in fields(kind))


@cache
def definitions() -> Mapping[str, Any]:
    """`rules/lake/questions.yml`: the queries, and every weight and bound with its reason."""
    told: Mapping[str, Any] = read_yaml(rules_folder() / "lake" / "questions.yml")
    return told


def asked(lake: "Lake", query: str, parameters: Mapping[str, Any]) -> "list[Row]":
    """The rows of a query of the definitions. Raises what `Lake.query` raises."""
    return lake.query(*_written(query, parameters)).rows


def streamed(lake: "Lake", query: str, parameters: Mapping[str, Any]) -> "Iterator[Row]":
    """As `asked`, one row at a time and without a bound. Raises what `Lake.stream` raises."""
    return lake.stream(*_written(query, parameters))[1]


def _written(query: str, parameters: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The query as SQL, and those of the parameters that it has."""
    told = definitions()
    definition = told["queries"][query]
    parts = [f"chosen AS ({told['chosen']})", *(told["parts"][name] for name in definition["with"])]
    sql = f"WITH {', '.join(parts)} {definition['sql']}"
    return sql, {name: parameters[name] for name in set(_PARAMETER.findall(sql))}


def check_period(period: str) -> None:
    """Raises `UsageError` for what names no half-year."""
    try:
        bounds(period)
    except ValueError as error:
        raise UsageError("lake.ask.no_period", period=period[:80]) from error


def period_of(lake: "Lake", period: str | None = None) -> str:
    """The half-year, or the newest of which the lake has apps. Raises `UsageError` when it has none of it: nothing would be counted, which
    must not read as that nothing was found."""
    periods = [str(row[0]) for row in lake.query(definitions()["periods"]).rows]
    if not periods:
        raise UsageError("lake.ask.no_apps")
    if period is not None and period not in periods:
        raise UsageError("lake.ask.empty_period", period=period, periods=", ".join(periods))
    return period or periods[-1]


def check_clause(lake: "Lake", clause: str) -> None:
    """Raises `UsageError` for a clause that no report of the lake tells of, as a misspelt one."""
    if len(clause) > LONGEST:
        raise UsageError("lake.ask.long_name", most=LONGEST)
    if not lake.query(definitions()["clause"], {"clause": clause}).rows:
        raise UsageError("lake.ask.no_clause", clause=clause[:80])
