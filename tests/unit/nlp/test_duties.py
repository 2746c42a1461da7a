from pathlib import Path
from typing import Any

import pytest
import yaml

from mingjian.model.document import Block, BlockKind, Cell, Document, Table
from mingjian.nlp.duties import duties
from mingjian.nlp.reading import Statement
from mingjian.nlp.structure import outline

GROUPS: list[dict[str, Any]] = [
    group
    for name in ("duties", "duties_exam")
    for group in yaml.safe_load((Path(__file__).parent / "data" / f"{name}.yml").read_text(encoding="utf-8"))
]
CASES = [(case.get("zh") or case["en"], group["acts"], case["is"]) for group in GROUPS for case in group["cases"]]


def document(passage: str) -> Document:
    """A passage of lines: "# " a heading, "- " an item, else a paragraph."""
    text, blocks = "", []
    for line in passage.split("\n"):
        kind: BlockKind = "heading" if line.startswith("# ") else "item" if line.startswith("- ") else "paragraph"
        words = line if kind == "paragraph" else line[2:]
        blocks.append(Block(kind, len(text), len(text) + len(words), 1 if kind == "heading" else 0))
        text += f"{words}\n"
    return Document("artifact", "policy", text, tuple(blocks))


def stated(passage: str) -> list[Statement]:
    read = outline(document(passage))
    return duties(read, [{} for _ in read.sentences])


def short(statement: Statement) -> str:
    count = f" {statement.count}" if statement.count is not None else ""
    return ("-" if statement.negated else "") + statement.action + ("" if statement.certain else "?") + count


@pytest.mark.parametrize(("passage", "acts", "expected"), CASES, ids=range(len(CASES)))
def test_states_exactly(passage: str, acts: list[str], expected: list[str]) -> None:
    assert {short(each) for each in stated(passage) if each.action in acts} == set(expected)


def test_half_of_the_cases_are_near_misses_in_both_languages() -> None:
    assert len(CASES) >= 250
    assert sum(not expected for _, _, expected in CASES) >= 80
    assert sum(passage.isascii() for passage, _, _ in CASES) >= 100


def test_cells_of_a_table_are_read_row_by_row() -> None:
    text = "您的权利\n更正\t我的-个人资料-编辑\n客服\t我的-帮助与反馈"
    spans = [(5, 7), (8, 18), (19, 21), (22, 31)]
    rows = tuple(tuple(Cell(*span) for span in spans[each : each + 2]) for each in (0, 2))
    read = outline(Document("artifact", "policy", text, (Block("heading", 0, 4, 1),), (Table(5, len(text), rows),)))
    found = [each for each in duties(read, []) if each.action in {"correct", "delete", "account.cancel"}]
    assert [(each.action, text[each.start : each.end]) for each in found] == [("correct", "我的-个人资料-编辑")]


def test_a_statement_stands_where_its_sentence_stands() -> None:
    passage = "# 您的权利\n感谢您的信任。您可以在“我的-设置-隐私”中删除您的个人信息。"
    text = document(passage).text
    [found] = [each for each in stated(passage) if each.action == "delete"]
    assert text[found.start : found.end] == "您可以在“我的-设置-隐私”中删除您的个人信息。"
    assert found.words is not None
    assert "删除" in text[slice(*found.words)]


def test_a_text_in_simplified_chinese_is_its_own_version() -> None:
    assert "publish.simplified_chinese" in {each.action for each in stated("我们重视您的隐私，并保护您的个人信息。")}
    assert "publish.simplified_chinese" not in {each.action for each in stated("我們重視您的隱私，並保護您的個人資料。")}
    assert "publish.simplified_chinese" not in {each.action for each in stated("We value your privacy and protect your data.")}
    assert "publish.simplified_chinese" in {each.action for each in stated("This policy is available in Simplified Chinese in the app.")}


def test_a_request_alone_is_a_way_only_where_the_reader_finds_the_operator() -> None:
    request = "# 您的权利\n您可以向我们提出删除个人信息的请求。"
    assert {each.certain for each in stated(request) if each.action == "delete"} == {False}
    assert {each.certain for each in stated(f"{request}\n# 联系我们\n电话：010-12345678") if each.action == "delete"} == {True}


def test_topics_place_a_sentence_that_no_heading_places() -> None:
    read = outline(document("您可以在消息页面长按删除聊天记录。"))
    without = {each.action for each in duties(read, [{}])}
    scored = {each.action for each in duties(read, [{"rights": 1.0}])}
    assert "delete" not in without
    assert "delete" in scored


def test_twice_the_same() -> None:
    passage = "\n".join(case for case, _, _ in CASES[:80])
    assert stated(passage) == stated(passage)


@pytest.mark.parametrize("piece", ["您可以删除注销更正", "我们将在15个工作日内答复", "“", "you can delete your account and ", "更新政策"])
def test_an_endless_sentence_is_read_to_its_end(piece: str) -> None:
    text = piece * (60_000 // len(piece))
    assert all(0 <= each.start < each.end <= len(text) + 1 for each in stated(text))
