"""Sections, sentences and what introduces them."""

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
