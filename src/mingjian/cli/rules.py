"""`rules list|show|lint|test|fmt|docs`."""

from pathlib import Path

import click

from mingjian.cli import text
from mingjian.cli.options import lang_option
from mingjian.errors import RuleError, UsageError
from mingjian.judge import examples, fmt, lint, load, loaded, pack_folder, pack_names, pages, shipped_packs
from mingjian.judge.crosswalk import links_of
from mingjian.model.printable import printable, printable_lines
from mingjian.model.terms import vocabulary
from mingjian.model.texts import say
from mingjian.render.outline import number

PROBLEMS = RuleError.exit_code

_packs = click.option("--pack", "packs", multiple=True, default=shipped_packs, help=text("cli.pack"))
_check = click.option("--check", is_flag=True, help=text("cli.rules.check"))


@click.group(help=text("cli.rules.help"), short_help=text("cli.rules.help"))
def rules() -> None:
    """The group of the verbs about rules."""


@rules.command("list", help=text("cli.rules.list"))
@_packs
@click.option("--categories", is_flag=True, help=text("cli.rules.categories"))
@lang_option
def list_(packs: tuple[str, ...], categories: bool, lang: str) -> int:
    """One line a clause, or a line for each official app type."""
    if categories:
        for term in vocabulary("categories").values():
            click.echo(printable(f"{term.id:24}{term.name.of(lang)}"))
        return 0
    for name in pack_names(packs):
        for clause in load(name, examples=False).clauses:
            severity, status = say(f"severity.{clause.severity}", lang), say(f"page.status.{clause.status}", lang)
            click.echo(printable(f"{clause.id:14} {severity} · {status} · {clause.title.of(lang)}"))
    return 0


@rules.command(help=text("cli.rules.show"))
@click.argument("clause", metavar="CLAUSE")
@_packs
@lang_option
def show(clause: str, packs: tuple[str, ...], lang: str) -> int:
    """The page of one clause."""
    known = loaded(packs)
    found = [(pack, rule) for pack in known for rule in pack.rules if clause in (rule.clause.id, number(rule.clause.id))]
    if len(found) > 1:
        raise UsageError("error.several_clauses", clause=clause, known=", ".join(rule.clause.id for _, rule in found))
    for pack, rule in found:
        links = links_of(Path(pack.folder)).get(rule.clause.id, ())
        click.echo(printable_lines(pages.page(pack, rule, lang, known, links)))
        return 0
    raise UsageError("error.no_such_clause", path=", ".join(packs), clause=clause)


@rules.command("lint", help=text("cli.rules.lint"))
@_packs
@lang_option
def lint_(packs: tuple[str, ...], lang: str) -> int:
    """One line a problem."""
    names = pack_names(packs)
    # A fault of a signal that several packs read is one fault.
    found = dict.fromkeys(problem for name in names for problem in lint.lint(name))
    for problem in found:
        click.echo(printable(problem.message(lang)))
    click.echo(say("cli.rules.linted", lang, packs=len(names), problems=len(found)), err=True)
    return PROBLEMS if found else 0


@rules.command("test", help=text("cli.rules.test"))
@_packs
@lang_option
def test(packs: tuple[str, ...], lang: str) -> int:
    """Runs every example, one line a failure."""
    # A signal is tried once, however many packs read it.
    tried = {(result.example.place, result.owner): result for pack in loaded(packs) for result in examples.run(pack)}
    results = list(tried.values())
    failed = [result for result in results if not result.ok]
    for result in failed:
        name = result.example.name
        click.echo(say("cli.rules.example_failed", lang, owner=result.owner, name=name, expected=result.example.expect, got=result.got))
    click.echo(say("cli.rules.tested", lang, passed=len(results) - len(failed), failed=len(failed)))
    return PROBLEMS if failed or not results else 0


@rules.command("fmt", help=text("cli.rules.fmt"))
@_packs
@_check
@lang_option
def fmt_(packs: tuple[str, ...], check: bool, lang: str) -> int:
    """Writes rule files in their canonical form."""
    changed = [path for name in pack_names(packs) for path in fmt.format_pack(pack_folder(name), check=check)]
    for path in changed:
        click.echo(say("cli.rules.would_format" if check else "cli.rules.formatted", lang, path=str(path)))
    return PROBLEMS if check and changed else 0


@rules.command(help=text("cli.rules.docs"))
@_packs
@_check
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=Path("docs/rules"), show_default=True, help=text("cli.rules.folder")
)
@lang_option
def docs(packs: tuple[str, ...], check: bool, output: Path, lang: str) -> int:
    """Writes one page a clause and language, and an index."""
    known = loaded(packs)
    stale = [path for pack in known for path in pages.write_pages(pack, output, check, known)]
    if {pack.id for pack in known} >= set(shipped_packs()):
        stale += pages.write_contents(known, output, check)
    for path in stale:
        click.echo(say("cli.rules.stale_page" if check else "cli.written", lang, path=str(path)), err=True)
    return PROBLEMS if check and stale else 0
