"""What many scans found, kept so that a market can be asked about it. See docs/fleet.md.

`Answer`, `Lake`, `Compacted`, `Fault`, `open`, `compact`, `check` and `parquet_rows` need DuckDB and load it when they are first used, so
that the command line can name its verbs, and a list of apps can be read, without it. Each raises `UsageError` where it is not installed."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mingjian.errors import UsageError
from mingjian.lake.manifest import found
from mingjian.lake.rows import Listed, Poison, Staged

if TYPE_CHECKING:
    from mingjian.lake.ask import Answer, Lake, open  # noqa: A004  `lake.open` is how it is asked
    from mingjian.lake.checking import Fault, check
    from mingjian.lake.compaction import Compacted, compact
    from mingjian.lake.parquet import parquet_rows

__all__ = ["Answer", "Compacted", "Fault", "Lake", "Listed", "Poison", "Staged", "check", "compact", "found", "open", "parquet_rows"]

_LATER = {
    "Answer": "ask",
    "Lake": "ask",
    "open": "ask",
    "Fault": "checking",
    "check": "checking",
    "Compacted": "compaction",
    "compact": "compaction",
    "parquet_rows": "parquet",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module(f"mingjian.lake.{_LATER[name]}"), name)
    except ModuleNotFoundError as error:
        raise UsageError("lake.not_installed", what=error.name) from error
