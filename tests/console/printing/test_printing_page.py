"""The document as HTML: every text is there, escaped, in elements that say what it is."""

import pytest
from lxml import html

from mingjian.console.printing import charts
from mingjian.console.printing.blocks import (
    Block,
    Document,
    Fields,
    Heading,
    Items,
    Note,
    Paragraph,
    Picture,
    Signature,
    Table,
    identity,
    numeric_columns,
    texts,
)
from mingjian.console.printing.page import page

HOSTILE = "<script>alert(1)</script>\"'&amp;{{ 7*7 }}{% x %}"


def every(text: str) -> tuple[Block, ...]:
    table = Table((text, "乙"), ((text, "2"),), (1, 2), caption=text)
    return (
        Paragraph(text, flush=True),
        Heading(text),
        Heading(text, 2),
        Items((text, "b")),
        Items((text,), numbered=True),
        Fields(((text, text),)),
        table,
        Picture(charts.bar("t", "d", "a", ["甲"], [1]), text + "图", table),
        Note(text),
        Signature(text, text, text),
    )


def test_the_elements_say_what_the_texts_are() -> None:
    document = Document("检测报告", "7", "zh", (Paragraph("一\n二"), *every("x"), Table(("列",), (("值",),))), "局")
    tree = html.fragment_fromstring(str(page(document)))
    assert (tree.tag, tree.get("lang"), tree.get("class")) == ("article", "zh-CN", "document")
    assert [element.text for element in tree.iter("h1", "h2", "h3")] == ["检测报告", "x", "x"]
    assert [element.get("scope") for element in tree.iter("th")].count("row") == 1
    assert all(element.get("scope") in ("row", "col") for element in tree.iter("th"))
    assert len(tree.findall(".//table/thead")) == len(tree.findall(".//table")) == 4
    assert [element.get("aria-label") for element in tree.iter("div") if element.get("role") == "region"] == ["x", "x", "x", "x"]
    assert [element.text for element in tree.iter("td") if element.get("class") == "number"] == ["2", "2"]
    assert tree.findall(".//p")[1].find("br") is not None
    assert "编号：7" in tree.text_content()
    assert identity(document) in tree.text_content()
    assert tree.find(".//figure/svg") is not None
    assert [element.tag for element in html.fragment_fromstring(str(page(document, level=2))).iter("h1", "h2", "h3", "h4")] == [
        "h2",
        "h3",
        "h4",
    ]


def test_english_says_so() -> None:
    assert 'lang="en"' in page(Document("Report", "", "en", ()))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_text_becomes_markup(lang: str) -> None:
    document = Document(HOSTILE, HOSTILE, lang, every(HOSTILE), HOSTILE)
    shown = str(page(document))
    tree = html.fragment_fromstring(shown)
    plain = html.fragment_fromstring(str(page(Document("x", "x", lang, every("x"), "x"))))
    assert [element.tag for element in tree.iter()] == [element.tag for element in plain.iter()]
    assert not tree.findall(".//script")
    assert tree.text_content().count(HOSTILE) >= sum(HOSTILE in text for text in texts(document))
    assert not [element for element in tree.iter() if any(name.startswith("on") or name == "style" for name in element.attrib)]


def test_hidden_and_turning_characters_are_shown() -> None:
    assert "a\\u202eb\\x00c" in page(Document("t", "", "zh", (Paragraph("a\u202eb\x00c"),)))


def test_a_caption_that_picture_and_table_share_is_said_once() -> None:
    table = Table(("类型", "数量"), (("社交", "3"),), caption="各类应用")
    picture = Picture(charts.bar("t", "d", "a", ["甲"], [1]), "各类应用", table)
    tree = html.fragment_fromstring(str(page(Document("t", "", "zh", (picture,)))))
    assert [tree.findtext(".//figcaption"), tree.find(".//caption")] == ["各类应用", None]


def test_columns_of_numbers_are_told_from_marks_of_rows_versions_dates_and_words() -> None:
    rows = (
        ("1", "2.1", "甲", "1,234", "12.5%", "7.3.1", "2026-09-21", "乙", ""),
        ("2", "2.2", "1", "—", "+3", "8.0", "2026-09-22", "1", ""),
    )
    table = Table(tuple("abcdefghi"), rows)
    assert numeric_columns(table) == (False, False, False, True, True, False, False, False, False)
    assert numeric_columns(Table(("a",), ())) == (False,)
    assert numeric_columns(Table(("a", "b"), (("1", "2"),))) == (False, False)
