"""Innocent policies raise nothing; a variant of one raises exactly what its edit breaks. What must come out stands in `tables`."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from variants import BASES, Variant, acts, policy, variants

from mingjian.extract import Context
from mingjian.extract import policy as policy_extractor
from mingjian.inputs import open_policy
from mingjian.judge import Pack, judge, load
from mingjian.model.line import parse
from mingjian.model.types import Channel, Coverage, Observation, Subject

PACK = "cac-2019"
ENOUGH = 0.95
"""The share of variants that must raise exactly what they should."""


def raised(folder: Path, files: Mapping[str, str], lines: Sequence[str]) -> set[str]:
    """The items of the pack that come out violated or suspected."""
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    artifacts, documents = open_policy([folder / name for name in files])
    observations, coverage = policy_extractor.extract(documents, Context(artifacts[0].sha256))
    seen, covered = _app(lines)
    subject = Subject(artifacts[0].sha256, "android", "app.example", "1.0", "", None, artifacts)
    findings = judge(_pack(), [*observations, *seen], [*coverage, *covered], subject)
    return {finding.clause.removeprefix(f"{PACK}/") for finding in findings if finding.verdict in ("violated", "suspected")}


@cache
def _pack() -> Pack:
    return load(PACK)


def _app(lines: Sequence[str]) -> tuple[list[Observation], list[Coverage]]:
    """What the package shows, and its channels as seen in full."""
    first, *rest = lines
    covered = [channel for channel in get_args(Channel) if channel in first.split()]
    return [parse(line) for line in rest], [Coverage(channel, "acts", "complete") for channel in covered]


@pytest.mark.parametrize("base", BASES)
def test_an_innocent_policy_raises_nothing(base: str, tmp_path: Path) -> None:
    files = {BASES[base]: policy(base)}
    assert raised(tmp_path / base, files, acts(base)) == set()


def test_variants_raise_what_they_should_and_nothing_else(tmp_path: Path) -> None:
    folders = [tmp_path / str(number) for number in range(len(variants()))]
    with ProcessPoolExecutor() as pool:
        wrong = [line for line in pool.map(_difference, variants(), folders, chunksize=8) if line]
    share = 1 - len(wrong) / len(variants())
    print(f"{share:.3f} of {len(variants())} variants raise exactly what they should", *wrong, sep="\n")
    assert share >= ENOUGH, "\n".join(wrong)


def _difference(variant: Variant, folder: Path) -> str | None:
    """What came out instead, as one line; none when it is right."""
    got = raised(folder, variant.files(), variant.acts())
    if got - variant.may == variant.expect:
        return None
    missing, extra = (", ".join(sorted(clauses)) or "-" for clauses in (variant.expect - got, got - variant.may - variant.expect))
    return f"{variant.id}: missing {missing}; extra {extra}"
