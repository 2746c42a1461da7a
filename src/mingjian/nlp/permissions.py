"""Permissions that a text names, by their constants or by the words of users."""

import re
from functools import cache

from mingjian.model.shipped import catalog
from mingjian.nlp.columns import folded, table_words


def permissions(text: str) -> tuple[str, ...]:
    """The permissions of a cell or a phrase, in simplified characters, as `permission.<group>` in order of their first mention;
    `permission.special` for what is granted elsewhere than in a dialogue."""
    found: dict[str, None] = {}
    for match in _CONSTANT.finditer(text):
        group = _constants().get(match[0])
        if group is not None:
            found[f"permission.{group}"] = None
    pattern, groups = _names()
    for match in pattern.finditer(_CONSTANT.sub(" ", folded(text))):
        found[f"permission.{groups[match[0]]}"] = None
    return tuple(found)


@cache
def _constants() -> dict[str, str]:
    listed = catalog("permissions")
    constants = {name.rpartition(".")[2]: group for group, row in listed["groups"].items() for name in row["permissions"]}
    return {**constants, **{row["permission"].rpartition(".")[2]: "special" for row in listed["special"].values()}}


@cache
def _names() -> tuple[re.Pattern[str], dict[str, str]]:
    listed = catalog("permissions")["groups"]
    named = {name: group for group, names in table_words()["permissions"].items() for name in names}
    named |= {folded(row[lang]): group for group, row in listed.items() for lang in ("zh", "en") if folded(row[lang]) not in named}
    ordered = sorted(named, key=lambda name: (-len(name), name))
    return re.compile("|".join(rf"\b{re.escape(name)}\b" if name.isascii() else re.escape(name) for name in ordered)), named


_CONSTANT = re.compile(r"[A-Z][A-Z0-9]{2,}(?:_[A-Z0-9]{1,20}){1,8}|\bCAMERA\b")
