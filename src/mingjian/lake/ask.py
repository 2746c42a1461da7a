"""Asks the lake. A question is one SELECT over views: it reads no other file, writes none, and ends in time or with one clear line."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb

from mingjian.errors import InputError, MingjianError, TryAgainError, UsageError
from mingjian.lake import again, manifest, packs
from mingjian.lake.decoded import report_of
from mingjian.lake.manifest import PACK, Manifest
from mingjian.lake.schema import CLOCK, TABLES, nothing, typed, zoneless
from mingjian.lake.tables import listed, literally, scan
from mingjian.lake.views import views
from mingjian.model.codec import DecodeError
from mingjian.model.types import Report

MEMORY = "512MB"
THREADS = 2
SECONDS = 60
MOST_ROWS = 100_000
"""Rows that `Lake.query` holds; `Lake.stream` gives any number."""

_MOST_SQL = 100_000
_BATCH = 1000

Row = tuple[Any, ...]
Parameters = Sequence[Any] | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question gives: the names of the columns, and the rows."""

    columns: tuple[str, ...]
    rows: list[Row]


def open(folder: str | os.PathLike[str], memory: str = MEMORY, threads: int = THREADS, seconds: float = SECONDS) -> "Lake":
    """The lake in a folder, as it is now. `memory` (such as `512MB`) and `seconds` bound each question. Raises `InputError` for what is no
    lake, for one of a newer version, and for one that is damaged; `UsageError` for bounds that are none."""
    place = Path(folder).absolute()
    return Lake(place, manifest.load(place), _engine(memory, threads, seconds))


