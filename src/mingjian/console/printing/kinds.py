"""Which documents the procedure has, and what each knows: its words, its tables and the template it ships with."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

from mingjian.model.shipped import read_yaml, rules_folder
from mingjian.model.types import Lang, Text

Kind = Literal[
    "test_report",
    "rectification_order",
    "rectification_report",
    "retest_report",
    "naming_notice",
    "takedown_order",
    "restoration_notice",
    "closing_notice",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""In the order of the procedure."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: the name of its value in a row, its heading and its share of the line."""

    name: str
    heading: Text
    width: int


@dataclass(frozen=True, slots=True)
class Known:
    """What a kind of document knows.

    `words` are its placeholders and `tables` its tables by name, with what a reader calls them; without any of `needed` it is not
    issued, and no edited template may leave out one of `kept`. `fields` are the words that `[[fields]]` lists, in that order."""

    name: Text
    words: Mapping[str, Text]
    tables: Mapping[str, Text]
    needed: frozenset[str]
    kept: tuple[str, ...]
    fields: tuple[str, ...]
    template: Text


def _read(name: str) -> Any:
    return read_yaml(rules_folder() / "enforcement" / "templates" / f"{name}.yml")


def _text(row: Mapping[str, str]) -> Text:
    return Text(row["zh"], row["en"])


@cache
def known(kind: Kind) -> Known:
    """What documents of `kind` know."""
    row, words, tables = _read(kind), _read("words"), _read("tables")
    return Known(
        name=_text(row["name"]),
        words={name: _text(words[name]) for name in (*row["needed"], *row["optional"]) if name not in tables},
        tables={name: _text(tables[name]["name"]) for name in (*row["needed"], *row["optional"]) if name in tables},
        needed=frozenset(row["needed"]),
        kept=tuple(row["kept"]),
        fields=tuple(row["fields"]),
        template=_text(row["template"]),
    )


@cache
def columns(table: str) -> tuple[Column, ...]:
    """The columns of a table of `templates/tables.yml`, without the running number that stands before them."""
    return tuple(Column(row["column"], _text(row), row["width"]) for row in _read("tables")[table]["columns"])


def shipped(kind: Kind, lang: Lang) -> str:
    """The template that ships with the program."""
    return known(kind).template.of(lang)
