"""Whether the lake still is what was written: every file by its bytes, its rows and its keys."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb

from mingjian.lake.files import digest
from mingjian.lake.manifest import PACK, File, Manifest, Part
from mingjian.lake.schema import TABLES
from mingjian.lake.tables import scan

Kind = Literal["missing", "changed", "unreadable", "schema", "rows", "places", "twice"]

_MEMORY = "512MB"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something of the lake that is not as the manifest says. `name` is the file's place in the lake, or the prefix for `twice`."""

    kind: Kind
    name: str


def check(folder: Path, state: Manifest) -> Iterator[Fault]:
    """The first fault of every file, in the order of the manifest, then of keys that stand twice."""
    with duckdb.connect(":memory:", config={"threads": 1, "memory_limit": _MEMORY, "temp_directory": ""}) as connection:
        sound = []
        for part in state.parts:
            faults = [Fault(kind, part.path(name).as_posix()) for name in part.files if (kind := _fault(connection, folder, part, name))]
            yield from faults
            if not faults and part.family == "reports":
                sound.append(part)
        yield from _twice(connection, folder, sound)


def _fault(connection: duckdb.DuckDBPyConnection, folder: Path, part: Part, name: str) -> Kind | None:
    path, file = folder / part.path(name), part.files[name]
    try:
        if digest(path) != (file.sha256, file.size):
            return "changed"
    except FileNotFoundError:
        return "missing"
    except OSError:
        return "unreadable"
    if name == PACK:
        return None if file.rows == part.rows else "rows"
    try:
        return _table_fault(connection, path, part, name)
    except duckdb.Error:
        return "unreadable"


def _table_fault(connection: duckdb.DuckDBPyConnection, path: Path, part: Part, table: str) -> Kind | None:
    rows = f"FROM {scan([path])}"
    if {name: kind for name, kind, *_ in connection.execute(f"DESCRIBE {rows}").fetchall()} != dict(TABLES[table]):
        return "schema"
    file = part.files[table]
    counted = connection.execute(f"{rows} SELECT count(*)").fetchone()
    if counted != (file.rows,):
        return "rows"
    if table != "poison":
        ends = connection.execute(f"{rows} SELECT min(report), max(report)").fetchone() or ("", "")
        whole = table in ("subjects", "listings")
        if (whole and (*ends, file.rows) != (part.first, part.last, part.rows)) or not part.first <= ends[0] <= ends[1] <= part.last:
            return "rows"
    return "places" if table == "subjects" and not _fits(connection, rows, part.files[PACK]) else None


def _fits(connection: duckdb.DuckDBPyConnection, rows: str, pack: File) -> bool:
    """Whether the reports of a part lie in its pack in order of key, one behind the other, from its first byte to its last."""
    before = "coalesce(sum(size) OVER (ORDER BY report ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)"
    found = connection.execute(
        f"FROM ({rows} SELECT *, {before} AS before)"
        ' SELECT bool_and(pack = ?), count(DISTINCT report), sum(size)::BIGINT, bool_and("offset" = before)',
        [pack.sha256],
    ).fetchone()
    return found == (True, pack.rows, pack.size, True)


def _twice(connection: duckdb.DuckDBPyConnection, folder: Path, parts: list[Part]) -> Iterator[Fault]:
    for prefix in sorted({part.prefix for part in parts}):
        files = scan(folder / part.path("subjects") for part in parts if part.prefix == prefix)
        found = connection.execute(f"FROM {files} SELECT count(*) - count(DISTINCT report)").fetchone()
        if found != (0,):
            yield Fault("twice", f"prefix={prefix}")
