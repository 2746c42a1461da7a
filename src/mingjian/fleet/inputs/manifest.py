"""A manifest: a table of apps that somebody wrote for Mingjian. Its columns are known, and what they hold is checked row by row."""

from collections.abc import Iterator
from pathlib import Path

from mingjian.errors import InputError
from mingjian.fleet.inputs.tables import Row, rows
from mingjian.fleet.inputs.values import COLUMNS, Reading
from mingjian.fleet.listing import Listing


def listed(path: Path) -> Iterator[Listing]:
    """The listings of a manifest in the order of its rows. Raises `InputError` that names the row."""
    reading = Reading(path)
    for number, row in rows(path):
        refuse_strange(path, number, row)
        yield reading.listing(number, row)


def refuse_strange(path: Path, number: int, row: Row) -> None:
    """Raises `InputError` for a row with a field that no manifest has."""
    strange = next((name for name in row if name not in COLUMNS), None)
    if strange is not None:
        raise InputError("fleet.input.column", path=path, line=number, name=strange[:100], allowed=", ".join(COLUMNS))
