"""Saved web pages: main text, blocks, tables, links."""

from itertools import pairwise
from pathlib import Path

import pytest
from policy_files import blocks, opened, page, rows, words

SENTENCE = "为了向您提供账号登录服务，我们会收集您的手机号码，并在您注销账号后删除。"
ENGLISH = "We collect your phone number to create an account, and delete it after you close the account."


def test_headings_paragraphs_and_items_keep_their_levels(tmp_path: Path) -> None:
    body = f"<h1>隐私政策</h1><h2>一、收集</h2><p>{SENTENCE}</p><ul><li>手机号<ol><li>仅用于登录</li></ol></li><li>邮箱</li></ul>"
    assert blocks(opened(tmp_path, page(body))) == [
        ("heading", 1, "隐私政策"),
        ("heading", 2, "一、收集"),
        ("paragraph", 0, SENTENCE),
        ("item", 1, "手机号"),
        ("item", 2, "仅用于登录"),
        ("item", 1, "邮箱"),
    ]


def test_menus_footers_scripts_and_hidden_parts_are_left_out(tmp_path: Path) -> None:
    body = f"""
    <nav><a href="/">首页</a><a href="/about">关于我们</a></nav>
    <div class="top-nav"><span>产品</span><span>下载</span></div>
    <header><a href="/">某某科技</a> <a href="/login">登录</a></header>
    <div class="cookie-banner">我们使用 Cookie 改善体验，继续浏览即可。<button>接受</button></div>
    <h1>隐私政策</h1><p>{SENTENCE * 8}</p><p style="display: none">看不见的话</p><p hidden>也看不见</p>
    <script>document.write("<p>脚本</p>")</script><style>p {{}}</style><noscript>请启用脚本</noscript><select><option>中文</option></select>
    <footer>© 2024 某某科技 京ICP备00000000号</footer>"""
    assert words(opened(tmp_path, page(body))) == ["隐私政策", SENTENCE * 8]


def test_a_section_about_cookies_is_no_cookie_bar(tmp_path: Path) -> None:
    body = f'<h1>隐私政策</h1><p>{SENTENCE * 4}</p><div id="cookie-policy"><h2>Cookie</h2><p>我们使用 Cookie 记住您的登录状态。</p></div>'
    assert words(opened(tmp_path, page(body)))[-2:] == ["Cookie", "我们使用 Cookie 记住您的登录状态。"]


def test_a_list_of_contents_is_left_out_and_a_list_of_sdks_stays(tmp_path: Path) -> None:
    contents = "".join(f'<li><a href="#s{number}">第{number}节</a></li>' for number in range(1, 5))
    sdks = "".join(f'<li><a href="https://sdk{number}.example/privacy">甲{number}SDK</a></li>' for number in range(1, 5))
    found = words(opened(tmp_path, page(f"<ul>{contents}</ul><p>{SENTENCE * 4}</p><ul>{sdks}</ul>")))
    assert found == [SENTENCE * 4, "甲1SDK", "甲2SDK", "甲3SDK", "甲4SDK"]


@pytest.mark.parametrize(
    "wrapping",
    [
        '<div class="footer">{}</div>',
        '<div class="sidebar menu">{}</div>',
        "<nav>{}</nav>",
        '<div style="display:none">{}</div>',
        '<div role="dialog">{}</div>',
        '<div class="panel" hidden>{}</div>',
    ],
)
def test_the_text_is_never_lost_to_a_guess(tmp_path: Path, wrapping: str) -> None:
    text = SENTENCE * 6
    body = "<h1>隐私政策</h1>" + wrapping.format(f"<p>{text}</p>")
    assert words(opened(tmp_path, page(body))) == ["隐私政策", text]


def test_folded_sections_stay(tmp_path: Path) -> None:
    body = "".join(f'<h2>第{number}节</h2><div style="display:none"><p>{SENTENCE}</p></div>' for number in range(6))
    assert words(opened(tmp_path, page(body))).count(SENTENCE) == 6


def test_two_line_breaks_and_soup_make_paragraphs(tmp_path: Path) -> None:
    body = f"<div><span>一、收集</span><br><br>{SENTENCE}<br><font>二、使用</font><div><span>{ENGLISH}</span></div>末段</div>"
    assert words(opened(tmp_path, page(body))) == ["一、收集", SENTENCE, "二、使用", ENGLISH, "末段"]


