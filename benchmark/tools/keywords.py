"""Matching of key words, as a script of an afternoon does it.

Some words must stand in the policy or on a screen; others must not; and what names in the code stand for must be named in the policy."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from benchmark.cases import PACK
from benchmark.claims import Answer, Claim
from benchmark.tools.material import consent, events, package, policy


def answer(folder: Path) -> Answer:
    """The behaviours of `keywords.yml`."""
    words = _words()
    asked = {*words["policy"], *words["screens"], *words["raises"], "2.1"}
    raised = list(_raised(folder, words))
    silent = [Claim(f"{PACK}/{each}", "satisfied") for each in sorted(asked - {claim.clause.partition("/")[2] for claim in raised})]
    return Answer((*raised, *silent), frozenset(f"{PACK}/{each}" for each in asked))


def _raised(folder: Path, words: Any) -> Iterator[Claim]:
    text = policy(folder) or ""
    run = events(folder)
    agreed = consent(run)
    screens = [
        (event["ts"], " ".join(node.get("text") or "" for node in event.get("nodes") or ())) for event in run if event.get("kind") == "ui"
    ]
    early = " ".join(shown for ts, shown in screens if ts < agreed)
    everything = " ".join(shown for _, shown in screens)
    for behaviour, needed in words["policy"].items():
        if not any(word in text for word in needed):
            yield Claim(f"{PACK}/{behaviour}", "suspected")
    for behaviour, needed in words["screens"].items():
        seen = early if behaviour in ("1.2", "3.4") else everything
        if behaviour == "2.3" and "要允许" not in everything:
            continue
        if not any(word in seen for word in needed):
            yield Claim(f"{PACK}/{behaviour}", "suspected")
    for behaviour, bad in words["raises"].items():
        if any(word in everything for word in bad):
            yield Claim(f"{PACK}/{behaviour}", "suspected")
    code = _code(package(folder))
    for name, row in words["code"].items():
        if name.encode() in code and not any(word in text for word in row["words"]):
            yield Claim(f"{PACK}/2.1", "suspected", row["data"])


def _code(file: Path) -> bytes:
    with zipfile.ZipFile(file) as package:
        return b"".join(package.read(name) for name in package.namelist() if name.endswith(".dex"))


@cache
def _words() -> Any:
    return yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
