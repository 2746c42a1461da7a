"""The rows of a Parquet file that somebody else wrote: read through DuckDB, which sees this one file and nothing else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from mingjian.errors import InputError
from mingjian.lake.schema import CLOCK, zoneless

_BATCH = 200
_MOST_COLUMNS = 500
_ROWS = "FROM read_parquet($1, hive_partitioning = false)"
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,
    "memory_limit": "512MiB",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "preserve_insertion_order": True,
}


def parquet_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Every row with its number from 1, in the order of the file; a value of a nested type is a list or a dict, a moment
    with a time zone a text. Never more than a batch
    is held. Raises `InputError` for what is no such file or is damaged."""
    # The path goes in as a parameter, but DuckDB would still take `*` and `?` in it for a pattern.
    name = "".join(f"[{character}]" if character in "*?[" else character for character in str(path))
    try:
        with duckdb.connect(config=_SETTINGS) as connection:
            connection.execute(CLOCK)
            columns = connection.execute(f"DESCRIBE {_ROWS}", [name]).fetchall()
            names = [str(column[0]) for column in columns]
            if len(names) > _MOST_COLUMNS:
                raise InputError("fleet.input.many_columns", path=path, count=len(names), limit=_MOST_COLUMNS)
            # By number, for names may be anything.
            kinds = ", ".join(f"#{place}::{zoneless(column[1])}" for place, column in enumerate(columns, 1))
            found = connection.execute(f"SELECT {kinds} {_ROWS}", [name])
            number = 0
            while batch := found.fetchmany(_BATCH):
                for values in batch:
                    number += 1
                    yield number, dict(zip(names, values, strict=True))
    except duckdb.Error as error:
        raise InputError("fleet.input.parquet", path=path, why=str(error).partition("\n")[0][:200]) from error
