"""The tables of the page tell what is stored, and what is stored is of these cases."""

from pathlib import Path

import pytest

from benchmark.cases import cases
from benchmark.table import DOCS, load, stale, store, tables, written

ALL = list(cases())


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_tells_what_is_stored(lang: str) -> None:
    page = DOCS[lang].read_text(encoding="utf-8")
    assert written(page, tables(load(), ALL, lang)) == page


def test_every_dossier_was_scored_as_it_is_now() -> None:
    assert stale(load(), ALL) == []


def test_results_are_read_as_they_were_stored(tmp_path: Path) -> None:
    results = {
        "dossiers": {"3.1/a": {"digest": "0", "tools": {"mingjian": {"kind": "hit"}}}},
        "perturbed": {},
        "missing": {"quark": "none"},
    }
    store(results, tmp_path / "results.json")
    assert load(tmp_path / "results.json") == results


def test_a_dossier_that_changed_is_stale_and_so_is_one_that_is_gone() -> None:
    kept = {case.id: {"digest": case.digest(), "tools": {}} for case in ALL}
    assert stale({"dossiers": kept}, ALL) == []
    changed = {**kept, ALL[0].id: {"digest": "0", "tools": {}}, "9.9/gone": {"digest": "0", "tools": {}}}
    assert stale({"dossiers": changed}, ALL) == sorted([ALL[0].id, "9.9/gone"])
