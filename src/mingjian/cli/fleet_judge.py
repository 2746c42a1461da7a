"""`fleet judge`: other packs over everything that was ever scanned."""

from importlib import import_module
from pathlib import Path
from typing import Any

import click

from mingjian.cli import text
from mingjian.cli.fleet import fleet
from mingjian.cli.options import lang_option
from mingjian.errors import UsageError

_SHOWN = 20


@fleet.command("judge", help=text("cli.fleet.judge"), short_help=text("cli.fleet.judge.short"))
@click.argument("folder", metavar="LAKE", type=click.Path(path_type=Path))
@click.option("--pack", "packs", multiple=True, required=True, help=text("cli.fleet.judge.pack"))
@click.option("--period", metavar="PERIOD", help=text("cli.fleet.judge.period"))
@click.option("--adopt", "adopting", is_flag=True, help=text("cli.fleet.judge.adopt"))
@click.option("--slots", type=click.IntRange(1, 1024), help=text("cli.fleet.slots"))
@click.option("--apps", type=click.IntRange(0, 10_000), default=_SHOWN, show_default=True, help=text("cli.fleet.judge.apps"))
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help=text("cli.format"))
@lang_option
def judge_(folder: Path, packs: tuple[str, ...], period: str | None, adopting: bool, slots: int | None, **how: Any) -> int:
    """Judges, tells what would change, and adopts it where that is asked for."""
    return int(_judging().judged(folder, packs, period, adopting, slots, **how))


def _judging() -> Any:
    """What needs DuckDB, which the other verbs of the group load when they come to it. Raises `UsageError` where it is not installed."""
    try:
        return import_module("mingjian.cli.fleet_judged")
    except ModuleNotFoundError as error:
        raise UsageError("lake.not_installed", what=error.name) from error
