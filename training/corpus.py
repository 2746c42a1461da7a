"""Reads a folder laid out as CAPP-130 is: `zh/` and `en/`, in each `train/` and `dev/`, one JSONL file a policy."""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from mingjian.nlp.topics import LABELS


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy, its sentences in order: `ids` as in the corpus, `labels` as the set of labels of each."""

    name: str
    ids: list[int]
    texts: list[str]
    labels: list[frozenset[str]]


@cache
def _names() -> dict[str, str]:
    table = yaml.safe_load((Path(__file__).parent / "labels.yml").read_text(encoding="utf-8"))
    return {name: label for label in LABELS for name in table[label]}


def read(folder: Path) -> list[Policy]:
    """The policies of one folder, by name. What stands among the labels and is none (the corpus has some sentences there) is left out."""
    policies = []
    for file in sorted(folder.glob("*.jsonl")):
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
        labels = [frozenset(_names()[name] for name in row["label"] if name in _names()) for row in rows]
        policies.append(Policy(file.stem, [row["id"] for row in rows], [row["text"] for row in rows], labels))
    return policies


def digest(folder: Path) -> str:
    """SHA-256 over the names and bytes of the files of a folder."""
    total = hashlib.sha256()
    for file in sorted(folder.glob("*.jsonl")):
        total.update(file.name.encode() + b"\0" + file.read_bytes())
    return total.hexdigest()
