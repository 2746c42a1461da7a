"""The printed form, read back: every text is there and can be seen, nothing in it is carried out, and it can be archived."""

import datetime
import json
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy
import pypdfium2
import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st

from mingjian.console.printing import charts, press
from mingjian.console.printing import pdf as printer
from mingjian.console.printing.blocks import Block, Document, Fields, Heading, Items, Note, Paragraph, Picture, Signature, Table, texts
from mingjian.console.printing.fonts import MissingGlyphsError
from mingjian.console.printing.kinds import KINDS, Kind, columns, known, shipped
from mingjian.console.printing.pdf import pdf
from mingjian.console.printing.template import Values, compose
from mingjian.errors import InputError, MingjianError, TryAgainError
from mingjian.model.types import Lang

RARE = "龘镕堃𠮷"
ISSUED = datetime.date(2026, 9, 21)
WORD = "“龘”读 Reader"
ACTIVE = (
    '#import "@preview/example:0.1.0": add',
    '#read("/etc/passwd")',
    '#panic("no")',
    "$x^2$ *b* _i_ `c` <label> @label \\ // /*",
    "= heading\n- item\n+ item",
    "<script>alert(1)</script>",
    "=cmd|'/c calc'!A1",
    "{title} [[problems]]",
    '" } ] , #eval("1")',
)


def document(*blocks: Block, title: str = "检测报告", number: str = "〔2026〕7号", issued: datetime.date | None = ISSUED) -> Document:
    return Document(title, number, "zh", blocks, "某某市互联网信息办公室", issued)


def pages(printed: bytes) -> list[str]:
    """The text of each page, lines joined, as a reader would copy it."""
    with pypdfium2.PdfDocument(printed) as file:
        return ["".join(page.get_textpage().get_text_range().split()) for page in file]


def squeezed(text: str) -> str:
    return "".join(text.split())


@cache
def composed(kind: Kind, lang: Lang) -> Document:
    knows = known(kind)
    values = Values(
        dict.fromkeys(knows.words, WORD),
        {name: [{column.name: WORD for column in columns(name)}] * 3 for name in knows.tables},
        ISSUED,
    )
    return compose(kind, lang, shipped(kind, lang), values)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_text_of_every_document_can_be_copied_from_its_pages(kind: Kind, lang: Lang) -> None:
    read = "".join(pages(pdf(composed(kind, lang))))
    for text in filter(None, texts(composed(kind, lang))):
        # A line may end anywhere, and at a page's end the running lines stand in between.
        assert squeezed(text)[:12] in read
    assert read.count(squeezed(WORD)) >= sum(text.count(WORD) for text in texts(composed(kind, lang))) - 1


def test_each_page_says_what_it_belongs_to_and_each_part_of_a_table_has_its_heading() -> None:
    rows = tuple((f"应用{at}", f"第{at}项问题") for at in range(120))
    read = pages(pdf(document(Table(("应用名称栏", "主要问题栏"), rows, (1, 2)))))
    assert len(read) > 2
    for number, page in enumerate(read, 1):
        assert f"第{number}页共{len(read)}页" in page
        assert "编号：〔2026〕7号" in page
        assert page.count("应用名称栏主要问题栏") == 1
        assert page.startswith("编号") if number == 1 else page.startswith("检测报告")
    whole = "".join(read)
    assert all(f"第{at}项问题" in whole for at in range(120))


def test_text_that_means_something_to_the_typesetter_is_printed_as_it_is() -> None:
    shown = (
        block
        for text in ACTIVE
        for block in (
            Paragraph(text),
            Heading(text),
            Items((text,)),
            Fields(((text, text),)),
            Table((text,), ((text,),), caption=text),
            Note(text),
            Signature(text, text, text),
        )
    )
    # The title and the number stand on every page, too.
    read = "".join(pages(pdf(document(*shown, title=ACTIVE[0], number=ACTIVE[1]))))
    assert "root:" not in read
    for text in ACTIVE:
        # Headings, heads of columns and signatures are one line: a break in them is shown as what it is.
        assert read.count(squeezed(text)) + ("\n" in text) * read.count(squeezed(text.replace("\n", "\\n"))) >= 11, text


