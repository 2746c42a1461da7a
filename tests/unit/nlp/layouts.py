"""Documents made from layouts that are written down as data.

A part is `heading`, `line`, `item` or `table`. A table is rows of cells; `^` repeats the cell above, `<` the one to the left."""

from collections.abc import Mapping, Sequence
from typing import Any

from mingjian.model.document import Block, BlockKind, Cell, Document, Table
from mingjian.nlp.reading import Outline
from mingjian.nlp.structure import outline

KINDS: dict[str, BlockKind] = {"heading": "heading", "line": "paragraph", "item": "item"}


def outlined(parts: Sequence[Mapping[str, Any]]) -> Outline:
    """The outline of a document with these parts, one below the other."""
    text = ""
    blocks: list[Block] = []
    tables: list[Table] = []
    for part in parts:
        ((kind, content),) = part.items()
        start = len(text)
        if kind == "table":
            rows: list[tuple[Cell, ...]] = []
            for given in content:
                row: list[Cell] = []
                for column, words in enumerate(given):
                    if words == "^":
                        row.append(rows[-1][column])
                    elif words == "<":
                        row.append(row[-1])
                    else:
                        row.append(Cell(len(text), len(text) + len(str(words))))
                        text += str(words)
                    text += "\t" if column < len(given) - 1 else "\n"
                rows.append(tuple(row))
            tables.append(Table(start, len(text) - 1, tuple(rows)))
        else:
            text += f"{content}\n"
            blocks.append(Block(KINDS[kind], start, len(text) - 1, 2 if kind == "heading" else 0))
    return outline(Document("policy", "policy.html", text, tuple(blocks), tuple(tables)))
