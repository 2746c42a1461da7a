"""`fetch`: saves the page of a policy, so that `policy` and `scan` can read it."""

import shlex
import shutil
import signal
import sys
from pathlib import Path
from time import monotonic

import click

from mingjian.cli import INTERRUPTED, text
from mingjian.cli.options import lang_option, output_option, write
from mingjian.errors import InputError, MingjianError, UsageError
from mingjian.inputs import browser as browsers
from mingjian.inputs import open_policy
from mingjian.inputs.fetch import Page
from mingjian.inputs.fetch import fetch as fetch_page
from mingjian.inputs.linked import lists as linked_lists

_SUFFIX = {"pdf": ".pdf", "docx": ".docx", "text": ".txt"}


@click.command(help=text("cli.fetch.help"), short_help=text("cli.fetch.short"), epilog=text("cli.fetch.examples"))
@click.argument("address", metavar="URL")
@output_option
@click.option("--lists", is_flag=True, help=text("cli.fetch.lists"))
@click.option("--plain", is_flag=True, help=text("cli.fetch.plain"))
@click.option("--browser", metavar="PATH", help=text("cli.fetch.browser"))
@click.option("--timeout", type=click.FloatRange(min=1, max=3600), default=60.0, show_default=True, help=text("cli.fetch.timeout"))
@lang_option
def fetch(address: str, output: Path | None, lists: bool, plain: bool, browser: str | None, timeout: float, lang: str) -> int:  # noqa: ARG001  `text` reads the language
    """Saves one page, and with `--lists` those that belong to it; the exit code is that of the first list that could not be had."""
    to_file = output is not None and str(output) != "-"
    if lists and not to_file:
        raise UsageError("error.fetch_lists_need_file")
    program = _browser(plain, browser)
    # Who is ended by a signal cleans up nothing, and a browser without its parent may run for ever.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(INTERRUPTED))
    until = monotonic() + timeout
    page = fetch_page(address, until, program)
    write(page.content, output)
    if output is None or not to_file:
        return 0
    _tell(output, page)
    if not lists:
        return 0
    files, code = [output], 0
    try:
        (document,) = open_policy([output])[1]
        targets = linked_lists(document, page.address)
    except InputError as error:
        click.echo(text(error.key, **error.values), err=True)
        return error.exit_code
    for number, target in enumerate(targets, 1):
        try:
            found = fetch_page(target, until, program, page.public)
            file = output.with_name(f"{output.stem}-{number}{_SUFFIX.get(found.kind, output.suffix)}")
            write(found.content, file)
        except MingjianError as error:
            click.echo(text(error.key, **error.values), err=True)
            code = code or error.exit_code
            continue
        _tell(file, found)
        files.append(file)
    if not targets:
        click.echo(text("cli.fetch.no_lists"), err=True)
    click.echo(f"mingjian policy {shlex.join(map(str, files))}")
    return code


def _browser(plain: bool, named: str | None) -> Path | None:
    """The browser to use; none for plain HTTP. Raises `UsageError` for one that is named and is not there."""
    if named is None:
        return None if plain else browsers.find()
    if plain:
        raise UsageError("error.fetch_plain_browser")
    found = shutil.which(named)
    if found is None:
        raise UsageError("error.no_such_browser", browser=named)
    return Path(found)


def _tell(file: Path, page: Page) -> None:
    way = page.way or text("cli.fetch.plain_http")
    click.echo(text("cli.fetch.written", path=str(file), address=page.address, way=way), err=True)
