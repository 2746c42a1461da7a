"""The HTML report in a real browser: both languages show all 31 clauses, nothing is asked for, nothing is complained about."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import mingjian
from fixtures.builder import build
from mingjian.render.html import render

CHROMIUM = Path("/usr/bin/chromium")
APP = Path(__file__).parents[2] / "fixtures" / "apps" / "kuaichi"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no /usr/bin/chromium: apt-get install chromium")


@pytest.fixture(scope="module")
def report_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    report = mingjian.scan(build(APP, folder / "kuaichi.apk").path, policy=[APP / "policy.html"], category="food_delivery")
    page = folder / "report.html"
    page.write_bytes(render(report, "zh", False))
    return page


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  only where there is a browser to drive

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        yield running
        running.close()


@pytest.fixture
def page(browser: Any, report_file: Path) -> Iterator[Any]:
    """The opened report, which fails the test afterwards if it asked for anything or wrote to the console."""
    noise: list[str] = []
    opened = browser.new_page()
    opened.on("console", lambda message: noise.append(message.text))
    opened.on("pageerror", lambda error: noise.append(str(error)))
    opened.on("request", lambda request: noise.append(request.url) if not request.url.startswith(("file:", "data:")) else None)
    opened.goto(report_file.as_uri())
    yield opened
    assert noise == []
    opened.close()


@pytest.mark.parametrize(("lang", "first", "other"), [("zh", "中文", "en"), ("en", "English", "zh")])
def test_all_31_clauses_show_in_one_language(page: Any, lang: str, first: str, other: str) -> None:
    page.get_by_text(first, exact=True).click()
    titles = page.locator(f"details.clause > summary .title [lang={lang}]")
    assert titles.count() == 31
    assert all(titles.nth(index).is_visible() and titles.nth(index).inner_text().strip() for index in range(31))
    hidden = page.locator(f"details.clause > summary .title [lang={other}]")
    assert not any(hidden.nth(index).is_visible() for index in range(hidden.count()))


def test_every_finding_opens_its_tree_and_each_leaf_its_evidence(page: Any) -> None:
    clauses = page.locator("details.clause")
    for index in range(clauses.count()):
        clause = clauses.nth(index)
        clause.locator(":scope > summary").click()
        clause.locator("details.why > summary").click()
        assert clause.locator("details.why .tree li").first.is_visible()
    suspected = page.locator("#clause-3\\.1 details.fact").first
    suspected.locator("summary").click()
    assert suspected.locator("code.locator").first.is_visible()
    assert suspected.locator("pre").first.inner_text().strip()


def test_print_unfolds_everything_and_folds_it_again(page: Any) -> None:
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 0


def test_it_fits_a_phone(page: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_an_act_leads_to_its_sentence_and_back(page: Any) -> None:
    page.get_by_text("中文", exact=True).click()
    row = page.locator("table.acts tr.contradicted").first
    link = row.locator("a").first
    target = str(link.get_attribute("href"))
    link.click()
    sentence = page.locator(f"li{target}")
    assert sentence.is_visible()
    assert "我们不会收集您的通讯录" in sentence.inner_text()
    back = sentence.locator("p.seen a").first
    assert str(back.get_attribute("href")) == f"#{row.get_attribute('id')}"


def test_what_no_sentence_mentions_is_said_so(page: Any) -> None:
    page.get_by_text("English", exact=True).click()
    row = page.locator("table.acts tr.omitted").first
    assert "JPush" in row.inner_text()
    assert "not mentioned" in row.inner_text()
    assert row.locator("a").count() == 0


def test_a_mark_of_the_table_opens_its_facts_and_leads_to_them(page: Any) -> None:
    page.get_by_text("English", exact=True).click()
    cell = page.locator("#matrix details.cell").first
    cell.locator("summary").click()
    link = cell.locator("li a").first
    assert link.is_visible()
    target = str(link.get_attribute("href"))
    link.click()
    fact = page.locator(f"details{target}")
    assert fact.count() == 1
    assert fact.locator(":scope > summary").inner_text() == link.inner_text()


def test_a_wide_table_scrolls_by_itself(page: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    scroll = page.locator("#matrix .scroll")
    assert scroll.evaluate("each => each.scrollWidth > each.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_finding_at_app_start_shows_its_path_without_a_script(browser: Any, report_file: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    opened = context.new_page()
    opened.goto(report_file.as_uri())
    clause = opened.locator("#clause-3\\.1")
    clause.locator(":scope > summary").click()
    fact = clause.locator(".body > details.fact").filter(has=opened.locator(".path")).first
    fact.locator(":scope > summary").click()
    steps = fact.locator(".path .frames > li")
    assert steps.count() >= 2
    assert "WaimaiApplication;->onCreate" in steps.first.inner_text()
    assert steps.first.is_visible()
    assert fact.locator("pre").first.is_visible()
    context.close()
