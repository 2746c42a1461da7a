"""The views that users ask, with what their columns mean. They are data: `rules/lake/views.yml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from mingjian.model.shipped import read_yaml, rules_folder
from mingjian.model.types import Text


@dataclass(frozen=True, slots=True)
class View:
    """One view: its query over the tables (schema `files`), what a row is, and what each column says, in order."""

    name: str
    row: Text
    sql: str
    columns: Mapping[str, Text]


@cache
def views() -> tuple[View, ...]:
    """Every view; one that asks another stands behind it."""
    return tuple(
        View(name, Text(**said["row"]), said["sql"], {column: Text(**words) for column, words in said["columns"].items()})
        for name, said in read_yaml(rules_folder() / "lake" / "views.yml").items()
    )
