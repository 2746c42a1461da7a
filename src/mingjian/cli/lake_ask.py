"""`lake ask …`: the questions of `mingjian.lake.questions`, as text, CSV or JSON."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar, get_args

import click

from mingjian import lake as lakes
from mingjian.cli import language, text
from mingjian.cli.lake import FORMS, lake
from mingjian.cli.options import lang_option
from mingjian.errors import InputError, UsageError
from mingjian.lake import questions
from mingjian.lake.questions import FIRST, MOST_ROWS, Apps, Design, Drawn, Page, Result
from mingjian.lake.written import csv_lines, document, in_words, plain
from mingjian.model.printable import printable_json

Command = TypeVar("Command", bound=Callable[..., Any])
Ask = Callable[[Any, Apps, Page], Result[Any, Any]]

_MOST_PLAN = 64 << 20


def _asking(command: Command) -> Command:
    """The options of every question."""
    forms = click.Choice(["table", "csv", "json"])
    for option in (
        lang_option,
        click.option("--format", "form", type=forms, default="table", show_default=True, help=text("cli.lake.ask.format")),
        click.option("--seconds", type=click.FloatRange(0.001, 86_400), default=60, show_default=True, help=text("cli.lake.seconds")),
        click.option(
            "--memory", type=click.IntRange(16, 1 << 20), default=512, show_default=True, metavar="MiB", help=text("cli.lake.memory")
        ),
        click.option("--offset", type=int, default=0, show_default=True, help=text("cli.lake.ask.offset")),
        click.option("--limit", type=int, help=text("cli.lake.ask.limit")),
        click.option("--period", metavar="HALF", help=text("cli.lake.ask.period")),
        click.option("--lake", "folder", required=True, metavar="DIR", type=click.Path(path_type=Path), help=text("cli.lake.folder")),
    ):
        command = option(command)
    return command


def _of_apps(command: Command) -> Command:
    """The options by which a question is asked of some apps."""
    command = click.option("--store", metavar="NAME", help=text("cli.lake.ask.store"))(command)
    return click.option("--category", metavar="ID", help=text("cli.lake.ask.category"))(command)


@lake.group(help=text("cli.lake.ask.help"), short_help=text("cli.lake.ask.short"))
def ask() -> None:
    """The group of the questions about a market."""


@ask.command(help=text("cli.lake.ask.ranking"))
@click.option("--for", "purpose", type=click.Choice(["test", "act"]), default="test", show_default=True, help=text("cli.lake.ask.purpose"))
@click.option("--unknown-downloads", is_flag=True, help=text("cli.lake.ask.unknown"))
@click.option("--pack", metavar="ID", help=text("cli.lake.ask.pack"))
@_of_apps
@_asking
def ranking(purpose: questions.Purpose, unknown_downloads: bool, pack: str | None, **how: Any) -> int:
    """Apps by score."""
    return _answer(how, lambda opened, apps, page: questions.ranking(opened, apps, purpose, unknown_downloads, pack, page))


@ask.command(help=text("cli.lake.ask.exposure"))
@click.option("--sdk", metavar="SDK", help=text("cli.lake.ask.sdk"))
@click.option("--version", metavar="VERSION", help=text("cli.lake.ask.version"))
@click.option("--told", type=click.Choice(get_args(questions.Told)), help=text("cli.lake.ask.told"))
@_of_apps
@_asking
def exposure(sdk: str | None, version: str | None, told: questions.Told | None, **how: Any) -> int:
    """SDKs, or the apps that carry one."""
    if sdk is None and version is not None:
        raise UsageError("lake.ask.version_without_sdk")
    if sdk is None:
        return _answer(how, questions.exposure)
    return _answer(how, lambda opened, apps, page: questions.carriers(opened, sdk, apps, told, page, version))


@ask.command(help=text("cli.lake.ask.clusters"))
@click.option("--cluster", metavar="ID", help=text("cli.lake.ask.cluster"))
@click.option("--ignored", is_flag=True, help=text("cli.lake.ask.ignored"))
@_of_apps
@_asking
def clusters(cluster: str | None, ignored: bool, **how: Any) -> int:
    """Clusters, the apps of one, or the keys that were ignored."""
    if cluster is not None:
        return _answer(how, lambda opened, apps, page: questions.members(opened, cluster, apps, page))
    return _answer(how, questions.ignored_keys if ignored else questions.clusters)


@ask.command(help=text("cli.lake.ask.trend"))
@click.option("--of", type=click.Choice(get_args(questions.Of)), default="clause", show_default=True, help=text("cli.lake.ask.of"))
@click.option("--since", "earlier", required=True, metavar="HALF", help=text("cli.lake.ask.earlier"))
@click.option("--name", metavar="NAME", help=text("cli.lake.ask.name"))
@click.option(
    "--verdict", type=click.Choice(get_args(questions.Weighed)), default="violated", show_default=True, help=text("cli.lake.ask.verdict")
)
@_of_apps
@_asking
def trend(of: questions.Of, earlier: str, name: str | None, verdict: questions.Weighed, **how: Any) -> int:
    """What changed, or the apps behind one change."""
    if name is None:
        return _answer(how, lambda opened, apps, page: questions.trend(opened, of, earlier, apps, verdict, page))
    return _answer(how, lambda opened, apps, page: questions.trend_apps(opened, of, name, earlier, apps, verdict, page))


@ask.command(help=text("cli.lake.ask.plan"))
@click.option("--half-width", type=float, default=0.05, show_default=True, help=text("cli.lake.ask.half_width"))
@click.option("--confidence", type=float, default=0.95, show_default=True, help=text("cli.lake.ask.confidence"))
@click.option("--size", type=int, help=text("cli.lake.ask.size"))
@click.option(
    "--allocation",
    type=click.Choice(get_args(questions.Allocation)),
    default="proportional",
    show_default=True,
    help=text("cli.lake.ask.allocation"),
)
@click.option("--least", type=int, default=2, show_default=True, help=text("cli.lake.ask.least"))
@click.option("--expected", metavar="CLAUSE", help=text("cli.lake.ask.expected"))
@click.option("--seed", default="1", show_default=True, help=text("cli.lake.ask.seed"))
@_of_apps
@_asking
def plan(**how: Any) -> int:
    """A sample of apps."""
    design = Design(**{name: how[name] for name in (field.name for field in fields(Design))})
    return _answer(how, lambda opened, apps, page: questions.plan(opened, apps, design, page))


@ask.command(help=text("cli.lake.ask.estimate"))
@click.option("--plan", "plan_file", required=True, metavar="CSV", type=click.Path(path_type=Path), help=text("cli.lake.ask.plan_file"))
@click.option("--clause", required=True, metavar="CLAUSE", help=text("cli.lake.ask.clause"))
@click.option("--confidence", type=float, default=0.95, show_default=True, help=text("cli.lake.ask.confidence"))
@click.option("--apps", "listed", is_flag=True, help=text("cli.lake.ask.apps"))
@_asking
def estimate(plan_file: Path, clause: str, confidence: float, listed: bool, **how: Any) -> int:
    """What a plan says of the market."""
    drawn = _plan_of(plan_file)

    def asked(opened: Any, apps: Apps, page: Page) -> Result[Any, Any]:
        if listed:
            return questions.sampled_apps(opened, drawn, clause, apps.period, page)
        return questions.estimate(opened, drawn, clause, apps.period, confidence)

    return _answer(how, asked)


def _plan_of(path: Path) -> list[Drawn]:
    try:
        with path.open("rb") as file:
            return questions.read_plan(file.read(_MOST_PLAN + 1), str(path))
    except OSError as error:
        raise InputError("error.cannot_read", path=str(path), why=error.strerror or str(error)) from error


def _answer(how: dict[str, Any], asked: Ask) -> int:
    apps = Apps(how["period"], how.get("category"), how.get("store"))
    # A file is for another program, which must not miss the rows of other pages.
    usual = MOST_ROWS if how["form"] == "csv" else FIRST.limit
    page = Page(usual if how["limit"] is None else how["limit"], how["offset"])
    with lakes.open(how["folder"], memory=f"{how['memory']}MiB", seconds=how["seconds"]) as opened:
        result = asked(opened, apps, page)
    for line in _WRITTEN[how["form"]](result):
        click.echo(line)
    return 0


def _as_csv(result: Result[Any, Any]) -> Iterator[str]:
    """The rows alone, with the names of the fields."""
    return csv_lines(result.columns, (tuple(map(plain, row)) for row in result.cells()))


def _as_json(result: Result[Any, Any]) -> Iterator[str]:
    """One object with everything that the result tells."""
    yield printable_json(json.dumps(document(result), ensure_ascii=False, indent=1))


def _as_text(result: Result[Any, Any]) -> Iterator[str]:
    """What is told of the whole, the rows in words, and how to read them."""
    yield text("lake.ask.from", period=result.parameters["period"], digest=result.digest[:16])
    for field in fields(result.summary):
        value = getattr(result.summary, field.name)
        told = _told(field.name, len(value) if field.name == "strata" else value)
        yield text("lake.ask.fact", name=text(f"lake.ask.column.{field.name}"), value=told)
    if "confidence" in result.parameters:
        yield text("lake.ask.fact", name=text("lake.ask.column.confidence"), value=result.parameters["confidence"])
    yield ""
    headings = [text(f"lake.ask.column.{name}") for name in result.columns]
    rows = (tuple(map(_told, result.columns, row)) for row in result.cells())
    yield from FORMS["table"](headings, rows)
    yield ""
    first, last = result.page.offset + 1, result.page.offset + len(result.rows)
    yield text("lake.ask.rows", first=first, last=last, total=result.total) if result.rows else text("lake.ask.no_rows", total=result.total)
    yield text(f"lake.ask.note.{result.question}")


def _told(name: str, value: Any) -> Any:
    """A value in the reader's words."""
    return in_words(name, value, language(sys.argv[1:]))


_WRITTEN: dict[str, Callable[[Result[Any, Any]], Iterator[str]]] = {"table": _as_text, "csv": _as_csv, "json": _as_json}