class Lake:
    """One state of a lake: what is compacted later is not in it. Its files stay until the compaction after the next; a question after that
    ends with `TryAgainError`, and the lake is to be opened again.

    `memory` and `seconds` end what grows and what goes on, but a single function over one huge value is only looked at when it returns: who
    lets strangers ask does so in a process with limits of its own."""

    def __init__(self, folder: Path, state: Manifest, connection: duckdb.DuckDBPyConnection) -> None:
        self.folder = folder
        self._state = state
        self._connection = connection
        try:
            self._make_views()
        except duckdb.Error as error:
            connection.close()
            raise self._damaged(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def digest(self) -> str:
        """What a published figure names beside its question: asked of a lake of this digest again, it gives the same number."""
        return manifest.digest(self._state)

    def close(self) -> None:
        """Ends every question and gives the memory back."""
        self._connection.close()

    def query(self, sql: str, parameters: Parameters = ()) -> Answer:
        """The whole answer to one SELECT, with `?` or `$name` for the parameters. Raises `UsageError` for anything else, for an error in
        it, and for what needs more memory, time or rows than it may; `InputError` for a damaged file."""
        columns, rows = self.stream(sql, parameters)
        held: list[Row] = []
        for row in rows:
            if len(held) == MOST_ROWS:
                raise UsageError("lake.too_many_rows", limit=MOST_ROWS)
            held.append(row)
        return Answer(columns, held)

    def stream(self, sql: str, parameters: Parameters = ()) -> tuple[tuple[str, ...], Iterator[Row]]:
        """The names of the columns, and the rows as they come. Raises what `query` raises, here or while the rows are taken."""
        if len(sql) > _MOST_SQL:
            raise UsageError("lake.long_question", limit=_MOST_SQL)
        with self._told():
            cursor = self._connection.cursor()
            statements = cursor.extract_statements(sql)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise UsageError("lake.not_a_question")
            cursor.execute(statements[0], parameters)
            described = cursor.description or []
            columns = tuple(column[0] for column in described)
            if any(zoneless(str(column[1])) != str(column[1]) for column in described):
                cursor.execute(_with_texts(statements[0].query, [str(column[1]) for column in described]), parameters)
        return columns, self._rows(cursor)

    def document(self, key: str) -> bytes:
        """The raw report of a key, as it was staged. Raises `InputError` when the lake has none, or its pack is damaged."""
        for part in self._state.parts:
            if part.family == "reports" and part.first <= key <= part.last:
                subjects = scan([self.folder / part.path("subjects")])
                for offset, size in self._seats(f'FROM {subjects} SELECT "offset", size WHERE report = ?', key):
                    return packs.read(self.folder / part.path(PACK), offset, size)
        raise InputError("lake.no_report", report=key[:80])

    def report(self, key: str) -> Report:
        """The report of a key. Raises what `document` raises."""
        return self._decoded(self.document(key), key)

    def reports(self, period: str | None = None) -> Iterator[tuple[str, Report]]:
        """Every report with its key, one at a time, or those that came into the lake in one half-year; by half-year and prefix, in a part
        by key. Raises what `document` raises."""
        for part in self._state.parts:
            if part.family == "reports" and period in (None, part.period):
                subjects = scan([self.folder / part.path("subjects")])
                pack = self.folder / part.path(PACK)
                for key, offset, size in self._seats(f'FROM {subjects} SELECT report, "offset", size ORDER BY report'):
                    yield key, self._decoded(packs.read(pack, offset, size), key)

    def _seats(self, sql: str, *parameters: str) -> list[Row]:
        """Places in one pack, all at once, for whoever reads the reports may take longer than a question may."""
        with self._told():
            return self._connection.cursor().execute(sql, parameters).fetchall()

    def _rows(self, cursor: duckdb.DuckDBPyConnection) -> Iterator[Row]:
        while True:
            with self._told():
                rows = cursor.fetchmany(_BATCH)
            if not rows:
                return
            yield from rows

    def _decoded(self, document: bytes, key: str) -> Report:
        try:
            return report_of(document)
        except DecodeError as error:
            raise InputError("error.not_a_report", path=f"{self.folder}: {key}", why=str(error)) from error

    def _make_views(self) -> None:
        run = self._connection.execute
        run(CLOCK)
        run("CREATE SCHEMA files")
        paths = []
        for table in TABLES:
            files = [self.folder / path for name, path, _, _ in self._state.files() if name == table]
            rows = f"FROM {scan(files)} SELECT {typed(table)}" if files else nothing(table)
            run(f"CREATE VIEW files.{table} AS {rows}")
            paths += files
        judged = again.rows_in(self.folder, self._state)
        run(f"CREATE VIEW files.candidates AS {again.relation(judged)}")
        paths += judged
        for view in views():
            run(f"CREATE VIEW {view.name} AS {view.sql}")
        run(f"SET allowed_paths = {listed(dict.fromkeys([*map(str, paths), *map(literally, paths)]))}")
        run("SET enable_external_access = false")
        run("SET lock_configuration = true")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """DuckDB's errors as ours, each one line."""
        try:
            yield
        except duckdb.InterruptException as error:
            raise UsageError("lake.too_long") from error
        except (duckdb.OutOfMemoryException, MemoryError) as error:
            raise UsageError("lake.too_much_memory") from error
        except duckdb.Error as error:
            raise self._named(error) from error

    def _named(self, error: duckdb.Error) -> MingjianError:
        """Whose fault it is: a compaction's, which removed old files; the files' that are there; or the question's."""
        if gone := next((path for _, path, _, _ in self._state.files() if not (self.folder / path).exists()), None):
            if manifest.load(self.folder) != self._state:
                return TryAgainError("lake.changed", path=self.folder)
            return InputError("lake.damaged", path=self.folder / gone)
        if isinstance(error, duckdb.PermissionException):
            return UsageError("lake.not_allowed")
        if isinstance(error, duckdb.IOException | duckdb.FatalException) or str(self.folder) in str(error):
            return self._damaged(error)
        return UsageError("lake.wrong_question", why=_first_line(error))

    def _damaged(self, error: duckdb.Error) -> InputError:
        return InputError("lake.damaged_file", path=self.folder, why=_first_line(error))


def _first_line(error: duckdb.Error) -> str:
    return str(error).partition("\n")[0]


def _with_texts(sql: str, kinds: Sequence[str]) -> str:
    """The question with texts for moments that have a time zone."""
    names = [f"c{place}" for place in range(len(kinds))]
    cells = ", ".join(f"{name}::{zoneless(kind)}" for name, kind in zip(names, kinds, strict=True))
    return f"SELECT {cells} FROM (\n{sql.rstrip().removesuffix(';')}\n) AS asked({', '.join(names)})"  # noqa: S608 - the question itself


def _engine(memory: str, threads: int, seconds: float) -> duckdb.DuckDBPyConnection:
    """An engine in memory that loads nothing from outside and puts nothing on a disk."""
    try:
        return duckdb.connect(
            ":memory:",
            config={
                "memory_limit": memory,
                "threads": threads,
                "max_execution_time": max(1, int(seconds * 1000)),
                "temp_directory": "",
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "allow_community_extensions": False,
                "allow_persistent_secrets": False,
                "python_enable_replacements": False,
            },
        )
    except duckdb.Error as error:
        raise UsageError("lake.wrong_bounds", why=_first_line(error)) from error
