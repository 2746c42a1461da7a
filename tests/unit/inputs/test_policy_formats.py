"""Text, Markdown, screens, Word and PDF, and what several files become."""

import io
from pathlib import Path

import docx as word
import pytest
from policy_files import blocks, box, docx, line, opened, page, pdf_pages, rows, stream, words

from mingjian.errors import InputError
from mingjian.inputs.policy import MOST_FILES, open_policy
from mingjian.model.texts import keys, say

SENTENCE = "为了向您提供账号登录服务，我们会收集您的手机号码，并在您注销账号后删除。"
ENGLISH = "We collect your phone number to create an account and to keep it safe from others who might use it."


def refusal(folder: Path, content: bytes) -> str:
    with pytest.raises(InputError) as caught:
        opened(folder, content)
    assert caught.value.key in keys()
    assert str(folder) in say(caught.value.key, "en", **caught.value.values)
    return caught.value.key


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_each_line_of_a_text_is_a_paragraph(tmp_path: Path, encoding: str) -> None:
    document = opened(tmp_path, f"隐私政策\r\n\r\n{SENTENCE}\r\n• 手机号\r\n  • 邮箱".encode(encoding))
    assert blocks(document) == [("paragraph", 0, "隐私政策"), ("paragraph", 0, SENTENCE), ("item", 1, "手机号"), ("item", 2, "邮箱")]


def test_lines_that_a_program_broke_are_joined(tmp_path: Path) -> None:
    text = SENTENCE.rstrip("。") * 6 + "。"
    broken = "\n".join(text[at : at + 35] for at in range(0, len(text), 35))
    english = "We collect your phone number to create an account and\nto keep it safe. We delete it once you have closed the\naccount."
    document = opened(tmp_path, f"一、收集\n{broken}\n（一）范围\n{broken}")
    assert words(document) == ["一、收集", text, "（一）范围", text]
    assert words(opened(tmp_path, f"{english}\n\n{english}")) == [english.replace("\n", " ")] * 2


def test_lines_that_nobody_broke_stay_apart(tmp_path: Path) -> None:
    lines = [f"第{number}条：{SENTENCE * (1 + number % 4)}" for number in range(1, 12)]
    assert words(opened(tmp_path, "\n".join(lines))) == lines


def test_a_table_that_was_copied_as_text_is_one(tmp_path: Path) -> None:
    document = opened(tmp_path, f"{SENTENCE}\n名称\t目的\n甲SDK\t统计\n乙SDK\t推送\n完")
    assert rows(document, document.tables[0]) == [["名称", "目的"], ["甲SDK", "统计"], ["乙SDK", "推送"]]
    assert words(document) == [SENTENCE, "完"]


def test_markdown(tmp_path: Path) -> None:
    text = f"""# 隐私政策

更新日期
===

我们会收集**设备信息**，详见[第三方*清单*](https://a.example/sdk)
与 `IMEI`。

1. 第一项
2. 第二项
   - 内层

> 引文

| 名称 | 目的 |
|------|:----:|
| 甲SDK | 统计 |
| 乙SDK | |

- - -
{SENTENCE}
"""
    document = opened(tmp_path, text, "policy.md")
    assert blocks(document) == [
        ("heading", 1, "隐私政策"),
        ("heading", 1, "更新日期"),
        ("paragraph", 0, "我们会收集设备信息，详见第三方清单与 IMEI。"),
        ("item", 1, "1. 第一项"),
        ("item", 1, "2. 第二项"),
        ("item", 2, "内层"),
        ("paragraph", 0, "引文"),
        ("paragraph", 0, SENTENCE),
    ]
    assert rows(document, document.tables[0]) == [["名称", "目的"], ["甲SDK", "统计"], ["乙SDK", ""]]
    assert [(document.text[link.start : link.end], link.target) for link in document.links] == [("第三方清单", "https://a.example/sdk")]


def test_the_texts_of_a_screen(tmp_path: Path) -> None:
    dump = f"""<?xml version='1.0' encoding='UTF-8' standalone='yes' ?><hierarchy rotation="0">
    <node package="com.android.systemui" text="12:00" />
    <node package="a.b" text="" content-desc="返回"><node package="a.b" text="隐私政策" content-desc="标题" /></node>
    <node package="a.b" text="{SENTENCE}&#10;第二行 &lt;IMEI&gt;" /><node package="a.b" text="" content-desc="更多" /></hierarchy>"""
    assert words(opened(tmp_path, dump)) == ["隐私政策", SENTENCE, "第二行 <IMEI>", "更多"]


def paragraph(text: str, settings: str = "", run: str = "") -> str:
    return f"<w:p><w:pPr>{settings}</w:pPr><w:r><w:rPr>{run}</w:rPr><w:t>{text}</w:t></w:r></w:p>"


