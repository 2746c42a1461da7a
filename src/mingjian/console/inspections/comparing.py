"""Two reports on one app side by side, in words."""

from dataclasses import dataclass

from mingjian.judge.compare import compare
from mingjian.model.printable import printable
from mingjian.model.types import Report
from mingjian.render.changes import KINDS, change_in_words
from mingjian.render.outline import number


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: `new`, `gone` or `persisting`, and what."""

    state: str
    words: str


@dataclass(frozen=True, slots=True)
class Compared:
    """What changed. `verdicts` are number of the clause, its id, and the verdicts before and after, `-` for none; `changes` by kind."""

    verdicts: tuple[tuple[str, str, str, str], ...]
    changes: tuple[tuple[str, tuple[Change, ...]], ...]


def compared(old: Report, new: Report, lang: str) -> Compared:
    """The differences from an older report to a newer one."""
    found = compare(old, new)
    by_kind = {
        kind: tuple(Change(each.state, printable(change_in_words(each, lang))) for each in found.changes if each.what == kind)
        for kind in KINDS
    }
    return Compared(
        tuple((number(clause), clause, before, after) for clause, before, after in found.verdicts),
        tuple((kind, changes) for kind, changes in by_kind.items() if changes),
    )
