"""The digests of code whose owner is known: what `tools/sdk_shapes.py` measured on published builds of SDKs."""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from mingjian.model.shipped import read_yaml, rules_folder

BYTES = 6
"""Bytes of one digest, the lowest first."""


@dataclass(frozen=True, slots=True)
class Measure:
    """How much of a package must be known: `methods` and `digests` (methods and texts) of one SDK, their `share` of all digests of the
    package in per cent, and how many times those of any other SDK."""

    methods: int
    digests: int
    share: int
    margin: int


@dataclass(frozen=True, slots=True)
class Weights:
    """What the clues weigh, by kind, and from which sum on an SDK owns what it was recognised in (`high`), or may (`medium`)."""

    clues: Mapping[str, int]
    high: int
    medium: int


@cache
def known() -> tuple[tuple[int, str], ...]:
    """Every known digest with the id of its SDK, in the order in which they are asked for."""
    rows = (line.split() for line in _file("sdk_shapes.txt").read_text("ascii").splitlines())
    return tuple((digest, id) for id, text in rows for digest in unpacked(text))


def unpacked(text: str) -> tuple[int, ...]:
    """The digests of one row of `sdk_shapes.txt`."""
    content = b64decode(text, validate=True)
    return tuple(int.from_bytes(content[at : at + BYTES], "little") for at in range(0, len(content), BYTES))


@cache
def measures() -> dict[str, Measure]:
    """How much counts as a clue, by kind of clue."""
    return {kind: Measure(**row) for kind, row in _settings()["measures"].items()}


@cache
def weights() -> Weights:
    """What clues weigh."""
    rows = _settings()["weights"]
    return Weights(rows["clues"], rows["high"], rows["medium"])


def of_method(digest: int) -> bool:
    """Whether a digest is that of a method and not of a text."""
    return digest & 1 == 1


def settings_of_query() -> dict[str, list[str]]:
    """Beginnings of descriptors: which classes are the platform's, and which of them say nothing."""
    return {name: _settings()[name] for name in ("platform", "ignored")}


@cache
def _settings() -> dict[str, Any]:
    return dict(read_yaml(_file("sdk_shapes.yml")))


def _file(name: str) -> Any:
    return rules_folder() / "catalog" / name
