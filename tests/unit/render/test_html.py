"""The HTML report: both languages, hostile names escaped, nothing fetched. The browser's view of it is tested in tests/browser."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from report_sample import HOSTILE, report

from mingjian.model.types import Observation
from mingjian.render.html import render


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def page() -> str:
    return render(report(), "zh", False).decode()


def test_every_clause_stands_in_both_languages(page: str) -> None:
    for clause in report().clauses:
        assert f'id="clause-{clause.id.rpartition("/")[2]}"' in page
        assert clause.title.zh in page
        assert clause.title.en in page.replace("&#39;", "'")


def test_hostile_names_are_escaped(page: str) -> None:
    assert HOSTILE not in page
    assert "alert(&#39;1&#39;)" in page
    assert ">49" not in page
    parsed = _Page()
    parsed.feed(page)
    assert [tag for tag, _ in parsed.tags].count("script") == 1


def test_no_element_asks_for_anything_outside(page: str) -> None:
    parsed = _Page()
    parsed.feed(page)
    asked = [value for _, attributes in parsed.tags for name, value in attributes.items() if name in ("src", "href", "action", "srcset")]
    assert [value for value in asked if not str(value).startswith("#")] == ["data:,"]
    assert not re.search(r"url\(|@import", page)


def test_the_page_forbids_requests_by_itself(page: str) -> None:
    assert "default-src 'none'" in page.replace("&#39;", "'")


def test_the_version_of_an_sdk_stands_beside_it_in_both_languages() -> None:
    carried = Observation("possible", "code", "embed", None, "sdk.jpush", extractor="sdk", version="4.1.9")
    before = render(report(), "zh", True).decode()
    page = render(replace(report(), observations=(*report().observations, carried)), "zh", True).decode()
    assert "4.1.9" not in before
    assert "版本 4.1.9" in page
    assert "version 4.1.9" in page
