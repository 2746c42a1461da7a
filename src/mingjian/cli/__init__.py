"""The command line: argument parsing only. Verbs are loaded when they are asked for, so that each starts fast."""

import os
import sys
from importlib import import_module
from types import TracebackType

import click

from mingjian.cli.help import complaint, localized
from mingjian.errors import MingjianError, UsageError
from mingjian.model.printable import printable
from mingjian.model.texts import say
from mingjian.model.types import Text

VERBS = {
    "scan": "scan",
    "facts": "scan",
    "policy": "policy",
    "fetch": "fetch",
    "judge": "reports",
    "explain": "reports",
    "diff": "reports",
    "why": "why",
    "run": "run",
    "rules": "rules",
    "seal": "seal",
    "verify": "seal",
    "record": "record",
    "selftest": "record",
    "doctor": "doctor",
    "fleet": "fleet_judge",
    "serve": "console",
    "worker": "console",
    "administrator": "console",
    "audit": "console",
    "backup": "console",
    "restore": "console",
    "lake": "lake_ask",
}
"""Each verb and the module of this folder that holds it."""

EXTRAS = {"fleet": "fleet"}
"""Verbs that need more than the program brings with it, and the extra that has it."""

INTERRUPTED = 130


def language(arguments: list[str]) -> str:
    """The reader's language: `--lang`, else `MINGJIAN_LANG`, else the locale's; `zh` or `en`."""
    for index, argument in enumerate(arguments):
        if argument == "--lang" and index + 1 < len(arguments):
            return "zh" if arguments[index + 1].startswith("zh") else "en"
        if argument.startswith("--lang="):
            return "zh" if argument[7:].startswith("zh") else "en"
    for name in ("MINGJIAN_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "zh" if value.startswith("zh") else "en"
    return "en"


def text(key: str, **values: object) -> str:
    """A text in the reader's language. What is filled in may come from a hostile file, so it is made printable."""
    shown = {name: value if isinstance(value, int | float | Text) else printable(str(value)) for name, value in values.items()}
    return say(key, language(sys.argv[1:]), **shown)


class _Verbs(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        return list(VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002  click's signature
        if name not in VERBS:
            return None
        try:
            command: click.Command = getattr(import_module(f"mingjian.cli.{VERBS[name]}"), name)
        except ModuleNotFoundError as error:
            if name not in EXTRAS or (error.name or "").startswith("mingjian"):
                raise
            return _not_installed(name)
        return command


def _not_installed(name: str) -> click.Command:
    """Stands for a verb that lacks its extra: it says what to install, whatever follows it."""

    def tell(words: tuple[str, ...]) -> None:
        del words
        raise UsageError("error.not_installed", verb=name, extra=EXTRAS[name])

    words = click.Argument(["words"], nargs=-1, type=click.UNPROCESSED)
    settings = {"ignore_unknown_options": True}
    return click.Command(
        name, callback=tell, params=[words], short_help=text(f"cli.{name}.short"), context_settings=settings, add_help_option=False
    )


@click.command(cls=_Verbs, help=text("cli.help"), context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="mingjian", prog_name="mingjian")
def group() -> None:
    """The group of all verbs."""


def _fault(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """The last line of a fault of ours. The traceback is shown only to who asks for it, with `MINGJIAN_DEBUG`."""
    if os.environ.get("MINGJIAN_DEBUG"):
        sys.__excepthook__(kind, error, trace)
    sys.stdout.flush()
    click.echo(text("error.internal", what=f"{kind.__name__}: {error}".splitlines()[0][:200]), err=True)
    os._exit(MingjianError.exit_code)


def main() -> None:
    """Runs the command line and leaves with a documented exit code; one line on standard error for what went wrong, never a traceback."""
    sys.excepthook = _fault
    click.Context.formatter_class = localized(language(sys.argv[1:]))
    try:
        sys.exit(group.main(standalone_mode=False) or 0)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.Abort:
        sys.exit(INTERRUPTED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        click.echo(complaint(error, language(sys.argv[1:])), err=True)
        sys.exit(UsageError.exit_code)
    except MingjianError as error:
        click.echo(text(error.key, **error.values), err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
