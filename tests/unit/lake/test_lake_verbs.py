"""`mingjian lake …` as a user calls it: formats, exit codes, both languages, one line for every fault."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mingjian import lake
from tests.unit.lake.making import key, poison, report, stage


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("verbs")
    listing = {"location": "1.apk", "store": "=cmd()", "downloads": 12}
    lake.compact(place / "lake", [stage(place / "s", 1, listing=listing), stage(place / "s", 2, report("com.example.b"))], [poison(7)])
    return place / "lake"


def mingjian(*words: str | Path, lang: str = "en") -> subprocess.CompletedProcess[str]:
    """The program with these words; no traceback is ever shown."""
    command = [sys.executable, "-c", "import sys; sys.argv[0] = 'mingjian'; from mingjian.cli import main; main()", *map(str, words)]
    environment = os.environ | {"MINGJIAN_LANG": lang}
    run = subprocess.run(command, capture_output=True, env=environment, check=False, text=True, timeout=100)
    assert "Traceback" not in run.stderr
    return run


def test_a_question_is_answered_as_table_csv_and_json(folder: Path) -> None:
    sql = "select label, store, downloads, -1 as below, null as nothing, ['a'] as list from apps order by package"
    table = mingjian("lake", "query", "--lake", folder, sql)
    assert table.stdout.splitlines()[:2] == [
        "label  store   downloads  below  nothing  list",
        "买买   =cmd()         12     -1           ['a']",
    ]
    rows = list(csv.reader(io.StringIO(mingjian("lake", "query", "--lake", folder, sql, "--format", "csv").stdout)))
    assert rows[0] == ["label", "store", "downloads", "below", "nothing", "list"]
    assert rows[1] == ["买买", "'=cmd()", "12", "-1", "", "['a']"]
    told = json.loads(mingjian("lake", "query", "--lake", folder, sql, "--format", "json").stdout)
    assert told[0] == {"label": "买买", "store": "=cmd()", "downloads": 12, "below": -1, "nothing": None, "list": ["a"]}
    nothing = mingjian("lake", "query", "--lake", folder, "select package from apps where false", "--format", "json")
    assert (nothing.returncode, json.loads(nothing.stdout)) == (0, [])


@pytest.mark.parametrize(
    ("sql", "more", "line"),
    [
        ("select * from read_csv('/etc/passwd')", [], "A question may ask the views of the lake, and no other file and no network."),
        ("copy apps to '/tmp/mingjian-stolen.csv'", [], "Only one SELECT can be asked at a time, and nothing else."),
        (
            "select count(*) from range(1000000) a, range(1000000) b",
            ["--seconds", "0.2", "--memory", "512"],
            "The question took too long and was ended. Ask for less, or raise --seconds.",
        ),
        (
            "select levenshtein(repeat('a', 300000), repeat('b', 300000))",
            ["--seconds", "0.2"],
            "The question took too long and was ended. Ask for less, or raise --seconds.",
        ),
        (
            "select repeat('x', 3000000000)",
            [],
            "The question needs more memory than it may use and was ended. Ask for less, or raise --memory.",
        ),
    ],
)
def test_what_is_no_question_ends_with_one_line_and_wrong_usage(folder: Path, sql: str, more: list[str], line: str) -> None:
    run = mingjian("lake", "query", "--lake", folder, sql, *more)
    assert (run.returncode, run.stdout, run.stderr.strip()) == (64, "", line)


def test_a_raw_report_comes_back_byte_for_byte(folder: Path, tmp_path: Path) -> None:
    run = mingjian("lake", "report", "--lake", folder, key(2), "-o", tmp_path / "report.json")
    assert run.returncode == 0
    with lake.open(folder) as opened:
        assert (tmp_path / "report.json").read_bytes() == opened.document(key(2))
    missing = mingjian("lake", "report", "--lake", folder, "f" * 64, lang="zh")
    assert (missing.returncode, missing.stderr.strip()) == (65, f"数据湖中没有键为“{'f' * 64}”的报告。")


def test_views_are_told_in_the_readers_language(folder: Path) -> None:
    english, chinese = (mingjian("lake", "views", "--lang", lang).stdout for lang in ("en", "zh"))
    assert "\n  downloads         downloads that the store tells\n" in english
    assert "\n  downloads         商店所示下载量\n" in chinese
    assert len(english.splitlines()) == len(chinese.splitlines()) > 90


def test_a_lake_is_compacted_checked_and_found_broken(tmp_path: Path) -> None:
    folder = tmp_path / "lake"
    for number in (1, 2):
        lake.compact(folder, [stage(tmp_path / "s", number)])
    compacted = mingjian("lake", "compact", "--lake", folder)
    assert (compacted.returncode, compacted.stdout) == (0, "Compacted: 6 files, 2 reports\n")
    checked = mingjian("lake", "check", "--lake", folder)
    assert (checked.returncode, checked.stdout) == (0, "Intact: 6 files, 2 reports\n")
    for pack in (folder / "packs").rglob("*.pack"):
        pack.write_bytes(b"x")
    broken = mingjian("lake", "check", "--lake", folder)
    assert broken.returncode == 1
    assert broken.stdout.splitlines()[0].startswith("not the bytes that were written: packs/period=2026H2/prefix=a/")
    assert broken.stdout.splitlines()[-1] == "6 files, 1 of them with a fault"


def test_where_no_lake_is_every_verb_says_so_and_makes_none(tmp_path: Path) -> None:
    for words in (("query", "select 1"), ("report", "a" * 64), ("compact",), ("check",)):
        run = mingjian("lake", words[0], "--lake", tmp_path, *words[1:])
        assert run.returncode == 65
        assert run.stderr.strip() == f"There is no lake in {tmp_path} (no lake.json). Check the folder given with --lake."
    assert not list(tmp_path.iterdir())


def test_the_verbs_are_named_and_explained_without_the_engine_and_say_what_is_missing(folder: Path) -> None:
    program = """
import sys
sys.modules["duckdb"] = None
sys.argv[0] = "mingjian"
from mingjian.cli import main
main()
"""
    for words, code in (
        (["lake", "--help"], 0),
        (["lake", "query", "--help"], 0),
        (["lake", "query", "--lake", str(folder), "select 1"], 64),
    ):
        run = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, check=False, text=True)
        assert run.returncode == code, run.stderr
    assert run.stderr.strip() == "What a lake needs is not installed (duckdb is missing). Run: pip install 'mingjian[lake]'."


def test_no_verb_loads_the_engine_before_it_is_asked() -> None:
    program = "import sys; import mingjian.cli.lake, mingjian.cli.scan, mingjian.scan; sys.exit('duckdb' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_json_has_no_number_that_is_none_and_loses_no_column(folder: Path) -> None:
    sql = "select 'nan'::double as a, ['-inf'::double, 1.5] as b, {'c': 'inf'::double} as d"
    told = mingjian("lake", "query", "--lake", folder, sql, "--format", "json")
    assert json.loads(told.stdout) == [{"a": None, "b": [None, 1.5], "d": {"c": None}}]
    twice = mingjian("lake", "query", "--lake", folder, "select 1 as a, 2 as a", "--format", "json")
    assert twice.returncode == 64
    assert "Two columns are named a." in twice.stderr
