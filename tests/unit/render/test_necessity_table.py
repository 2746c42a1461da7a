"""The table of necessity in a terminal and on the page, in both languages."""

from dataclasses import replace

import pytest
from report_sample import report

from mingjian.judge import load, necessity
from mingjian.model.line import parse
from mingjian.model.types import Report
from mingjian.render import html, text

LINES = (
    "claimed collect finance.payment by app for service.payment",
    "observed collect contacts.address_book by app during foreground via api",
    "declared declare permission.call_log.READ_CALL_LOG by app via manifest",
)


def held(category: str | None) -> Report:
    """The sample with a table of its own, of a type that somebody settled or nobody did."""
    sample = report("Food", LINES)
    subject = replace(sample.subject, category=category)
    observations = tuple(map(parse, LINES))
    found = necessity(observations, sample.coverage, subject, load("cac-2019").whens)
    return replace(sample, subject=subject, necessity=found)


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (
            "en",
            ["Necessity", "the law's list: listed under a condition: only for ride-hailing", "our derivation: of low relevance", "payment"],
        ),
        ("zh", ["必要性对照", "法定清单：有条件列入：仅限网络预约出租汽车", "本项目推导：关联度低（非公布的表）", "支付"]),
    ],
)
def test_details_name_the_layer_and_the_source_of_every_row(lang: str, words: list[str]) -> None:
    output = text.render(held("ride_hailing"), lang, True).decode()
    for word in words:
        assert word in output
    assert words[0] not in text.render(held("ride_hailing"), lang, False).decode()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_shows_the_table_with_links_to_its_facts(lang: str) -> None:
    page = html.render(held("ride_hailing"), lang, True).decode()
    section = page[page.index('id="necessity"') :].partition("</section>")[0]
    assert section.count("<tr class=") == 3
    for words in ("法定清单：未列入", "the law's list: not listed".replace("'", "&#39;"), 'href="#fact-1"'):
        assert words in section


def test_a_type_that_nobody_named_is_told_and_nothing_is_beyond_it() -> None:
    output = text.render(held(None), "en", True).decode()
    table = output[output.index("Necessity") :].partition("\n\n")[0]
    assert "No app type was given" in table
    assert "  beyond  " not in table
    assert (table.count("  unknown  "), table.count("  not beyond  ")) == (2, 1)


def test_a_type_that_needs_nothing_is_told_so() -> None:
    assert "needs no personal information" in text.render(held("news"), "en", True).decode()
