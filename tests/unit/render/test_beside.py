"""The policy beside the acts."""

from dataclasses import replace
from pathlib import Path

from mingjian.judge import compare_with_policy
from mingjian.model.codec import load_report
from mingjian.model.line import parse
from mingjian.model.types import Coverage, Evidence, Report
from mingjian.render.beside import acts, spoken, tally
from mingjian.render.html import render

SAMPLE = Path(__file__).parents[2] / "formats" / "report-1.json"
LINES = {
    "claimed collect device.imei by sdk.umeng_analytics for analytics": ("text:900-940", "友盟收集IMEI"),
    "claimed not collect contacts by app": ("text:80-95", "我们不收集通讯录 <b>"),
    "possible collect device.imei by sdk.umeng_analytics during ui via code": ("dex:classes.dex!La;->b()V+0x0", ""),
    "possible collect contacts.address_book by app during ui via code": ("dex:classes.dex!La;->c()V+0x0", ""),
    "possible collect clipboard.content by app during ui via code": ("dex:classes.dex!La;->d()V+0x0", ""),
}


def report() -> Report:
    observations = tuple(
        replace(parse(line), evidence=(Evidence("0", locator, excerpt),), sites=1) for line, (locator, excerpt) in LINES.items()
    )
    coverage = (Coverage("policy", "policy", "complete"),)
    old = load_report(SAMPLE.read_bytes())
    return replace(
        old, observations=observations, coverage=coverage, findings=(), clauses=(), comparisons=compare_with_policy(observations, coverage)
    )


def test_sentences_stand_in_the_order_of_the_text_with_what_was_seen() -> None:
    first, second = spoken(report())
    assert (first.number, first.evidence.locator, first.claims) == (1, "text:80-95", (1,))
    assert [(each.act, each.agreement) for each in first.comparisons] == [(3, "contradicted")]
    assert (second.number, second.evidence.locator, second.claims) == (2, "text:900-940", (0,))
    assert [(each.act, each.agreement) for each in second.comparisons] == [(2, "clear")]


def test_acts_that_need_a_look_come_first() -> None:
    assert [(each.act, each.agreement) for each in acts(report())] == [(3, "contradicted"), (4, "omitted"), (2, "clear")]
    assert tally(report()) == {"contradicted": 1, "omitted": 1, "clear": 1}


def test_the_page_links_acts_and_sentences_both_ways() -> None:
    page = render(report(), "zh", False).decode()
    assert 'id="act-3"' in page
    assert 'href="#sentence-1"' in page
    assert 'id="sentence-1"' in page
    assert 'href="#act-3"' in page
    assert "我们不收集通讯录 &lt;b&gt;" in page
    row = page[page.index('id="act-4"') :]
    assert "未提及" in row[: row.index("</tr>")]
    assert "#sentence" not in row[: row.index("</tr>")]


def test_without_a_policy_there_is_no_panel() -> None:
    bare = replace(report(), observations=report().observations[2:], comparisons=())
    assert 'id="policy"' not in render(bare, "en", False).decode()
