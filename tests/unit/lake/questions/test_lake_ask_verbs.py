"""`mingjian lake ask …` as a user calls it, and what is asked wrongly."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mingjian import lake
from mingjian.cli.lake_ask import lake as verbs
from mingjian.errors import InputError, UsageError
from mingjian.lake import questions
from mingjian.lake.questions import Apps, Design, Page
from mingjian.lake.questions.asked import definitions, names
from mingjian.lake.written import csv_lines, in_words
from mingjian.model.texts import keys, say
from tests.unit.lake.making import LATER, PERIOD
from tests.unit.lake.questions.market import SEVERITIES, App, build, carries, finding, report, with_

HOSTILE = "x'; DROP VIEW apps; --"
FORMULA = "=cmd()"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def made(number: int) -> object:
        return with_(report(f"com.a{number}", "online_shopping"), finding("law/1.1", "violated"), carries("sdk.counter"))

    apps = [App(number, PERIOD, made(number), FORMULA if number else HOSTILE, number * 10) for number in range(4)]  # type: ignore[arg-type]
    apps.append(App(90, "2020H1", report("com.b"), FORMULA, None))
    return build(tmp_path_factory.mktemp("asked"), apps)


@pytest.fixture
def opened(folder: Path) -> Iterator[lake.Lake]:
    with lake.open(folder) as opened:
        yield opened


def ask(folder: Path, *words: str | Path) -> Result:
    return CliRunner().invoke(verbs, ["ask", str(words[0]), "--lake", str(folder), *map(str, words[1:])], catch_exceptions=False)


ASKED = (
    ("ranking", "--for", "act"),
    ("ranking", "--unknown-downloads"),
    ("exposure",),
    ("exposure", "--sdk", "counter"),
    ("exposure", "--sdk", "counter", "--version", "1.0"),
    ("clusters",),
    ("clusters", "--ignored"),
    ("trend", "--since", "2020H1"),
    ("trend", "--since", "2020H1", "--of", "sdk", "--name", "sdk.counter"),
    ("plan", "--size", "2"),
)


@pytest.mark.parametrize("words", ASKED)
def test_each_question_is_told_as_table_csv_and_json(folder: Path, words: tuple[str, ...]) -> None:
    table = ask(folder, *words).stdout
    assert table.splitlines()[0].startswith(("half-year 2026H2; lake ", "半年 2026H2；数据湖 "))
    told = json.loads(ask(folder, *words, "--format", "json").stdout)
    rows = list(csv.DictReader(io.StringIO(ask(folder, *words, "--format", "csv").stdout)))
    assert len(told["rows"]) == len(rows) == told["total"]
    for row, cells in zip(told["rows"], rows, strict=True):
        assert list(row) == list(cells)
        if "store" in cells:
            assert cells["store"] in ("'" + FORMULA, HOSTILE)
    assert told["summary"]


def test_a_plan_is_kept_as_csv_and_estimated_from_it(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "plan.csv"
    path.write_text(ask(folder, "plan", "--size", "4", "--format", "csv").stdout, encoding="utf-8")
    told = json.loads(ask(folder, "estimate", "--plan", path, "--clause", "law/1.1", "--format", "json").stdout)
    assert told["summary"] | {"error": 0.0} == told["summary"]
    assert [told["summary"][name] for name in ("population", "answered", "share", "low", "high")] == [4, 4, 1.0, 1.0, 1.0]
    assert {row["store"]: row["population"] for row in told["rows"]} == {HOSTILE: 1, FORMULA: 3}
    listed = json.loads(ask(folder, "estimate", "--plan", path, "--clause", "law/1.1", "--apps", "--format", "json").stdout)
    assert {row["verdict"] for row in listed["rows"]} == {"violated"}


def test_a_csv_has_every_row_and_a_page_those_asked_for(folder: Path) -> None:
    page = json.loads(ask(folder, "ranking", "--for", "act", "--limit", "1", "--offset", "1", "--format", "json").stdout)
    assert ([row["package"] for row in page["rows"]], page["total"]) == (["com.a2"], 4)
    assert len(ask(folder, "ranking", "--for", "act", "--format", "csv").stdout.splitlines()) == 5


def test_names_of_others_are_values_and_nothing_else(opened: lake.Lake) -> None:
    assert questions.ranking(opened, Apps(store=HOSTILE), "act").total == 1
    assert questions.ranking(opened, Apps(store="%"), "act").total == 0
    assert questions.ranking(opened, pack=HOSTILE).total == 0
    assert questions.trend_apps(opened, "clause", HOSTILE, "2020H1").total == 0
    # One app is wanted; at least two of each stratum, which have one and three, make it three.
    assert questions.plan(opened, design=Design(size=1, seed=HOSTILE)).total == 3
    assert opened.query("select count(*) from apps").rows == [(5,)]


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        (lambda _: Page(0), "wrong_page"),
        (lambda _: Page(100_001), "wrong_page"),
        (lambda _: Page(1, -1), "wrong_page"),
        (lambda _: Apps("2026"), "no_period"),
        (lambda _: Apps("９９９９H1"), "no_period"),
        (lambda _: Apps(category="games'"), "no_category"),
        (lambda _: Apps(store="s" * 201), "long_name"),
        (lambda _: Design(half_width=float("nan")), "wrong_design"),
        (lambda _: Design(confidence=1.0), "wrong_design"),
        (lambda _: Design(size=0), "wrong_design"),
        (lambda _: Design(seed=""), "wrong_design"),
        (lambda _: Design(allocation="best"), "wrong_choice"),  # type: ignore[arg-type]
        (lambda opened: questions.ranking(opened, purpose="x"), "wrong_choice"),
        (lambda opened: questions.carriers(opened, HOSTILE), "no_sdk"),
        (lambda opened: questions.carriers(opened, "counter", told="x"), "wrong_choice"),
        (lambda opened: questions.carriers(opened, "counter", version="1.0'"), "no_version"),
        (lambda opened: questions.carriers(opened, "counter", version="1" * 65), "no_version"),
        (lambda opened: questions.trend(opened, "x", "2020H1"), "wrong_choice"),
        (lambda opened: questions.trend(opened, "clause", PERIOD), "not_earlier"),
        (lambda opened: questions.trend(opened, "clause", LATER, Apps(PERIOD)), "not_earlier"),
        (lambda opened: questions.estimate(opened, [], "law/1.1"), "wrong_plan"),
        (lambda opened: questions.estimate(opened, [questions.Drawn(None, None, 1, "a")] * 2, "law/1.1"), "wrong_plan"),
        (lambda opened: questions.estimate(opened, [questions.Drawn(None, None, n, str(n)) for n in (1, 2)], "law/1.1"), "wrong_plan"),
        (lambda opened: questions.estimate(opened, [questions.Drawn(None, None, 1, n) for n in "ab"], "law/1.1"), "wrong_plan"),
    ],
)
def test_what_is_asked_wrongly_is_told_in_both_languages(opened: lake.Lake, wrong: object, key: str) -> None:
    with pytest.raises(UsageError) as told:
        wrong(opened)  # type: ignore[operator]
    assert told.value.key == f"lake.ask.{key}"
    assert say(told.value.key, "zh", **told.value.values) != say(told.value.key, "en", **told.value.values)


@pytest.mark.parametrize(
    ("content", "row"),
    [
        (b"", 1),
        (b"package\na\n", 1),
        (b"category,store,population,app\n,,1,a\n,,x,b\n", 3),
        (b"category,store,population,app\n,,0,a\n", 2),
        (b"category,store,population,app\n,,-1,a\n", 2),
        (b"category,store,population,app\n,,1,\n", 2),
        (b"category,store,population,app\n,,1\n", 2),
        (b'category,store,population,app\n,,1,"a\n', 1),
        (b"category,store,population,app\n,,1," + b"a" * 200_000 + b"\n", 1),
        (b"\xff\xfe", 1),
        (b"category,store,population,app\n,," + b"9" * 5000 + b",a\n", 2),
        (b"category,store,population,app\n,,1,a\x00b\n,,2,c,d\n" * 2, 4),
    ],
)
def test_what_is_no_plan_is_told_with_its_row(content: bytes, row: int) -> None:
    with pytest.raises(InputError) as told:
        questions.read_plan(content, "plan.csv")
    assert (told.value.key, told.value.values) == ("lake.ask.no_plan", {"path": "plan.csv", "row": row})


def test_a_lake_without_apps_says_so(tmp_path: Path) -> None:
    lake.found(tmp_path / "lake")
    with lake.open(tmp_path / "lake") as empty:
        with pytest.raises(UsageError, match=r"lake\.ask\.no_apps"):
            questions.exposure(empty)
        with pytest.raises(UsageError, match=r"lake\.ask\.no_apps"):
            questions.ranking(empty, Apps(PERIOD))


def test_what_was_never_counted_is_not_told_as_nothing_found(opened: lake.Lake) -> None:
    drawn = [questions.Drawn(None, None, 1, "a")]
    for ask_, key in (
        (lambda: questions.ranking(opened, Apps("2019H2")), "empty_period"),
        (lambda: questions.trend(opened, "clause", "2019H2"), "empty_period"),
        (lambda: questions.estimate(opened, drawn, "law/1.9"), "no_clause"),
        (lambda: questions.plan(opened, design=Design(expected=HOSTILE)), "no_clause"),
    ):
        with pytest.raises(UsageError) as told:
            ask_()
        assert told.value.key == f"lake.ask.{key}"
        assert say(told.value.key, "en", **told.value.values)


def test_a_sheet_takes_no_cell_for_a_formula_and_a_plan_is_read_back_as_it_was() -> None:
    strange = ["=1", "+1", "-1", "@a", "＝1", "＋1", "－1", "＠a", "'=1", "\t=1"]
    header, *lines = csv_lines(
        ("category", "store", "population", "app"), (("", cell, 1, f"a{place}") for place, cell in enumerate(strange))
    )
    assert all(line.split(",")[1][0] in "'\\" for line in lines)
    back = questions.read_plan("\n".join([header, *lines]).encode())
    assert [each.store for each in back][:8] == strange[:8]


def test_types_are_told_by_their_official_names_and_strange_ones_as_they_are() -> None:
    assert in_words("category", "online_shopping", "zh") == "网上购物类"
    assert in_words("category", "no_such", "zh") == "no_such"


def test_every_field_and_every_question_has_its_words(opened: lake.Lake) -> None:
    results = [
        questions.ranking(opened, purpose="act"),
        questions.exposure(opened),
        questions.carriers(opened, "counter"),
        questions.clusters(opened),
        questions.members(opened, questions.clusters(opened).rows[0].cluster),
        questions.ignored_keys(opened),
        questions.trend(opened, "clause", "2020H1"),
        questions.trend_apps(opened, "clause", "law/1.1", "2020H1"),
        questions.plan(opened),
    ]
    drawn = [questions.Drawn(row.category, row.store, row.population, row.app) for row in questions.plan(opened).rows]
    results += [questions.estimate(opened, drawn, "law/1.1"), questions.sampled_apps(opened, drawn, "law/1.1")]
    for told in results:
        assert f"lake.ask.note.{told.question}" in keys()
        for name in (*told.columns, *names(type(told.summary))):
            assert f"lake.ask.column.{name}" in keys(), name


def test_every_weight_stands_with_its_reason() -> None:
    weights = definitions()["ranking"]
    told = [entry for group in ("severity", "act", "test") for entry in weights[group].values()]
    assert all(entry["why"]["zh"] and entry["why"]["en"] and isinstance(entry["weight"], int) for entry in told)
    assert set(SEVERITIES.values()) < set(weights["severity"])
