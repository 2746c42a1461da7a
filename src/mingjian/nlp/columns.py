"""What the columns and fields of a published list hold, by their headings."""

import re
from functools import cache, lru_cache
from typing import Any, Literal, cast

from mingjian.model.shipped import catalog

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
    "occasion",
    "refusal",
]

LONGEST_HEADING = 40
"""Characters of a cell that still may be the heading of a column."""


@cache
def table_words() -> dict[str, Any]:
    """The content of `catalog/columns.yml`."""
    content: dict[str, Any] = catalog("columns")
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
    text = folded(cell).removesuffix("?")
    if not text or len(text) > LONGEST_HEADING or _SENTENCE.search(text):
        return None
    for name, pattern in _roles():
        if pattern.search(text):
            return name
    return None


@cache
def _roles() -> tuple[tuple[Role, re.Pattern[str]], ...]:
    return tuple((cast(Role, name), re.compile(pattern)) for row in table_words()["roles"] for name, pattern in row.items())


_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xA0: 0x20}
_HAN_SPACE = re.compile(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])")
_SPACE = re.compile(r"\s+")
_SENTENCE = re.compile(r"[。；;!?！？]|https?://|\w\.\s\w")
