"""Writes the tables' files: rows that a query gives, sorted, as one Parquet file named by its digest."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from mingjian.errors import InputError, TryAgainError
from mingjian.lake.files import digest, house_faults, keep
from mingjian.lake.manifest import File, Part, place
from mingjian.lake.rows import Row
from mingjian.lake.schema import ORDER, nothing, typed

MEMORY = "512MB"
_MORE_MEMORY = "2GB"
"""For rows so wide that they cannot be sorted in the usual memory: strangers write reports, and none may keep the others out."""

_PATTERN = re.compile(r"[*?\[]")


def quoted(text: str | Path) -> str:
    """A text as SQL writes it."""
    return "'" + str(text).replace("'", "''") + "'"


def listed(texts: Iterable[str | Path]) -> str:
    """Texts as a list in SQL."""
    return f"[{', '.join(map(quoted, texts))}]"


def scan(paths: Iterable[Path]) -> str:
    """A relation of the rows of these Parquet files, and of no others, whatever they are called."""
    return f"read_parquet({listed(map(literally, paths))}, hive_partitioning = false)"


def literally(path: Path) -> str:
    """A path in which DuckDB finds no pattern."""
    return _PATTERN.sub(lambda found: f"[{found[0]}]", str(path))


@contextmanager
def engine_faults(path: Path) -> Iterator[None]:
    """What DuckDB says of disk and memory is told as a fault of the house, anything else as one of the files that it reads. Raises
    `TryAgainError` and `InputError`."""
    try:
        yield
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise TryAgainError("lake.cannot_write", path=path, why=str(error).partition("\n")[0]) from error
    except duckdb.Error as error:
        raise InputError("lake.damaged_file", path=path, why=str(error).partition("\n")[0]) from error


class Spool:
    """Rows of one table on their way into a file, one JSON object a line, so that memory holds one row."""

    def __init__(self, path: Path, kinds: Mapping[str, str]) -> None:
        self.path = path
        self._kinds = kinds
        self._file = path.open("w", encoding="utf-8")

    def add(self, row: Row) -> None:
        self._file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")

    def close(self) -> None:
        self._file.close()

    def rows(self) -> Iterator[Row]:
        """The rows that were added, in their order, one at a time. The adding must have ended."""
        with self.path.open(encoding="utf-8") as file:
            for line in file:
                row: Row = json.loads(line)
                yield row

    def query(self) -> str:
        """A relation with the rows that were added, which ends the adding; columns that no row named are null."""
        self.close()
        kinds = ", ".join(f"{quoted(name)}: {quoted(kind)}" for name, kind in self._kinds.items())
        return f"read_json({quoted(literally(self.path))}, format = 'newline_delimited', columns = {{{kinds}}})"


class Writer:
    """A DuckDB of one thread, for the bytes of a file must not depend on the order in which threads end. What does not fit into its memory
    goes to the working folder, which is on the lake's disk."""

    def __init__(self, folder: Path, working: Path, memory: str = MEMORY) -> None:
        self.folder = folder
        self.working = working
        self._memory = memory
        self.made: set[Path] = set()
        """Every file that was kept, by its place in the lake."""
        spill = str(working / "spill")
        self.connection = duckdb.connect(
            ":memory:",
            config={
                "threads": 1,
                "memory_limit": memory,
                "temp_directory": spill,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "python_enable_replacements": False,
            },
        )
        # Otherwise what the source tells of a column decides whether the file calls it required, and equal rows make unequal bytes.
        self.connection.execute("SET disabled_optimizers = 'statistics_propagation'")

    def close(self) -> None:
        self.connection.close()

    def table(self, table: str, period: str, prefix: str, rows: str) -> File | None:
        """Keeps what the query `rows` gives as a file of a table; none when it gives nothing. Raises `TryAgainError`."""
        part = self.working / f"{table}.parquet"
        order = ", ".join(f'"{column}"' for column in ORDER[table])
        copy = f"COPY (FROM ({rows}) SELECT {typed(table)} ORDER BY {order}) TO {quoted(part)} (FORMAT parquet, COMPRESSION zstd)"
        with engine_faults(self.folder):
            try:
                copied = self.connection.execute(copy).fetchone()
            except duckdb.OutOfMemoryException:
                self.connection.execute(f"SET memory_limit = {quoted(_MORE_MEMORY)}")
                copied = self.connection.execute(copy).fetchone()
                self.connection.execute(f"SET memory_limit = {quoted(self._memory)}")
        count = int(copied[0]) if copied else 0
        return self.keep(table, part, period, prefix, count) if count else None

    def keep(self, name: str, part: Path, period: str, prefix: str, rows: int) -> File:
        """Keeps a finished file, a table's or a pack."""
        with house_faults(self.folder):
            sha256, size = digest(part)
        path = place(name, period, prefix, sha256)
        keep(part, self.folder / path)
        self.made.add(path)
        return File(sha256, size, rows)

    def relation(self, table: str, parts: Iterable[Part]) -> str:
        """A query of the rows that parts hold of a table."""
        paths = [self.folder / part.path(table) for part in parts if table in part.files]
        if not paths:
            return nothing(table)
        return f"FROM {scan(paths)} SELECT {typed(table)}"


def verify(folder: Path, parts: Sequence[Part]) -> None:
    """That every file of these parts still has the bytes that were written. Raises `InputError` for the first that has not."""
    for part in parts:
        for name, file in part.files.items():
            path = folder / part.path(name)
            try:
                if digest(path) != (file.sha256, file.size):
                    raise InputError("lake.damaged", path=path)
            except OSError as error:
                raise InputError("error.cannot_read", path=path, why=error.strerror or str(error)) from error
