"""What the catalogue asks of code, arranged for the readers of code, and what they answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

MOST_HITS = 20_000
"""Answers about one file; only one made to exhaust us has more."""


@dataclass(frozen=True)
class Asked:
    """Names that are looked for: imported symbols, classes by name or beginning, whole texts, beginnings of records."""

    imports: frozenset[str]
    classes: frozenset[str]
    texts: frozenset[bytes]
    prefixes: tuple[str, ...]

    @classmethod
    def of(cls, plain: dict[str, list[str]]) -> "Asked":
        """From the request."""
        texts = frozenset(each.encode() for each in plain["texts"])
        return cls(frozenset(plain["imports"]), frozenset(plain["classes"]), texts, tuple(plain["prefixes"]))

    def names(self, name: str) -> bool:
        """Whether a class or record is asked for."""
        return name in self.classes or name.startswith(self.prefixes)


def hit(kind: str, value: str, offset: int | None = None, library: str = "") -> dict[str, Any]:
    """One answer; `offset` counts bytes from the start of the entry."""
    return {"kind": kind, "value": value[:500], "offset": offset, "library": library[:300]}


def binary(path: str, kind: str, size: int, hits: Iterable[dict[str, Any]], *, classes: int, encrypted: bool = False) -> dict[str, Any]:
    """What one file of code answered. `classes` counts those it defines."""
    told = [each for each, _ in zip(hits, range(MOST_HITS), strict=False)]
    return {"path": path, "kind": kind, "size": size, "hits": told, "classes": classes, "encrypted": encrypted}
