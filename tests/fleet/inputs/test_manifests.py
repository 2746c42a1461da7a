"""Lists that somebody wrote: what a row becomes, and that every wrong one is told of by its number, whatever else the file holds."""

import gzip
import json
import os
import tracemalloc
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import duckdb
import pytest

from mingjian.errors import InputError
from mingjian.fleet.inputs import listings, mapping_of
from mingjian.fleet.inputs.values import downloads_of
from mingjian.fleet.listing import Listing
from mingjian.lake.parquet import parquet_rows
from mingjian.model.texts import in_both

DIGEST = "ab" * 32


def refused(given: Path | str, columns: Path | None = None) -> InputError:
    """The complaint about an input, which reads in both languages."""
    with pytest.raises(InputError) as told:
        list(listings(str(given), mapping_of(columns) if columns else None))
    in_both(told.value.key, **told.value.values)
    return told.value


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    def write(content: str | bytes, name: str = "list") -> Path:
        path = tmp_path.resolve() / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_csv_json_lines_arrays_and_parquet_say_the_same(written: Callable[..., Path], tmp_path: Path) -> None:
    table = written(
        "location,sha256,category,store,downloads,policy\r\n"
        f'a.apk,{DIGEST.upper()},即时通信类,"应用市场, 甲","1,000,000+",p.html;https://e.example/p\r\n'
        "\r\n"
        "s3://bucket/b,,,,,\r\n"
    )
    row = {
        "location": "a.apk",
        "sha256": DIGEST,
        "category": "instant_messaging",
        "store": "应用市场, 甲",
        "downloads": 1_000_000,
        "policy": ["p.html", "https://e.example/p"],
    }
    lines = written("\ufeff" + json.dumps(row) + "\n\n" + json.dumps({"location": "s3://bucket/b", "downloads": None}), "lines")
    array = written(json.dumps([row, {"location": "s3://bucket/b"}]), "array")
    packed = written(gzip.compress(table.read_bytes()), "packed")
    parquet = tmp_path / "odd [1]*name"
    duckdb.connect().execute(
        f"copy (select unnest(rows, recursive := false) from (select {_as_sql(row)} as rows)) to '{parquet}' (format parquet)"
    )
    here = str(tmp_path.resolve())
    first = Listing(
        f"{here}/a.apk", DIGEST, "instant_messaging", "应用市场, 甲", "", "", 1_000_000, (f"{here}/p.html", "https://e.example/p")
    )
    assert list(listings(str(table))) == [(0, first), (1, Listing("s3://bucket/b"))]
    assert list(listings(str(lines))) == list(listings(str(array))) == list(listings(str(packed))) == list(listings(str(table)))
    assert list(listings(str(parquet))) == [(0, first)]


def _as_sql(row: dict[str, object]) -> str:
    return "{" + ", ".join(f"'{name}': {value!r}" for name, value in row.items()) + "}"


def test_a_listing_comes_back_from_its_line() -> None:
    whole = Listing("/a\nb", DIGEST, "email_cloud", "店", "CN", "某公司", 0, ("p",), ("r", "s"), ("v",), "shelf")
    assert Listing.from_json(whole.to_json()) == whole
    assert "\n" not in whole.to_json()
    assert Listing("x").to_json() == '{"location":"x"}'
    assert Listing.from_json('{"location":"x"}') == Listing("x")


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("0", 0),
        ("1000000", 1_000_000),
        ("1,000,000+", 1_000_000),
        ("10M+", 10_000_000),
        ("5K", 5_000),
        ("1.5万", 15_000),
        ("1.2亿次下载", 120_000_000),
        ("100万+次安装", 1_000_000),
        ("=1+1", -1),
        ("1,00", -1),
        ("-5", -1),
        ("many", -1),
        ("1e9", -1),
        ("٣", -1),
    ],
)
def test_downloads_in_words_of_stores(words: str, number: int) -> None:
    assert downloads_of(words) == number


