"""An edition as its tables in words: what pages, the report and spreadsheets show."""

from collections.abc import Iterator
from dataclasses import dataclass

from mingjian.console.figures import labels
from mingjian.console.figures.definitions import Column, Table, figures
from mingjian.console.figures.edition import Numbers, Place, numbers
from mingjian.console.figures.models import Edition, address
from mingjian.lake.questions import Judgement, between
from mingjian.model.texts import say
from mingjian.model.types import Lang

_MINUS = "−"


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure in words. `number` is what is compared and drawn: the percentage, the mean, the count. `counts` leads to what is counted;
    `change` tells the half-year before, empty without one, and `judgement` whether that is more than chance."""

    place: Place
    text: str
    number: float
    value: float
    base: float | None
    counts: str
    change: str = ""
    judgement: Judgement | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its name in words, and its figures in the order of the columns."""

    name: str
    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """One table. `heads` are the columns in words, `whats` what each counts; `rows_of` heads the names of rows, empty for a single row."""

    table: Table
    title: str
    rows_of: str
    heads: tuple[str, ...]
    whats: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The figures of a table of one row."""
        return self.rows[0].cells if self.rows else ()

    @property
    def pairs(self) -> Iterator[tuple[str, str, Cell]]:
        """Column, what it counts, and its figure, for a table of one row."""
        return zip(self.heads, self.whats, self.cells, strict=True)

    @property
    def definitions(self) -> Iterator[tuple[str, str]]:
        """Column, and what it counts."""
        return zip(self.heads, self.whats, strict=True)


def tables(edition: Edition, lang: Lang) -> dict[str, Shown]:
    """Every table of an edition by name, in the order of reading, with two queries."""
    now = numbers(edition)
    before = numbers(edition.before) if edition.before else {}
    return {name: _shown(table, edition, (now, before), lang) for name, table in figures().tables.items()}


def plain(number: float) -> str:
    """A number with at most one digit after the point, thousands apart."""
    return f"{number:,.0f}" if number == int(number) else f"{number:,.1f}"


def number(column: Column, value: float, base: float | None) -> float:
    """What a figure comes to by its unit: the percentage, the mean, the number per hundred, or the count itself; 0 over nothing."""
    match column.unit:
        case "share" | "per_hundred":
            return 100 * value / base if base else 0.0
        case "mean":
            return value / base if base else 0.0
    return value


def few(column: Column, base: float | None) -> bool:
    """Whether a figure is told as a count because it would be told over too few."""
    return column.unit in ("share", "per_hundred", "mean") and (base or 0) < figures().least_base


def _shown(table: Table, edition: Edition, told: tuple[Numbers, Numbers], lang: Lang) -> Shown:
    names = list(dict.fromkeys(row for name, row, _ in told[0] if name == table.name))
    rows = tuple(
        Row(name, labels.row(table, name, lang), tuple(_cells(table, name, edition, told, lang))) for name in labels.in_order(table, names)
    )
    return Shown(
        table,
        labels.title(table.name, lang),
        labels.rows(table, lang) if table.rows else "",
        tuple(labels.column(table, each, lang) for each in table.columns),
        tuple(labels.what(table, each, lang) for each in table.columns),
        rows,
    )


def _cells(table: Table, row: str, edition: Edition, told: tuple[Numbers, Numbers], lang: Lang) -> Iterator[Cell]:
    now, before = told
    for column in table.columns.values():
        place = (table.name, row, column.name)
        value, base = now[place]
        counts = address(edition.half, *place)
        change, judgement = _change(column, now[place], before.get(place), lang) if before else ("", None)
        yield Cell(place, cell_text(column, value, base, lang), number(column, value, base), value, base, counts, change, judgement)


def cell_text(column: Column, value: float, base: float | None, lang: Lang) -> str:
    """A figure as a reader sees it: a share with its base, over too few as a count."""
    match column.unit:
        case "share" if few(column, base):
            return say("console.figures.cell.few", lang, value=plain(value), base=plain(base or 0))
        case "share":
            return say(
                "console.figures.cell.share", lang, value=plain(value), base=plain(base or 0), share=f"{number(column, value, base):.1f}"
            )
        case "mean" | "per_hundred" if few(column, base):
            return say("console.figures.cell.few", lang, value=plain(value), base=plain(base or 0))
        case "mean" | "per_hundred":
            return f"{number(column, value, base):,.1f}"
    return plain(value)


def _change(
    column: Column, now: tuple[float, float | None], before: tuple[float, float | None] | None, lang: Lang
) -> tuple[str, Judgement | None]:
    """The difference to the half-year before; nothing where either is told as a count because of its small base."""
    if before is None:
        return say("console.figures.difference.new", lang), None
    if few(column, now[1]) or few(column, before[1]):
        return "", "few"
    points = number(column, *now) - number(column, *before)
    if column.unit != "share":
        return signed(points), None
    found = between((before[0], before[1] or 0), (now[0], now[1] or 0), figures().normal_quantile, figures().least_each_side)
    told = say("console.figures.difference.points", lang, number=signed(points))
    return told, found.judgement if found else None


def signed(points: float) -> str:
    """A difference with its sign, `+1.5`; what rounds to nothing has none."""
    shown = plain(round(abs(points), 1))
    if shown == "0":
        return shown
    return f"{'+' if points > 0 else _MINUS}{shown}"
