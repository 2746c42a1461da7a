"""Files made to exhaust or to trick, through the program as a user runs it: each ends with an exit code of `docs/exit-codes.md`, at most
one line on standard error, and what was not read is an error or stands in the coverage with a reason."""

import io
import json
import os
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from fixtures.builder import build

APPS = Path(__file__).parents[2] / "fixtures" / "apps"
LINES = (
    "快行隐私政策",
    "更新日期：2026年1月1日",
    "我们收集您的手机号码，用于注册登录。",
    "我们收集您的精确位置，用于导航。",
    "未经您的同意，我们不会向第三方提供您的个人信息。",
    "您可以发送邮件至privacy@example.com删除您的个人信息，我们将在15个工作日内答复。",
)
TEXT = "\n".join(LINES)
PAGE = "<!DOCTYPE html><html><head><meta charset=utf-8><title>隐私政策</title></head><body>{}</body></html>"
HTML = PAGE.format("".join(f"<p>{line}</p>" for line in LINES))


def archive(**members: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return written.getvalue()


def word(body: str, head: str = "") -> bytes:
    start = f'<?xml version="1.0"?>{head}<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
    return archive(word__document_xml=f"{start}{body}</w:body></w:document>".encode())


def written(text: str) -> str:
    return "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in text.splitlines())


def laughs(entity: str) -> bytes:
    names = "".join(f'<!ENTITY l{number} "{f"&l{number - 1};" * 10}">' for number in range(1, 12))
    return word(
        written(TEXT) + f"<w:p><w:r><w:t>&{entity};</w:t></w:r></w:p>", f"<!DOCTYPE x [<!ENTITY l0 SYSTEM 'file:///etc/passwd'>{names}]>"
    )


ENGLISH = (
    "Example Privacy Policy",
    "We collect your phone number to create your account.",
    "We collect your precise location to navigate.",
    "We do not share your personal information without your consent.",
)


@cache
def pdf(*lines: str, trailer: str = "") -> bytes:
    drawn = "BT /F 12 Tf 14 TL 40 760 Td " + "".join(f"({line}) Tj T* " for line in lines) + "ET"
    objects = (
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/Contents 4 0 R/MediaBox[0 0 600 800]/Resources<</Font<</F 5 0 R>>>>>>",
        f"<</Length {len(drawn)}>>stream\n{drawn}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    body = "".join(f"{number} 0 obj\n{each}\nendobj\n" for number, each in enumerate(objects, 1))
    return f"%PDF-1.4\n{body}trailer<</Size 6/Root 1 0 R{trailer}>>\n%%EOF".encode()


LOCKED = f"/ID[<{'00' * 16}><{'00' * 16}>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<{'11' * 32}>/U<{'22' * 32}>>>"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)

REFUSED: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "an image by another name": ("policy.html", lambda: PNG, "an image, whose words are not read"),
    "a Word document without its text": ("policy.docx", lambda: archive(word__styles_xml=b"<x/>"), "policy.docx"),
    "a zip of something else": ("policy.html", lambda: archive(classes_xml=b"<x/>"), "policy.html"),
    "a locked PDF": ("policy.pdf", lambda: pdf(*ENGLISH, trailer=LOCKED), "password"),
    "the head of a PDF": ("policy.pdf", lambda: pdf(*ENGLISH)[:9], "damaged"),
    "nothing": ("policy.txt", lambda: b"", "empty"),
    "noise": ("policy.txt", lambda: random.Random(5).randbytes(50_000), "policy.txt"),
}

