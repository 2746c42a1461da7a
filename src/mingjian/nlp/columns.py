"""What the columns and fields of a published list hold, by their headings or by what stands in them."""

import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import Any, Literal, cast

from mingjian.model.shipped import read_yaml, rules_folder
from mingjian.nlp.language import lang
from mingjian.nlp.lexicon import data
from mingjian.nlp.products import sdks
from mingjian.nlp.purposes import purposes

Role = Literal[
    "index",
    "sdk",
    "name",
    "company",
    "data",
    "purpose",
    "data_and_purpose",
    "way",
    "link",
    "package",
    "platform",
    "permission",
    "contact",
    "period",
    "place",
    "legal",
    "kind",
]

LONGEST_HEADING = 40
"""Characters of a cell that still may be the heading of a column."""


@cache
def table_words() -> dict[str, Any]:
    """The content of `catalog/columns.yml`."""
    content: dict[str, Any] = read_yaml(rules_folder() / "catalog" / "columns.yml")
    return content


@cache
def words(name: str) -> re.Pattern[str]:
    """One of the patterns of `catalog/columns.yml`, for folded text."""
    return re.compile(table_words()[name])


def folded(text: str) -> str:
    """A cell's text for comparison: half width, lower case, no space beside a Han character, no ornament at its ends."""
    narrow = text.translate(_WIDTH).lower()
    return _SPACE.sub(" ", _HAN_SPACE.sub("", narrow)).strip(" *:：·•-")


@lru_cache(maxsize=4096)
def role(cell: str) -> Role | None:
    """What a column or field of this heading holds, in simplified characters; none when the text is no such heading."""
    if not cell or len(cell) > LONGEST_HEADING * 2:
        return None
    text = folded(cell)
    if not text or len(text) > LONGEST_HEADING or _SENTENCE.search(text):
        return None
    for name, pattern in _roles():
        if pattern.search(text):
            return name
    return None


def is_header(row: Sequence[str]) -> bool:
    """Whether a row is one of headings: at least two, of different roles, and most of what stands in it."""
    cells = [cell for cell in dict.fromkeys(row) if cell.strip()]
    found = [role(cell) for cell in cells]
    named = {each for each in found if each is not None}
    return len(named) >= 2 and sum(each is not None for each in found) * 3 >= len(cells) * 2 and not any(_is_name(cell) for cell in cells)


def names_code(cell: str) -> bool:
    """Whether a cell names an SDK, of the catalogue or another by that word."""
    return bool(_is_name(cell) or sdks(cell))


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


def _is_name(cell: str) -> bool:
    return bool(words("sdk_name").search(folded(cell)))


@cache
def _roles() -> tuple[tuple[Role, re.Pattern[str]], ...]:
    return tuple((cast(Role, name), re.compile(pattern)) for row in table_words()["roles"] for name, pattern in row.items())


_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xA0: 0x20}
_HAN_SPACE = re.compile(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])")
_SPACE = re.compile(r"\s+")
_SENTENCE = re.compile(r"[。；;!?！？]|https?://|\w\.\s\w")
_LINK = re.compile(r"https?://|www\.")
_PACKAGE = re.compile(r"(?:[a-z]\w*\.){1,6}\w+\.?\*?(?:[\s,;、]+(?:[a-z]\w*\.){1,6}\w+\.?\*?){0,5}")
_MOST = 0.5
_SEEN = 30