def test_a_word_document_as_word_writes_it(tmp_path: Path) -> None:
    written = word.Document()
    written.add_heading("隐私政策", 0)
    written.add_heading("一、收集", 2)
    written.add_paragraph(SENTENCE)
    written.add_paragraph("手机号", style="List Bullet")
    table = written.add_table(3, 3)
    for number, row in enumerate((("第三方", "", "目的"), ("甲SDK", "甲公司", "统计"), ("乙SDK", "乙公司", "统计"))):
        for column, text in enumerate(row):
            table.cell(number, column).text = text
    table.cell(0, 0).merge(table.cell(0, 1))
    table.cell(2, 2).text = ""
    table.cell(1, 2).merge(table.cell(2, 2))
    kept = io.BytesIO()
    written.save(kept)
    document = opened(tmp_path, kept.getvalue())
    assert blocks(document) == [("heading", 1, "隐私政策"), ("heading", 2, "一、收集"), ("paragraph", 0, SENTENCE), ("item", 1, "手机号")]
    found = rows(document, document.tables[0])
    assert found == [["第三方", "第三方", "目的"], ["甲SDK", "甲公司", "统计"], ["乙SDK", "乙公司", "统计"]]


def test_lists_links_and_changes_of_a_word_document(tmp_path: Path) -> None:
    namespace = "http://schemas.openxmlformats.org/package/2006/relationships"
    target = 'Target="https://a.example/?a=1&amp;b=2" TargetMode="External"'
    link = f'<Relationships xmlns="{namespace}"><Relationship Id="r1" {target}/></Relationships>'
    body = (
        paragraph("标题", '<w:outlineLvl w:val="1"/>')
        + paragraph("列表项", '<w:numPr><w:ilvl w:val="1"/><w:numId w:val="3"/></w:numPr>')
        + paragraph("手工标题", '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="3"/></w:numPr>', "<w:b/>")
        + paragraph("看不见", "", "<w:vanish/>")
        + paragraph("看得见", "", '<w:vanish w:val="0"/>')
        + "<w:p><w:r><w:t>见</w:t></w:r><w:del><w:r><w:delText>删除</w:delText></w:r></w:del>"
        + '<w:hyperlink r:id="r1"><w:r><w:t xml:space="preserve"> 清单</w:t></w:r></w:hyperlink>'
        "<w:ins><w:r><w:t>。</w:t><w:br/><w:t>次行</w:t></w:r></w:ins></w:p>"
    )
    document = opened(tmp_path, docx(body, {"word/_rels/document.xml.rels": link}))
    assert blocks(document) == [
        ("heading", 2, "标题"),
        ("item", 2, "列表项"),
        ("paragraph", 0, "手工标题"),
        ("paragraph", 0, "看得见"),
        ("paragraph", 0, "见 清单。"),
        ("paragraph", 0, "次行"),
    ]
    assert [(document.text[each.start : each.end], each.target) for each in document.links] == [("清单", "https://a.example/?a=1&b=2")]


def test_lines_of_a_pdf_are_joined_and_edges_dropped(tmp_path: Path) -> None:
    def sheet(number: int) -> bytes:
        texts = [
            "1. What we collect",
            "We collect your phone number to create an account and to keep the account safe from",
            "others. We delete it.",
        ]
        second = ["A second paragraph stands apart from the first one."]
        body = b"".join(line(60, 700 - 14 * at, text) for at, text in enumerate(texts))
        return body + line(60, 640, second[0]) + line(60, 770, "Privacy Policy of Example") + line(290, 20, f"Page {number} of 3")

    document = opened(tmp_path, pdf_pages([sheet(number) for number in (1, 2, 3)]))
    assert (
        words(document)
        == [
            "1. What we collect",
            "We collect your phone number to create an account and to keep the account safe from others. We delete it.",
            "A second paragraph stands apart from the first one.",
        ]
        * 3
    )


def test_chinese_lines_of_a_pdf_are_joined_without_a_space(tmp_path: Path) -> None:
    text = "我们会收集您的设备信息用于安全防护并在您注销账号之后立即予以删除或者匿名化处理。"
    font = b"/Font<</F 6 0 R>>"
    composite = b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[7 0 R]>>"
    plain = (
        b"<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>/DW 1000>>"
    )
    lines = [text[at : at + 20] for at in range(0, len(text), 20)]
    content = b"".join(
        b"BT /F 10 Tf 60 %d Td <%b> Tj ET\n" % (700 - 15 * number, each.encode("utf-16-be").hex().encode())
        for number, each in enumerate(lines)
    )
    document = opened(tmp_path, pdf_pages([content], font, [composite, plain]))
    assert words(document) == [text]
    assert document.locator(0, 5) == "page:1#0-5"


def test_a_ruled_table_of_a_pdf_goes_on_over_pages(tmp_path: Path) -> None:
    def cells(top: int, texts: list[tuple[str, str]]) -> bytes:
        made = b""
        for number, (left, right) in enumerate(texts):
            y = top - 40 * number
            made += box(60, y - 40, 200, y) + box(200, y - 40, 500, y) + line(65, y - 15, left)
            made += b"".join(line(205, y - 15 - 12 * at, part) for at, part in enumerate(right.split("\n")))
        return made

    first = line(60, 700, "Third parties:") + cells(180, [("Name", "Purpose"), ("Alpha SDK", "statistics about\nthe use")])
    second = cells(720, [("Beta SDK", "push")]) + line(60, 600, "The end of the list is here.")
    document = opened(tmp_path, pdf_pages([first, second]))
    assert [rows(document, table) for table in document.tables] == [
        [["Name", "Purpose"], ["Alpha SDK", "statistics about the use"], ["Beta SDK", "push"]]
    ]
    assert words(document) == ["Third parties:", "The end of the list is here."]