def test_words_too_long_for_their_line_are_broken_and_copied_whole() -> None:
    digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    words = (digest, "é" * 90, "Д" * 90, "a/" * 90, "中" * 90)
    printed = pdf(document(Table(tuple("12345"), (words,)), Paragraph("x" * 900), Heading("y" * 300)))
    read = "".join(pages(printed))
    assert [word for word in words if word not in read] == []
    assert (read.count("x"), read.count("y")) == (900, 300)
    with pypdfium2.PdfDocument(printed) as file:
        for page in file:
            text = page.get_textpage()
            # The margin is 26 mm, and a mark at the end of a line may hang into it by half its width.
            assert max(text.get_charbox(at)[2] for at in range(text.count_chars())) <= page.get_width() - 26 / 25.4 * 72 + 6


def test_the_same_document_is_the_same_file_and_another_day_or_word_is_another() -> None:
    first = document(Paragraph("甲"))
    assert pdf(first) == pdf(msgspec.structs.replace(first))
    assert pdf(first) != pdf(document(Paragraph("乙")))


def test_a_file_for_archives_says_so_and_what_it_is() -> None:
    printed = pdf(document(Paragraph("甲")))
    with pypdfium2.PdfDocument(printed) as file:
        told = file.get_metadata_dict()
        assert file.is_tagged()
    assert told["Title"] == "检测报告"
    assert told["Author"] == "某某市互联网信息办公室"
    assert told["CreationDate"].startswith("D:20260921")
    assert b"/Lang(zh-CN)" in printed
    assert b"pdfuaid:part>1<" in printed
    assert b"pdfaid:part>2<" in printed
    undated = pdf(document(Paragraph("甲"), issued=None))
    assert b"pdfaid:part" not in undated
    assert b"pdfuaid:part>1<" in undated


