"""What the tables say of a report, and what becomes of texts that no table should hold."""

from dataclasses import replace
from pathlib import Path

import pytest

from mingjian import lake
from mingjian.lake.decoded import report_of
from mingjian.lake.rows import MOST_ITEM, MOST_ITEMS, MOST_NAME, MOST_TEXT, listing_row, poison_row, rows_of
from mingjian.lake.schema import OF_REPORTS, TABLES
from mingjian.model.codec import DecodeError, dump_report, load_report
from mingjian.model.types import Hit, Observation
from tests.unit.lake.making import PERIOD, key, poison, report, stage

ROOT = Path(__file__).parents[3]


def test_a_report_becomes_the_rows_of_four_tables_with_the_columns_of_the_format() -> None:
    rows = rows_of(key(1), PERIOD, report())
    assert set(rows) == set(OF_REPORTS)
    for table, columns in TABLES.items():
        for row in rows.get(table, ()):
            assert list(row) == [name for name in columns if name not in ("pack", "offset", "size")]
    assert rows["findings"] == [
        {
            "report": key(1),
            "period": PERIOD,
            "package": "com.example.shop",
            "category": "online_shopping",
            "clause": "law/1.1",
            "verdict": "violated",
            "severity": "high",
            "hits": 1,
            "fingerprints": ["f1"],
            "missing": [],
        }
    ]
    assert [row["place"] for row in rows["observations"]] == [0, 1, 2]
    subject = rows["subjects"][0]
    assert (subject["violated"], subject["satisfied"], subject["packs"], subject["signer"]) == (1, 0, ["law@3"], "5" * 64)


def test_moments_are_told_on_shanghais_clock_and_what_is_none_is_null() -> None:
    def told(said: str) -> object:
        return rows_of(key(1), PERIOD, report(created_at=said))["subjects"][0]["created_at"]

    assert told("2026-12-31T23:30:00+00:00") == "2027-01-01T07:30:00+08:00"
    assert told("2026-12-31T23:30:00") is None
    assert told("yesterday") is None
    assert told("0001-01-01T00:00:00+14:00") is None


def test_hostile_texts_are_shown_as_escapes_and_cut() -> None:
    made = report()
    subject = replace(made.subject, label="a\x1b[31m\ud800\x00\u202eb", operator="o" * (MOST_TEXT + 1))
    row = rows_of(key(1), PERIOD, replace(made, subject=subject))["subjects"][0]
    assert row["label"] == "a\\x1b[31m\\ud800\\x00\\u202eb"
    assert len(row["operator"]) == MOST_TEXT
    assert row["operator"].endswith("o…")
    grown = Observation("possible", "code", "collect", "\x00" * MOST_TEXT)
    data = rows_of(key(1), PERIOD, replace(made, observations=(grown,)))["observations"][0]["data"]
    assert len(data) == MOST_TEXT


def test_what_stands_beside_every_row_and_what_lists_hold_is_short(tmp_path: Path) -> None:
    made = report()
    subject = replace(made.subject, package="p" * 5000, category="c" * 5000)
    finding = replace(made.findings[0], missing=("m" * 5000,) * 5000, hits=(Hit("f" * 5000, (1,)),) * 5000)
    rows = rows_of(key(1), PERIOD, replace(made, subject=subject, findings=(finding,)))
    for row in (each for table in rows.values() for each in table):
        assert [len(row[name]) for name in ("package", "category")] == [MOST_NAME, MOST_NAME]
    (row,) = rows["findings"]
    assert row["hits"] == 5000
    for name in ("missing", "fingerprints"):
        assert (len(row[name]), {len(item) for item in row[name]}) == (MOST_ITEMS, {MOST_ITEM})


def test_numbers_that_no_column_holds_are_cut_and_do_not_stop_the_lake(tmp_path: Path) -> None:
    made = report()
    huge = replace(made, observations=(Observation("possible", "code", "collect", "device.id", sites=10**30),))
    lake.compact(tmp_path / "lake", [stage(tmp_path / "s", 1, huge, {"downloads": 10**40})])
    with lake.open(tmp_path / "lake") as opened:
        assert opened.query("select sites from acts").rows == [(2**63 - 1,)]
        assert opened.query("select downloads from apps").rows == [(2**63 - 1,)]
        assert opened.report(key(1)) == huge


def test_a_report_is_decoded_as_the_codec_does_it() -> None:
    for document in (*ROOT.glob("tests/golden/food-app-*/expect/report.json"), ROOT / "tests/formats/report-1.json"):
        content = document.read_bytes()
        assert dump_report(report_of(content)) == dump_report(load_report(content))
    escaped = dump_report(replace(report(), created_at="\ud800"))
    assert report_of(escaped).created_at == "\ud800"
    for wrong in (b"", b"{}", b"[" * 100_000, b"\xff", dump_report(report()).replace(b"report/1", b"report/9"), escaped[:-3]):
        with pytest.raises(DecodeError):
            report_of(wrong)


def test_what_a_store_does_not_tell_is_null_and_no_download_is_not_nothing_known() -> None:
    row = listing_row(key(1), PERIOD, ("run-1", 7, {"location": "x.apk", "store": "", "downloads": 0, "other": "y"}))
    assert list(row) == ["report", "run", "place", "period", "location", "store", "region", "category", "shelf", "operator", "downloads"]
    assert (row["store"], row["region"], row["downloads"], row["place"]) == (None, None, 0, 7)


def test_a_job_without_a_report_keeps_its_reason_in_both_languages() -> None:
    row = poison_row(poison(3))
    assert list(row) == list(TABLES["poison"])
    assert (row["reason_zh"], row["reason_en"], row["tries"], row["seconds"]) == ("太久", "too long", 2, 300.5)