def test_a_row_that_a_page_break_cuts_is_one_below_a_repeated_head(tmp_path: Path) -> None:
    def row(top: int, bottom: int, left: str, right: str) -> bytes:
        return box(60, bottom, 200, top) + box(200, bottom, 500, top) + line(65, top - 15, left) + line(205, top - 15, right)

    head = ("Name", "Purpose")
    cut = b"".join(b"%d 60 m %d 100 l S\n" % (x, x) for x in (60, 200, 500))
    first = row(140, 100, *head) + cut + line(65, 85, "Alpha SDK") + line(205, 85, "statistics about")
    second = row(740, 700, *head) + row(700, 660, "", "the use of it") + row(660, 620, "Beta SDK", "push")
    document = opened(tmp_path, pdf_pages([line(60, 700, ENGLISH) + first, second]))
    assert [rows(document, table) for table in document.tables] == [
        [list(head), ["Alpha SDK", "statistics about the use of it"], ["Beta SDK", "push"]]
    ]


def test_columns_without_ruled_lines_are_a_table(tmp_path: Path) -> None:
    texts = [
        ("Name", "Company", "Purpose"),
        ("Alpha SDK", "Alpha Ltd", "statistics"),
        ("Beta SDK", "Beta Ltd", "push"),
        ("Gamma SDK", "Gamma Ltd", "maps"),
    ]
    content = b"".join(line(x, 600 - 20 * y, text) for y, row in enumerate(texts) for x, text in zip((60, 200, 350), row, strict=True))
    document = opened(tmp_path, pdf_pages([line(60, 700, ENGLISH) + content]))
    assert rows(document, document.tables[0]) == [list(row) for row in texts]


def test_a_page_of_a_pdf_that_is_an_image_is_lost(tmp_path: Path) -> None:
    image = stream(b"\xff\xff\xff", b"/Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceRGB")
    resources = b"/Font<</F 3 0 R>>/XObject<</I 10 0 R>>"
    sheets = [line(60, 700, ENGLISH), b"q 500 0 0 700 50 50 cm /I Do Q", b"q 500 0 0 700 50 50 cm /I Do Q"]
    document = opened(tmp_path, pdf_pages(sheets, resources, [image]))
    assert words(document) == [ENGLISH]
    assert [lost.en.split(" is an image")[0] for lost in document.lost] == ["Page 2-3"]


def test_the_links_of_a_pdf(tmp_path: Path) -> None:
    link = b"<</Type/Annot/Subtype/Link/Rect[60 695 130 712]/A<</S/URI/URI(https://a.example/sdk)>>>>"
    whole = pdf_pages([line(60, 700, "Third parties are listed here.")], more=[link])
    document = opened(tmp_path, whole.replace(b"/MediaBox", b"/Annots[6 0 R]/MediaBox"))
    ((link_found),) = document.links
    assert link_found.target == "https://a.example/sdk"
    assert document.text[link_found.start : link_found.end].startswith("Third parties")


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (bytes(range(256)) * 40, "input.policy_no_document"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "input.policy_image"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "input.policy_old_word"),
        (b"{\\rtf1 text}", "input.policy_old_word"),
        (b"PK\x05\x06" + bytes(18), "input.policy_no_document"),
        (b"%PDF-1.7\nnothing", "input.policy_damaged"),
        (b" \n\t ", "input.policy_no_document"),
        (b"", "input.empty"),
    ],
)
def test_what_is_no_document_says_so(tmp_path: Path, content: bytes, key: str) -> None:
    assert refusal(tmp_path, content) == key


def test_several_files_and_a_folder_are_one_policy_in_order(tmp_path: Path) -> None:
    folder = tmp_path / "lists"
    folder.mkdir()
    for name in ("b", "a", ".hidden"):
        (folder / name).write_text(f"{SENTENCE}{name}")
    first = tmp_path / "policy.html"
    first.write_text(page(f"<p>{SENTENCE}</p>"))
    artifacts, documents = open_policy([first, folder])
    assert [artifact.name for artifact in artifacts] == ["policy.html", "a", "b"]
    assert [document.artifact for document in documents] == [artifact.sha256 for artifact in artifacts]
    assert {artifact.kind for artifact in artifacts} == {"policy"}


def test_an_empty_folder_and_too_many_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        open_policy([tmp_path])
    assert caught.value.key == "input.policy_empty_folder"
    for number in range(MOST_FILES + 1):
        (tmp_path / f"{number:03}").write_text(SENTENCE)
    with pytest.raises(InputError) as caught:
        open_policy([tmp_path])
    assert caught.value.key == "input.policy_too_many_files"
    (tmp_path / "000").unlink()
    assert len(open_policy([tmp_path])[1]) == MOST_FILES
