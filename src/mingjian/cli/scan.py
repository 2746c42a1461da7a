"""`scan` and `facts`."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

import mingjian
from mingjian.cli import text
from mingjian.cli.options import FAIL_ON, endpoint_of, endpoint_options, exit_code, lang_option, output_option, write
from mingjian.cli.progress import waiting
from mingjian.errors import UsageError
from mingjian.inputs import Limits
from mingjian.model.line import format_line
from mingjian.model.printable import printable
from mingjian.model.terms import vocabulary
from mingjian.model.types import Report
from mingjian.render import FORMATS, renderer
from mingjian.scan import DEFAULT_PACKS, Options

_FILE = click.Path(path_type=Path)


def _inspection(command: Any) -> Any:
    """The inputs that `scan` and `facts` share."""
    for option in (
        click.argument("paths", nargs=-1, required=True, type=_FILE, metavar="PATH..."),
        click.option("--policy", multiple=True, type=_FILE, help=text("cli.scan.policy")),
        click.option("--run", "runs", multiple=True, type=_FILE, help=text("cli.scan.run")),
        click.option("--review", multiple=True, type=_FILE, help=text("cli.scan.review")),
        click.option("--previous", type=_FILE, metavar="REPORT.json", help=text("cli.scan.previous")),
        click.option("--category", help=text("cli.scan.category")),
        click.option("--description", metavar="TEXT", help=text("cli.scan.description")),
        click.option("--operator", help=text("cli.scan.operator")),
        click.option("--operator-host", "operator_hosts", multiple=True, help=text("cli.scan.operator_host")),
        click.option("--no-flows", is_flag=True, help=text("cli.scan.no_flows")),
        click.option("--flow-budget", type=click.FloatRange(min=0, max=86_400), metavar="SECONDS", help=text("cli.scan.flow_budget")),
        click.option("--timeout", type=click.FloatRange(min=1), default=300.0, show_default=True, help=text("cli.scan.timeout")),
        endpoint_options,
        lang_option,
    ):
        command = option(command)
    return command


@click.command(help=text("cli.scan.help"), short_help=text("cli.scan.short"), epilog=text("cli.scan.examples"))
@_inspection
@click.option("--pack", "packs", multiple=True, help=text("cli.pack"))
@click.option("--format", "format_name", type=click.Choice(FORMATS), default="text", show_default=True, help=text("cli.format"))
@output_option
@click.option("--fail-on", type=click.Choice(FAIL_ON), default="inconclusive", help=text("cli.fail_on"))
@click.option("-v", "--verbose", is_flag=True, help=text("cli.verbose"))
def scan(format_name: str, output: Path | None, fail_on: str, verbose: bool, lang: str, packs: tuple[str, ...], **inputs: Any) -> int:
    """Inspects one app and shows the verdict on every clause."""
    report = _scan(packs, **inputs)
    write(renderer(format_name)(report, lang, verbose), output)
    if output is not None and str(output) != "-":
        click.echo(text("cli.written", path=str(output)), err=True)
    return exit_code(report, fail_on)


@click.command(help=text("cli.facts.help"), short_help=text("cli.facts.short"), epilog=text("cli.facts.examples"))
@_inspection
@click.option("-v", "--verbose", is_flag=True, help=text("cli.facts.verbose"))
def facts(lang: str, verbose: bool, **inputs: Any) -> int:
    """Shows the facts of one app as observation lines, judging nothing."""
    report = _scan((), **inputs)
    for observation in report.observations:
        click.echo(printable(format_line(observation)))
        if verbose:
            for evidence in observation.evidence:
                click.echo(f"    {printable(evidence.locator)}")
    for row in report.coverage:
        reason = printable(row.reason.of(lang)) if row.reason else ""
        click.echo(f"# {row.channel} {row.status} ({row.extractor}, {row.count}) {reason}".rstrip())
    return 0


def _scan(
    packs: tuple[str, ...],
    timeout: float,
    no_flows: bool,
    flow_budget: float | None,
    category: str | None,
    paths: tuple[Path, ...],
    operator_hosts: tuple[str, ...],
    **others: Any,
) -> Report:
    endpoint = endpoint_of(others.pop("endpoint"), others.pop("endpoint_model"))
    if category is not None and category != "auto" and category not in vocabulary("categories"):
        raise UsageError("error.no_such_category", category=category)
    options = Options(packs or DEFAULT_PACKS, operator_hosts, Limits(timeout=timeout), endpoint, flow_budget)
    with waiting(text("cli.scan.reading", path=str(paths[0]))) if sys.stderr.isatty() else nullcontext():
        return mingjian.scan(paths, category=category, flows=not no_flows, options=options, **others)
