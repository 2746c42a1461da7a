"""`doctor`: what this machine can do, and what not."""

import click

from mingjian.cli import text
from mingjian.errors import MingjianError
from mingjian.extract import catalogue
from mingjian.inputs import probe
from mingjian.judge import load, shipped_packs


@click.command(help=text("cli.doctor.help"), short_help=text("cli.doctor.help"))
def doctor() -> int:
    """One line for each part that an inspection needs; not 0 when packages cannot be read."""
    code = 0
    try:
        state = probe()
        _line(True, "cli.doctor.core", state.version)
        parts = ", ".join(f"{name}={value}" for name, value in state.confinement.items())
        _line(state.confinement["level"] == "full", "cli.doctor.confinement", parts)
    except MingjianError as error:
        _line(False, "cli.doctor.core", text(error.key, **error.values))
        code = error.exit_code
    for name in shipped_packs():
        pack = load(name)
        _line(True, "cli.doctor.rules", text("cli.doctor.rules_ok", pack=pack.id, version=pack.version, clauses=len(pack.rules)))
    catalogued = text("cli.doctor.catalogue_ok", apis=len(catalogue.apis()), sdks=len(catalogue.sdks()))
    _line(True, "cli.doctor.catalogue", catalogued)
    _line(False, "cli.doctor.phone", text("cli.doctor.phone_none"))
    return code


def _line(good: bool, key: str, what: str) -> None:
    click.echo(f"{'✓' if good else '–'} {text(key)}: {what}")
