"""Thousands of cuts and flips, of the package and of the files inside it, asked everything that the program ever asks."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from fixtures.builder import build
from fixtures.builder.broken import Package, bit_flips, truncations
from mingjian.native.reader import ERROR_KEYS

APPS = Path(__file__).parents[2] / "fixtures" / "apps"
FILE = "app.apk"
STEP = 64
FLIPS = 200
NEEDED = (*"0123456789", ".dex", "AndroidManifest.xml", ".arsc", "resources.pb")
"""How the names of those end whose every cut is noticed: the package itself, and what Android cannot do without."""
NOTHING = re.compile(r"truncated-at-0 in (base\.)?assets")
"""An asset of no bytes is a whole asset."""
REFUSALS = {code for code, key in ERROR_KEYS.items() if key.startswith("input.")} - {"internal"}
"""What the core may say about a damaged file. `internal` is a panic that was caught."""


def damaged(good: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the good file, then the whole file damaged, then each file inside it."""
    yield "good", good
    yield from truncations(good, STEP)
    yield from bit_flips(good, FLIPS, seed=3)
    package = Package(good)
    for entry in package.entries:
        for name, changed in (*truncations(entry.data, STEP), *bit_flips(entry.data, FLIPS, seed=4)):
            yield f"{name} in {entry.name}", package.image({entry.name: changed}).joined()


@pytest.fixture(scope="module", params=[("kuaichi-innocent", "apk"), ("kuaichi", "apk"), ("kuaichi", "aab")], ids="-".join)
def ended(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """How each damaged copy of a package ended, by name."""
    app, bundle = request.param
    good = build(APPS / app, tmp_path_factory.mktemp("good") / FILE, bundle=bundle).path.read_bytes()
    folders = [tmp_path_factory.mktemp("damaged") for _ in range(os.cpu_count() or 1)]
    for number, (name, data) in enumerate(damaged(good)):
        for folder in folders if name == "good" else [folders[number % len(folders)]]:
            place = folder / name.replace("/", ".")
            place.mkdir()
            (place / FILE).write_bytes(data)
    with ThreadPoolExecutor(len(folders)) as pool:
        found = [row for rows in pool.map(sweep, folders) for row in rows]
    return {row["file"]: row for row in found}


def sweep(folder: Path) -> list[dict[str, Any]]:
    command = [sys.executable, str(Path(__file__).with_name("sweep.py")), str(folder)]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    rows = [json.loads(line) for line in process.stdout.splitlines()]
    assert process.returncode == 0, f"ended with {process.returncode} after {rows[-1:]}: {process.stderr[-500:]}"
    assert not process.stderr
    return [row for row in rows if "file" in row]


def test_the_good_file_is_whole(ended: dict[str, dict[str, Any]]) -> None:
    good = ended["good"]
    assert not good["errors"]
    assert len(ended) > 1000


def test_nothing_panics(ended: dict[str, dict[str, Any]]) -> None:
    odd = {name: row["errors"] for name, row in ended.items() if set(row["errors"]) - REFUSALS}
    assert odd == {}


def test_a_file_that_was_cut_is_never_whole(ended: dict[str, dict[str, Any]]) -> None:
    cut = {name: row for name, row in ended.items() if "truncated" in name and name.endswith(NEEDED)}
    assert len(cut) > 100
    assert {name for name, row in cut.items() if row.get("complete")} == set()


def test_no_answer_of_a_cut_file_is_short_and_claims_to_be_complete(ended: dict[str, dict[str, Any]]) -> None:
    assert {name: row["silent"] for name, row in ended.items() if "truncated" in name and not NOTHING.search(name) and row["silent"]} == {}
