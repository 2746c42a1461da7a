"""A document as a value. What is issued is stored as this value's JSON, and its SHA-256 is the identity of what was issued: pages, PDF and
spreadsheets are made from it and can be made again."""

import datetime
import hashlib
import re
from collections.abc import Iterator
from typing import Literal, TypeAlias

import msgspec

from mingjian.console.printing.drawing import require_still
from mingjian.errors import InputError
from mingjian.model.types import Lang

_NUMBER = re.compile(r"[+\-−]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?[ \u202f]?%?")
_GAPS = ("", "-", "–", "—")

SCHEMA: Literal["mingjian-document/1"] = "mingjian-document/1"


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """What every block shares: it never changes, and JSON with a field that it does not know is refused."""


class Heading(_Part, frozen=True, tag="heading"):
    """A heading below the title; `level` 1 is the highest."""

    text: str
    level: Literal[1, 2] = 1

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise ValueError("a heading is not empty")


class Paragraph(_Part, frozen=True, tag="paragraph"):
    """Running text; a line break in it stays one. `flush` starts at the margin, as the line that names whom a notice is sent to."""

    text: str
    flush: bool = False


class Items(_Part, frozen=True, tag="items"):
    """A list, numbered when the order counts."""

    items: tuple[str, ...]
    numbered: bool = False


class Fields(_Part, frozen=True, tag="fields"):
    """Labels with their values, in two columns."""

    rows: tuple[tuple[str, str], ...]


class Table(_Part, frozen=True, tag="table"):
    """Rows under columns. `widths` are shares of the line, one for each column; without them all are as wide."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...] = ()
    caption: str = ""

    def __post_init__(self) -> None:
        width = len(self.columns)
        if not width or any(len(row) != width for row in self.rows) or (self.widths and len(self.widths) != width):
            raise ValueError("a table needs columns, and as many cells in each row, and as many widths")
        if any(share <= 0 for share in self.widths):
            raise ValueError("a column needs some width")


class Picture(_Part, frozen=True, tag="picture"):
    """A chart as SVG, what it shows in words, and the numbers it was drawn from. `ValueError` for an SVG that does more than show."""

    svg: bytes
    caption: str
    table: Table

    def __post_init__(self) -> None:
        # It stands inside pages as it is, and what is stored may come back altered.
        require_still(self.svg)


class Note(_Part, frozen=True, tag="note"):
    """Small print beside the text proper."""

    text: str


class Signature(_Part, frozen=True, tag="signature"):
    """Who issues the document, where and when; `date` as a reader reads it. Any of them may be empty."""

    body: str
    date: str
    place: str = ""


Block: TypeAlias = Heading | Paragraph | Items | Fields | Table | Picture | Note | Signature


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that is printed, in the order of reading. `number` may be empty; `footer` stands on every page; `issued` is the day that a
    file for an archive has to carry."""

    title: str
    number: str
    lang: Lang
    blocks: tuple[Block, ...]
    footer: str = ""
    issued: datetime.date | None = None
    schema: Literal["mingjian-document/1"] = SCHEMA

    def __post_init__(self) -> None:
        if not self.title.strip():
            raise ValueError("a document has a title")
        if next((block.level for block in self.blocks if isinstance(block, Heading)), 1) != 1:
            raise ValueError("no heading of the second level stands before one of the first")


def to_json(document: Document) -> bytes:
    """The stored form: one line of UTF-8, the same bytes for the same document."""
    return msgspec.json.encode(document, order="deterministic")


def from_json(stored: bytes) -> Document:
    """The document of its stored form. Raises `InputError` for anything else."""
    try:
        return msgspec.json.decode(stored, type=Document)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError("console.printing.unreadable", why=str(error)) from error


def identity(document: Document) -> str:
    """The SHA-256 of the stored form, in hexadecimal."""
    return hashlib.sha256(to_json(document)).hexdigest()


def texts(document: Document) -> Iterator[str]:
    """Every text that a reader of the printed document sees, those in pictures left out."""
    yield from (document.title, document.number, document.footer)
    for block in document.blocks:
        yield from _texts(block)


def numeric_columns(table: Table) -> tuple[bool, ...]:
    """Which columns hold nothing but numbers and gaps, and so are read from their right edge. Those before the first column of words are
    the marks of rows, such as running numbers and clauses, and none of them."""
    columns = [[row[at] for row in table.rows] for at in range(len(table.columns))]
    numeric = [any(map(_NUMBER.fullmatch, cells)) and all(cell in _GAPS or _NUMBER.fullmatch(cell) for cell in cells) for cells in columns]
    words = numeric.index(False) if False in numeric else len(numeric)
    return tuple(at > words and holds for at, holds in enumerate(numeric))


def table_beside(picture: Picture) -> Table:
    """The table of a picture, without a caption that says what the picture's says."""
    return msgspec.structs.replace(picture.table, caption="") if picture.table.caption == picture.caption else picture.table


def _texts(block: Block) -> Iterator[str]:
    match block:
        case Heading() | Paragraph() | Note():
            yield block.text
        case Items():
            yield from block.items
        case Fields():
            for pair in block.rows:
                yield from pair
        case Table():
            yield block.caption
            yield from block.columns
            for row in block.rows:
                yield from row
        case Picture():
            yield block.caption
            yield from _texts(block.table)
        case Signature():
            yield from (block.body, block.date, block.place)
