"""Which tables the figures of a half-year have, as `rules/enforcement/figures.yml` defines them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from mingjian.model.shipped import read_yaml, rules_folder

Unit = Literal["count", "share", "mean", "per_hundred", "place"]
RowsOf = Literal[
    "", "clause", "number", "permission", "category_permission", "data", "behaviour", "sdk", "category", "name", "downloads", "state"
]
Chart = Literal["", "bar", "histogram", "parts"]
Source = Literal["own", "overall", "by_category"]

BETWEEN = "|"
"""Stands between the two names of a row that is a pair."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `base` names the columns whose sum it is told over: of the same row (`own`) or of another table."""

    name: str
    unit: Unit
    base: Mapping[Source, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """One table. `ranked`: rows are names, the most frequent first and no more than `most_rows`; `of`: places of that distribution;
    `models`: what is read for it."""

    name: str
    rows: RowsOf
    columns: Mapping[str, Column]
    ranked: bool = False
    of: str = ""
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One table as a section of the report shows it: these columns, its first rows, and how it is drawn. Its name is its alone."""

    name: str
    table: str
    columns: tuple[str, ...] = ()
    most: int | None = None
    chart: Chart = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything the file sets: thresholds, classes, the tables in the order of reading, and how much of the lake's answers is kept."""

    least_base: int
    least_each_side: int
    normal_quantile: float
    most_rows: int
    before_consent: str
    unrelated: str
    download_classes: tuple[int, ...]
    tables: Mapping[str, Table]
    report: Mapping[str, tuple[Exhibit, ...]]
    headline: tuple[tuple[str, str], ...]
    market: Mapping[str, int]

    @property
    def exhibits(self) -> list[Exhibit]:
        """All exhibits in the order of reading."""
        return [each for section in self.report.values() for each in section]


@cache
def figures() -> Figures:
    """The definitions as shipped."""
    told = read_yaml(rules_folder() / "enforcement" / "figures.yml")
    tables = {name: _table(name, row, told["grouped"]) for name, row in told["tables"].items()}
    return Figures(
        least_base=told["least_base"],
        least_each_side=told["least_each_side"],
        normal_quantile=told["normal_quantile"],
        most_rows=told["most_rows"],
        before_consent=told["before_consent"],
        unrelated=told["unrelated"],
        download_classes=tuple(told["download_classes"]),
        tables=tables,
        report={name: tuple(_exhibit(name, row, tables) for row in rows) for name, rows in told["report"].items()},
        headline=tuple((table, column) for table, column in told["headline"]),
        market=told["market"],
    )


def _table(name: str, row: Mapping[str, Any], grouped: Mapping[str, Any]) -> Table:
    columns = grouped if row.get("grouped") else row["columns"]
    return Table(
        name,
        row.get("rows", ""),
        {each: _column(each, columns[each]) for each in columns},
        row.get("ranked", False),
        row.get("of", ""),
        tuple(row.get("from", ())),
    )


def _exhibit(section: str, row: Mapping[str, Any], tables: Mapping[str, Table]) -> Exhibit:
    columns = tuple(row.get("columns", tables[row["table"]].columns))
    return Exhibit(f"{section}-{row['table']}", row["table"], columns, row.get("most"), row.get("chart", ""))


def _column(name: str, row: Mapping[str, Any]) -> Column:
    return Column(name, row["unit"], {source: tuple(columns) for source, columns in row.get("base", {}).items()})
