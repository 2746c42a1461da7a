"""Files that the manifest names no longer. Readers that opened the lake before still ask them, so they stay until the compaction after
the next."""

import json
from collections.abc import Iterable
from pathlib import Path

from mingjian.lake.files import house_faults, write
from mingjian.lake.manifest import Manifest

FILE = "old.json"
_STAYS = 2


def retire(folder: Path, manifest: Manifest, passing: Iterable[Path]) -> None:
    """Removes what no manifest has named for two compactions, and counts for the rest. `passing` are files that this compaction made on the
    way and nobody ever saw named: they go at once. Raises `TryAgainError`; the lake is whole all the same."""
    named = {path for _, path, _, _ in manifest.files()}
    at_once = set(passing)
    waiting = _waiting(folder / FILE)
    stays = {}
    with house_faults(folder):
        for path in sorted(each for place in ("packs", "tables") for each in (folder / place).rglob("*") if each.is_file()):
            name = path.relative_to(folder)
            if name in named:
                continue
            left = waiting.get(name.as_posix(), 0 if name in at_once else _STAYS)
            if left:
                stays[name.as_posix()] = left - 1
            else:
                path.unlink()
    write(folder / FILE, json.dumps(stays, indent=1).encode() + b"\n")


def _waiting(path: Path) -> dict[str, int]:
    """How many compactions each file still stays. What cannot be read counts as nothing."""
    try:
        said = json.loads(path.read_bytes())
        return {name: left for name, left in said.items() if isinstance(left, int)}
    except (OSError, ValueError, AttributeError, RecursionError):
        return {}
