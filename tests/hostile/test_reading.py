"""Documents made to exhaust or to trick whoever reads them: nothing raises, no place lies outside the text, no word is unknown to the
rules, and what was not read is told."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mingjian.extract.context import Context
from mingjian.extract.policy import observed
from mingjian.judge.vocabulary import allowed, known
from mingjian.model.document import Block, BlockKind, Cell, Document, Link, Table
from mingjian.model.line import format_line, parse
from mingjian.model.types import UNKNOWN
from mingjian.nlp.beginning import MOST_CELLS, MOST_CHARACTERS, beginning
from mingjian.nlp.read import read

SHA = "0" * 64
FRAGMENTS = (
    "快行隐私政策",
    "Privacy Policy",
    "一、我们收集的信息",
    "1.2 How we use data",
    "第三条 第三方SDK",
    "（1）注册：",
    "• ",
    "我们会收集您的手机号码、IMEI和精确位置，用于注册、导航和推送广告。",
    "We collect your e-mail address and location to create your account.",
    "未经您的单独同意，我们不会向广告商提供您的通讯录",
    "we do not sell your contacts, unless you agree",
    "设备信息（包括但不限于型号、Android ID等）",
    "您可以在“我的-设置-隐私”中撤回同意",
    "email privacy@example.com to delete your account within 30 days",
    "我们将在99999999999999999999天内答复",
    "within 99999999999999999999999 working days",
    "更新日期：9999年99月99日",
    "二〇二六年十三月四十日",
    "Effective 31 February 0000",
    "三千万亿亿个工作日",
    "本应用接入微信SDK、友盟+ SDK和Ｔest SDK",
    "the Foo SDK by Bar Inc.",
    "ＩＭＥＩ，１２３",
    "我們會蒐集您的電話號碼，並與合作夥伴共享。",
    "详见《第三方信息共享清单》 https://example.com/" + "a" * 300,
    "不收集",
    "以下信息如下：",
    "including but not limited to:",
    "“未闭合的引号",
    "（未闭合【括号",
    "」』）】}",
    "等",
    "、、、、",
    "。。。",
    "......",
    "> > >",
    "-" * 90,
    "0" * 400,
    "9" * 5000 + "个工作日",
    "①②③④",
    "ⅠⅡⅢ",
    "😀👨‍👩‍👧‍👦",
    "\U0010ffff",
    "\ud800",
    "\udfff\ud83d",
    "\u200b\u200d\ufeff",
    "\u202e我们收集\u202c",
    "\x00\x01\x1b[31m",
    "\u0301" * 50,
    "\u2028",
    "\t",
    "\r",
    "\u3000",
    "",
    "claimed not share to by for via",
    "sdk.unlisted",
    "<script>alert(1)</script>",
    "{path}",
    "%s%n",
    "我" * 2500,
)

_FRAGMENT = st.sampled_from(FRAGMENTS) | st.text(max_size=20)
_LINE = st.lists(_FRAGMENT, max_size=5).map("".join)
_HEADERS = ("SDK名称", "公司", "收集信息", "使用目的", "Data collected", "Purpose", "权限", "联系方式", "隐私政策链接")
_CELL = st.sampled_from(_HEADERS) | _LINE
_GRID = st.integers(0, 6).flatmap(lambda width: st.lists(st.lists(_CELL, min_size=width, max_size=width), max_size=6))
_BLOCK = st.tuples(st.sampled_from(("heading", "paragraph", "item")), _LINE, st.integers(0, 9))


def document(parts: Sequence[tuple[BlockKind, str, int] | list[list[str]]], *, headed: bool = False) -> Document:
    """A document of blocks and tables in this order, each line of a link to somewhere."""
    text, blocks, tables, links = "", [], [], []
    for part in parts:
        start = len(text)
        if isinstance(part, tuple):
            kind, words, level = part
            text += words
            blocks.append(Block(kind, start, len(text), level))
            links.append(Link(start, len(text), words[:20]))
        else:
            rows = []
            for number, row in enumerate(part):
                cells = []
                for words in row:
                    cells.append(Cell(len(text), len(text) + len(words), header=headed and number == 0))
                    text += words + "\t"
                rows.append(tuple(cells))
                text += "\n"
            tables.append(Table(start, len(text), tuple(rows)))
        text += "\n"
    return Document(SHA, "policy", text, tuple(blocks), tuple(tables), tuple(links))


def checked(*documents: Document) -> tuple[list[str], str, str]:
    """The observations' lines, the status and the reason of their coverage, after every promise about them was looked at."""
    reading = read(documents)
    observations, (coverage,) = observed(reading, Context(SHA))
    for statement in reading.statements:
        length = len(documents[statement.document].text)
        for start, end in [(statement.start, statement.end), *([statement.words] if statement.words else [])]:
            assert 0 <= start <= end <= length, statement
    for row in reading.rows:
        assert 0 <= row.start <= row.end <= sum(len(each.text) for each in documents)
        assert all(known("data", term) for term in row.data)
        assert all(known("purpose", term) for term in row.purposes)
    for each in observations:
        assert (each.mode, each.channel) == ("claimed", "policy")
        assert allowed(each.action, "claimed"), each.action
        for field in ("action", "data", "purpose", "phase", "actor", "recipient"):
            word = getattr(each, field)
            assert word is None or word == UNKNOWN or known(field, word), (field, word)
        assert parse(format_line(each)) == replace(each, evidence=(), sites=1, extractor=""), format_line(each)
        assert each.evidence
    assert coverage.status == "complete" or coverage.reason
    return [format_line(each) for each in observations], coverage.status, coverage.reason.en if coverage.reason else ""


