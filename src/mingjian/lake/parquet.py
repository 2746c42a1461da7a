"""The rows of a Parquet file that somebody else wrote: read through DuckDB, which sees this one file and nothing else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from mingjian.errors import InputError

MAGIC = b"PAR1"
"""The first bytes of every Parquet file."""

_BATCH = 200
_MOST_COLUMNS = 500
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,
    "memory_limit": "512MiB",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "preserve_insertion_order": True,
}


def rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Every row with its number from 1, in the order of the file; a value of a nested type is a list or a dict. Never more than a batch
    is held. Raises `InputError` for what is no such file or is damaged."""
    # The path goes in as a parameter, but DuckDB would still take `*` and `?` in it for a pattern.
    name = "".join(f"[{character}]" if character in "*?[" else character for character in str(path))
    try:
        with duckdb.connect(config=_SETTINGS) as connection:
            found = connection.execute("select * from read_parquet($1, hive_partitioning = false)", [name])
            names = [str(column[0]) for column in found.description or ()]
            if len(names) > _MOST_COLUMNS:
                raise InputError("fleet.input.many_columns", path=path, count=len(names), limit=_MOST_COLUMNS)
            number = 0
            while batch := found.fetchmany(_BATCH):
                for values in batch:
                    number += 1
                    yield number, dict(zip(names, values, strict=True))
    except duckdb.Error as error:
        raise InputError("fleet.input.parquet", path=path, why=str(error).partition("\n")[0][:200]) from error
