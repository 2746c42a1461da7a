"""`lake query|views|report|compact|check`: asking the lake, and keeping it in order."""

import json
import math
import os
import resource
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from threading import Timer
from typing import Any
from unicodedata import east_asian_width

import click

from mingjian import lake as lakes
from mingjian.cli import text
from mingjian.cli.options import lang_option, output_option, write
from mingjian.errors import UsageError
from mingjian.lake.manifest import Manifest, load
from mingjian.lake.views import views
from mingjian.lake.written import csv_lines
from mingjian.model.printable import printable, printable_json

BROKEN = 1
"""The exit code of a lake that is not as its manifest says: as with `verify`, something was found."""
SHOWN = 1000
"""Rows of a table."""

Row = tuple[Any, ...]

_WIDEST = 80
_SPARE = 2 << 30
"""Bytes that a process may hold beside the memory of its question: one huge value is in no account of the engine."""

_GRACE = 2
"""Seconds after its time in which the engine may still end a question by itself."""

_lake = click.option("--lake", "folder", required=True, metavar="DIR", type=click.Path(path_type=Path), help=text("cli.lake.folder"))


@click.group(help=text("cli.lake.help"), short_help=text("cli.lake.help"))
def lake() -> None:
    """The group of the verbs about the lake."""


@lake.command(help=text("cli.lake.query.help"), short_help=text("cli.lake.query.short"), epilog=text("cli.lake.query.examples"))
@_lake
@click.argument("sql", metavar="SQL")
@click.option(
    "--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True, help=text("cli.lake.format")
)
@click.option("--memory", type=click.IntRange(16, 1 << 20), default=512, show_default=True, metavar="MiB", help=text("cli.lake.memory"))
@click.option("--seconds", type=click.FloatRange(0.001, 86_400), default=60, show_default=True, help=text("cli.lake.seconds"))
@lang_option
def query(folder: Path, sql: str, form: str, memory: int, seconds: float, lang: str) -> int:  # noqa: ARG001  `text` reads the language
    """Prints the answer as it comes; a table once its widths are known."""
    with lakes.open(folder, memory=f"{memory}MiB", seconds=seconds) as opened:
        _limit_memory((memory << 20) + _SPARE)
        _end_after(seconds + _GRACE)
        columns, rows = opened.stream(sql)
        for line in FORMS[form](columns, rows):
            click.echo(line)
    return 0


def _end_after(seconds: float) -> None:
    """Ends this process when the engine does not end the question itself, as in the midst of one long function."""

    def end() -> None:
        click.echo(text("lake.too_long"), err=True)
        os._exit(UsageError.exit_code)

    timer = Timer(seconds, end)
    timer.daemon = True
    timer.start()


def _limit_memory(most: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


@lake.command("views", help=text("cli.lake.views.help"), short_help=text("cli.lake.views.short"))
@lang_option
def views_(lang: str) -> int:
    """Each view with its columns."""
    for view in views():
        click.echo(f"{view.name}: {view.row.of(lang)}")
        for column, words in view.columns.items():
            click.echo(f"  {column:18}{words.of(lang)}")
    return 0


@lake.command(help=text("cli.lake.report.help"), short_help=text("cli.lake.report.short"))
@_lake
@click.argument("key", metavar="KEY")
@output_option
@lang_option
def report(folder: Path, key: str, output: Path | None, lang: str) -> int:  # noqa: ARG001  `text` reads the language
    """The report's bytes as they were staged."""
    with lakes.open(folder) as opened:
        write(opened.document(key), output)
    return 0


@lake.command("compact", help=text("cli.lake.compact.help"), short_help=text("cli.lake.compact.short"))
@_lake
@lang_option
def compact_(folder: Path, lang: str) -> int:  # noqa: ARG001  `text` reads the language
    """Merges what the lake has. Staged reports are taken in by the engine, which knows their listings."""
    load(folder)
    lakes.compact(folder, full=True)
    click.echo(text("cli.lake.compacted", **_sizes(load(folder))))
    return 0


@lake.command("check", help=text("cli.lake.check.help"), short_help=text("cli.lake.check.short"))
@_lake
@lang_option
def check_(folder: Path, lang: str) -> int:  # noqa: ARG001  `text` reads the language
    """One line a fault."""
    state = load(folder)
    faults = 0
    for faults, fault in enumerate(lakes.check(folder, state), 1):  # noqa: B007  the number of the last is the number of all
        click.echo(text(f"lake.fault.{fault.kind}", name=fault.name))
    sizes = _sizes(state)
    click.echo(text("cli.lake.broken", files=sizes["files"], faults=faults) if faults else text("cli.lake.intact", **sizes))
    return BROKEN if faults else 0


def _sizes(state: Manifest) -> dict[str, int]:
    reports = sum(part.rows for part in state.parts if part.family == "reports")
    return {"files": sum(len(part.files) for part in state.parts), "reports": reports}


def _as_table(columns: Sequence[str], rows: Iterator[Row]) -> Iterator[str]:
    """Columns side by side, numbers to the right; the rows that are not shown are told of."""
    shown = list(islice(rows, SHOWN))
    cells = [list(columns), *([_shown(value) for value in row] for row in shown)]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    right = [all(isinstance(value, int | float) for value in column) for column in zip(*shown, strict=True)] or [False] * len(columns)
    for row in cells:
        yield "  ".join(_padded(*cell) for cell in zip(row, widths, right, strict=True)).rstrip()
    if next(rows, None) is not None:
        click.echo(text("cli.lake.more", n=SHOWN), err=True)


def _as_json(columns: Sequence[str], rows: Iterator[Row]) -> Iterator[str]:
    """A list of objects, one a line. Raises `UsageError` when two columns have one name, of which an object would lose one."""
    if twice := next((name for name in columns if columns.count(name) > 1), None):
        raise UsageError("lake.column_twice", column=twice)
    before = "["
    for row in rows:
        yield before + printable_json(json.dumps(_finite(dict(zip(columns, row, strict=True))), ensure_ascii=False, default=str))
        before = ","
    yield "]" if before == "," else "[]"


def _finite(value: Any) -> Any:
    """The value with null for each number that JSON does not have."""
    match value:
        case float() if not math.isfinite(value):
            return None
        case dict():
            return {str(name): _finite(each) for name, each in value.items()}
        case list() | tuple():
            return [_finite(each) for each in value]
        case _:
            return value


def _shown(value: Any) -> str:
    whole = "" if value is None else printable(str(value))
    return whole if len(whole) <= _WIDEST else whole[: _WIDEST - 1] + "…"


def _width(cell: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in cell)


def _padded(cell: str, width: int, right: bool) -> str:
    space = " " * (width - _width(cell))
    return space + cell if right else cell + space


FORMS: dict[str, Callable[[Sequence[str], Iterator[Row]], Iterator[str]]] = {"table": _as_table, "csv": csv_lines, "json": _as_json}
