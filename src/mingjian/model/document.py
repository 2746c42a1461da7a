"""A text as somebody published it, read from one file: what `inputs` hands to `nlp`.

Offsets count characters of `Document.text`. `Document.locator` turns them into a place in the file itself, so that anyone can check."""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Literal

from mingjian.model.types import Text

BlockKind = Literal["heading", "paragraph", "item"]


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of text that stands by itself. `level` is the depth that the file gives a heading (1 is the highest) or a list item
    (1 is the outermost), 0 where the file does not say; what only looks like a heading is for the reader of the text to find."""

    kind: BlockKind
    start: int
    end: int
    level: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table. A cell that spans rows or columns stands in each of them with the same offsets."""

    start: int
    end: int
    header: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table as rows of cells; every row has the same number of cells. In the text a row is one line, its cells apart by tabs."""

    start: int
    end: int
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A link: the offsets of its words and its target, as written."""

    start: int
    end: int
    target: str


@dataclass(frozen=True, slots=True)
class Origin:
    """From `start` on the text stands in the file at `place` + `offset` one character for one: `text:` characters of the decoded file,
    `page:3#` characters of a page's text, `entry:word/document.xml#` characters of a decoded member."""

    start: int
    place: str
    offset: int


@dataclass(frozen=True, slots=True)
class Document:
    """The main text of one file. `blocks` and `tables` are disjoint and in order; `lost` says what could not be read of the file."""

    artifact: str
    name: str
    text: str
    blocks: tuple[Block, ...]
    tables: tuple[Table, ...] = ()
    links: tuple[Link, ...] = ()
    origins: tuple[Origin, ...] = ()
    lost: tuple[Text, ...] = ()

    def locator(self, start: int, end: int) -> str:
        """Where `text[start:end]` stands in the file."""
        place, first = self._place(start)
        last_place, last = self._place(max(start, end - 1))
        return f"{place}{first}-{last + 1}" if place == last_place and last >= first else f"{place}{first}"

    def _place(self, offset: int) -> tuple[str, int]:
        index = bisect_right(self.origins, offset, key=lambda origin: origin.start) - 1
        if index < 0:
            return "text:", offset
        origin = self.origins[index]
        return origin.place, origin.offset + offset - origin.start