UNREAD: dict[str, tuple[str, Callable[[], bytes], str, str]] = {
    "nested tables": ("p.html", lambda: HTML.encode() + b"<table><tr><td>" * 700_000, "partial", "Too many tags"),
    "an endless line": ("p.txt", f"{TEXT}\n{'我们收集' * 800_000}".encode, "partial", "2000000"),
    "more lines than are read": ("p.txt", lambda: f"{TEXT}\n".encode() + "再一行\n\n".encode() * 10_001, "partial", "only a part"),
    "text with halves of letters": ("p.txt", lambda: TEXT.encode() * 9 + b"\xe6\x88" * 40, "partial", "could not be decoded"),
    "a Word document that inflates": ("p.docx", lambda: word(written(f"{TEXT}\n{'我' * 30_000_000}")), "partial", "word/document.xml"),
    "a PDF without text": ("p.pdf", pdf, "failed", "no text"),
    "an empty page": ("p.html", lambda: PAGE.format("").encode(), "failed", "holds no text"),
    "a page that checks for robots": (
        "p.html",
        lambda: PAGE.format("<p>请完成安全验证</p><p>拖动滑块完成拼图</p>").replace("隐私政策", "安全验证").encode(),
        "failed",
        "verif",
    ),
    "a page in another language": (
        "p.txt",
        ("Политика конфиденциальности. Мы собираем данные. " * 40).encode,
        "failed",
        "neither",
    ),
}

READ: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a letter that was cut": ("p.txt", lambda: f"{TEXT}我".encode()[:-1]),
    "GBK that says it is UTF-8": ("p.html", lambda: HTML.encode("gbk")),
    "UTF-16 without a mark": ("p.txt", lambda: TEXT.encode("utf-16-le")),
    "zeros between the lines": ("p.txt", lambda: TEXT.replace("\n", "\n\0\0").encode()),
    "entities that multiply": ("p.docx", lambda: laughs("l11")),
    "an entity that reads a file": ("p.docx", lambda: laughs("l0")),
    "a page in Word's clothes": ("p.docx", HTML.encode),
}


def run(*arguments: object, seed: str = "0") -> subprocess.CompletedProcess[bytes]:
    environment = {name: value for name, value in os.environ.items() if name != "MINGJIAN_DEBUG"}
    environment |= {"MINGJIAN_LANG": "en", "PYTHONHASHSEED": seed}
    command = [sys.executable, "-m", "mingjian.cli", *map(str, arguments)]
    ended = subprocess.run(command, capture_output=True, env=environment, check=False)
    complaint = ended.stderr.decode()
    assert ended.returncode in (0, 1, 2, 3, 64, 65), complaint
    assert "Traceback" not in complaint
    assert complaint.count("\n") == (ended.returncode in (64, 65)), complaint
    return ended


def policy(*paths: Path) -> dict[str, Any]:
    ended = run("policy", *paths, "--format", "json")
    assert ended.returncode < 64, ended.stderr.decode()
    told: dict[str, Any] = json.loads(ended.stdout)
    return told


def refused(*arguments: object) -> str:
    ended = run(*arguments)
    assert ended.returncode == 65
    assert not ended.stdout
    return ended.stderr.decode()


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_is_no_policy_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    file, content, words = REFUSED[name]
    (tmp_path / file).write_bytes(content())
    assert words in refused("policy", tmp_path / file)


@pytest.mark.parametrize("name", sorted(UNREAD))
def test_what_was_not_read_is_told(tmp_path: Path, name: str) -> None:
    file, content, status, words = UNREAD[name]
    (tmp_path / file).write_bytes(content())
    (row,) = policy(tmp_path / file)["coverage"]
    assert row["status"] == status
    assert words in row["reason"]["en"]


@pytest.mark.parametrize("name", sorted(READ))
def test_what_can_be_read_is_read_whole(tmp_path: Path, name: str) -> None:
    file, content = READ[name]
    (tmp_path / file).write_bytes(content())
    told = policy(tmp_path / file)
    assert [row["status"] for row in told["coverage"]] == ["complete"]
    said = {(each["action"], each.get("data")) for each in told["statements"]}
    assert {("collect", "basic.phone_number"), ("answer.rights", None)} <= said
    assert "root:" not in json.dumps(told)
    assert "lol" not in json.dumps(told)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.8, 0.95])
