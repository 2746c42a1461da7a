"""Every dossier through every tool, at most so many at once; a dossier and its answer are kept until something that made them changes."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

from benchmark.cases import Case
from benchmark.claims import Answer
from benchmark.dossiers import dossier
from benchmark.perturb import perturbed
from benchmark.score import outcome
from benchmark.tools import ToolMissingError, clauses, ready, tool
from fixtures.builder import FixtureError

MOST_AT_ONCE = 2
Job = tuple[Case, str | None]


@dataclass(frozen=True, slots=True)
class Scored:
    """The outcome of each tool on one dossier, as it is stored; a tool that cannot be run here is left out."""

    case: str
    perturbation: str | None
    digest: str
    outcomes: dict[str, dict[str, Any]]


def run(jobs: Iterable[Job], tools: Sequence[str], at_once: int = MOST_AT_ONCE) -> Iterator[Scored]:
    """Scores each dossier with each tool, in the order of the jobs."""
    work = [(case, change, tuple(tools)) for case, change in jobs]
    if at_once <= 1 or len(work) < 3:
        yield from map(_scored, work)
        return
    with ProcessPoolExecutor(min(at_once, MOST_AT_ONCE), mp_context=get_context("spawn")) as pool:
        yield from pool.map(_scored, work)


def missing(tools: Sequence[str]) -> dict[str, str]:
    """The tools that cannot be run here, with the reason."""
    out = {}
    for name in tools:
        try:
            ready(name)
        except (ToolMissingError, ImportError) as error:
            out[name] = str(error)
    return out


def _scored(work: tuple[Case, str | None, tuple[str, ...]]) -> Scored:
    case, change, tools = work
    logging.getLogger("mingjian").setLevel(logging.ERROR)
    sources = case.sources if change is None else perturbed(case.sources, change)
    try:
        folder = dossier(sources)
    except FixtureError as error:
        raise ValueError(f"{case.id}{f'@{change}' if change else ''}: {error}") from error
    outcomes = {}
    for name in tools:
        spoken = clauses(name)
        try:
            said = Answer((), spoken) if spoken is not None and case.clause not in spoken else tool(name)(folder)
        except Exception as error:  # noqa: BLE001  a tool that fails on a dossier has not decided it, whatever it raised
            said = Answer((), failed=f"{type(error).__name__}: {error}"[:200])
        stored = outcome(case, said).stored()
        outcomes[name] = stored | ({"failed": said.failed} if said.failed else {})
    return Scored(case.id, change, case.digest(), outcomes)
