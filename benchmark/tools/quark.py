"""quark-engine with its own rules, which look for pairs of calls: what it finds in the package, held against the policy (`static.py`)."""

from __future__ import annotations

from pathlib import Path

from benchmark.claims import Answer
from benchmark.tools import static

CLAUSES = static.CLAUSES


def answer(folder: Path) -> Answer:
    """Item 2.1."""
    return static.answer("quark", folder)


def ready() -> None:
    """Sees that it is installed. Raises `ToolMissingError`."""
    static.ready("quark")