def drawn(printed: bytes) -> numpy.ndarray[Any, Any]:
    """The ink between the first 甲 and the first 乙 of the first page, cut to itself; nothing where nothing was drawn."""
    with pypdfium2.PdfDocument(printed) as file:
        page = file[0]
        text = page.get_textpage()
        # Places count in UTF-16.
        units = text.get_text_range().encode("utf-16-le")
        before, behind = (text.get_charbox(units.index(mark.encode("utf-16-le")) // 2, loose=True) for mark in "甲乙")
        left, right, bottom, top = before[2], behind[0], before[1], before[3]
        scale = 6
        image = page.render(scale=scale, grayscale=True).to_numpy()
        height = page.get_height()
        box = image[int((height - top) * scale) : int((height - bottom) * scale), int(left * scale) : int(right * scale)]
        ink = numpy.argwhere(box < 128)
        if not len(ink):
            return numpy.zeros((0, 0), dtype=bool)
        (up, first), (down, last) = ink.min(axis=0), ink.max(axis=0)
        return box[up : down + 1, first : last + 1] < 128


def test_rare_characters_are_drawn_each_in_its_own_shape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shapes = {character: drawn(pdf(document(Paragraph(f"甲{character}乙")))) for character in RARE}
    for character, shape in shapes.items():
        assert shape.sum() > 200, character
    assert len({shape.tobytes() for shape in shapes.values()}) == len(RARE)
    # What would become of a character that no font has, were it let through: standards refuse it, and without them it is left out.
    fonts = printer.typeface(RARE)
    monkeypatch.setattr(printer, "typeface", lambda text: fonts)
    form = captured(monkeypatch, document(Paragraph("甲\u0915乙"))) | {"root": str(tmp_path)}
    with pytest.raises(typst.TypstError, match="could not be displayed"):
        press.press(form)
    assert drawn(press.press(form | {"standards": []})).size == 0


def captured(monkeypatch: pytest.MonkeyPatch, wanted: Document) -> dict[str, Any]:
    """What the printing process is asked for `wanted`."""
    requests: list[bytes] = []
    with monkeypatch.context() as patch:
        patch.setattr(printer, "_run", lambda request, root: requests.append(request) or b"")
        pdf(wanted)
    return json.loads(requests[0])


def test_a_chart_is_drawn_with_its_words_and_its_numbers_beside_it() -> None:
    svg = charts.bar("图", "说明", "应用数量", ["社交通讯", "地图导航"], [3, 5])
    picture = Picture(svg, "图1 各类应用", Table(("类型", "数量"), (("社交通讯", "3"), ("地图导航", "5"))))
    printed = pdf(document(picture))
    read = "".join(pages(printed))
    assert read.count("社交通讯") == 2
    assert "图1各类应用" in read
    with pypdfium2.PdfDocument(printed) as file:
        colours = file[0].render(scale=1).to_numpy().reshape(-1, 3)
    assert (colours == (0xB2, 0x72, 0x00)).all(axis=1).sum() > 500


def test_what_cannot_be_printed_is_named_or_spelled_and_never_left_out() -> None:
    lacking = document(Paragraph("甲\ue000乙\U0010fffd"), title="题\ue000")
    with pytest.raises(MissingGlyphsError) as caught:
        pdf(lacking)
    assert caught.value.characters == ("\ue000", "\U0010fffd")
    read = "".join(pages(pdf(lacking, spell_missing=True)))
    assert "甲[U+E000]乙[U+10FFFD]" in read
    assert read.count("题[U+E000]") == 1


def test_hidden_and_turning_characters_are_shown() -> None:
    read = "".join(pages(pdf(document(Paragraph("a\u202eb\u200bc\x00d\u2028e")))))
    assert "a\\u202eb\\u200bc\\x00d\\u2028e" in read


def test_a_document_without_content_is_printed() -> None:
    empty = document(Paragraph(""), Items(()), Fields(()), Table(("甲",), ()), Note(""), Signature("", ""), number="")
    assert len(pages(pdf(empty))) == 1


def test_a_document_that_is_too_long_is_refused_before_it_costs_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printer, "_run", lambda request, root: pytest.fail("it was set"))
    with pytest.raises(InputError):
        pdf(document(Paragraph("字" * (printer.MOST_CHARACTERS + 1))))


def test_a_process_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printer, "_START", "import time; time.sleep(600)")
    monkeypatch.setattr(printer, "SECONDS", 1)
    with pytest.raises(TryAgainError):
        pdf(document(Paragraph("甲")))


def test_a_process_without_memory_or_that_fails_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printer, "MEMORY", 48 << 20)
    with pytest.raises(MingjianError) as caught:
        pdf(document(Paragraph("甲")))
    assert caught.value.key == "console.printing.failed"
    assert "\n" not in str(caught.value.values["why"])


def test_the_typesetter_can_read_no_file(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path_factory.mktemp("root")
    outside = tmp_path_factory.mktemp("outside") / "secret.txt"
    outside.write_text("secret")
    form = captured(monkeypatch, document(Paragraph("甲"))) | {"root": str(root)}
    for path in (str(outside), "/etc/passwd", f"../{outside.parent.name}/secret.txt"):
        with pytest.raises(typst.TypstError, match=r"not found|denied|outside"):
            press.press(form | {"template": f"#read({json.dumps(path)})"})


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@settings(max_examples=6, deadline=None)
@given(TEXT.filter(str.strip), TEXT)
def test_whatever_the_words_are_the_standards_for_archives_are_kept(heading: str, text: str) -> None:
    shown = (
        Heading(heading),
        Paragraph(text),
        Items((text, heading)),
        Fields(((text, heading),)),
        Table((heading, text), ((text, heading),)),
    )
    assert b"pdfaid:part>2<" in pdf(document(*shown, Note(text), Signature(text, text), title=heading, number=text), spell_missing=True)
