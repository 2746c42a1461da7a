"""A lake that somebody tampered with: one clear line, never another file, never a traceback."""

import hashlib
import json
import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from mingjian import lake
from mingjian.errors import InputError, MingjianError
from mingjian.lake.checking import check
from mingjian.lake.decoded import MOST_ENTRIES
from mingjian.lake.manifest import load
from mingjian.lake.schema import TABLES
from mingjian.lake.tables import Writer
from mingjian.model.codec import dump_report
from tests.unit.lake.making import key, report, stage

Manifest = dict[str, Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lake.compact(tmp_path / "lake", [stage(tmp_path / "s", number) for number in range(2)])
    return tmp_path / "lake"


def part(document: Manifest, family: str = "reports") -> dict[str, Any]:
    found: dict[str, Any] = next(part for part in document["parts"] if part["family"] == family)
    return found


def rewritten(folder: Path, change: Callable[[Manifest], object]) -> None:
    path = folder / "manifest.json"
    document = json.loads(path.read_bytes())
    change(document)
    path.write_text(json.dumps(document))


def replaced(folder: Path, table: str, content: bytes) -> None:
    """Puts other bytes in the place of a table's file, with a manifest that says they are right."""
    name, path, _, _ = next(row for row in load(folder).files() if row[0] == table)
    sha256 = hashlib.sha256(content).hexdigest()
    (folder / path).with_name(sha256 + path.suffix).write_bytes(content)
    family = "listings" if table == "listings" else "reports"
    rewritten(folder, lambda document: part(document, family)["files"][name].update(sha256=sha256, size=len(content)))


def path_of(folder: Path, name: str) -> Path:
    return next(folder / path for each, path, _, _ in load(folder).files() if each == name)


MANIFESTS: dict[str, Callable[[Manifest], object]] = {
    "a path for a digest": lambda document: part(document)["files"]["pack"].update(sha256="../../../etc/passwd"),
    "a path for a period": lambda document: part(document).update(period="../../x"),
    "a path for a prefix": lambda document: part(document).update(prefix="../x"),
    "a path for a table": lambda document: part(document)["files"].update({"../../x": part(document)["files"]["pack"]}),
    "a path for a family": lambda document: part(document).update(family="../x"),
    "a table of another family": lambda document: part(document)["files"].update(poison=part(document)["files"]["pack"]),
    "no files": lambda document: part(document).update(files={}),
    "a negative size": lambda document: part(document)["files"]["pack"].update(size=-1),
    "true for a number": lambda document: part(document).update(rows=True),
    "a key of another alphabet": lambda document: part(document).update(first="Z" * 64),
    "parts that are none": lambda document: document.update(parts=[1, "x", None]),
    "no parts": lambda document: document.pop("parts"),
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_that_names_what_no_lake_has_is_refused(folder: Path, name: str) -> None:
    rewritten(folder, MANIFESTS[name])
    with pytest.raises(InputError, match=r"lake\.damaged"):
        lake.open(folder)
    with pytest.raises(InputError, match=r"lake\.damaged"):
        lake.compact(folder)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"format": 1}', b"[" * 100_000, b"\xff\xfe"])
def test_a_manifest_that_is_none_is_refused(folder: Path, content: bytes) -> None:
    for file in ("manifest.json", "lake.json"):
        kept = (folder / file).read_bytes()
        (folder / file).write_bytes(content)
        with pytest.raises(InputError, match=r"lake\.(damaged|other_version|too_large)"):
            lake.open(folder)
        (folder / file).write_bytes(kept)


def test_a_lake_of_a_newer_version_is_named_and_left_alone(folder: Path) -> None:
    rewritten(folder, lambda document: part(document)["files"]["findings"].update(schema="lake/2"))
    with pytest.raises(InputError, match=r"lake\.other_version.*lake/2"):
        lake.open(folder)
    (folder / "lake.json").write_text('{"format": "mingjian-lake/2"}')
    before = sorted(folder.rglob("*"))
    for act in (lake.open, lake.compact, lake.found):
        with pytest.raises(InputError, match=r"lake\.other_version.*mingjian-lake/2"):
            act(folder)
    assert sorted(folder.rglob("*")) == before


def test_a_folder_that_is_no_lake_is_told_and_left_alone(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"lake\.none"):
        lake.open(tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("left", [0, 4, 200])
def test_a_table_that_was_cut_is_told_and_found(folder: Path, left: int) -> None:
    path = path_of(folder, "findings")
    path.write_bytes(path.read_bytes()[:left])
    assert [(fault.kind, fault.name) for fault in check(folder, load(folder))] == [("changed", str(path.relative_to(folder)))]
    with pytest.raises(InputError, match=r"lake\.damaged"), lake.open(folder) as opened:
        opened.query("select max(clause) from findings")


def test_a_table_that_is_gone_is_told_and_found(folder: Path) -> None:
    path_of(folder, "observations").unlink()
    assert [fault.kind for fault in check(folder, load(folder))] == ["missing"]
    with pytest.raises(InputError, match=r"lake\.damaged"), lake.open(folder) as opened:
        opened.query("select max(action) from acts")


def test_a_table_with_other_columns_is_told_and_found(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.parquet"
    duckdb.execute(f"copy (select 1 as report, 'x' as strange) to '{other}' (format parquet)")
    replaced(folder, "findings", other.read_bytes())
    assert [fault.kind for fault in check(folder, load(folder))] == ["schema"]
    with pytest.raises(InputError, match=r"lake\.damaged"), lake.open(folder) as opened:
        opened.query("select * from findings")


def test_a_table_that_is_no_parquet_at_all_is_told_and_found(folder: Path) -> None:
    replaced(folder, "subjects", b"PAR1" + b"\xff" * 500 + b"PAR1")
    assert [fault.kind for fault in check(folder, load(folder))] == ["unreadable"]
    with pytest.raises(InputError, match=r"lake\.damaged"), lake.open(folder) as opened:
        opened.query("select * from reports")


@pytest.mark.parametrize("content", [b"", b"PAR1" + b"\xff" * 500 + b"PAR1"])
def test_compacting_over_a_damaged_table_is_told_and_changes_nothing(folder: Path, tmp_path: Path, content: bytes) -> None:
    for name in ("subjects", "listings"):
        replaced(folder, name, content)
        before = (folder / "manifest.json").read_bytes()
        with pytest.raises(MingjianError) as told:
            lake.compact(folder, [stage(tmp_path / "s", 1)])
        assert told.value.key in ("lake.damaged", "lake.damaged_file", "lake.cannot_write")
        assert (folder / "manifest.json").read_bytes() == before


def test_rows_that_the_manifest_does_not_count_are_found(folder: Path) -> None:
    rewritten(folder, lambda document: part(document)["files"]["findings"].update(rows=3))
    assert [fault.kind for fault in check(folder, load(folder))] == ["rows"]


def test_a_key_out_of_the_range_of_its_part_is_found(folder: Path) -> None:
    rewritten(folder, lambda document: part(document).update(first=key(1)))
    assert {fault.kind for fault in check(folder, load(folder))} == {"rows"}


def test_a_pack_that_was_cut_is_told_and_found(folder: Path) -> None:
    path = path_of(folder, "pack")
    path.write_bytes(path.read_bytes()[:-1])
    assert [fault.kind for fault in check(folder, load(folder))] == ["changed"]
    with lake.open(folder) as opened:
        assert opened.report(key(0))
        with pytest.raises(InputError, match=r"lake\.damaged"):
            opened.report(key(1))
        with pytest.raises(InputError, match=r"lake\.damaged"):
            list(opened.reports())


@pytest.mark.parametrize(("offset", "size"), [(-1, 10), (0, -1), (0, 0), (0, 1 << 40), (1 << 50, 10), (1, 100)])
def test_a_place_that_no_pack_has_is_told_and_found(folder: Path, tmp_path: Path, offset: int, size: int) -> None:
    other = tmp_path / "other.parquet"
    subjects = f"read_parquet('{path_of(folder, 'subjects')}', hive_partitioning = false)"
    rows = f'select * replace ({offset}::bigint as "offset", {size}::bigint as size) from {subjects}'
    duckdb.execute(f"copy ({rows}) to '{other}' (format parquet)")
    replaced(folder, "subjects", other.read_bytes())
    assert [fault.kind for fault in check(folder, load(folder))] == ["places"]
    with lake.open(folder) as opened, pytest.raises(InputError, match=r"lake\.damaged"):
        opened.report(key(1))


def test_a_lake_whose_folder_has_no_name_in_utf8_is_neither_made_nor_opened(tmp_path: Path) -> None:
    place = tmp_path / os.fsdecode(b"\xff")
    for ask in (lake.found, lake.open, lake.compact):
        with pytest.raises(InputError, match=r"input.bad_name"):
            ask(place)
    assert not place.exists()


def test_a_report_of_more_entries_than_one_may_have_is_left_out_alone(folder: Path) -> None:
    crowded = stage(folder.parent / "s", 5)
    finding = report().findings[0]
    assert crowded.path
    content = dump_report(replace(report(), findings=(replace(finding, missing=("@",)),)))
    crowded.path.write_bytes(content.replace(b'"@"', b'"",' * MOST_ENTRIES + b'""'))
    assert lake.compact(folder, [crowded, stage(folder.parent / "s", 6)]) == lake.Compacted(1, (crowded.key,))
    with lake.open(folder) as opened:
        assert [found for found, _ in opened.reports()] == [key(0), key(1), key(6)]


def test_rows_too_wide_for_the_usual_memory_are_written_all_the_same(tmp_path: Path) -> None:
    with closing(Writer(tmp_path, tmp_path, memory="24MB")) as writer:
        nulls = ", ".join(f"NULL AS {name}" for name in TABLES["listings"] if name not in ("report", "location"))
        rows = f"FROM range(40) AS rows(nth) SELECT nth::VARCHAR AS report, repeat('x', 1000000) AS location, {nulls}"
        file = writer.table("listings", "2026H2", "a", rows)
        assert file is not None
        assert file.rows == 40


def test_one_package_that_stores_list_very_often_is_taken_in(folder: Path) -> None:
    told = dict.fromkeys(("location", "store", "region", "category", "shelf", "operator"), "店" * 4096)
    often = replace(stage(folder.parent / "s", 1), listings=[("run-2", place, told) for place in range(500)])
    assert lake.compact(folder, [often, stage(folder.parent / "s", 5)]) == lake.Compacted(1)
    with lake.open(folder) as opened:
        assert opened.query("select count(*), count(distinct place) from listings where run = 'run-2'").rows == [(500, 500)]
