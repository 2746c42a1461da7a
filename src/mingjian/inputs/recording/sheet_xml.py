"""The sheets of an Office Open XML workbook (`.xlsx`): rows of text, of all that such a file may hold."""

import io
import re
import zipfile
from dataclasses import dataclass, field
from xml.parsers import expat

MOST_SHEETS = 16
MOST_COLUMNS = 64
LONGEST_CELL = 32 << 10
"""Characters of one cell; no spreadsheet program takes more."""

_MOST_PART = 256 << 20
_MOST_TEXT = 64 << 20
_MOST_ROWS = 1 << 20
_CHUNK = 1 << 16
_STRINGS = "xl/sharedStrings.xml"
_SHEET = re.compile(r"/?xl/worksheets/([\w.-]{1,100})\.xml", re.ASCII)
_CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})", re.ASCII)
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
_TEXTS = ("v", "t")
_BESIDE = ("rPh", "f")
"""Elements whose text is none of the cell: how it is pronounced, how it is computed."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its rows, each a list of texts. A row that is empty is an empty list, so that its place tells its number."""

    name: str
    rows: list[list[str]]


def sheets_in(content: bytes) -> list[Sheet]:
    """The sheets of a workbook, in the order of their files. Raises `ValueError` for what is made to exhaust its reader, and what
    `zipfile` and `expat` raise for damaged files."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        if any(each.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for each in package.infolist()):
            raise ValueError("compression")
        names = package.namelist()
        strings: list[str] = []
        if _STRINGS in names:
            _Reading(strings).read(package, _STRINGS)
        parts = sorted((len(found[1]), found[1], name) for name in dict.fromkeys(names) if (found := _SHEET.fullmatch(name)))
        return [Sheet(title, _Reading(strings).read(package, name)) for _, title, name in parts[:MOST_SHEETS]]


@dataclass
class _Reading:
    """One part while it is parsed: the shared strings, which it adds to `strings`, or a sheet, whose cells refer to them."""

    strings: list[str]
    rows: list[list[str]] = field(default_factory=list)
    _pieces: list[str] = field(default_factory=list)
    _kind: str = ""
    _column: int = 0
    _taking: bool = False
    _beside: int = 0
    _length: int = 0

    def read(self, package: zipfile.ZipFile, name: str) -> list[list[str]]:
        """The rows of the part."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = self._start, self._end, self._text
        parser.StartDoctypeDeclHandler = self._doctype
        left = _MOST_PART
        with package.open(name) as part:
            while piece := part.read(_CHUNK):
                left -= len(piece)
                if left < 0:
                    raise ValueError("too large")
                parser.Parse(piece)
        parser.Parse(b"", True)
        return self.rows

    def _doctype(self, *_: object) -> None:
        # No workbook has one; entities are declared there.
        raise ValueError("doctype")

    def _start(self, tag: str, given: dict[str, str]) -> None:
        match tag.rpartition(" ")[2]:
            case "row":
                self._row(given.get("r", ""))
            case "c":
                place = _CELL.fullmatch(given.get("r", ""))
                if not self.rows:
                    self._row("")
                self._column = _column(place[1]) if place else len(self.rows[-1])
                self._kind, self._pieces = given.get("t", ""), []
            case "si":
                self._pieces = []
            case name if name in _BESIDE:
                self._beside += 1
            case name:
                self._taking = name in _TEXTS and not self._beside

    def _row(self, told: str) -> None:
        number = int(told) if _NUMBER.fullmatch(told) else len(self.rows) + 1
        if not len(self.rows) < number <= _MOST_ROWS:
            raise ValueError("rows out of order")
        self.rows += [[] for _ in range(number - len(self.rows))]

    def _text(self, data: str) -> None:
        if self._taking:
            self._length += len(data)
            if self._length > _MOST_TEXT:
                raise ValueError("too large")
            self._pieces.append(data)

    def _end(self, tag: str) -> None:
        match tag.rpartition(" ")[2]:
            case "c":
                self._cell("".join(self._pieces)[:LONGEST_CELL])
            case "si":
                self.strings.append("".join(self._pieces)[:LONGEST_CELL])
            case name if name in _BESIDE:
                self._beside -= 1
        self._taking = False

    def _cell(self, text: str) -> None:
        if self._kind == "s":
            text = self.strings[int(text)] if _NUMBER.fullmatch(text) and int(text) < len(self.strings) else ""
        if text and self._column < MOST_COLUMNS:
            row = self.rows[-1]
            row += [""] * (self._column + 1 - len(row))
            row[self._column] = text


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