def test_a_pdf_that_stops_is_refused_or_read_or_told(tmp_path: Path, share: float) -> None:
    whole = pdf(*ENGLISH)
    (tmp_path / "p.pdf").write_bytes(whole[: int(share * len(whole))])
    ended = run("policy", tmp_path / "p.pdf", "--format", "json")
    if ended.returncode != 65:
        told = json.loads(ended.stdout)
        everything = any(each.get("data", "").startswith("location") for each in told["statements"])
        assert everything or told["coverage"][0]["status"] in ("partial", "failed")


def test_an_app_is_no_policy_and_a_policy_no_app(tmp_path: Path) -> None:
    app = build(APPS / "kuaichi", tmp_path / "app.apk").path
    page = tmp_path / "p.html"
    page.write_text(HTML, encoding="utf-8")
    assert "app.apk" in refused("policy", app)
    assert "app.apk" in refused("scan", app, "--policy", app)
    assert "p.html" in refused("scan", page, "--policy", page)
    page.write_text(PAGE.format("<script src=a.js></script>"), encoding="utf-8")
    rows = json.loads(run("scan", app, "--policy", page, "--format", "json").stdout)["coverage"]
    assert [row["status"] for row in rows if row["channel"] == "policy"] == ["failed"]
    assert "Scripts build" in next(row["reason"]["en"] for row in rows if row["channel"] == "policy")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    loop, pipe, empty, many = (tmp_path / name for name in ("loop", "pipe", "empty", "many"))
    loop.symlink_to(loop)
    os.mkfifo(pipe)
    empty.mkdir()
    many.mkdir()
    for number in range(100):
        (many / f"{number}.txt").write_text(TEXT, encoding="utf-8")
    for path in (loop, pipe, empty, many):
        assert path.name in refused("policy", path)
    assert "pipe" in refused("diff", pipe, pipe)
    app = build(APPS / "kuaichi", tmp_path / "app.apk").path
    assert "pipe" in refused("scan", app, "--policy", pipe)


def test_a_folder_is_one_policy(tmp_path: Path) -> None:
    for number, part in enumerate((TEXT, "第三方SDK清单\nSDK名称：微信SDK\n收集信息：设备型号\n使用目的：登录")):
        (tmp_path / f"{number}.txt").write_text(part, encoding="utf-8")
    told = policy(tmp_path)
    assert len(told["documents"]) == 2
    assert told["coverage"][0]["status"] == "complete"


def test_the_order_of_hashes_decides_nothing(tmp_path: Path) -> None:
    chance = random.Random(11)
    texts = (
        *LINES,
        *ENGLISH,
        "微信SDK",
        "Foo SDK by Bar Inc.",
        "设备信息（型号、IMEI等）",
        "使用目的",
        "SDK名称",
        "（未闭合",
        "“",
        "向高德地图共享位置",
        "，",
    )
    rows = "".join(f"<tr>{''.join(f'<td>{chance.choice(texts)}</td>' for _ in range(4))}</tr>" for _ in range(40))
    lines = "".join(f"<p>{''.join(chance.choices(texts, k=3))}</p>" for _ in range(150))
    page = tmp_path / "p.html"
    page.write_text(PAGE.format(f"<h1>隐私政策</h1>{lines}<table>{rows}</table>{lines}"), encoding="utf-8", errors="replace")
    first, second = (run("policy", page, "--format", "json", seed=seed).stdout for seed in ("1", "4242"))
    assert first == second
    assert json.loads(first)["statements"]


def test_versions_that_nobody_can_read_are_compared(tmp_path: Path) -> None:
    old, new = tmp_path / "old.html", tmp_path / "new.html"
    old.write_text(HTML, encoding="utf-8")
    new.write_bytes(HTML.encode() + b"<div>" * 300_000 + "我们收集您的通讯录，用于推荐好友。".encode())
    run("diff", old, new)
    assert "loop" in refused("diff", old, tmp_path / "loop")
