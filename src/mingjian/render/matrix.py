"""Which data, by whose code, when: what the code could do beside what a run did, as one table."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from mingjian.model.terms import PERSONAL, vocabulary, within
from mingjian.model.types import UNKNOWN, Observation, Report

How = Literal["possible", "observed"]

APP = "app"
MOST_OWNERS = 24
MOST_ROWS = 150
_LINKS = 12
_HOW: dict[str, How] = {"possible": "possible", "observed": "observed"}
_CHANNELS = ("code", "flow", "api", "network")


@dataclass(frozen=True, slots=True)
class Mark:
    """One phase of a cell: `count` places in the code, or times in a run; `certain` when at least one fact is."""

    how: How
    phase: str
    count: int
    certain: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """One kind of data of one owner: marks in the order of the phases, the indices of the facts, and how many of them are left out."""

    marks: tuple[Mark, ...] = ()
    facts: tuple[int, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of data, a cell for each owner."""

    data: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The table: its owners, its rows, the phases that occur, and how many owners and rows were left out."""

    owners: tuple[str, ...]
    rows: tuple[Row, ...]
    phases: tuple[str, ...]
    further_owners: int = 0
    further_rows: int = 0


def matrix(report: Report) -> Matrix:
    """What a report tells of data, owners and phases: the app first, then SDKs with most facts, the unknown owner last."""
    facts: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for index, item in enumerate(report.observations):
        if item.data is not None and _counts(item):
            facts[item.data, item.actor or UNKNOWN].append(index)
    owners = _owners(Counter(owner for (_, owner), found in facts.items() for _ in found))
    data = _in_order((term for term, _ in facts), vocabulary("data"))
    shown = owners[:MOST_OWNERS]
    rows = tuple(Row(term, tuple(_cell(report, facts.get((term, owner), [])) for owner in shown)) for term in data[:MOST_ROWS])
    phases = _in_order((mark.phase for row in rows for cell in row.cells for mark in cell.marks), vocabulary("phases"))
    return Matrix(tuple(shown), rows, tuple(phases), len(owners) - len(shown), len(data) - len(rows))


def _counts(item: Observation) -> bool:
    """Whether a fact is an act on personal information, or on information that nothing told."""
    personal = item.data == UNKNOWN or within(item.data, PERSONAL)
    return item.mode in _HOW and item.channel in _CHANNELS and not item.negated and personal and not within(item.action, "change")


def _owners(counted: Counter[str]) -> list[str]:
    return sorted(counted, key=lambda owner: (owner == UNKNOWN, owner != APP, -counted[owner], owner))


def _in_order(terms: Iterable[str], known: Iterable[str]) -> list[str]:
    """Terms, each once, in the order of their vocabulary, the others by name, the unknown last."""
    order = {term: place for place, term in enumerate(known)}
    return sorted(set(terms), key=lambda term: (term == UNKNOWN, order.get(term, len(order)), term))


def _cell(report: Report, facts: list[int]) -> Cell:
    counted: Counter[tuple[How, str]] = Counter()
    certain: set[tuple[How, str]] = set()
    for index in facts:
        item = report.observations[index]
        key = (_HOW[item.mode], item.phase or UNKNOWN)
        counted[key] += item.tally.count if item.mode == "observed" and item.tally else item.sites
        if item.certain:
            certain.add(key)
    phases = _in_order((phase for _, phase in counted), vocabulary("phases"))
    keys = [(how, phase) for how in _HOW.values() for phase in phases if (how, phase) in counted]
    marks = tuple(Mark(how, phase, counted[how, phase], (how, phase) in certain) for how, phase in keys)
    return Cell(marks, tuple(facts[:_LINKS]), max(len(facts) - _LINKS, 0))
