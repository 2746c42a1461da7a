"""What several verbs share: where the output goes, in which language, and which exit code a report earns."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from mingjian.cli import language, text
from mingjian.errors import InputError, UsageError
from mingjian.model.citations import counted
from mingjian.model.codec import DecodeError, load_report
from mingjian.model.types import Report
from mingjian.nlp.endpoint import Endpoint
from mingjian.runs.write import replacing

Command = TypeVar("Command", bound=Callable[..., Any])

FAIL_ON = ("violated", "suspected", "inconclusive")
_MOST_REPORT_BYTES = 1 << 30


def lang_option(command: Command) -> Command:
    """`--lang zh|en`."""
    return click.option(
        "--lang", type=click.Choice(["zh", "en"]), default=lambda: language(sys.argv[1:]), show_default=False, help=text("cli.lang")
    )(command)


def output_option(command: Command) -> Command:
    """`-o FILE`, `-` for standard output."""
    return click.option("-o", "--output", type=click.Path(path_type=Path, allow_dash=True), help=text("cli.output"))(command)


def endpoint_options(command: Command) -> Command:
    """`--endpoint URL --endpoint-model NAME`, the language model that may be asked; its key comes from the environment."""
    command = click.option("--endpoint-model", metavar="NAME", help=text("cli.endpoint_model"))(command)
    return click.option("--endpoint", metavar="URL", help=text("cli.endpoint"))(command)


def endpoint_of(url: str | None, model: str | None) -> Endpoint | None:
    """The endpoint that the options name; none unless both do. Raises `UsageError` for one without the other."""
    if (url is None) != (model is None):
        raise UsageError("error.endpoint_half")
    return Endpoint(url, model, os.environ.get("MINGJIAN_ENDPOINT_KEY")) if url and model else None


def exit_code(report: Report, fail_on: str = "inconclusive") -> int:
    """1 violated, 2 suspected, 3 inconclusive, 0 when nothing of that kind; what is weaker than `fail_on` counts as 0. A draft never
    counts, as it is not in force."""
    verdicts = {finding.verdict for finding in counted(report)}
    for code, verdict in enumerate(FAIL_ON, start=1):
        if verdict in verdicts:
            return code
        if verdict == fail_on:
            break
    return 0


def write(content: bytes, output: Path | None) -> None:
    """To the file, or to standard output. An existing file is replaced only when the whole content is on the disk; a device or a pipe is
    written to and stays what it is."""
    if output is None or str(output) == "-":
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    with replacing(output) as sink:
        sink.write(content)


def read_report(path: Path) -> Report:
    """A report from a file. Raises `InputError` for what is no report."""
    try:
        if path.stat().st_size > _MOST_REPORT_BYTES:
            raise InputError("error.report_too_large", path=str(path))
        return load_report(path.read_bytes())
    except OSError as error:
        raise InputError("error.cannot_read", path=str(path), why=error.strerror or str(error)) from error
    except DecodeError as error:
        raise InputError("error.not_a_report", path=str(path), why=str(error)) from error
