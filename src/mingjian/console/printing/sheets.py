"""Tables as spreadsheets. Text stays text: nothing that a cell holds is ever a formula or a link."""

import io
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from mingjian.errors import InputError
from mingjian.model.printable import printable, printable_lines

Cell: TypeAlias = str | int | float | bool | date | None

MOST_ROWS = 1_048_575
"""Below the heading, which is what the file format holds."""

_MOST_UNITS = 32_767
_MOST_NAME = 31
_EXACT = 2**53
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
_CREATED = datetime(2000, 1, 1)
_NARROW, _WIDE = 8, 60


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: `rows` are read once; `widths` in characters, one for each column, else those of the headings."""

    name: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    widths: Sequence[int] = ()


def workbook(title: str, sheets: Sequence[Sheet]) -> bytes:
    """An `.xlsx` file, the same bytes for the same tables. Rows are written as they come and never held together.

    Raises `InputError` for more rows than a sheet holds. A time with a zone is written as text, for the format knows no zones."""
    target = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with Workbook(target, options) as book:
        book.set_properties({"title": printable(title)[:255], "created": _CREATED})
        heading = book.add_format({"bold": True, "bg_color": "#EEEEEE", "bottom": 1, "text_wrap": True, "valign": "top"})
        text = book.add_format({"text_wrap": True, "valign": "top"})
        day = book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"})
        for sheet, name in zip(sheets, _names([sheet.name for sheet in sheets]), strict=True):
            _write(book.add_worksheet(name), sheet, (heading, text, day))
    return target.getvalue()


def _write(page: Worksheet, sheet: Sheet, formats: tuple[Format, Format, Format]) -> None:
    heading, text, day = formats
    widths = sheet.widths or [max(_NARROW, min(_WIDE, 2 * len(name) + 2)) for name in sheet.columns]
    for column, width in enumerate(widths):
        page.set_column(column, column, width)
    page.freeze_panes(1, 0)
    page.repeat_rows(0)
    for column, name in enumerate(sheet.columns):
        page.write_string(0, column, _text(name), heading)
    last = 0
    for last, row in enumerate(sheet.rows, 1):
        if last > MOST_ROWS:
            raise InputError("console.printing.too_many_rows", most=MOST_ROWS)
        for column, cell in enumerate(row):
            _write_cell(page, (last, column), cell, text, day)
    if last and sheet.columns:
        page.autofilter(0, 0, last, len(sheet.columns) - 1)


def _write_cell(page: Worksheet, at: tuple[int, int], cell: Cell, text: Format, day: Format) -> None:
    match cell:
        case None | "":
            page.write_blank(*at, None, text)
        case bool():
            page.write_boolean(*at, cell, text)
        case int() | float() if math.isfinite(cell) and abs(cell) <= _EXACT:
            page.write_number(*at, cell, text)
        case datetime():
            page.write_string(*at, cell.isoformat(" ", "seconds"), text)
        case date():
            page.write_datetime(*at, cell, day)
        case _:
            page.write_string(*at, _text(str(cell)), text)


def _text(value: str) -> str:
    """What one cell can hold: no control codes, and no more than so many UTF-16 units; what is cut off is marked by an ellipsis."""
    shown = printable_lines(value)
    units = shown.encode("utf-16-le")
    if len(units) <= 2 * _MOST_UNITS:
        return shown
    return units[: 2 * (_MOST_UNITS - 1)].decode("utf-16-le", "ignore") + "…"


def _names(wanted: Sequence[str]) -> list[str]:
    """Names that the format admits: not empty, no reserved sign or word, at most 31 units, all different without regard to case."""
    names: list[str] = []
    taken = {"", "history"}
    for name in wanted:
        clean = _NOT_IN_NAMES.sub(" ", printable(name)).strip("' ")
        for number in range(1, len(wanted) + 3):
            ending = f" {number}" if number > 1 else ""
            shortened = _shortened(clean, _MOST_NAME - len(ending)) + ending
            if shortened.strip().lower() not in taken:
                break
        taken.add(shortened.strip().lower())
        names.append(shortened.strip())
    return names


def _shortened(name: str, units: int) -> str:
    return name.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore").rstrip("' ")
