"""The tools that are scored: this program, and its peers, each as a function from a dossier to an answer."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import cast

from benchmark.claims import Answer

Tool = Callable[[Path], Answer]
OURS = "mingjian"
PEERS: tuple[str, ...] = ("keywords", "camille", "exodus", "mobsf", "quark")


def tool(name: str) -> Tool:
    """The function of a tool. Raises `ToolMissingError` when it cannot be run here."""
    return cast(Tool, import_module(f"benchmark.tools.{name}").answer)


def clauses(name: str) -> frozenset[str] | None:
    """The clauses that a tool speaks of; none where it may speak of any."""
    found: frozenset[str] | None = getattr(import_module(f"benchmark.tools.{name}"), "CLAUSES", None)
    return found


def ready(name: str) -> None:
    """Sees that a tool can be run here, which may install it. Raises `ToolMissingError`."""
    module = import_module(f"benchmark.tools.{name}")
    if hasattr(module, "ready"):
        module.ready()


class ToolMissingError(Exception):
    """A peer that is not installed, or whose rules could not be fetched; the message says which."""
