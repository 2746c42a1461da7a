"""Policies made to exhaust or to trick their reader: each ends, within its limits, with what could be read or with one clear line."""

import io
import random
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from mingjian.errors import InputError
from mingjian.inputs import policy
from mingjian.inputs.policy import MEMORY, SECONDS, open_policy
from mingjian.model.document import Document
from mingjian.model.texts import keys, say

SENTENCE = "我们会收集您的手机号码，用于注册登录。"
START = f"<!DOCTYPE html><meta charset=utf-8><p>{SENTENCE}</p>".encode()
BIG = 10 << 20

PAGES: dict[str, bytes] = {
    "ten megabytes of nested tables": b"<table><tr><td>" * (BIG // 15),
    "tables inside tables, with words": b"<table><tr><td>x" * (BIG // 16),
    "ten megabytes of tables side by side": b"<table><tr><td>x<td>y<tr><td>x<td>y</table>" * (BIG // 43),
    "nested divisions": b"<div>" * (BIG // 5),
    "end tags of nothing": b"<div>" * 150 + b"<b></div></i>" * (BIG // 13),
    "an endless line": "我们收集".encode() * (BIG // 12),
    "endless white space": b" " * BIG,
    "quotes that never close": b'<a href="' * (BIG // 9),
    "comments that never close": b"<!-- " * (BIG // 5),
    "scripts that never close": b"<script>" * (BIG // 8),
    "titles that never close": b"<title>" * (BIG // 7),
    "signs for tags": b"<" * BIG,
    "tags that never end": b"<a" * (BIG // 2),
    "signs for references": b"&" * BIG,
    "references": b"&amp;" * (BIG // 5),
    "long names of references": b"&aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" * (BIG // 33),
    "spans over everything": b"<table>" + b"<tr><td colspan=9999 rowspan=9999>x<td>y" * (BIG // 40),
    "attributes": b"<p " + b"a=b " * (BIG // 4) + b">x",
    "links": b"<p>" + b"<a href=x>y</a>" * (BIG // 15),
    "items": b"<ul><li>x" * (BIG // 9),
    "paragraphs": b"<p>x" * (BIG // 4),
}
TEXTS: dict[str, bytes] = {
    "an endless line": "我们收集".encode() * (BIG // 12),
    "endless lines": b"x\n" * (BIG // 2),
    "tabs": b"\tx" * (BIG // 2),
    "rows": b"x\ty\n" * (BIG // 4),
    "marks of Markdown": b"# x\n" + b"**[a](b *" * (BIG // 9),
    "columns of Markdown": b"# x\n|" + b"-|" * (BIG // 2) + b"\n|" + b"-|" * (BIG // 2),
    "a rule that ends otherwise": b"# x\n" + b"-" * (BIG // 2) + b"x\n" + b" " * (BIG // 2) + b"x",
}


def told(document: Document) -> list[str]:
    return [lost.en for lost in document.lost]


def outcome(path: Path, content: bytes) -> Document | str:
    """The document, or the key of the refusal, which reads in one line of either language."""
    path.write_bytes(content)
    try:
        return open_policy([path])[1][0]
    except InputError as error:
        assert error.key in keys()
        for lang in ("zh", "en"):
            assert "\n" not in say(error.key, lang, **error.values)
        return error.key


@pytest.mark.parametrize("name", sorted(PAGES))
def test_pages_keep_what_comes_first_and_tell_what_is_lost(tmp_path: Path, name: str) -> None:
    document = outcome(tmp_path / "page.html", START + PAGES[name])
    assert isinstance(document, Document)
    assert SENTENCE[:-1] in document.text[:100]
    assert len(document.text) <= 2_000_000
    silent = {
        "endless white space",
        "quotes that never close",
        "comments that never close",
        "scripts that never close",
        "tags that never end",
    }
    assert told(document) or name in silent | {"attributes", "titles that never close"}


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_texts_keep_what_fits(tmp_path: Path, name: str) -> None:
    document = outcome(tmp_path / "policy.txt", SENTENCE.encode() + b"\n" + TEXTS[name])
    assert isinstance(document, Document)
    assert document.text.startswith(SENTENCE[:-1])
    assert len(document.text) <= 2_000_000
    assert any("2000000" in line for line in told(document))


def test_bytes_of_no_encoding(tmp_path: Path) -> None:
    garbage = random.Random(2).randbytes(1 << 20)
    assert outcome(tmp_path / "random", garbage) == "input.policy_no_document"
    document = outcome(tmp_path / "broken", (SENTENCE * 200).encode() + b"\xe6\x88" * 40)
    assert isinstance(document, Document)
    assert any("could not be decoded" in line for line in told(document))


def archive(*members: tuple[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members:
            made.writestr(name, content)
    return written.getvalue()


def test_a_word_document_that_inflates_for_ever_is_cut(tmp_path: Path) -> None:
    paragraph = f"<w:p><w:r><w:t>{SENTENCE}</w:t></w:r></w:p>".encode()
    document = outcome(tmp_path / "bomb.docx", archive(("word/document.xml", b"<w:body>" + paragraph * 2_000_000)))
    assert isinstance(document, Document)
    assert document.text.startswith(SENTENCE)
    assert any("word/document.xml" in line for line in told(document))


def test_damaged_and_nested_word_documents_end(tmp_path: Path) -> None:
    sound = archive(("word/document.xml", b"<w:p><w:r><w:t>" + SENTENCE.encode() * 1000))
    damaged = outcome(tmp_path / "damaged.docx", sound[:60] + bytes(40) + sound[100:])
    assert isinstance(damaged, Document)
    assert told(damaged)
    nested = outcome(tmp_path / "nested.docx", archive(("word/document.xml", b"<w:tbl><w:tr><w:tc>" * 400_000)))
    assert isinstance(nested, Document)
    assert told(nested)
    assert outcome(tmp_path / "other.zip", archive(("../../word/document.xml", b"x"))) == "input.policy_no_document"


def test_entities_that_multiply_are_not_resolved(tmp_path: Path) -> None:
    names = "".join(f'<!ENTITY l{number} "{f"&l{number - 1};" * 10}">' for number in range(1, 12))
    dump = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{names}]><hierarchy><node text="&l11;{SENTENCE}"/></hierarchy>'
    document = outcome(tmp_path / "laughs.xml", dump.encode())
    assert isinstance(document, Document)
    assert len(document.text) < 100


def pdf(*objects: bytes) -> bytes:
    written = b"%PDF-1.4\n" + b"".join(b"%d 0 obj\n%b\nendobj\n" % (number, each) for number, each in enumerate(objects, 1))
    return written + b"trailer<</Size %d/Root 1 0 R>>\n%%%%EOF" % (len(objects) + 1)


def stream(content: bytes, settings: bytes = b"") -> bytes:
    return b"<<%b/Length %d>>stream\n%b\nendstream" % (settings, len(content), content)


PAGE = b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/MediaBox[0 0 600 800]/Resources<</XObject<</A 5 0 R>>/Font<</F 6 0 R>>>>>>"
FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
PDFS: dict[str, Callable[[], bytes]] = {
    "pages that hold themselves": lambda: pdf(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2000000000>>"),
    "forms that draw themselves": lambda: pdf(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        PAGE,
        stream(b"/A Do " * 1000),
        stream(b"/A Do /A Do", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</A 5 0 R>>>>"),
        FONT,
    ),
    "a stream that inflates for ever": lambda: pdf(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        PAGE,
        stream(zlib.compress(b"BT /F 9 Tf 10 10 Td (abc) Tj ET " * 8_000_000, 9), b"/Filter/FlateDecode"),
        stream(b"", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]"),
        FONT,
    ),
    "noise": lambda: b"%PDF-1.7\n" + random.Random(3).randbytes(1 << 20),
    "a length that refers to itself": lambda: pdf(
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", PAGE, b"<</Length 4 0 R>>stream\nx\nendstream"
    ),
}


@pytest.mark.parametrize("name", sorted(PDFS))
def test_pdfs_end_with_a_reason(tmp_path: Path, name: str) -> None:
    ended = outcome(tmp_path / "policy.pdf", PDFS[name]())
    if isinstance(ended, Document):
        assert told(ended)
        assert not ended.text
    else:
        assert ended in {"input.policy_damaged", "input.memory", "input.crashed", "input.timeout"}


@pytest.mark.parametrize(
    ("program", "key"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "input.crashed"),
        ("import time; time.sleep(60)", "input.timeout"),
        ("raise MemoryError", "input.memory"),
        ("print('[]')", "input.crashed"),
        ("import os; print('x' * 5_000_000)", "input.output"),
        ('print(\'{"error": "input.other"}\')', "input.crashed"),
        ('print(\'{"document": {"text": "x", "blocks": [["paragraph", 0, 9, 0]]}, "about": {}}\')', "input.crashed"),
    ],
)
def test_a_child_that_was_taken_over_harms_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, key: str) -> None:
    monkeypatch.setattr(policy, "_START", program)
    monkeypatch.setattr(policy, "SECONDS", 2.0)
    monkeypatch.setattr(policy, "_MOST_ANSWER", 1_000_000)
    assert outcome(tmp_path / "policy.txt", SENTENCE.encode()) == key


def test_the_limits_are_those_that_are_promised() -> None:
    assert SECONDS < 20
    assert MEMORY < 1 << 30
