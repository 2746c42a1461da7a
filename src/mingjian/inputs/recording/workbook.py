"""Rows of text of a workbook, as tools export and people save them again: BIFF (`.xls`) through xlrd, Office Open XML (`.xlsx`) here.

What a file is its first bytes tell, not its name. Formats, formulas and dates are of no interest: every cell is its text."""

import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat

import xlrd

from mingjian.errors import InputError
from mingjian.inputs.files import open_file
from mingjian.inputs.recording.sheet_xml import LONGEST_CELL, MOST_COLUMNS, MOST_SHEETS, Sheet, sheets_in
from mingjian.inputs.recording.track import Head
from mingjian.model.shipped import catalog

MOST_BYTES = 64 << 20
"""The largest workbook."""

_MOST_TEXT = 512 << 20
_MOST_HEAD = 256 << 10
_TITLES_WITHIN = 10
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_LOCAL = struct.Struct("<4s2xHH8xI4xHH")
_BROKEN = (xlrd.XLRDError, xlrd.compdoc.CompDocError, struct.error, AssertionError, LookupError, ValueError, TypeError, ArithmeticError)
"""What xlrd raises for damaged files: its own errors, and those of the Python that meets what cannot be."""


def shows(head: Head, words: tuple[str, ...]) -> bool:
    """Whether the file begins as a workbook in which all these words stand."""
    if head.start.startswith(_OLE):
        return all(word.encode("utf-16-le") in head.start for word in words)
    if not head.start.startswith(_ZIP):
        return False
    content = b"\n".join(_beginnings(head.start))
    return all(word.encode() in content for word in words)


def sheets_of(path: Path) -> list[Sheet]:
    """The sheets of a workbook. Raises `InputError` for one that is damaged, encrypted, or made to exhaust its reader."""
    with open_file(path, "run") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise InputError("input.too_large", path=path, size=path.stat().st_size, limit=MOST_BYTES)
    try:
        sheets = sheets_in(content) if content.startswith(_ZIP) else _of_xls(content)
    except (*_BROKEN, zipfile.BadZipFile, zlib.error, expat.ExpatError, OSError, EOFError, RuntimeError, MemoryError) as error:
        raise InputError("input.run_bad_workbook", path=path) from error
    # Many cells may refer to one long text.
    size = sum(len(cell) for sheet in sheets for row in sheet.rows for cell in row)
    if size > _MOST_TEXT:
        raise InputError("input.too_large", path=path, size=size, limit=_MOST_TEXT)
    return sheets


def columns_of(tool: str, table: str = "columns") -> tuple[str, ...]:
    """The titles of a tool's columns."""
    return tuple(catalog("hook_tools")[tool][table].values())


def rows_of(sheets: list[Sheet], columns: dict[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    """The rows below titles that begin so, each with its locator (`sheet:0!R12`, rows as a spreadsheet numbers them) and its cells by
    column. Empty rows, sheets without all of the titles and rows that repeat them are left out."""
    for index, sheet in enumerate(sheets):
        places: dict[str, int] | None = None
        for number, row in enumerate(sheet.rows, 1):
            titled = _places(row, columns)
            if titled is not None:
                places = titled
            elif places is None and number >= _TITLES_WITHIN:
                break
            elif places is not None and any(map(str.strip, row)):
                yield f"sheet:{index}!R{number}", {key: row[at] if at < len(row) else "" for key, at in places.items()}


def _places(row: list[str], columns: dict[str, str]) -> dict[str, int] | None:
    titles = [cell.strip() for cell in row]
    found = {key: next((at for at, cell in enumerate(titles) if cell.startswith(title)), -1) for key, title in columns.items()}
    return None if -1 in found.values() else found


def _of_xls(content: bytes) -> list[Sheet]:
    with (
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        xlrd.open_workbook(file_contents=content, logfile=nowhere, on_demand=True, ragged_rows=True) as book,
    ):
        return [Sheet(sheet.name, _rows(sheet)) for sheet in map(book.sheet_by_index, range(min(book.nsheets, MOST_SHEETS)))]


def _rows(sheet: xlrd.sheet.Sheet) -> list[list[str]]:
    return [[_text(value) for value in sheet.row_values(row, 0, MOST_COLUMNS)] for row in range(sheet.nrows)]


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)[:LONGEST_CELL]


def _beginnings(start: bytes) -> Iterator[bytes]:
    """What the files at the beginning of a zip hold, as far as that goes, whether or not the zip says how long they are."""
    at = 0
    while at + _LOCAL.size <= len(start):
        magic, flags, method, packed, named, extra = _LOCAL.unpack_from(start, at)
        if magic != _ZIP:
            return
        at += _LOCAL.size + named + extra
        if method == zipfile.ZIP_STORED and not flags & 8:
            yield start[at : at + packed]
            at += packed
            continue
        reading = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            yield reading.decompress(start[at:], _MOST_HEAD)
        except zlib.error:
            return
        if not packed and not reading.eof:
            return
        at = at + packed if packed else start.find(_ZIP, len(start) - len(reading.unused_data))
        if at < 0:
            return
