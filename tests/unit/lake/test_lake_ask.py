"""What may be asked, and how everything else ends."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mingjian import lake
from mingjian.errors import InputError, UsageError
from mingjian.lake.views import views
from tests.unit.lake.making import files, stage

FORBIDDEN = {
    "select * from read_csv('/etc/passwd')": "lake.not_allowed",
    "select * from read_text('/etc/passwd')": "lake.not_allowed",
    "select * from glob('/etc/*')": "lake.not_allowed",
    "select * from read_parquet('s3://bucket/x')": "lake.not_allowed",
    "select * from '/etc/passwd'": "lake.wrong_question",
    "select * from sqlite_scan('/tmp/x', 'y')": "lake.wrong_question",
    "copy (select 1) to '/tmp/mingjian-stolen.csv'": "lake.not_a_question",
    "copy apps to '/tmp/mingjian-stolen.csv'": "lake.not_a_question",
    "attach '/tmp/mingjian-stolen.db'": "lake.not_a_question",
    "export database '/tmp/mingjian-stolen'": "lake.not_a_question",
    "install httpfs": "lake.not_a_question",
    "load '/tmp/x.duckdb_extension'": "lake.not_a_question",
    "pragma version": "lake.not_a_question",
    "set memory_limit = '90GB'": "lake.not_a_question",
    "set enable_external_access = true": "lake.not_a_question",
    "call pragma_version()": "lake.not_a_question",
    "drop view apps": "lake.not_a_question",
    "create table x (a integer)": "lake.not_a_question",
    "prepare x as select 1": "lake.not_a_question",
    "select 1; select 2": "lake.not_a_question",
    "": "lake.not_a_question",
    "selec": "lake.wrong_question",
    "select * from nowhere": "lake.wrong_question",
    "select error('of mine')": "lake.wrong_question",
    "select " + "(" * 2000 + "1" + ")" * 2000: "lake.wrong_question",
    "select '" + "x" * 100_000 + "'": "lake.long_question",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("asked")
    lake.compact(place / "lake", [stage(place / "s", number) for number in range(4)])
    return place / "lake"


@pytest.fixture
def opened(folder: Path) -> Iterator[lake.Lake]:
    with lake.open(folder, memory="64MB", seconds=0.5) as opened:
        yield opened


@pytest.mark.parametrize("sql", FORBIDDEN)
def test_what_is_no_question_of_the_lake_is_one_clear_fault(opened: lake.Lake, folder: Path, sql: str) -> None:
    before = files(folder)
    with pytest.raises(UsageError) as told:
        opened.query(sql)
    assert told.value.key == FORBIDDEN[sql]
    assert "\n" not in str(told.value)
    assert files(folder) == before
    assert not list(Path("/tmp").glob("mingjian-stolen*"))


def test_a_file_beside_those_of_the_lake_cannot_be_read_even_inside_its_folder(opened: lake.Lake, folder: Path) -> None:
    beside = folder / "tables" / "beside.parquet"
    beside.write_bytes(next(folder.rglob("*.parquet")).read_bytes())
    with pytest.raises(UsageError, match=r"lake\.not_allowed"):
        opened.query(f"select * from read_parquet('{beside}')")


@pytest.mark.parametrize(
    "sql",
    [
        "select count(*) from range(100000) a, range(100000) b, range(100000) c",
        "with recursive r as (select 1 as n union all select n + 1 from r) select max(n) from r",
    ],
)
def test_an_endless_question_is_ended(opened: lake.Lake, sql: str) -> None:
    with pytest.raises(UsageError, match=r"lake\.too_long"):
        opened.query(sql)
    assert opened.query("select 1").rows == [(1,)]


def test_a_question_that_eats_memory_is_ended(folder: Path) -> None:
    with lake.open(folder, memory="64MB") as opened:
        with pytest.raises(UsageError, match=r"lake\.too_much_memory"):
            opened.query("select list(range) from range(50000000)")
        assert opened.query("select 1").rows == [(1,)]


def test_more_rows_than_fit_are_streamed_not_held(opened: lake.Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mingjian.lake.ask.MOST_ROWS", 10)
    assert len(opened.query("select * from range(10)").rows) == 10
    with pytest.raises(UsageError, match=r"lake\.too_many_rows"):
        opened.query("select * from range(11)")
    names, rows = opened.stream("select range as n from range(5000)")
    assert names == ("n",)
    assert sum(n for (n,) in rows) == 4999 * 5000 // 2


def test_values_of_others_go_in_as_parameters(opened: lake.Lake) -> None:
    hostile = "x' or '1' = '1"
    assert opened.query("select count(*) from apps where package = ?", [hostile]).rows == [(0,)]
    assert opened.query("select count(*) from apps where package = $name", {"name": "com.example.a1"}).rows == [(1,)]


def test_python_values_are_no_tables(opened: lake.Lake) -> None:
    secret = opened.query("select 1")
    assert secret
    with pytest.raises(UsageError, match=r"lake\.wrong_question"):
        opened.query("select * from secret")


def test_every_column_of_every_view_is_told_in_both_languages(opened: lake.Lake) -> None:
    assert [view.name for view in views()] == [
        "offers",
        "apps",
        "reports",
        "findings",
        "permissions",
        "sdks",
        "acts",
        "coverage",
        "listings",
        "poison",
        "candidate_findings",
    ]
    for view in views():
        assert opened.query(f"select * from {view.name} limit 0").columns == tuple(view.columns), view.name
        for words in (view.row, *view.columns.values()):
            assert words.zh
            assert words.en
            assert words.zh != words.en


def test_a_lake_that_was_only_founded_answers_with_nothing(tmp_path: Path) -> None:
    lake.found(tmp_path / "lake")
    with lake.open(tmp_path / "lake") as opened:
        assert [opened.query(f"select count(*) from {view.name}").rows for view in views()] == [[(0,)]] * len(views())
        assert list(opened.reports()) == []


def test_bounds_and_keys_that_are_none_are_told(folder: Path, opened: lake.Lake) -> None:
    with pytest.raises(UsageError, match=r"lake\.wrong_bounds"):
        lake.open(folder, memory="much")
    for wrong in ("", "../../etc/passwd", "a" * 64, "z" * 64, "a" * 100_000):
        with pytest.raises(InputError, match=r"lake\.no_report"):
            opened.report(wrong)


def test_moments_with_a_time_zone_are_texts_on_shanghais_clock_in_the_order_asked_for(opened: lake.Lake) -> None:
    sql = "select timestamptz '2026-06-30 15:00:00+00' + to_hours(i) as t, i as t from range(3) as r(i) order by i desc;"
    answer = opened.query(sql)
    assert answer.columns == ("t", "t")
    assert answer.rows == [("2026-07-01 01:00:00+08", 2), ("2026-07-01 00:00:00+08", 1), ("2026-06-30 23:00:00+08", 0)]