@given(st.lists(_BLOCK | _GRID, max_size=12), st.booleans(), st.booleans())
@settings(max_examples=120, deadline=None)
def test_no_mixture_of_fragments_breaks_a_promise(parts: list[Any], headed: bool, titled: bool) -> None:
    checked(document([("heading", "隐私政策", 1), *parts] if titled else parts, headed=headed))


@given(st.lists(st.lists(_BLOCK, max_size=4), max_size=4))
@settings(max_examples=30, deadline=None)
def test_nor_does_one_of_several_documents(parts: list[Any]) -> None:
    checked(*map(document, parts))


def test_what_is_said_among_fragments_is_read_and_no_number_is_taken_at_its_word() -> None:
    lines, status, _ = checked(document([("paragraph", fragment, 0) for fragment in FRAGMENTS]))
    assert status == "complete"
    assert any(line.startswith("claimed collect basic.phone_number") for line in lines)
    counts = [int(line.rpartition(" count ")[2]) for line in lines if " count " in line]
    assert max(counts, default=0) <= 10**6


ROW = ["微信SDK", "手机号码", "用于登录"]
HEADER = ["SDK名称", "收集信息", "使用目的"]
TITLE: tuple[BlockKind, str, int] = ("heading", "隐私政策", 1)
SENTENCE = "我们收集您的手机号码，用于注册登录。"
DATA = ("手机号码", "精确位置", "IMEI", "通讯录", "身份证号", "设备型号", "电子邮箱", "头像", "IP地址", "面部特征")
PURPOSES = ("注册登录", "导航", "推送消息", "安全风控", "客服", "支付", "广告推荐")

SMALL = {"beginning.MOST_CHARACTERS": 20_000, "beginning.MOST_BLOCKS": 300, "beginning.MOST_CELLS": 400, "read.MOST_SENTENCES": 400}
LARGE: dict[str, Callable[[], Document]] = {
    "one sentence without an end": lambda: document(
        [TITLE, ("paragraph", "我们会在您使用时收集您的手机号码用于注册并共享给合作伙伴" * 800, 0)]
    ),
    "every line a sentence": lambda: document([TITLE, *[("paragraph", SENTENCE, 0)] * 301]),
    "every line a letter": lambda: document([TITLE, ("paragraph", "我\n" * 401, 0)]),
    "a table of many rows": lambda: document([TITLE, [HEADER, *[ROW] * 134]]),
    "a table of one column": lambda: document([TITLE, [[SENTENCE]] * 401]),
    "a table of many columns": lambda: document([TITLE, [["SDK名称"] * 200, *[["微信SDK"] * 200] * 2]]),
    "a cell that never ends": lambda: document([TITLE, [HEADER, ["微信SDK", "手机号码、" * 4_000, "用于登录"]]]),
    "data for purposes": lambda: document(
        [TITLE, ("paragraph", f"我们收集您的{'、'.join(DATA * 300)}，用于{'、'.join(PURPOSES * 900)}。", 0)]
    ),
}


@pytest.mark.parametrize("name", sorted(LARGE))
def test_what_is_too_much_is_read_in_part_and_told(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for limit, most in SMALL.items():
        monkeypatch.setattr(f"mingjian.nlp.{limit}", most)
    _, status, reason = checked(LARGE[name]())
    assert status == "partial"
    assert "only a part was taken in" in reason


DEEP: dict[str, list[tuple[BlockKind, str, int]]] = {
    "introductions": [("item", "设备信息如下：", level) for level in range(1, 3_000)],
    "introductions with data": [("item", "我们收集手机号码，如下：", level) for level in range(1, 3_000)],
    "items inside a paragraph": [("paragraph", "我们收集以下信息：" + "手机号码如下：" * 2_000, 0)],
    "headings": [("heading", "手机号码的收集", level) for level in range(1, 900)],
}


@pytest.mark.parametrize("name", sorted(DEEP))
def test_what_stands_deep_inside_ends(name: str) -> None:
    checked(document([TITLE, *DEEP[name]]))


def test_an_honest_policy_is_never_cut() -> None:
    long = document([TITLE, *[("paragraph", f"{number}。{SENTENCE}", 0) for number in range(2_000)], [HEADER, *[ROW] * 1_000]])
    assert len(long.text) < MOST_CHARACTERS
    assert checked(long)[1] == "complete"


def test_the_limit_holds_for_all_documents_together() -> None:
    whole = document([("paragraph", SENTENCE, 0)] * (MOST_CHARACTERS // len(SENTENCE) // 2))
    kept, cut = beginning([whole, whole, whole])
    assert cut
    assert kept[0] is whole
    assert sum(len(each.text) for each in kept) == MOST_CHARACTERS
    assert all(block.end <= len(each.text) for each in kept for block in each.blocks)
    assert beginning([whole]) == ((whole,), False)


def test_a_table_is_cut_between_rows_and_a_text_inside_one() -> None:
    table = document([[["微信SDK"] * 10] * (MOST_CELLS // 10 + 1)])
    (kept,), cut = beginning([table])
    assert cut
    assert len(kept.tables[0].rows) == MOST_CELLS // 10
    (kept,), _ = beginning([document([[ROW, ["微信SDK", "手机号码、" * MOST_CHARACTERS, "用于登录"]]])])
    assert [kept.text[cell.start : cell.end][:4] for cell in kept.tables[0].rows[1]] == ["微信SD", "手机号码", ""]
