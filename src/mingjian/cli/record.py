"""`record` and `selftest`: what an app does on a device, into a folder that `scan` takes whole."""

import json
import signal
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import yaml

from mingjian.cli import text
from mingjian.cli.options import lang_option, output_option, write
from mingjian.errors import InputError, UsageError
from mingjian.inputs.dossier import FILE
from mingjian.inputs.recording import open_recording
from mingjian.model.printable import printable
from mingjian.model.run import Clock
from mingjian.record.device import connect
from mingjian.record.plans import PLANS
from mingjian.record.record import PACKAGE, SYSTEM, TRAFFIC, Order, Taken, in_words
from mingjian.record.record import record as take
from mingjian.record.selftest import selftest as test_device
from mingjian.record.system import ACCESSES, HISTORY
from mingjian.record.timing import Timing
from mingjian.runs.hashing import hashed
from mingjian.runs.merge import merge
from mingjian.runs.write import replacing, save_run

RUN = "run.jsonl"
_PRIVATE = 0o600
_EXACT = Clock(error_ms=0.0)
"""The system's own times, by the device's clock."""
_BY_THE_MINUTE = Clock(offset_ms=-30_000.0, error_ms=30_000.0)
"""Of single accesses Android tells the minute in which they began: half a minute later is at most half a minute off."""

_device = click.option("--device", "serial", metavar="SERIAL", help=text("cli.record.device"))


@click.command(help=text("cli.record.help"), short_help=text("cli.record.short"), epilog=text("cli.record.examples"))
@click.argument("package", type=click.Path(path_type=Path), metavar="APK")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, metavar="DOSSIER", help=text("cli.record.output"))
@click.option("--plan", type=click.Choice(PLANS), required=True, help=text("cli.record.plan"))
@_device
@click.option("--from", "older", type=click.Path(path_type=Path), metavar="APK", help=text("cli.record.from"))
@click.option("--replace", is_flag=True, help=text("cli.record.replace"))
@click.option("--proxy", is_flag=True, help=text("cli.record.proxy"))
@click.option("--no-hooks", is_flag=True, help=text("cli.record.no_hooks"))
@click.option("--frida", metavar="HOST:PORT", help=text("cli.record.frida"))
@click.option("--raw", type=click.Path(path_type=Path), metavar="FILE", help=text("cli.record.raw"))
@lang_option
def record(
    package: Path,
    output: Path,
    plan: str,
    serial: str | None,
    older: Path | None,
    raw: Path | None,
    **chosen: Any,
) -> int:
    """Plays one plan and writes the folder; what was recorded stands even when the device goes away."""
    if (plan == "upgrade") != (older is not None):
        raise UsageError("record.needs_older" if older is None else "record.only_upgrade")
    # What was recorded is kept, and the device set back, however the recording ends.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    order = Order(package, plan, older, chosen["replace"], chosen["proxy"], not chosen["no_hooks"], chosen["frida"])
    taken = take(order, connect(serial), output, Timing.real())
    with ExitStack() as stack:
        values = stack.enter_context(replacing(raw, _PRIVATE)) if raw is not None else None
        save_run(taken.session, hashed(taken.items, taken.session, values), output / RUN)
    if all(part.clock.error_ms is not None for part in taken.session.parts):
        _join(output, taken)
    write(_dossier(taken), output / FILE)
    for note in taken.notes:
        click.echo(printable(note.of(chosen["lang"])), err=True)
    click.echo(text("cli.record.tiers", tiers=", ".join(_tiers(taken, order))), err=True)
    click.echo(text("cli.written", path=str(output)), err=True)
    if taken.stopped is not None:
        raise taken.stopped
    click.echo(f"mingjian scan {output}")
    return 0


@click.command(help=text("cli.selftest.help"), short_help=text("cli.selftest.short"), epilog=text("cli.selftest.examples"))
@_device
@output_option
@lang_option
def selftest(serial: str | None, output: Path | None, lang: str) -> int:  # noqa: ARG001  `text` reads the language
    """Prints what was seen of what was planted; 3 when something was not."""
    with TemporaryDirectory(prefix="mingjian-selftest-") as folder:
        found = test_device(connect(serial), Path(folder), Timing.real())
    write((json.dumps(found, ensure_ascii=False, indent=1) + "\n").encode(), output)
    return 0 if found["passed"] else 3


def _dossier(taken: Taken) -> bytes:
    told: dict[str, object] = {"package": PACKAGE, "runs": [RUN]}
    if taken.notes:
        told["note"] = in_words(taken.notes)
    return yaml.safe_dump(told, allow_unicode=True, sort_keys=False).encode()


def _join(folder: Path, taken: Taken) -> None:
    """Puts into the run file what the system wrote down and what was found in the traffic. Their files stay beside it as they are."""
    system, traffic = folder / SYSTEM, folder / TRAFFIC
    _add(folder, [system / f"{ACCESSES}-after.txt"], _EXACT)
    _add(folder, [system / f"{HISTORY}-after.txt"], _BY_THE_MINUTE)
    _add(folder, sorted(traffic.iterdir()) if traffic.is_dir() else [], taken.clock)


def _add(folder: Path, files: Sequence[Path], clock: Clock) -> None:
    there = [file for file in files if file.is_file() and file.stat().st_size]
    if not there:
        return
    try:
        _, recording = open_recording([folder / RUN, *there])
    except InputError as error:
        click.echo(text(error.key, **error.values), err=True)
        return
    joined = merge(recording, clock)
    save_run(joined.session, hashed(joined.items(), joined.session), folder / RUN)


def _tiers(taken: Taken, order: Order) -> list[str]:
    return list(dict.fromkeys(["os_record", *(part.tier for part in taken.session.parts), *(["proxy"] if order.proxy else [])]))
