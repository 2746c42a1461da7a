"""Dossiers on disk: each case as one folder with `dossier.yml`, app, policy, recording and review, built once into a cache."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from benchmark.apps import package
from benchmark.policies import pages
from fixtures.scenario import record

_FIXTURES = Path(__file__).parents[1] / "fixtures"


def cache_folder() -> Path:
    """Where dossiers are built: below `MINGJIAN_CACHE`, else below the user's cache."""
    root = os.environ.get("MINGJIAN_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mingjian"
    return Path(root) / "benchmark"


def dossier(sources: Mapping[str, Any], root: Path | None = None) -> Path:
    """The folder of the dossier made of these sources; one that was built before is given back as it is.

    Raises `FixtureError` or `KeyError` for sources that no dossier can be made of."""
    root = root or cache_folder()
    told = json.dumps(sources, sort_keys=False, ensure_ascii=False).encode()
    folder = root / hashlib.sha256(_builders() + told).hexdigest()[:24]
    if folder.is_dir():
        return folder
    root.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix="making-", dir=root))
    try:
        with tempfile.TemporaryDirectory() as work:
            _write(sources, making, Path(work))
        making.replace(folder)
    except OSError:
        if not folder.is_dir():  # another process was as fast with the same dossier
            raise
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return folder


def _write(sources: Mapping[str, Any], folder: Path, work: Path) -> None:
    app = sources["app"]
    told: dict[str, Any] = {"package": package(app, work, folder)}
    if "policy" in sources:
        files = pages(sources["policy"])
        for name, content in files.items():
            (folder / name).write_bytes(content)
        told["policy"] = [name for name in files if name.endswith(".html")]
    if "run" in sources:
        (folder / "run.jsonl").write_bytes(record(scenario(sources["run"], app["package"])))
        told["runs"] = ["run.jsonl"]
    if "review" in sources:
        answers = [{"by": "Reviewer", "at": "2026-01-12T10:00:00+08:00", "note": "", **answer} for answer in sources["review"].values()]
        (folder / "review.yml").write_text(yaml.safe_dump(answers, allow_unicode=True), encoding="utf-8")
        told["review"] = ["review.yml"]
    told |= {key: sources[key] for key in ("category", "operator", "operator_hosts") if key in sources}
    (folder / "dossier.yml").write_text(yaml.safe_dump(told, allow_unicode=True), encoding="utf-8")


def scenario(run: Mapping[str, Any], app: str) -> dict[str, Any]:
    """A recording as `fixtures.scenario` takes it: events and the nodes of a screen have names here, so that cases can change them."""
    events = []
    for event in run["events"].values():
        nodes = event.get("nodes")
        events.append({**event, "nodes": list(nodes.values())} if isinstance(nodes, Mapping) else dict(event))
    return {"app": app, **{key: value for key, value in run.items() if key != "events"}, "events": events}


@cache
def _builders() -> bytes:
    """Changes when what makes the dossiers does."""
    own = [Path(__file__).parent / name for name in ("apps.py", "policies.py", "dossiers.py", "short.yml")]
    files = [*own, *sorted((_FIXTURES / "builder").glob("*.py")), _FIXTURES / "scenario.py", _FIXTURES / "pairs.py"]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).digest()
