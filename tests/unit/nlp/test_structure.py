"""Sections, sentences and what introduces them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.model.document import Block, Cell, Document, Table
from mingjian.nlp.reading import Outline
from mingjian.nlp.structure import outline


def document(*lines: str) -> Document:
    blocks, place = [], 0
    for line in lines:
        blocks.append(Block("paragraph", place, place + len(line)))
        place += len(line) + 1
    return Document("a" * 64, "policy.txt", "\n".join(lines), tuple(blocks))


def titles(result: Outline) -> list[tuple[int, str]]:
    return [(section.level, section.title) for section in result.sections[1:]]


CHINESE = (
    "演示应用隐私政策",
    "更新日期：2024年1月1日",
    "欢迎使用演示应用。本政策将帮助您了解以下内容：",
    "一、我们如何收集",
    "二、我们如何共享",
    "三、联系我们",
    "一、我们如何收集",
    "（一）账号注册",
    "当您注册时，我们会收集以下信息：",
    "1. 手机号码；",
    "2. 昵称。",
    "我们用这些信息让您登录。",
    "（二）下单",
    "我们需要您的收货地址。",
    "二、我们如何共享",
    "我们不会共享，除非：",
    "获得您的同意；",
    "法律要求；",
    "为您完成配送。",
    "您应当知道这一点。",
    "委托处理",
    "我们会委托第三方处理您的个人信息，并与其签订协议。",
    "三、联系我们",
    "邮箱：privacy@example.com",
)


def test_sections_of_a_chinese_text() -> None:
    result = outline(document(*CHINESE))
    assert titles(result) == [
        (1, "演示应用隐私政策"),
        (2, "一、我们如何收集"),
        (3, "（一）账号注册"),
        (3, "（二）下单"),
        (2, "二、我们如何共享"),
        (3, "委托处理"),
        (2, "三、联系我们"),
    ]
    assert [section.parent for section in result.sections] == [None, 0, 1, 2, 2, 1, 5, 1]


def test_items_know_their_introduction() -> None:
    sentences = outline(document(*CHINESE)).sentences
    leads = {sentence.text: sentences[sentence.lead].text for sentence in sentences if sentence.lead is not None}
    assert leads == {
        "1. 手机号码；": "当您注册时，我们会收集以下信息：",
        "2. 昵称。": "当您注册时，我们会收集以下信息：",
        "获得您的同意；": "我们不会共享，除非：",
        "法律要求；": "我们不会共享，除非：",
        "为您完成配送。": "我们不会共享，除非：",
    }


def test_every_character_stands_in_one_sentence() -> None:
    check_cover(document(*CHINESE))


def check_cover(source: Document) -> None:
    result = outline(source)
    assert len(result.text) == len(source.text)
    covered, last = set[int](), 0
    for sentence in result.sentences:
        assert sentence.start >= last
        assert sentence.text == result.text[sentence.start : sentence.end] == sentence.text.strip() != ""
        last = sentence.end
        covered.update(range(sentence.start, sentence.end))
    inside = {place for block in source.blocks for place in range(block.start, block.end)}
    assert {place for place in inside if not result.text[place].isspace()} <= covered <= inside
    assert all(0 <= sentence.section < len(result.sections) for sentence in result.sentences)
    assert all(sentence.lead is None or sentence.lead < index for index, sentence in enumerate(result.sentences))
    for index, section in enumerate(result.sections[1:], 1):
        assert section.parent is not None
        parent = result.sections[section.parent]
        assert section.parent < index
        assert parent.level < section.level
        assert parent.start <= section.start < section.end <= parent.end


LINES = st.lists(
    st.text(alphabet='一二三、（）()1２23.．abcABCI ：:；;。！？?!“”"「」①②第条\t 信息個以下 \nCo.Ltd', max_size=60), max_size=25
)


@given(LINES)
def test_cover_of_any_text(lines: list[str]) -> None:
    check_cover(document(*lines))


@given(LINES, st.data())
def test_cover_of_any_blocks(lines: list[str], data: st.DataObject) -> None:
    plain = document(*lines)
    kinds = st.sampled_from(["heading", "paragraph", "item"])
    levels = st.integers(0, 6)
    blocks = [Block(data.draw(kinds), block.start, block.end, data.draw(levels)) for block in plain.blocks]
    check_cover(Document(plain.artifact, plain.name, plain.text, tuple(blocks)))


def test_an_endless_line() -> None:
    result = outline(document("我们收集信息" * 333_334))
    assert max(len(sentence.text) for sentence in result.sentences) <= 2000


def test_cells_are_no_sentences_but_in_a_table_of_layout() -> None:
    text = "名称\t用途\n甲\t推送\n"
    cells = [(0, 2), (3, 5), (6, 7), (8, 10)]
    rows = tuple(tuple(Cell(*cell) for cell in pair) for pair in (cells[:2], cells[2:]))
    assert outline(Document("a", "n", text, (), (Table(0, 10, rows),))).sentences == ()
    prose = "我们收集手机号。\n我们不共享。"
    laid_out = (Table(0, 15, ((Cell(0, 8),), (Cell(9, 15),))),)
    assert [sentence.text for sentence in outline(Document("a", "n", prose, (), laid_out)).sentences] == [
        "我们收集手机号。",
        "我们不共享。",
    ]


def test_what_follows_a_table_is_no_item_of_its_introduction() -> None:
    text = "接入的SDK如下表：\n甲\t推送\n其中一项由SDK直接取得。\n"
    blocks = (Block("paragraph", 0, 10), Block("paragraph", 16, 29))
    table = Table(11, 15, ((Cell(11, 12), Cell(13, 15)),))
    sentences = outline(Document("a", "n", text, blocks, (table,))).sentences
    assert [sentence.lead for sentence in sentences] == [None, None]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我们收集信息。您可以拒绝！好吗？", ["我们收集信息。", "您可以拒绝！", "好吗？"]),
        ("请点击“您是否同意？”按钮。谢谢。", ["请点击“您是否同意？”按钮。", "谢谢。"]),
        ("本政策（包括附件。附件见官网。）适用于您。", ["本政策（包括附件。附件见官网。）适用于您。"]),
        ("（如您不同意，请停止使用。）我们继续。", ["（如您不同意，请停止使用。）", "我们继续。"]),
        ("我们遵守《甲法》；也遵守《乙法》。", ["我们遵守《甲法》；", "也遵守《乙法》。"]),
        ("保留5.5天。", ["保留5.5天。"]),
        ("见https://a.example/b?c=d;e。写信。", ["见https://a.example/b?c=d;e。", "写信。"]),
        ("We collect data, e.g. your name. We share it.", ["We collect data, e.g. your name.", "We share it."]),
        ("Example Co., Ltd. (we) is in the U.S. and No. 5 is ours.", ["Example Co., Ltd. (we) is in the U.S. and No. 5 is ours."]),
        ("We are Example Inc. We care.", ["We are Example Inc.", "We care."]),
        ("Mail a.b@example.com. Version 2.5 is out! Ready?", ["Mail a.b@example.com.", "Version 2.5 is out!", "Ready?"]),
        ("Is it A. Smith? Yes.", ["Is it A. Smith?", "Yes."]),
        ("1. Title of it", ["1. Title of it"]),
        ("IV. We care. You too.", ["IV. We care.", "You too."]),
        ("Ⅰ. 收集信息", ["Ⅰ. 收集信息"]),
        ("iv. your name", ["iv. your name"]),
        ("4．保护您的账号。", ["4．保护您的账号。"]),
        ("包括：姓名；电话；地址。", ["包括：", "姓名；", "电话；", "地址。"]),
        ("包括（1）姓名（2）电话。", ["包括", "（1）姓名", "（2）电话。"]),
        ("依照第（1）项和第（2）项处理。", ["依照第（1）项和第（2）项处理。"]),
        ("权利：①查询；②更正。我们答复。", ["权利：", "①查询；", "②更正。", "我们答复。"]),
        ("You can (a) look; (b) delete; and (c) object.", ["You can", "(a) look;", "(b) delete;", "and (c) object."]),
        ("未闭合的“引号。第二句。", ["未闭合的“引号。", "第二句。"]),
    ],
)
def test_sentences_of_a_paragraph(text: str, expected: list[str]) -> None:
    sentences = outline(Document("a", "n", text, (Block("paragraph", 0, len(text)),))).sentences
    assert [sentence.text for sentence in sentences] == expected


def test_nested_lists_inside_a_paragraph() -> None:
    text = "我们收集：1、注册信息，包括（1）手机号，（2）密码；2、订单。"
    sentences = outline(Document("a", "n", text, (Block("paragraph", 0, len(text)),))).sentences
    assert [(sentence.text, sentence.lead) for sentence in sentences] == [
        ("我们收集：", None),
        ("1、注册信息，包括", 0),
        ("（1）手机号，", 1),
        ("（2）密码；", 1),
        ("2、订单。", 0),
    ]


BODY = "我们按照本政策处理您的个人信息，并采取必要的措施保护它的安全。"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # Numberings in any order of nesting.
        (
            ("1. 收集", "（1）注册", BODY, "（2）登录", BODY, "2. 共享", BODY),
            [(1, "1. 收集"), (2, "（1）注册"), (2, "（2）登录"), (1, "2. 共享")],
        ),
        (
            ("A. 收集", "一、注册", BODY, "二、登录", BODY, "B. 共享", BODY),
            [(1, "A. 收集"), (2, "一、注册"), (2, "二、登录"), (1, "B. 共享")],
        ),
        (("第一条 收集", BODY, "第二条 共享", BODY), [(1, "第一条 收集"), (1, "第二条 共享")]),
        (("1 收集", "1.1 注册", BODY, "1.2 登录", BODY), [(1, "1 收集"), (2, "1.1 注册"), (2, "1.2 登录")]),
        # A preface does not hold the parts.
        (
            ("导言", BODY, "一、收集", BODY, BODY, "二、共享", BODY, "三、联系", BODY),
            [(1, "导言"), (1, "一、收集"), (1, "二、共享"), (1, "三、联系")],
        ),
        # Numbers of items are no headings.
        (("一、收集", "我们收集以下信息：", "1. 姓名", "2. 电话", "3. 地址", BODY), [(1, "一、收集")]),
        (("一、收集", "1. 我们会收集您的手机号码，用于登录。", "2. 我们会收集位置，用于导航。"), [(1, "一、收集")]),
        # A contents with page numbers, and one whose entries are worded otherwise than the headings.
        (("目录", "一、收集……1", "二、共享……3", "一、收集", BODY, "二、共享", BODY), [(1, "一、收集"), (1, "二、共享")]),
        (("目录", "1. 收集的信息", "2. 共享的信息", "一、收集", BODY, "二、共享", BODY), [(1, "一、收集"), (1, "二、共享")]),
        # An I after an H is a letter.
        (
            tuple(line for letter in "ABCDEFGHIJ" for line in (f"{letter}. Part {letter}", BODY)),
            [(1, f"{letter}. Part {letter}") for letter in "ABCDEFGHIJ"],
        ),
        (
            ("I. COLLECTION", BODY, "II. SHARING", BODY, "III. CONTACT", BODY),
            [(1, "I. COLLECTION"), (1, "II. SHARING"), (1, "III. CONTACT")],
        ),
    ],
)
def test_sections_by_their_numbers(lines: tuple[str, ...], expected: list[tuple[int, str]]) -> None:
    assert titles(outline(document("", BODY, *lines))) == expected


def test_headings_that_the_file_marks() -> None:
    source = document("政策", "一、收集", BODY, "登录", BODY, "二、共享", BODY)
    marks = {0: 1, 1: 2, 3: 3, 5: 2}
    blocks = tuple(
        Block("heading", each.start, each.end, marks[index]) if index in marks else each for index, each in enumerate(source.blocks)
    )
    result = outline(Document(source.artifact, source.name, source.text, blocks))
    assert titles(result) == [(1, "政策"), (2, "一、收集"), (3, "登录"), (2, "二、共享")]


def test_a_marked_heading_that_introduces_a_list_is_its_introduction() -> None:
    source = document("一、收集", "当您注册时，我们会收集以下信息：", "手机号码；", "昵称。", "二、共享", BODY)
    blocks = tuple(replace(each, kind="heading", level=2) if index in (0, 1, 4) else each for index, each in enumerate(source.blocks))
    result = outline(replace(source, blocks=blocks))
    assert titles(result) == [(1, "一、收集"), (1, "二、共享")]
    assert [sentence.text for sentence in result.sentences if sentence.lead == 1] == ["手机号码；", "昵称。"]


def test_wrapped_lines_are_one_sentence() -> None:
    text = "我们会在您注册成为会员的时候收集您的手机号码和昵称，用来为您\n创建账号，并在您登录的时候核对您的身份。\n- 手机号\n- 昵称"
    sentences = outline(Document("a", "n", text, (Block("paragraph", 0, len(text)),))).sentences
    assert [sentence.text.count("\n") for sentence in sentences] == [1, 0, 0]
