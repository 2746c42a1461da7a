"""What one job may cost, and how the jobs of a run are found and fetched."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Limits:
    """`timeout` and `cpu` in seconds, `memory` and `output` in bytes, `files` that it may leave in its folder, `processes` at once. `tries`
    is how often a job is begun before it is poison. With `reuse`, the code of a package is not read again when the same was read before.
    With `flows` it is looked into when code runs and where values go; such reports are others. With `walls`, nothing is read where the
    system cannot confine a child in full.

    With `private`, files may come from addresses in private networks, with `insecure` over plain `http`. `columns` are the pairs of a
    mapping for an input with columns of its own. All of it is kept with the run, for whoever goes on with it."""

    timeout: float = 300
    cpu: int = 300
    memory: int = 2 << 30
    output: int = 256 << 20
    files: int = 4096
    processes: int = 64
    tries: int = 2
    reuse: bool = True
    flows: bool = False
    walls: bool = False
    private: bool = False
    insecure: bool = False
    columns: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Limits":
        """Limits as a journal kept them. What a newer program added and this one does not know is left out: its runs are not ours to do,
        only to look at."""
        known = {each.name for each in fields(cls)}
        values = {name: value for name, value in kept.items() if name in known}
        return cls(**values | {"columns": tuple((column, text) for column, text in kept.get("columns", ()))})
