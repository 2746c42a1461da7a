"""What adapters read of a dossier without this program's own reading: texts, screens, calls."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import yaml

_TAGS = re.compile(r"<[^>]*>")
_CATALOGUE = Path(__file__).parents[2] / "src" / "mingjian" / "rules" / "catalog"


def policy(folder: Path) -> str | None:
    """The text of the policy, without its tags; none where there is no policy."""
    files = [folder / name for name in told(folder).get("policy", ())]
    return "\n".join(unescape(_TAGS.sub(" ", file.read_text(encoding="utf-8"))) for file in files) if files else None


def told(folder: Path) -> Mapping[str, Any]:
    """What `dossier.yml` says."""
    return dict(yaml.safe_load((folder / "dossier.yml").read_text(encoding="utf-8")))


def package(folder: Path) -> Path:
    """The package, of a split set its base."""
    names = [name for name in told(folder)["package"] if "split_" not in name]
    return folder / str(names[0])


def events(folder: Path) -> list[Mapping[str, Any]]:
    """The events of the recording, in their order; none where there is no recording."""
    lines = [line for name in told(folder).get("runs", ()) for line in (folder / name).read_text(encoding="utf-8").splitlines()]
    return [json.loads(line) for line in lines]


def consent(run: list[Mapping[str, Any]]) -> float:
    """When the user agreed, in milliseconds; never is infinity."""
    return min((event["ts"] for event in run if event.get("kind") == "mark" and event.get("name") == "accepted"), default=float("inf"))


@cache
def sdks() -> Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """For each SDK of the catalogue its prefixes and its names, in the catalogue's order."""
    out = {}
    for file in sorted((_CATALOGUE / "sdks").glob("*.yml")):
        for id, row in (yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) or {}).items():
            name = row["name"]
            names = [*(name.values() if isinstance(name, Mapping) else [name]), *row.get("aliases", ())]
            out[f"sdk.{id}"] = (tuple(row.get("prefixes", ())), tuple(names))
    return out


def sdk_of(name: str) -> str | None:
    """The SDK whose prefix a class has; none of another class."""
    return next((id for id, (prefixes, _) in sdks().items() if any(name == each or name.startswith(f"{each}.") for each in prefixes)), None)
