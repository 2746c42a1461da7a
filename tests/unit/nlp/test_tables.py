from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from layouts import outlined

from mingjian.model.document import Link
from mingjian.nlp.acts import acts
from mingjian.nlp.reading import SdkRow
from mingjian.nlp.tables import elsewhere, own_rows, sdk_rows, unread_rows

FOLDER = Path(__file__).parent / "data" / "tables"
Item = tuple[str, str, str]


def _read(*names: str) -> dict[str, dict[str, Any]]:
    return {
        f"{name}: {key}": layout for name in names for key, layout in yaml.safe_load((FOLDER / f"{name}.yml").read_text("utf-8")).items()
    }


LAYOUTS = _read("zh", "en", "text")
NONE = _read("none")
OWN = _read("own")
ELSEWHERE = _read("elsewhere")


def _expected(layout: Mapping[str, Any]) -> set[Item]:
    items: set[Item] = set()
    for row in layout["rows"]:
        items |= {(row["name"], "name", ""), *((row["name"], key, row[key]) for key in ("company", "way", "link") if key in row)}
        items |= {(row["name"], key, term) for key in ("sdks", "data", "purposes") for term in row.get(key, [])}
    return items


def _found(rows: list[SdkRow], asked: set[str]) -> set[Item]:
    items: set[Item] = set()
    for row in rows:
        items |= {(row.name, "name", ""), *((row.name, key, getattr(row, key)) for key in ("company", "way", "link") if getattr(row, key))}
        items |= {(row.name, key, term) for key in ("sdks", "data", "purposes") for term in getattr(row, key)}
    return {item for item in items if item[1] in asked or item[1] not in ("company", "way", "link")}


def _compared(layout: Mapping[str, Any]) -> tuple[set[Item], set[Item]]:
    asked = {key for row in layout["rows"] for key in row}
    return _expected(layout), _found(sdk_rows(outlined(layout["parts"])), asked)


def test_there_are_enough_layouts() -> None:
    assert len(LAYOUTS) >= 70
    assert len(NONE) >= 15


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_list_of_sdks_is_found_in_every_layout(name: str) -> None:
    expected, found = _compared(LAYOUTS[name])
    assert {item for item in expected if item[1] == "name"} & found


def test_lists_of_sdks_are_read_rightly() -> None:
    right = wrong = missed = 0
    faults = []
    for name, layout in LAYOUTS.items():
        expected, found = _compared(layout)
        right += len(expected & found)
        wrong += len(found - expected)
        missed += len(expected - found)
        faults += [(name, "missed", item) for item in sorted(expected - found)] + [
            (name, "wrong", item) for item in sorted(found - expected)
        ]
    score = 2 * right / (2 * right + wrong + missed)
    assert score >= 0.95, "\n".join(map(str, [score, *faults]))


@pytest.mark.parametrize("name", NONE)
def test_what_is_no_list_of_sdks_gives_none(name: str) -> None:
    assert sdk_rows(outlined(NONE[name]["parts"])) == []


@pytest.mark.parametrize("name", OWN)
def test_tables_of_the_apps_own_collection(name: str) -> None:
    rows = own_rows(outlined(OWN[name]["parts"]))
    assert [{"data": [*row.data], "permissions": [*row.permissions], "purposes": [*row.purposes]} for row in rows] == [
        {"data": [], "permissions": [], "purposes": [], **row} for row in OWN[name]["rows"]
    ]


_RIDDLE = {"table": [["Item", "Ours", "Goal"], ["Routes", "precise location and Android ID", "a map"], ["Rest", "nothing else", "none"]]}
_LIST = {"table": [["SDK", "Purpose", "Information collected"], ["Bugly", "crash analysis", "crash logs"]]}


def test_data_in_a_table_that_nobody_can_read_is_an_uncertain_claim() -> None:
    document = outlined([{"heading": "What we collect"}, _RIDDLE, _LIST])
    rows = sdk_rows(document)
    assert own_rows(document) == []
    assert [row.data for row in unread_rows(document, [(row.start, row.end) for row in rows])] == [
        ("location.precise", "device.android_id")
    ]
    told = acts(document, [{}] * len(document.sentences), rows)
    found = [
        (each.data, each.certain, document.text[each.start : each.end]) for each in told if each.action == "collect" and each.actor == "app"
    ]
    words = "Routes\tprecise location and Android ID\ta map"
    assert sorted(found) == [("device.android_id", False, words), ("location.precise", False, words)]


@pytest.mark.parametrize("name", ELSEWHERE)
def test_lists_published_elsewhere(name: str) -> None:
    document = outlined(ELSEWHERE[name]["parts"])
    assert [document.text[start:end].strip() for start, end in elsewhere(document)] == ELSEWHERE[name]["sentences"]


def test_a_row_stands_where_the_document_has_it() -> None:
    document = outlined(LAYOUTS["zh: usual order"]["parts"])
    first, second = sdk_rows(document)
    assert document.text[first.start : first.end].startswith("友盟+统计SDK")
    assert document.text[second.start : second.end].endswith("https://www.jiguang.cn/license/privacy")


def test_a_row_does_not_hold_the_cells_that_it_shares_with_the_row_above() -> None:
    document = outlined(LAYOUTS["zh: company spans several"]["parts"])
    first, second, _ = sdk_rows(document)
    assert document.text[first.start : first.end].startswith("友盟同欣")
    assert document.text[second.start : second.end].startswith("友盟+推送")


def test_the_target_of_a_link_counts_not_its_words() -> None:
    document = outlined([{"table": [["SDK名称", "用途", "隐私政策"], ["极光推送", "消息推送", "点击查看"]]}])
    start = document.text.index("点击查看")
    linked = replace(document, document=replace(document.document, links=(Link(start, start + 4, "https://example.com/jpush"),)))
    assert [row.link for row in sdk_rows(linked)] == ["https://example.com/jpush"]


def test_a_hostile_table_ends() -> None:
    wide = outlined([{"table": [["SDK名称", "用途"] + ["数据"] * 998] * 100}])
    assert sdk_rows(wide) == []
    long = outlined([{"table": [["SDK名称", "收集信息"], ["极光推送", "IMEI、" * 250_000]]}])
    assert [row.sdks for row in sdk_rows(long)] == [("jpush",)]
