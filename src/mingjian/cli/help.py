"""click's own words in the reader's language: headings of the help pages and what is wrong with a command line."""

from collections.abc import Iterable, Sequence
from typing import Any

import click

from mingjian.model.texts import say

_HEADINGS = {"Options": "cli.heading.options", "Commands": "cli.heading.commands"}
_PHRASES = {"Show this message and exit.": "cli.phrase.help", "Show the version and exit.": "cli.phrase.version"}


def localized(lang: str) -> type[click.HelpFormatter]:
    """A formatter of help pages for readers of `lang`."""

    class Formatter(click.HelpFormatter):
        """Says in one language what click says in English."""

        def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
            super().write_usage(prog, args, prefix if prefix is not None else say("cli.heading.usage", lang))

        def write_heading(self, heading: str) -> None:
            super().write_heading(say(_HEADINGS[heading], lang) if heading in _HEADINGS else heading)

        def write_dl(self, rows: Iterable[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
            told = [(term, say(_PHRASES[phrase], lang) if phrase in _PHRASES else phrase) for term, phrase in rows]
            super().write_dl(told, *args, **kwargs)

    return Formatter


def complaint(error: click.ClickException, lang: str) -> str:
    """One line about a command line that cannot be understood."""
    match error:
        case click.NoSuchOption():
            return say("cli.complaint.option", lang, name=error.option_name)
        case click.MissingParameter():
            return say("cli.complaint.missing", lang, name=_name(error))
        case click.BadParameter():
            return say("cli.complaint.value", lang, name=_name(error), what=error.message)
        case click.UsageError() if error.ctx is not None and error.message.startswith("No such command"):
            return say("cli.complaint.verb", lang, verbs=", ".join(_verbs(error.ctx)))
        case _:
            return say("cli.wrong_usage", lang, what=error.format_message())


def _name(error: click.BadParameter) -> str:
    if error.param is None:
        return str(error.param_hint or "")
    return error.param.make_metavar(error.ctx) if isinstance(error.param, click.Argument) and error.ctx else error.param.opts[0]


def _verbs(context: click.Context) -> Sequence[str]:
    return context.command.list_commands(context) if isinstance(context.command, click.Group) else ()
