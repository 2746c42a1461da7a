"""`policy`: what a privacy policy says by itself."""

from pathlib import Path
from typing import Any

import click

from mingjian.cli import text
from mingjian.cli.options import FAIL_ON, endpoint_of, endpoint_options, exit_code, lang_option, output_option, write
from mingjian.render.policy import render_json, render_text
from mingjian.scan import DEFAULT_PACKS, Options, inspect_policy

_FILE = click.Path(path_type=Path)


@click.command(help=text("cli.policy.help"), short_help=text("cli.policy.short"), epilog=text("cli.policy.examples"))
@click.argument("paths", nargs=-1, required=True, type=_FILE, metavar="FILE...")
@click.option("--pack", "packs", multiple=True, help=text("cli.pack"))
@click.option("--format", "format_name", type=click.Choice(["text", "json"]), default="text", show_default=True, help=text("cli.format"))
@output_option
@click.option("--fail-on", type=click.Choice(FAIL_ON), default="suspected", show_default=True, help=text("cli.fail_on"))
@click.option("-v", "--verbose", is_flag=True, help=text("cli.policy.verbose"))
@endpoint_options
@lang_option
def policy(format_name: str, output: Path | None, fail_on: str, verbose: bool, lang: str, **inputs: Any) -> int:
    """Reads one policy, of one or more files."""
    endpoint = endpoint_of(inputs["endpoint"], inputs["endpoint_model"])
    reading, report = inspect_policy(inputs["paths"], Options(packs=inputs["packs"] or DEFAULT_PACKS, endpoint=endpoint))
    write(render_json(reading, report) if format_name == "json" else render_text(reading, report, lang, verbose), output)
    return exit_code(report, fail_on)
