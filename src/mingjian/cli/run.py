"""`run import|show|validate|merge|redact|mark`."""

import json
import re
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from secrets import token_hex

import click
import msgspec
from msgspec import structs

from mingjian.cli import text
from mingjian.cli.options import lang_option
from mingjian.errors import InputError, UsageError
from mingjian.inputs.recording import Recorded, open_recording, run1
from mingjian.model.printable import printable, printable_json
from mingjian.model.run import AnyEvent, Clock
from mingjian.model.types import Text
from mingjian.runs.hashing import hashed
from mingjian.runs.marks import change, changed
from mingjian.runs.merge import merge
from mingjian.runs.redact import redacted, redacted_session
from mingjian.runs.show import as_json, as_text, contents, event_line, events_of
from mingjian.runs.validate import validate
from mingjian.runs.write import replacing, save_run

PROBLEMS = InputError.exit_code
_SALT_BYTES = 16
_PRIVATE = 0o600
_PACKAGE = re.compile(r"(?=.{3,223}$)[A-Za-z]\w*(?:\.[A-Za-z]\w*)+", re.ASCII)
_PATH = click.Path(path_type=Path)

_files = click.argument("paths", nargs=-1, required=True, type=_PATH, metavar="FILE...")
_file = click.argument("path", type=_PATH, metavar="FILE")
_output = click.option("-o", "--output", type=_PATH, required=True, help=text("cli.run.output"))


def _package_name(context: click.Context, option: click.Parameter, name: str | None) -> str | None:
    del context, option
    if name is not None and _PACKAGE.fullmatch(name) is None:
        raise UsageError("error.run_package", name=name)
    return name


@click.group(help=text("cli.run.help"), short_help=text("cli.run.short"), epilog=text("cli.run.examples"))
def run() -> None:
    """The group of the verbs about recordings."""


@run.command("import", help=text("cli.run.import"))
@_files
@_output
@click.option("--raw", type=_PATH, help=text("cli.run.raw"))
@click.option("--package", metavar="NAME", callback=_package_name, help=text("cli.run.package"))
@click.option("--all-traffic", is_flag=True, help=text("cli.run.all_traffic"))
@click.option("--clock-offset", type=float, metavar="MS", help=text("cli.run.clock_offset"))
@click.option("--clock-error", type=click.FloatRange(min=0), metavar="MS", help=text("cli.run.clock_error"))
@lang_option
def import_(
    paths: tuple[Path, ...],
    output: Path,
    raw: Path | None,
    package: str | None,
    all_traffic: bool,
    lang: str,
    **clock: float | None,
) -> int:
    """Recordings of any format to one run file."""
    _, recording = open_recording(paths)
    joined = merge(recording, _clock(**clock), package)
    parts = tuple(
        structs.replace(part, all_traffic=(part.tier == "proxy" and all_traffic) or part.all_traffic) for part in joined.session.parts
    )
    session = structs.replace(joined.session, parts=parts, salt=joined.session.salt or token_hex(_SALT_BYTES))
    with ExitStack() as stack:
        values = stack.enter_context(replacing(raw, _PRIVATE)) if raw is not None else None
        save_run(session, hashed(joined.items(), session, values), output)
    return _told(joined.conflicts, output, lang)


def _clock(clock_offset: float | None, clock_error: float | None) -> Clock | None:
    if clock_offset is not None and clock_error is None:
        raise UsageError("error.run_clock_half")
    return Clock(offset_ms=clock_offset or 0.0, error_ms=clock_error) if clock_error is not None else None


@run.command("merge", help=text("cli.run.merge"))
@_files
@_output
@lang_option
def merge_(paths: tuple[Path, ...], output: Path, lang: str) -> int:
    """Run files of one session to one run file."""
    _, recording = open_recording(paths)
    for file in recording.files:
        _expect_run(file)
    joined = merge(recording)
    save_run(joined.session, hashed(joined.items(), joined.session), output)
    return _told(joined.conflicts, output, lang)


@run.command("redact", help=text("cli.run.redact"))
@_file
@_output
@lang_option
def redact(path: Path, output: Path, lang: str) -> int:
    """A run file without what tells of a person."""
    file = _run_file(path)
    session = file.track.session
    save_run(redacted_session(session), redacted(events_of(file), session), output)
    return _told((), output, lang)


@run.command("mark", help=text("cli.run.mark"))
@_file
@_output
@click.option("--set", "placed", multiple=True, metavar="NAME=TIME", help=text("cli.run.set"))
@click.option("--void", multiple=True, metavar="NAME", help=text("cli.run.void"))
@click.option("--by", required=True, metavar="WHO", help=text("cli.run.by"))
@click.option("--reason", required=True, metavar="TEXT", help=text("cli.run.reason"))
@lang_option
def mark(path: Path, output: Path, placed: tuple[str, ...], void: tuple[str, ...], lang: str, **why: str) -> int:
    """A run file with marks set, moved or put out of force."""
    if not placed and not void:
        raise UsageError("error.run_marks_unchanged")
    file = _run_file(path)
    wanted = change(file.track.marks(), placed, void, f"{why['by']}: {why['reason']}")
    save_run(file.track.session, changed(events_of(file), wanted), output)
    return _told((), output, lang)


@run.command("show", help=text("cli.run.show"))
@_files
@click.option("--format", "format_name", type=click.Choice(["text", "json"]), default="text", show_default=True, help=text("cli.format"))
@click.option("--events", is_flag=True, help=text("cli.run.events"))
@lang_option
def show(paths: tuple[Path, ...], format_name: str, events: bool, lang: str) -> int:
    """What recordings hold."""
    _, recording = open_recording(paths)
    for file in recording.files:
        shown = contents(file)
        if format_name == "json":
            click.echo(printable_json(json.dumps(as_json(shown), ensure_ascii=False)))
        else:
            for line in as_text(shown, lang):
                click.echo(line)
        for event in events_of(file) if events else ():
            click.echo(printable_json(_encoded(event)) if format_name == "json" else event_line(event, shown, lang))
    return 0


@run.command("validate", help=text("cli.run.validate"))
@_files
@lang_option
def validate_(paths: tuple[Path, ...], lang: str) -> int:
    """One line a problem."""
    count = 0
    for path in paths:
        for problem in validate(path):
            count += 1
            click.echo(printable(f"{path}:{problem.line}: {problem.what.of(lang)}"))
    click.echo(text("cli.run.validated", files=len(paths), problems=count), err=True)
    return PROBLEMS if count else 0


def _encoded(event: AnyEvent) -> str:
    return msgspec.json.encode(event).decode()


def _run_file(path: Path) -> Recorded:
    _, recording = open_recording([path])
    _expect_run(recording.files[0])
    return recording.files[0]


def _expect_run(file: Recorded) -> None:
    if file.format != run1.name:
        raise InputError("input.run_not_a_run", path=file.artifact.name, format=file.format)


def _told(conflicts: Iterable[Text], output: Path, lang: str) -> int:
    for conflict in conflicts:
        click.echo(printable(conflict.of(lang)), err=True)
    click.echo(text("cli.written", path=str(output)), err=True)
    return 0
