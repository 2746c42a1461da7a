"""Rows of files: CSV, JSON lines, an array of JSON, Parquet. What the fields mean is not known here."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from mingjian import lake
from mingjian.errors import InputError
from mingjian.fleet.inputs.lines import HEAD, Lines, opened
from mingjian.inputs.recording.json_stream import JsonStream

Row = dict[str, Any]

_MOST_COLUMNS = 500
_PARQUET = b"PAR1"


def rows(path: Path) -> Iterator[tuple[int, Row]]:
    """The rows of a table by what the file holds, each with the number by which a person finds it: of its last line in CSV and JSON
    lines, of the row (from 1) in an array and in Parquet. Raises `InputError` that names the place."""
    with opened(path) as file:
        head = file.peek(HEAD)[:HEAD].removeprefix(b"\xef\xbb\xbf").lstrip()  # type: ignore[attr-defined]
        if head.startswith(_PARQUET):
            yield from lake.parquet_rows(path)
        elif head.startswith(b"["):
            yield from _array(path, file)
        elif head.startswith(b"{"):
            yield from _json_lines(Lines(path, file))
        else:
            yield from _csv(Lines(path, file))


def _csv(lines: Lines) -> Iterator[tuple[int, Row]]:
    # `strict`: a quote that is never closed is told of, where the reader would take the rest of the file for one cell.
    reader = csv.reader(iter(lines), strict=True)
    names: list[str] = []
    try:
        for cells in reader:
            # Empty rows count for the next one: gzip can hold any number of them.
            if not any(cell.strip() for cell in cells):
                continue
            lines.row_ended()
            if not names:
                names = _names(lines, cells)
            elif len(cells) != len(names):
                raise InputError("fleet.input.cells", path=lines.path, line=lines.number, found=len(cells), wanted=len(names))
            else:
                yield lines.number, dict(zip(names, cells, strict=True))
    except csv.Error as error:
        raise InputError("fleet.input.csv", path=lines.path, line=lines.number, why=str(error)) from error


def _names(lines: Lines, cells: list[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    if len(names) > _MOST_COLUMNS:
        raise InputError("fleet.input.many_columns", path=lines.path, count=len(names), limit=_MOST_COLUMNS)
    for place, name in enumerate(names, 1):
        if not name:
            raise InputError("fleet.input.no_name", path=lines.path, line=lines.number, column=place)
        if name in names[: place - 1]:
            raise InputError("fleet.input.twice", path=lines.path, line=lines.number, name=name[:100])
    return names


def _json_lines(lines: Lines) -> Iterator[tuple[int, Row]]:
    for line in lines:
        if line.strip():
            lines.row_ended()
            yield lines.number, _object(lines, line)


def _object(lines: Lines, line: str) -> Row:
    try:
        row = json.loads(line, object_pairs_hook=_each_once, parse_constant=_no_number)
    except RecursionError as error:
        raise InputError("fleet.input.json", path=lines.path, line=lines.number, why="too deep") from error
    except ValueError as error:
        why = getattr(error, "msg", None) or str(error)[:100]
        raise InputError("fleet.input.json", path=lines.path, line=lines.number, why=why) from error
    if not isinstance(row, dict):
        raise InputError("fleet.input.json", path=lines.path, line=lines.number, why="no object")
    return row


def _each_once(pairs: list[tuple[str, Any]]) -> Row:
    row = dict(pairs)
    if len(row) != len(pairs):
        raise ValueError("a name twice")
    return row


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _array(path: Path, file: BinaryIO) -> Iterator[tuple[int, Row]]:
    for number, element in enumerate(JsonStream(file).elements(None, ("",)), 1):
        if element.lost or not isinstance(element.value, dict):
            raise InputError("fleet.input.json", path=path, line=number, why=element.lost or "no object")
        yield number, element.value
