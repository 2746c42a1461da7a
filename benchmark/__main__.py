"""`python -m benchmark run | lint | build | score`: see `benchmark/README.md`."""

from __future__ import annotations

import sys
from fnmatch import fnmatch
from pathlib import Path

import click

from benchmark.cases import BEHAVIOURS, Case, CaseError, cases
from benchmark.claims import Answer, read
from benchmark.dossiers import dossier
from benchmark.lint import faults
from benchmark.perturb import PERTURBATIONS, fits, perturbed
from benchmark.running import MOST_AT_ONCE, Scored, missing, run
from benchmark.score import figures, outcome
from benchmark.table import DOCS, load, stale, store, tables, written
from benchmark.tools import OURS, PEERS


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """The open benchmark of the 31 behaviours."""


@main.command("run")
@click.option("--case", "patterns", multiple=True, help="Only dossiers whose id matches, such as '3.1/*'.")
@click.option("--peers", is_flag=True, help="Also the peers that can be run here.")
@click.option("--perturb", "changes", multiple=True, type=click.Choice(["all", *PERTURBATIONS]), help="Also dossiers made harder to read.")
@click.option("--jobs", default=MOST_AT_ONCE, type=click.IntRange(1, MOST_AT_ONCE), help="Dossiers at once.")
@click.option("--write", is_flag=True, help="Store the results and write the tables of docs/accuracy.md.")
@click.option("--check", is_flag=True, help="Run nothing: only see whether the tables tell what is stored, and of these cases.")
def run_(patterns: tuple[str, ...], peers: bool, changes: tuple[str, ...], jobs: int, write: bool, check: bool) -> None:
    """Score this program, and its peers, on the dossiers."""
    if check:
        sys.exit(_check())
    chosen = _chosen(patterns)
    tools = [OURS, *(PEERS if peers else ())]
    absent = missing(tools)
    for name, why in absent.items():
        click.echo(f"benchmark: {name} is left out: {why}", err=True)
    tools = [name for name in tools if name not in absent]
    results = load()
    results["missing"] = absent if peers else results.get("missing", {})
    for scored in run([(case, None) for case in chosen], tools, jobs):
        _tell(scored)
        row = results["dossiers"].setdefault(scored.case, {"digest": scored.digest, "tools": {}})
        before = row["tools"] if row["digest"] == scored.digest else {}
        results["dossiers"][scored.case] = {"digest": scored.digest, "tools": {**before, **scored.outcomes}}
    names = PERTURBATIONS if "all" in changes else tuple(dict.fromkeys(changes))
    for scored in run([(case, name) for name in names for case in _sample(chosen) if fits(case, name)], [OURS], jobs):
        _tell(scored)
        results["perturbed"].setdefault(scored.perturbation, {})[scored.case] = scored.outcomes
    known = {case.id for case in cases()}
    results["dossiers"] = {id: row for id, row in sorted(results["dossiers"].items()) if id in known}
    if write:
        store(results)
        _write_tables()
    ids = {case.id for case in chosen}
    shown = {**results, "dossiers": {id: row for id, row in results["dossiers"].items() if id in ids}}
    click.echo(tables(shown, cases(), "en"))


@main.command("lint")
@click.option("--chapter", "chapters", multiple=True, type=int, help="Only these chapters.")
def lint_(chapters: tuple[int, ...]) -> None:
    """See whether every behaviour has its dossiers, every positive its twin, every label a reason."""
    wanted = [each for each in BEHAVIOURS if not chapters or int(each.partition(".")[0]) in chapters]
    found = list(faults([case for case in cases() if case.behaviour in wanted], wanted))
    for fault in found:
        click.echo(fault)
    sys.exit(1 if found else 0)


@main.command("build")
@click.argument("id")
@click.option("--perturb", "change", type=click.Choice(PERTURBATIONS), help="Made harder to read.")
def build_(id: str, change: str | None) -> None:
    """Build one dossier and say where it is."""
    case = next((case for case in cases() if case.id == id), None)
    if case is None:
        raise click.ClickException(f"no dossier {id}")
    click.echo(dossier(case.sources if change is None else perturbed(case.sources, change)))


@main.command("score")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def score_(folder: Path) -> None:
    """Score what any tool wrote: FOLDER/3.1/NAME.json (a report of ours) or .sarif for each dossier."""
    stored = []
    for case in cases():
        files = [folder / f"{case.id}{end}" for end in (".json", ".sarif")]
        file = next((file for file in files if file.is_file()), None)
        if file is not None:
            told = outcome(case, _answer(file)).stored()
            stored.append(told)
            click.echo(f"{case.id}: {told['kind']}")
    of = figures(stored)
    click.echo(f"dossiers {of.dossiers}, precision {of.precision}, recall {of.recall}, coverage {of.coverage}, owner {of.owner}")


def _answer(file: Path) -> Answer:
    """What a tool wrote; one line on what cannot be read, which counts as open, as for a tool that failed."""
    try:
        return read(file.read_bytes())
    except (ValueError, OSError) as error:
        click.echo(f"{file}: cannot be read: {error}", err=True)
        return Answer((), failed=str(error))


def _write_tables() -> None:
    results, known = load(), list(cases())
    for lang, path in DOCS.items():
        path.write_text(written(path.read_text(encoding="utf-8"), tables(results, known, lang)), encoding="utf-8")


@main.command("tables")
def tables_() -> None:
    """Write the tables of docs/accuracy.md from the stored results; runs nothing."""
    _write_tables()


def _chosen(patterns: tuple[str, ...]) -> list[Case]:
    chosen = [case for case in cases() if not patterns or any(fnmatch(case.id, pattern) for pattern in patterns)]
    if not chosen:
        raise click.ClickException("no dossier matches")
    return chosen


def _sample(chosen: list[Case]) -> list[Case]:
    """The first pair of each behaviour, by name: what is made harder to read."""
    first: dict[str, str] = {}
    for case in chosen:
        if case.kind == "positive":
            first.setdefault(case.behaviour, case.id)
    return [case for case in chosen if first.get(case.behaviour) in (case.id, case.twin)]


def _tell(scored: Scored) -> None:
    name = f"{scored.case}{f'@{scored.perturbation}' if scored.perturbation else ''}"
    told = scored.outcomes.get(OURS, {})
    more = "".join(f" {key}={told[key]}" for key in ("verdict", "owner", "elsewhere", "failed") if told.get(key))
    click.echo(f"{name}: {told.get('kind')}{more}", err=True)


def _check() -> int:
    results, known = load(), list(cases())
    old = stale(results, known)
    for id in old[:20]:
        click.echo(f"benchmark: {id} changed since it was scored")
    wrong = [
        path.name
        for lang, path in DOCS.items()
        if written(path.read_text("utf-8"), tables(results, known, lang)) != path.read_text("utf-8")
    ]
    for name in wrong:
        click.echo(f"benchmark: docs/{name} does not tell what is stored")
    return 1 if old or wrong else 0


if __name__ == "__main__":
    try:
        main(standalone_mode=True)
    except CaseError as error:
        click.echo(f"benchmark: {error}", err=True)
        sys.exit(2)