def test_unclosed_and_crossed_tags_lose_nothing(tmp_path: Path) -> None:
    body = "<p>甲<b>乙</p><p>丙<li>丁<li>戊</span></div><table><tr><td>一<td>二<tr><td>三<td>四</table><a href='https://a.example'>己"
    document = opened(tmp_path, page(body))
    assert words(document) == ["甲乙", "丙", "丁", "戊", "己"]
    assert rows(document, document.tables[0]) == [["一", "二"], ["三", "四"]]


def test_white_space_entities_and_unseen_characters(tmp_path: Path) -> None:
    body = "<p> 个人\n   信息&nbsp;&amp;&#32;设备&#x4FE1;息\u200b（IM&shy;EI\ufeff）&nosuchname; first\n line </p>"
    assert words(opened(tmp_path, page(body))) == ["个人信息 & 设备信息（IMEI）&nosuchname; first line"]


def test_links_keep_their_target_as_written(tmp_path: Path) -> None:
    document = opened(tmp_path, page(f'<p>{SENTENCE}见 <a href="../sdk.html?a=1&amp;b=2"> 第三方<b>清单</b> </a>。</p>'))
    (link,) = document.links
    assert (document.text[link.start : link.end], link.target) == ("第三方清单", "../sdk.html?a=1&b=2")


def test_spans_are_resolved_and_cells_share_their_offsets(tmp_path: Path) -> None:
    table = """<table><thead><tr><td colspan=2>第三方</td><td rowspan="2">目的</td></tr><tr><th>名称</th><th>公司</th></tr></thead>
    <tr><td rowspan=0>甲SDK</td><td>甲公司</td><td>统计</td></tr><tr><td>乙公司</td><td>推送</td></tr></table>"""
    document = opened(tmp_path, page(f"<p>{SENTENCE}</p>{table}"))
    (found,) = document.tables
    assert rows(document, found) == [
        ["第三方", "第三方", "目的"],
        ["名称", "公司", "目的"],
        ["甲SDK", "甲公司", "统计"],
        ["甲SDK", "乙公司", "推送"],
    ]
    assert found.rows[2][0] == found.rows[3][0]
    assert [cell.header for cell in found.rows[1]] == [True, True, True]
    assert not any(cell.header for cell in found.rows[2])
    assert document.text[found.start : found.end] == "第三方\t目的\n名称\t公司\n甲SDK\t甲公司\t统计\n乙公司\t推送"


def test_cells_hold_lists_and_paragraphs_on_one_line(tmp_path: Path) -> None:
    table = (
        "<table><tr><td>名称</td><td>信息</td></tr><tr><td>甲SDK</td><td><p>型号</p><ul><li>IMEI</li><li>地址</li></ul></td></tr></table>"
    )
    document = opened(tmp_path, page(f"<p>{SENTENCE}</p>{table}"))
    assert rows(document, document.tables[0])[1] == ["甲SDK", "型号 IMEI 地址"]


def test_tables_for_layout_dissolve_and_those_inside_stay(tmp_path: Path) -> None:
    inner = "<table><tr><td>甲SDK</td><td>统计</td></tr><tr><td>乙SDK</td><td>推送</td></tr></table>"
    body = f"<table><tr><td><h1>隐私政策</h1></td></tr><tr><td><p>{SENTENCE}</p>{inner}</td></tr></table>"
    document = opened(tmp_path, page(body))
    assert words(document) == ["隐私政策", SENTENCE]
    assert [rows(document, table) for table in document.tables] == [[["甲SDK", "统计"], ["乙SDK", "推送"]]]


def test_a_page_in_two_columns_is_no_table(tmp_path: Path) -> None:
    body = f"<table><tr><td>导航</td><td>{SENTENCE * 40}</td></tr><tr><td>版权</td><td>完</td></tr></table>"
    document = opened(tmp_path, page(body))
    assert not document.tables
    assert words(document) == ["导航", SENTENCE * 40, "版权", "完"]


def test_roles_make_a_table(tmp_path: Path) -> None:
    made = "".join(f'<div role="row"><div role="cell">{one}</div><div role="cell">{two}</div></div>' for one, two in ("甲乙", "丙丁"))
    document = opened(tmp_path, page(f'<p>{SENTENCE}</p><div role="table">{made}</div>'))
    assert rows(document, document.tables[0]) == [["甲", "乙"], ["丙", "丁"]]


