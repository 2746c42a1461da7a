"""Every character of a document stands in its file where its origin says."""

import io
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from policy_files import docx, opened, page

from mingjian.model.document import Document

WORDS = [
    "个人信息",
    " ",
    "\n",
    "IMEI",
    "，",
    "&amp;",
    "&#x4FE1;",
    "&nbsp;",
    "\t",
    "\u200b",
    "𠮷",
    "a.b@c.d",
    "。",
    "&",
    "<",
    "\x07",
    "\r\n",
]
TAGS = ["<br>", "<b>", "</b>", "</p><p>", "<ul><li>", "</li></ul>", "<table><tr><td>", "</td><td>", "</td></tr><tr><td rowspan=2>"]
MORE = ["</td></tr></table>", "<a href='x'>", "</a>", "<div hidden>", "</div>", "<!-- x -->", "<h2>", "</h2>"]
PIECES = st.sampled_from([*WORDS, *TAGS, *MORE])


def misplaced(document: Document, source: str, place: str) -> list[tuple[int, str, str]]:
    """The characters that do not stand in the source where they should, but for resolved references and collapsed space."""
    wrong = []
    starts = [origin.start for origin in document.origins] + [len(document.text)]
    for origin, end in zip(document.origins, starts[1:], strict=True):
        assert origin.place == place
        for number, character in enumerate(document.text[origin.start : end]):
            stands = source[origin.offset + number : origin.offset + number + 1]
            between = character in "\n\t" or (character == " " and stands.isspace())
            if stands not in (character, "&") and not between and source[origin.offset] != "&":
                wrong.append((origin.start + number, character, stands))
    return wrong


def read(content: bytes) -> Document:
    with tempfile.TemporaryDirectory() as folder:
        return opened(Path(folder), content)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(PIECES, max_size=60), st.sampled_from(["utf-8", "utf-16"]))
def test_pages(pieces: list[str], encoding: str) -> None:
    source = page("<p>我们收集" + "".join(pieces) + "完</p>").replace("<meta charset=utf-8>", "")
    assert misplaced(read(source.encode(encoding)), source, "text:") == []


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.sampled_from(["我们收集", "IMEI", " ", "\n", "\n\n", "  ", "**", "# ", "- ", "1. ", "|", "\t", "[a](b)", "。", "`"]), max_size=50
    )
)
def test_text_and_markdown(pieces: list[str]) -> None:
    source = "我们收集" + "".join(pieces) + "完"
    assert misplaced(read(source.encode()), source, "text:") == []


def test_a_word_document() -> None:
    body = "<w:p><w:r><w:t>我们收集 &amp; 使用</w:t></w:r><w:r><w:t>IMEI</w:t></w:r></w:p><w:p><w:r><w:t>第二段</w:t></w:r></w:p>"
    content = docx(body)
    document = read(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        source = archive.read("word/document.xml").decode()
    assert document.text == "我们收集 & 使用IMEI\n第二段"
    assert misplaced(document, source, "entry:word/document.xml#") == []


@pytest.mark.parametrize("words", ["个人信息", "设备信息", "三"])
def test_a_locator_finds_the_words_again(words: str) -> None:
    source = page("<p>我们收集<b>个人</b>信息 &amp; 设备\n信息，共三项。</p>")
    document = read(source.encode())
    at = document.text.index(words)
    place, _, offsets = document.locator(at, at + len(words)).partition(":")
    start, end = map(int, offsets.split("-"))
    assert place == "text"
    assert source[start] == words[0]
    assert source[end - 1] == words[-1]
