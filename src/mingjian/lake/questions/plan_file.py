"""Reads a sampling plan back from its CSV, which people may have edited, or made up."""

import csv
import io

from mingjian.errors import InputError
from mingjian.lake.questions.asked import MOST_ROWS
from mingjian.lake.questions.outcomes import Drawn

_MOST = 64 << 20
_NEEDED = ("category", "store", "population", "app")
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def read_plan(content: bytes, name: str = "") -> list[Drawn]:
    """The apps of a plan; of its columns `category`, `store`, `population` and `app` count. `name` is told in errors. Raises
    `InputError` for what is no plan."""
    if len(content) > _MOST:
        raise InputError("lake.ask.no_plan", path=name, row=0)
    row = 1
    drawn: list[Drawn] = []
    try:
        table = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        if not set(_NEEDED) <= set(table.fieldnames or ()):
            raise InputError("lake.ask.no_plan", path=name, row=row)
        for row, cells in enumerate(table, 2):
            category, store, population, app = (_cell(cells[column]) for column in _NEEDED)
            if not app or len(drawn) == MOST_ROWS or not 0 < int(population or 0) < 1 << 62:
                raise InputError("lake.ask.no_plan", path=name, row=row)
            drawn.append(Drawn(category, store, int(population or 0), app))
    except (ValueError, csv.Error) as error:
        raise InputError("lake.ask.no_plan", path=name, row=row) from error
    return drawn


def _cell(cell: str | None) -> str | None:
    """A cell without the quote that keeps a spreadsheet from taking it for a formula; none for an empty one."""
    if not cell:
        return None
    return cell[1:] if cell[0] == "'" and cell[1:].startswith(_FORMULA) else cell
