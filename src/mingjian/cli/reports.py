"""`judge`, `explain` and `diff`: what can be done with reports alone, without any package."""

from pathlib import Path
from typing import Any

import click

from mingjian.cli import text
from mingjian.cli.options import FAIL_ON, exit_code, lang_option, output_option, read_report, write
from mingjian.errors import InputError, UsageError
from mingjian.inputs.files import looks_like
from mingjian.judge.compare import compare
from mingjian.model.terms import vocabulary
from mingjian.model.types import Report
from mingjian.render import FORMATS, changes, renderer
from mingjian.render.outline import number, rows
from mingjian.render.text import explain as explained
from mingjian.scan import inspect_policy, judge_again

_FILE = click.Path(path_type=Path)


@click.command(help=text("cli.judge.help"), short_help=text("cli.judge.short"), epilog=text("cli.judge.examples"))
@click.argument("report_file", metavar="REPORT.json", type=_FILE)
@click.option("--pack", "packs", multiple=True, help=text("cli.pack"))
@click.option("--category", help=text("cli.judge.category"))
@click.option("--format", "format_name", type=click.Choice(FORMATS), default="text", show_default=True, help=text("cli.format"))
@output_option
@click.option("--fail-on", type=click.Choice(FAIL_ON), default="inconclusive", help=text("cli.fail_on"))
@click.option("-v", "--verbose", is_flag=True, help=text("cli.verbose"))
@lang_option
def judge(report_file: Path, packs: tuple[str, ...], category: str | None, format_name: str, output: Path | None, **how: Any) -> int:
    """Judges the observations of a report again."""
    if category is not None and category not in vocabulary("categories"):
        raise UsageError("error.no_such_category", category=category)
    old = read_report(report_file)
    report = judge_again(old, packs or tuple(pack.id for pack in old.packs), category)
    write(renderer(format_name)(report, how["lang"], how["verbose"]), output)
    return exit_code(report, how["fail_on"])


@click.command(help=text("cli.explain.help"), short_help=text("cli.explain.short"), epilog=text("cli.explain.examples"))
@click.argument("report_file", metavar="REPORT.json", type=_FILE)
@click.argument("clause", metavar="CLAUSE")
@lang_option
def explain(report_file: Path, clause: str, lang: str) -> int:
    """Shows the tree of why of one clause."""
    report = read_report(report_file)
    found = [(known, finding) for known, finding in rows(report) if clause in (known.id, number(known.id))]
    if len(found) > 1:
        raise UsageError("error.several_clauses", clause=clause, known=", ".join(known.id for known, _ in found))
    for known, finding in found:
        click.echo(explained(report, known, finding, lang))
        return 0
    raise InputError("error.no_such_clause", path=str(report_file), clause=clause)


@click.command(help=text("cli.diff.help"), short_help=text("cli.diff.short"), epilog=text("cli.diff.examples"))
@click.argument("old", metavar="OLD", type=_FILE)
@click.argument("new", metavar="NEW", type=_FILE)
@click.option("--format", "format_name", type=click.Choice(["text", "json"]), default="text", show_default=True, help=text("cli.format"))
@output_option
@lang_option
def diff(old: Path, new: Path, format_name: str, output: Path | None, lang: str) -> int:
    """Compares two reports of one app, or two versions of a policy."""
    found = compare(_report_of(old), _report_of(new))
    write(changes.render_json(found) if format_name == "json" else changes.render_text(found, lang), output)
    return 0


def _report_of(path: Path) -> Report:
    """A stored report, or that on a policy which is read now."""
    return read_report(path) if looks_like(path) == "json" else inspect_policy([path])[1]