@pytest.mark.parametrize(
    ("content", "key", "line"),
    [
        ("location,size\na,1\n", "fleet.input.column", 2),
        ("location,location\na,b\n", "fleet.input.twice", 1),
        ("location,\na,b\n", "fleet.input.no_name", 1),
        ("location,store\na,b\nc\n", "fleet.input.cells", 3),
        ("location,store\na,b\nc,d,e\n", "fleet.input.cells", 3),
        ('location,store\na,b\n"c,d\ne,f\n', "fleet.input.csv", 4),
        ('location,store\n"a"b,c\n', "fleet.input.csv", 2),
        ("store\nx\n", "fleet.input.no_location", 2),
        ("location,dossier\nx,y\n", "fleet.input.one_location", 2),
        ("location\n../secret\n", "fleet.input.outside", 2),
        ("location\nfile:///etc/passwd\n", "fleet.input.scheme", 2),
        ("location,policy\na,gopher://x\n", "fleet.input.scheme", 2),
        ("location,category\na,no such type\n", "fleet.input.category", 2),
        ("location,downloads\na,=1+1\n", "fleet.input.downloads", 2),
        ("location,downloads\na,9999999999999999999\n", "fleet.input.downloads", 2),
        ("location,sha256\na,abc\n", "fleet.input.sha256", 2),
        ("location\na\x1b[2Jb\n", "fleet.input.control", 2),
        (f"location,store\na,{'x' * 501}\n", "fleet.input.long_word", 2),
        (f"location,runs\na,{'x;' * 40}\n", "fleet.input.many", 2),
        ("location\na\n\0\n", "fleet.input.nul", 3),
        (b"location\na\n\xd6\xd0\xce\xc4\n", "fleet.input.no_utf8", 3),
        ('{"location": "a"}\n{"location": "b", "location": "c"}\n', "fleet.input.json", 2),
        ('{"location": "a"}\n{"location": \n', "fleet.input.json", 2),
        ('{"location": "a"}\n[1]\n', "fleet.input.json", 2),
        ('{"location": "a", "downloads": NaN}\n', "fleet.input.json", 1),
        ('{"location": "a", "downloads": 1e999}\n', "fleet.input.no_word", 1),
        ('{"location": "a", "downloads": ' + "9" * 5000 + "}\n", "fleet.input.json", 1),
        ('{"location": "a", "downloads": ' + "9" * 400 + "}\n", "fleet.input.downloads", 1),
        ('{"location": "a", "downloads": true}\n', "fleet.input.no_word", 1),
        ('{"location": "a", "policy": {"x": 1}}\n', "fleet.input.no_word", 1),
        ('{"location": "\\ud800"}\n', "fleet.input.control", 1),
        ('{"location": ' + "[" * 100_000 + "]" * 100_000 + "}\n", "fleet.input.json", 1),
        ('[{"location": "a"}, 7]', "fleet.input.json", 2),
        ('[{"location": "a"}, {"location": ', "fleet.input.json", 2),
    ],
)
def test_a_wrong_row_is_told_by_its_number(content: str | bytes, key: str, line: int, written: Callable[..., Path]) -> None:
    error = refused(written(content))
    assert (error.key, error.values["line"]) == (key, line)
    assert error.exit_code == 65


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "fleet.input.nothing"),
        (b"location\n", "fleet.input.nothing"),
        (b"[]", "fleet.input.nothing"),
        ("location\na\n".encode("utf-16"), "fleet.input.utf16"),
        (gzip.compress(b"location\na\n" * 1000)[:-20], "fleet.input.cut_off"),
        (b"PAR1 and nothing more PAR1", "fleet.input.parquet"),
    ],
)
def test_a_file_that_is_no_list_is_told_of(content: bytes, key: str, written: Callable[..., Path]) -> None:
    assert refused(written(content)).key == key


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert refused(tmp_path / "pipe").key == "fleet.input.no_file"
    assert refused(tmp_path / "nothing").key == "input.missing"


def test_a_line_without_end_is_read_no_further_than_its_limit(written: Callable[..., Path]) -> None:
    """64 MiB that 64 KiB of gzip stand for: as a line, as a cell whose quote is never closed, and as empty lines."""
    for begin, filling in ((b"location\n", b"x"), (b'location\n"', b"x\n"), (b"location\n", b"\n\n"), (b'{"location": "a"}\n', b" \n")):
        path = written(gzip.compress(begin + filling * ((64 << 20) // len(filling)), 1))
        tracemalloc.start()
        error = refused(path)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert error.key in ("fleet.input.long_line", "fleet.input.csv")
        assert most < 16 << 20


def test_a_long_list_is_never_held(tmp_path: Path) -> None:
    csv = tmp_path / "list.csv"
    csv.write_text("location\n" + "".join(f"{number:06}.apk\n" for number in range(30_000)))
    parquet = tmp_path / "list.parquet"
    duckdb.connect().execute(f"copy (select printf('%06d.apk', i) as location from range(30000) t(i)) to '{parquet}'")
    for path in (csv, parquet):
        read = listings(str(path))
        next(read)
        tracemalloc.start()
        assert sum(1 for _ in read) == 29_999
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most < 2 << 20
    assert [listing.location.rpartition("/")[2] for _, listing in islice(listings(str(parquet)), 29_998, None)] == [
        "029998.apk",
        "029999.apk",
    ]


def test_nested_values_of_parquet_are_refused_by_row(tmp_path: Path) -> None:
    path = tmp_path / "nested.parquet"
    duckdb.connect().execute(f"copy (select 'a' as location, [{{'x': 1}}] as policy) to '{path}'")
    assert list(parquet_rows(path)) == [(1, {"location": "a", "policy": [{"x": 1}]})]
    error = refused(path)
    assert (error.key, error.values["line"]) == ("fleet.input.no_word", 1)


def test_moments_with_a_time_zone_are_texts_on_shanghais_clock_and_need_no_library_more(tmp_path: Path) -> None:
    path = tmp_path / "crawl.parquet"
    moment = "timestamptz '2026-06-30 16:30:00+00'"
    duckdb.execute(f"copy (select 'a.apk' as \"the file\", {moment} as seen, [{moment}] as each) to '{path}' (format parquet)")
    said = "2026-07-01 00:30:00+08"
    assert list(parquet_rows(path)) == [(1, {"the file": "a.apk", "seen": said, "each": [said]})]


def test_a_list_whose_own_name_is_no_utf8_is_refused_for_no_journal_could_keep_it(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xff.csv")
    path.write_text("location\na.apk\n", encoding="utf-8")
    assert refused(path).key == "input.bad_name"
