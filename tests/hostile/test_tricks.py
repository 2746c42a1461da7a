"""Every trick and every damage of the hostile corpus, scanned as a user scans: nothing may crash, hang, swell, or pass for clean."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import pytest
from runs import Run, scan

from fixtures.builder import build
from fixtures.builder.broken import bit_flips, truncations, variants

APP = Path(__file__).parents[2] / "fixtures" / "apps" / "kuaichi-innocent"
SAMPLE = 8
AS_ANDROID_READS = {
    "broken/axml-attributes-out-of-order": "Android looks attributes up by bisection and misses them, too",
    "broken/axml-attribute-size-zero": "every attribute is the first one for Android, too",
    "broken/arsc-reference-to-itself": "the table is another one, which names no layout",
    "broken/arsc-reference-ring": "the table is another one, which names no layout",
    "broken/arsc-long-reference-chain": "the table is another one, which names no layout",
}
"""What is missing from these packages is missing on the phone: nothing was lost in reading."""


@pytest.fixture(scope="module")
def good_bytes(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return build(APP, tmp_path_factory.mktemp("good") / "good.apk").path.read_bytes()


@pytest.fixture(scope="module")
def good(good_bytes: bytes) -> Run:
    run = scan(good_bytes)
    assert run.code == 3, run.complaint
    assert run.permissions
    return run


@pytest.fixture(scope="module")
def runs(good_bytes: bytes) -> dict[str, Run]:
    """A run for each file, as many at a time as there are processors; no more files than that are held in memory."""
    found: dict[str, Run] = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        files = corpus(good_bytes)
        while batch := list(islice(files, 2 * (os.cpu_count() or 1))):
            names, data = zip(*batch, strict=True)
            found |= zip(names, pool.map(scan, data), strict=True)
    return found


def corpus(good: bytes) -> Iterator[tuple[str, bytes]]:
    yield from variants(good)
    yield from truncations(good, len(good) // SAMPLE)
    yield from bit_flips(good, SAMPLE, seed=2)


def test_every_file_is_there(runs: dict[str, Run]) -> None:
    assert len(runs) > 150
    assert {"broken/zip-bomb-dex", "broken/zip-two-gigabytes-declared", "broken/axml-ten-thousand-nested-elements"} < runs.keys()
    assert runs.keys() > AS_ANDROID_READS.keys()


def test_none_crashes_hangs_or_swells(runs: dict[str, Run]) -> None:
    assert {name: faults for name, run in runs.items() if (faults := run.faults())} == {}


def test_a_trick_hides_nothing(runs: dict[str, Run], good: Run) -> None:
    tricked = {name: run for name, run in runs.items() if name.startswith("trick/")}
    assert len(tricked) > 20
    for name, run in tricked.items():
        assert run.code == good.code, f"{name}: {run.complaint}"
        assert run.report.subject.package == good.report.subject.package, name
        assert run.permissions == good.permissions, name
        assert run.lines == good.lines, name
        assert run.verdicts == good.verdicts, name
        assert {row[:2] for row in run.losses} == {row[:2] for row in good.losses}, name


def test_what_is_lost_is_told(runs: dict[str, Run], good: Run) -> None:
    silent = {}
    for name, run in runs.items():
        if name.startswith("broken/") and run.code != 65 and name not in AS_ANDROID_READS and "bit-flips" not in name:
            missing = good.lines - run.lines
            if missing and not run.losses - good.losses:
                silent[name] = missing
    assert silent == {}


def test_a_package_that_cannot_be_read_is_not_clean(runs: dict[str, Run]) -> None:
    for name in ("broken/zip-no-end-record", "broken/zip-end-record-only", "broken/zip-magic-only"):
        assert runs[name].code == 65, name
    for name in ("broken/axml-empty", "broken/axml-text-instead-of-binary"):
        assert "manifest" in {channel for channel, *_ in runs[name].losses}, name
    assert "code" in {channel for channel, *_ in runs["broken/zip-bomb-dex"].losses}
