"""Finds the words that leave a list open: what they introduce or end is no complete list."""

import re
from functools import cache

from mingjian.model.shipped import catalog
from mingjian.nlp.matcher import Spans, compiled, folded
from mingjian.nlp.reading import Lang, Mention

OPEN = "open"
"""The term of a mention that leaves a list open."""


def open_list(text: str, lang: Lang) -> list[Mention]:
    """The words of a sentence that leave a list open ("等信息", "包括但不限于", "such as"), from left to right."""
    plain = folded(text)
    opened, closed = _rules()[lang]
    ruled_out = Spans(match.span() for match in closed.finditer(plain))
    found = [match.span() for match in opened.finditer(plain)]
    return [Mention(start, end, OPEN) for start, end in found if not ruled_out.touch(start, start + 1)]


@cache
def _rules() -> dict[str, tuple[re.Pattern[str], re.Pattern[str]]]:
    rows = catalog("open_lists")
    return {lang: (compiled("|".join(row["open"])), compiled("|".join(row["closed"]))) for lang, row in rows.items()}
