"""`doctor`: what this machine can do, and what not."""

from importlib.util import find_spec

import click

from mingjian.cli import text
from mingjian.errors import MingjianError, TryAgainError
from mingjian.extract import catalogue
from mingjian.inputs import probe
from mingjian.judge import load, shipped_packs
from mingjian.record.doctor import examine


@click.command(help=text("cli.doctor.help"), short_help=text("cli.doctor.help"))
@click.option("--device", "serial", is_flag=False, flag_value="", metavar="[SERIAL]", help=text("cli.doctor.device"))
def doctor(serial: str | None) -> int:
    """One line for each part that an inspection needs, or with `--device` a recording; not 0 when packages cannot be read."""
    if serial is not None:
        return _recording(serial or None)
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
    _line(find_spec("lief") is not None, "cli.doctor.bundles", text("cli.doctor.bundles_more"))
    _line(find_spec("adbutils") is not None, "cli.doctor.phone", text("cli.doctor.phone_more"))
    return code


def _recording(serial: str | None) -> int:
    """75 when the device cannot be used."""
    findings = examine(serial)
    for found in findings:
        _line(found.good, found.part, text(found.words, **found.values))
    ready = any(found.part == "doctor.tier_ui" for found in findings)
    return 0 if ready else TryAgainError.exit_code


def _line(good: bool, key: str, what: str) -> None:
    click.echo(f"{'✓' if good else '–'} {text(key)}: {what}")
