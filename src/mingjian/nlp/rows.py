"""Rows of tables: which are headings, and what columns without headings hold."""

import re
from collections.abc import Callable, Sequence

from mingjian.nlp.columns import LONGEST_HEADING, Role, folded, role, words
from mingjian.nlp.language import lang
from mingjian.nlp.lexicon import data
from mingjian.nlp.permissions import permissions
from mingjian.nlp.products import sdks
from mingjian.nlp.purposes import purposes


def is_header(row: Sequence[str]) -> bool:
    """Whether a row is one of headings: at least two, of different roles, and most of what stands in it."""
    cells = [cell for cell in dict.fromkeys(row) if cell.strip()]
    found = [role(cell) for cell in cells]
    named = {each for each in found if each is not None}
    return len(named) >= 2 and sum(each is not None for each in found) * 3 >= len(cells) * 2 and not any(map(_is_entry, cells))


def names_code(cell: str) -> bool:
    """Whether a cell names an SDK, of the catalogue or another by that word."""
    return len(cell) <= LONGEST_HEADING * 2 and bool(_is_name(cell) or sdks(cell))


def inferred(rows: Sequence[Sequence[str]]) -> tuple[Role | None, ...]:
    """The roles of columns that have no headings, by what most of their cells hold. None of them is `sdk` when none names SDKs."""
    width = max(map(len, rows), default=0)
    columns = [[row[column].strip() for row in rows if column < len(row) and row[column].strip()][:_SEEN] for column in range(width)]
    found: list[Role | None] = [None] * width
    for name, test in _tests():
        shares = [sum(map(test, column)) / len(column) if column and found[index] is None else 0.0 for index, column in enumerate(columns)]
        best = max(range(width), key=lambda index: shares[index], default=0)
        if width and shares[best] >= _MOST:
            found[best] = name
    return tuple(found)


def _tests() -> tuple[tuple[Role, Callable[[str], bool]], ...]:
    return (
        ("link", lambda cell: bool(_LINK.search(cell))),
        ("package", lambda cell: bool(_PACKAGE.fullmatch(cell))),
        ("platform", lambda cell: bool(words("platforms").search(folded(cell)))),
        ("company", lambda cell: len(cell) < 60 and bool(words("company").search(folded(cell))) and not _is_name(cell)),
        ("sdk", lambda cell: len(cell) <= LONGEST_HEADING and names_code(cell)),
        ("data", lambda cell: bool(data(cell, lang(cell))) or bool(words("nothing").search(folded(cell)))),
        ("purpose", lambda cell: bool(purposes(cell, lang(cell)))),
    )


def _is_entry(cell: str) -> bool:
    """Whether a cell says something of its own: an SDK, a permission, data. Headings name only what kind of thing stands below."""
    if len(cell) > _MAKER and words("company").search(folded(cell)):
        return True
    return (
        names_code(cell)
        or (role(cell) == "data" and bool(data(cell, lang(cell))))
        or (role(cell) == "permission" and bool(permissions(cell)))
    )


def _is_name(cell: str) -> bool:
    name = folded(cell)
    return bool(words("sdk_name").search(name)) and not words("no_name").search(name)


_LINK = re.compile(r"https?://|www\.")
_PACKAGE = re.compile(r"(?:[a-z]\w*\.){1,6}\w+\.?\*?(?:[\s,;、]+(?:[a-z]\w*\.){1,6}\w+\.?\*?){0,5}")
_MAKER = 6
"""Characters that the legal name of a company has at least."""

_MOST = 0.5
_SEEN = 30
