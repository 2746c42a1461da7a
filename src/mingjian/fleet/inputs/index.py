"""A store's index as its crawler left it: a table with columns of its own, and how they become those of a manifest.

How is a mapping: each column of a manifest is a text in which `{name}` stands for the row's field of that name, `{a.b}` for a field within
a field. A text that is one such name and nothing else takes the value as it is. Known crawls have theirs in `rules/fleet/indexes.yml`."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from mingjian.errors import InputError, UsageError
from mingjian.fleet.inputs.tables import Row, rows
from mingjian.fleet.inputs.values import COLUMNS, Reading
from mingjian.fleet.listing import Listing
from mingjian.model.shipped import read_yaml, rules_folder

Mapped = Mapping[str, str]

_MOST_BYTES = 64 << 10
_OURS = "s3://"
_FIELD = re.compile(r"\{([^{}]{1,200})\}")


def listed(path: Path, mapping: Mapped) -> Iterator[Listing]:
    """The listings of an index in the order of its rows. Raises `InputError` that names the row."""
    reading = Reading(path, strict=False)
    for number, row in rows(path):
        mapped = {column: _filled(path, number, text, row) for column, text in mapping.items()}
        yield reading.listing(number, mapped)


def known(names: list[str]) -> Mapped | None:
    """The mapping of the crawl whose table has these columns, where it is a known one."""
    return next((each["columns"] for each in _shipped().values() if set(each["signs"]) <= set(names)), None)


@cache
def _shipped() -> Mapping[str, Any]:
    shipped: Mapping[str, Any] = read_yaml(rules_folder() / "fleet" / "indexes.yml")
    return shipped


def mapping_of(path: Path) -> Mapped:
    """The mapping in a YAML file. Raises `UsageError` for one that is none or names a column that no manifest has."""
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES or any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(content, Loader=yaml.CSafeLoader)):
            raise UsageError("fleet.input.mapping", path=path)
        mapping = yaml.load(content, Loader=yaml.CSafeLoader)
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        raise UsageError("fleet.input.mapping", path=path) from error
    if not isinstance(mapping, dict) or not all(isinstance(each, str) for pair in mapping.items() for each in pair):
        raise UsageError("fleet.input.mapping", path=path)
    strange = sorted(mapping.keys() - set(COLUMNS))
    if strange or not mapping.keys() & {"location", "dossier"}:
        raise UsageError("fleet.input.mapping_columns", path=path, allowed=", ".join(COLUMNS))
    return mapping


def _filled(path: Path, number: int, text: str, row: Row) -> Any:
    whole = _FIELD.fullmatch(text)
    if whole:
        value = _value(row, whole[1])
    else:
        values = {name: _value(row, name) for name in _FIELD.findall(text)}
        for name, part in values.items():
            if isinstance(part, dict | list | bool | float):
                raise InputError("fleet.input.no_word", path=path, line=number, name=name[:100])
        # Half an address is none: where a field is empty, so is the text around it.
        empty = any(part in (None, "") for part in values.values())
        value = None if empty else _FIELD.sub(lambda found: str(values[found[1]]), text)
    for each in value if isinstance(value, list) else [value]:
        # Whoever filled the store's page must not choose which of our buckets is read.
        if isinstance(each, str) and each.strip().lower().startswith(_OURS) and not text.lower().startswith(_OURS):
            raise InputError("fleet.input.scheme", path=path, line=number, name=text[:100], value=each[:200])
    return value


def _value(row: Row, name: str) -> Any:
    if name in row:
        return row[name]
    value: Any = row
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value