def test_blocks_and_tables_are_disjoint_and_apart_by_a_newline(tmp_path: Path) -> None:
    document = opened(tmp_path, page(f"<p>甲</p><table><tr><td>1<td>2<tr><td>3<td>4</table><p>{SENTENCE}</p><p>乙</p>"))
    spans = sorted([(block.start, block.end) for block in document.blocks] + [(table.start, table.end) for table in document.tables])
    assert spans[0][0] == 0
    assert spans[-1][1] == len(document.text)
    for (_, end), (start, _) in pairwise(spans):
        assert document.text[end:start] == "\n"


def test_lines_of_preformatted_text_are_apart(tmp_path: Path) -> None:
    assert words(opened(tmp_path, page("<pre>一、收集\n我们收集手机号。\n\n二、使用</pre>"))) == [
        "一、收集",
        "我们收集手机号。",
        "二、使用",
    ]


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", ""),
        ("utf-16", ""),
        ("gb18030", "<meta charset=gb2312>"),
        ("gb18030", ""),
        ("big5hkscs", ""),
        ("big5hkscs", "<meta charset=utf-8>"),
    ],
)
def test_pages_in_every_encoding(tmp_path: Path, encoding: str, declared: str) -> None:
    text = "個人資料處理政策：本公司依據您的同意蒐集電話號碼與電子郵件。" if encoding == "big5hkscs" else SENTENCE
    content = f"<html><head>{declared}<title>x</title></head><body><p>{text}</p></body></html>".encode(encoding)
    document = opened(tmp_path, content)
    assert words(document) == [text]
    assert not document.lost


def test_characters_that_cannot_be_decoded_are_told(tmp_path: Path) -> None:
    content = page(f"<p>{SENTENCE * 20}</p>").encode() + b"\xff\xfe\xfd\xfc" * 2
    document = opened(tmp_path, content)
    assert SENTENCE in document.text
    assert any("UTF-8" in lost.en for lost in document.lost)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("<h3>请完成安全验证</h3><p>拖动下方滑块</p>", "verification"),
        ("<p>Checking your browser before accessing example.com</p>", "verification"),
        ("<p>请先登录</p><input name=user>", "login page"),
        ("<h1>404 Not Found</h1><hr>nginx", "error page"),
        ("<p>抱歉，您访问的页面不存在</p>", "error page"),
        ("<div id=app></div><script src=a.js></script>", "Scripts build"),
        ("<noscript>You need to enable JavaScript to run this app.</noscript><div id=root></div>", "Scripts build"),
        ("<img src=1.png><img src=2.png>", "images"),
        ("<p>   </p>", "no text"),
    ],
)
def test_pages_that_stand_in_place_of_the_policy_are_lost(tmp_path: Path, body: str, told: str) -> None:
    (lost,) = opened(tmp_path, page(body)).lost
    assert told in lost.en
    assert lost.zh != lost.en


def test_a_policy_that_speaks_of_logins_errors_and_codes_is_one(tmp_path: Path) -> None:
    text = "当您登录账号时，请输入图形验证码以完成安全验证；登录后查看订单。若页面不存在，请联系客服。请启用JavaScript脚本。" + SENTENCE
    assert not opened(tmp_path, page(f"<h1>隐私政策</h1><p>{text * 20}</p><script>1</script>")).lost


def test_a_page_saved_with_its_parts_is_read(tmp_path: Path) -> None:
    inner = page(f"<h1>隐私政策</h1><p>{SENTENCE}</p>")
    encoded = "".join(f"={byte:02X}" if byte > 126 or byte == 61 else chr(byte) for byte in inner.encode())
    saved = (
        'From: <Saved by Blink>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\ttype="text/html";\r\n'
        '\tboundary="--x--"\r\n\r\n----x--\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n'
        f"Content-Location: https://a.example/privacy\r\n\r\n{encoded}\r\n----x--\r\nContent-Type: image/png\r\n\r\nAAAA\r\n----x----\r\n"
    )
    document = opened(tmp_path, saved)
    assert words(document) == ["隐私政策", SENTENCE]
    place, _, offsets = document.locator(0, 4).partition("#")
    assert place == "entry:https://a.example/privacy"
    assert inner[slice(*map(int, offsets.split("-")))] == "隐私政策"
