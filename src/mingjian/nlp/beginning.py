"""The part of a policy that is read: all of any honest one, the beginning of one made to keep its reader busy."""

from collections.abc import Sequence
from dataclasses import replace

from mingjian.model.document import Block, Cell, Document, Table

MOST_CHARACTERS = 300_000
"""Characters of all documents of a policy together."""

MOST_CELLS = 20_000
"""Cells of all tables of a document, a cell that spans several places counted in each."""

MOST_BLOCKS = 10_000
"""Paragraphs, items and headings of a document."""


def beginning(documents: Sequence[Document]) -> tuple[tuple[Document, ...], bool]:
    """The documents, each as far as it is read, and whether anything was left out. What is kept has its offsets."""
    room = MOST_CHARACTERS
    kept = []
    for document in documents:
        kept.append(_beginning(document, room))
        room -= len(kept[-1].text)
    return tuple(kept), any(one is not other for one, other in zip(kept, documents, strict=True))


def _beginning(document: Document, room: int) -> Document:
    end = min(len(document.text), room, *_overfull(document))
    if end == len(document.text):
        return document
    return replace(
        document,
        text=document.text[:end],
        blocks=tuple(Block(each.kind, each.start, min(each.end, end), each.level) for each in document.blocks if each.start < end),
        tables=tuple(_cut(table, end) for table in document.tables if table.start < end),
        links=tuple(link for link in document.links if link.end <= end),
    )


def _overfull(document: Document) -> list[int]:
    """Where the blocks and the cells become too many."""
    ends = [document.blocks[MOST_BLOCKS].start] if len(document.blocks) > MOST_BLOCKS else []
    cells = 0
    for table in document.tables:
        for row in table.rows:
            cells += len(row)
            if cells > MOST_CELLS:
                return [*ends, min((cell.start for cell in row), default=table.start)]
    return ends


def _cut(table: Table, end: int) -> Table:
    rows = [
        tuple(Cell(min(each.start, end), min(each.end, end), each.header) for each in row)
        for row in table.rows
        if any(each.start < end for each in row)
    ]
    return Table(table.start, min(table.end, end), tuple(rows))
