"""The terminal table: one line a clause, within 100 columns, hostile names as text."""

import re
from pathlib import Path
from unicodedata import east_asian_width

import pytest
from report_sample import HOSTILE, report

from mingjian.model.codec import load_report
from mingjian.render.text import explain, render


def columns(line: str) -> int:
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in line)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_clause_is_one_line_within_100_columns(lang: str) -> None:
    lines = render(report("Food"), lang, False).decode().splitlines()
    rows = [line for line in lines if re.match(r"\d\.\d ", line)]
    assert [line.split()[0] for line in rows] == [clause.id.rpartition("/")[2] for clause in report().clauses]
    assert len(rows) == 31
    assert max(map(columns, rows)) <= 100


def test_a_hostile_label_stays_text_and_colours_nothing() -> None:
    output = render(report(), "en", True).decode()
    assert HOSTILE in output
    assert "\x1b" not in output


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_details_show_place_and_remedy(lang: str) -> None:
    output = render(report("Food"), lang, True).decode()
    assert "dex:classes2.dex!Lcom/a/B;->c(I)V+0x1a" in output
    assert {"zh": "整改", "en": "Remedy"}[lang] in output


def test_lost_coverage_is_told_without_asking() -> None:
    assert "one payload is encrypted" in render(report("Food"), "en", False).decode()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_explain_shows_the_tree_with_the_facts(lang: str) -> None:
    found = report("Food")
    clause, finding = next(
        (clause, finding) for clause, finding in zip(found.clauses, found.findings, strict=True) if clause.id == "cac-2019/3.1"
    )
    output = explain(found, clause, finding, lang)
    assert {"zh": "友盟", "en": "Umeng"}[lang] in output
    assert "dex:classes2.dex" in output


def test_a_sentence_of_the_policy_is_shown_with_its_place() -> None:
    golden = Path(__file__).parents[2] / "golden" / "food-app-breaks-the-rules" / "expect" / "report.json"
    shown = render(load_report(golden.read_bytes()), "zh", True).decode()
    assert "“我们将在收到材料后30个工作日内处理。”" in shown
    assert "“您不同意提供上述信息的，将无法使用本服务。”" in shown
