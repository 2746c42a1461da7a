"""Peers that look into packages: installed and run in an environment of their own, their rules fetched into the cache.

They find trackers and acts in code. Held against the policy, that bears on item 2.1: what the code can do, or who is in it, of which the
policy has no word. Whether it has one is asked here, by the names of our vocabulary; the peers do not read policies."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from benchmark.cases import PACK
from benchmark.claims import Answer, Claim
from benchmark.dossiers import cache_folder
from benchmark.tools import ToolMissingError
from benchmark.tools.material import package, policy, sdk_of, sdks
from mingjian.model.terms import vocabulary

CLAUSES = frozenset({f"{PACK}/2.1"})
_CLAUSE = f"{PACK}/2.1"
_SECONDS = 300


def answer(peer: str, folder: Path) -> Answer:
    """Item 2.1, by what a peer finds in the package and the policy does not name."""
    text = policy(folder) or ""
    claims = tuple(_undeclared(_found(peer, package(folder)), text))
    return Answer(claims or (Claim(_CLAUSE, "satisfied"),), CLAUSES)


def ready(peer: str) -> None:
    """Sees that a peer and its rules are there. Raises `ToolMissingError`."""
    _python(peer)
    _rules(peer)


def _undeclared(found: Mapping[str, Any], text: str) -> Iterator[Claim]:
    for tracker in found["trackers"]:
        id = sdk_of(tracker["class"])
        names = (tracker["name"], *(sdks()[id][1] if id else ()))
        if not any(name.casefold() in text.casefold() for name in names):
            yield Claim(_CLAUSE, "suspected", None, id or "unknown")
    known = {**_settings()["rules"], **_settings()["labels"]}
    for act in found["acts"]:
        for data in {known[label] for label in act["labels"] if label in known}:
            if not any(word.casefold() in text.casefold() for word in _names(data)):
                yield Claim(_CLAUSE, "suspected", data, sdk_of(act["class"]) or "app")


def _names(data: str) -> tuple[str, ...]:
    term = vocabulary("data")[data]
    more = ", ".join(str(term.fields.get(key, "")) for key in ("synonyms_zh", "synonyms_en"))
    return (term.name.zh, term.name.en, *filter(None, more.split(", ")))


def _found(peer: str, file: Path) -> Mapping[str, Any]:
    """What a peer finds in a package; kept, for many dossiers have the same."""
    content = file.read_bytes() + Path(__file__).with_name("inside.py").read_bytes()
    kept = cache_folder() / "peers" / peer / f"{hashlib.sha256(content).hexdigest()[:24]}.json"
    if not kept.is_file():
        command = [str(_python(peer)), "-I", str(Path(__file__).with_name("inside.py")), peer, str(file), str(_rules(peer))]
        with tempfile.TemporaryDirectory() as work:  # quark-engine leaves a log where it is run
            done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False, cwd=work)  # noqa: S603  our own
        if done.returncode:
            raise ValueError(f"{peer}: {(done.stderr.strip().splitlines() or ['failed'])[-1][:200]}")
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(done.stdout.strip().splitlines()[-1], encoding="utf-8")
    return dict(json.loads(kept.read_text(encoding="utf-8")))


@cache
def _python(peer: str) -> Path:
    """The interpreter of the peers' environment, which is made where it is missing."""
    home = cache_folder().parent / "benchmark-peers"
    python = home / "bin" / "python"
    if not python.is_file():
        _run([sys.executable, "-m", "venv", str(home)], peer)
    module = {"exodus": "exodus_core", "quark": "quark"}.get(peer, "androguard")
    if subprocess.run([str(python), "-I", "-c", f"import {module}"], capture_output=True, check=False).returncode:  # noqa: S603  our own command
        pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        # exodus-core pins another androguard than quark-engine does; what it uses of it is the same in both.
        _run([*pip, "androguard==4.1.4", "dhash==1.4", "requests", "six", "PyYAML", "Pillow", _settings()["packages"]["quark"]], peer)
        _run([*pip, "--no-deps", _settings()["packages"]["exodus"]], peer)
    return python


@cache
def _rules(peer: str) -> Path:
    """The folder with the rules of the peers, fetched where they are missing."""
    folder = cache_folder() / "rules"
    folder.mkdir(parents=True, exist_ok=True)
    if peer == "quark":
        if not (folder / "quark-rules" / "rules").is_dir():
            source = os.environ.get("MINGJIAN_QUARK_RULES", _settings()["quark_rules"])
            _run(["git", "clone", "-q", "--depth", "1", source, str(folder / "quark-rules")], peer)
        return folder
    names = {Path(name).name: name for name in _settings()["mobsf_files"]}
    if not all((folder / name).is_file() for name in names):
        wheels = folder / "wheels"
        package = _settings()["packages"]["mobsf"]
        _run([sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps", "-d", str(wheels), package], peer)
        with zipfile.ZipFile(next(wheels.glob("mobsf-*.whl"))) as wheel:
            for name, inside in names.items():
                (folder / name).write_bytes(wheel.read(inside))
    return folder


def _run(command: list[str], peer: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=_SECONDS * 2)  # noqa: S603  our own commands
    except (OSError, subprocess.SubprocessError) as error:
        raise ToolMissingError(f"{peer}: {' '.join(command[:4])}… failed") from error


@cache
def _settings() -> Any:
    return yaml.safe_load(Path(__file__).with_name("peers.yml").read_text(encoding="utf-8"))
