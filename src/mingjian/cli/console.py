"""`serve`, `worker`, `audit`, `backup`, `restore` and `administrator`: the console from the command line."""

import sys
from itertools import islice
from pathlib import Path

import click

from mingjian.cli import text
from mingjian.cli.options import lang_option
from mingjian.console.operation import setup
from mingjian.errors import InputError, UsageError
from mingjian.model.texts import say

BROKEN = 1
"""The exit code of an audit chain that does not hold: as with `violated`, something was found."""
_MOST_TOLD = 1000

_PATH = click.Path(path_type=Path)
_HOME = click.option("--home", type=_PATH, metavar="DIR", help=text("cli.console.home"))
_DATABASE = click.option("--database", metavar="URL", help=text("cli.console.database"))


@click.command(help=text("cli.serve.help"), short_help=text("cli.serve.short"), epilog=text("cli.serve.examples"))
@click.option("--demo", is_flag=True, help=text("cli.serve.demo"))
@click.option("--host", default="127.0.0.1", show_default=True, help=text("cli.serve.host"))
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help=text("cli.serve.port"))
@click.option("--no-worker", is_flag=True, help=text("cli.serve.no_worker"))
@_HOME
@_DATABASE
@lang_option
def serve(demo: bool, host: str, port: int, no_worker: bool, home: Path | None, database: str | None, lang: str) -> int:
    """Starts the web application and answers until it is told to stop."""
    if demo and database is not None:
        raise UsageError("console.operation.demo_database")
    setup.ready(setup.demo_home(home) if demo else home, database, host=host, demo=demo)
    from mingjian.console.operation import server  # noqa: PLC0415  after the settings

    opened = server.listen(host, port)
    setup.migrate()
    if demo:
        _build_demo(lang)
    elif not setup.has_people():
        click.echo(text("cli.serve.nobody"), err=True)
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{opened.getsockname()[1]}/"
    server.serve(opened, lambda: click.echo(text("cli.serve.started", address=address)), worker=not no_worker)
    return 0


def _build_demo(lang: str) -> None:
    from mingjian.console.demo import load  # noqa: PLC0415  after the settings

    load.build(lambda line: click.echo(line, err=True), lang)


@click.command(help=text("cli.worker.help"), short_help=text("cli.worker.short"))
@click.option("--while-parent", type=int, hidden=True)
@_HOME
@_DATABASE
@lang_option
def worker(while_parent: int | None, home: Path | None, database: str | None, lang: str) -> int:  # noqa: ARG001  `text` reads the language
    """Runs the console's jobs until it is told to stop."""
    setup.ready(home, database)
    from mingjian.console.operation.worker import work  # noqa: PLC0415  after the settings

    work(while_parent)
    return 0


@click.command(help=text("cli.administrator.help"), short_help=text("cli.administrator.short"), epilog=text("cli.administrator.examples"))
@click.argument("name")
@_HOME
@_DATABASE
@lang_option
def administrator(name: str, home: Path | None, database: str | None, lang: str) -> int:  # noqa: ARG001  `text` reads the language
    """Makes the first administrator, who invites everybody else; the password is asked for, or read as one line from standard input."""
    setup.ready(home, database)
    setup.migrate()
    from mingjian.console.accounts import first  # noqa: PLC0415  after the settings

    if sys.stdin.isatty():
        password = click.prompt(text("cli.administrator.password"), hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    first.make(name, password)
    click.echo(text("cli.administrator.made", name=name))
    return 0


@click.group(help=text("cli.audit.help"), short_help=text("cli.audit.short"))
def audit() -> None:
    """The audit chain."""


@audit.command(help=text("cli.audit.verify.help"), short_help=text("cli.audit.verify.short"), epilog=text("cli.audit.verify.examples"))
@click.option("--head", metavar="SEQ:DIGEST", help=text("cli.audit.verify.head"))
@_HOME
@_DATABASE
@lang_option
def verify(head: str | None, home: Path | None, database: str | None, lang: str) -> int:
    """Checks that no entry of the audit chain was changed, removed or cut off, and that events of cases say what the chain kept of them."""
    setup.ready(home, database)
    setup.migrate()
    from mingjian.console.audit.verify import report  # noqa: PLC0415  after the settings
    from mingjian.console.cases.checking import forged  # noqa: PLC0415

    found = report(*([_head(head)] if head else []))
    if found.holds and not found.seq:
        raise InputError("console.audit.empty")
    events = [say("console.cases.command.forged", lang, case=case, seq=seq) for case, seq in islice(forged(), _MOST_TOLD)]
    for line in (*found.lines(lang), *events):
        click.echo(line)
    return 0 if found.holds and not events else BROKEN


def _head(told: str) -> tuple[int, str]:
    seq, _, digest = told.partition(":")
    if not seq.isdigit() or len(digest) != 64:
        raise UsageError("cli.audit.no_head", head=told)
    return int(seq), digest


@click.command(help=text("cli.backup.help"), short_help=text("cli.backup.short"), epilog=text("cli.backup.examples"))
@click.argument("file", type=_PATH)
@_HOME
@_DATABASE
@lang_option
def backup(file: Path, home: Path | None, database: str | None, lang: str) -> int:  # noqa: ARG001  `text` reads the language
    """Writes everything that the console holds into one file, and its keys into another."""
    setup.ready(home, database)
    setup.migrate()
    from mingjian.console.operation import backup as backups  # noqa: PLC0415  after the settings

    told = backups.write(file)
    click.echo(text("cli.backup.written", path=str(file), rows=told.rows, files=told.files, seq=told.audit_seq, digest=told.audit_digest))
    click.echo(text("cli.backup.keys", path=f"{file}{backups.KEYS}"))
    return 0


@click.command(help=text("cli.restore.help"), short_help=text("cli.restore.short"), epilog=text("cli.restore.examples"))
@click.argument("file", type=_PATH)
@_HOME
@_DATABASE
@lang_option
def restore(file: Path, home: Path | None, database: str | None, lang: str) -> int:  # noqa: ARG001  `text` reads the language
    """Brings a backup back into a console that holds nothing yet."""
    setup.ready(home, database)
    setup.migrate()
    from mingjian.console.operation import backup as backups  # noqa: PLC0415  after the settings

    told = backups.restore(file)
    click.echo(text("cli.restore.done", path=str(file), rows=told.rows, files=told.files, seq=told.audit_seq, digest=told.audit_digest))
    return 0
