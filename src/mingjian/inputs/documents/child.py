"""The process that reads one document: loads what its format needs, confines itself, parses, answers and ends.

Request: a line of JSON (`name`, `memory`, `seconds`, `layout`, `library`: the folder of the PDF library), then the bytes of the file.
Response: JSON (`format`, `confinement`, `document` as `Draft.plain` gives it, `about` the page) or (`error`)."""

import json
import re
import sys
from collections.abc import Callable
from typing import Any

from mingjian.inputs.documents import encodings
from mingjian.inputs.documents.passages import Draft, Flow, Loss
from mingjian.inputs.documents.unreadable import UnreadableError
from mingjian.native.confined import confine

_HEAD = 65_536
_TAG = re.compile(r"</?(?:p|div|br|span|li|ul|ol|h[1-6]|table|tr|td|section|article|a|b|strong|font)(?:\s[^<>]{0,400})?/?>", re.IGNORECASE)
_PAGE = re.compile(
    r"(?:<!--.{0,2000}?-->|<\?xml[^>]{0,200}>|\s++){0,20}+<(?:!doctype\s+html|html|head|body|meta)\b", re.IGNORECASE | re.DOTALL
)
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_IMAGES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"RIFF", b"II*\0", b"MM\0*")
_ARCHIVES = (b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"BZh", b"\xfd7zXZ")
_FEW_BAD = 2
_MOST_SAMPLE = 1_000_000
_MOST_GARBAGE = 0.1
"""Share of characters that no text has, over which a file is none."""

Read = tuple[Flow, list[Loss], dict[str, int | str]]


def main() -> None:
    """Reads one request from standard input and writes one response to standard output."""
    request = json.loads(sys.stdin.buffer.readline())
    data = sys.stdin.buffer.read()
    try:
        read = _reader(data, request)
        confinement = confine(request["memory"], request["seconds"])
        flow, lost, about = read()
        draft = Draft()
        draft.write(flow)
        draft.lost = [*lost, *draft.lost]
        answer: dict[str, Any] = {"confinement": confinement, "document": draft.plain(), "about": about}
    except UnreadableError as error:
        answer = {"error": error.key}
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace"))
    sys.stdout.buffer.flush()


def _reader(data: bytes, request: dict[str, Any]) -> Callable[[], Read]:
    """The reader for the format that the content has, with everything that it needs loaded. Raises `UnreadableError`."""
    layout = request["layout"]
    if b"%PDF-" in data[:1024]:
        if not request["library"]:
            raise UnreadableError("input.policy_no_pdf_library")
        sys.path.append(request["library"])
        from mingjian.inputs.documents import pdf  # noqa: PLC0415 - each format loads what it needs, and no other

        return lambda: pdf.read(data, request["seconds"], layout["begins"])
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        from mingjian.inputs.documents import docx  # noqa: PLC0415

        return lambda: docx.read(data)
    if data.startswith(_OLD_OFFICE) or data.startswith(b"{\\rtf"):
        raise UnreadableError("input.policy_old_word")
    if data.startswith(_IMAGES):
        raise UnreadableError("input.policy_image")
    if data.startswith(_ARCHIVES):
        raise UnreadableError("input.policy_no_document")
    encodings.prepare()
    from mingjian.inputs.documents import html, mhtml, plain, screen  # noqa: PLC0415

    def read() -> Read:
        if mhtml.is_mhtml(data):
            inner, address = mhtml.page(data)
            text, bad = encodings.decoded(inner)
            flow, more, about = html.read(text, layout, f"entry:{address}#")
            return flow, _badly(bad) + more, about
        text, bad = encodings.decoded(data)
        sample = text[:_MOST_SAMPLE]
        strange = sum(map(len, re.findall(r"[\x00-\x08\x0e-\x1f\ufffd\ue000-\uf8ff]+", sample)))
        if not text.strip() or strange > _MOST_GARBAGE * len(sample):
            raise UnreadableError("input.policy_no_document")
        lost = _badly(bad)
        head = text[:_HEAD]
        if "<hierarchy" in head[:2000]:
            flow, more = screen.read(text)
            return flow, lost + more, {}
        if _PAGE.match(head) or len(_TAG.findall(head)) >= 3:
            flow, more, about = html.read(text, layout)
            return flow, lost + more, about
        flow, more = plain.read(text, layout["begins"])
        return flow, lost + more, {}

    return read


def _badly(count: int) -> list[Loss]:
    return [Loss("coverage.policy.broken_encoding", {"count": count})] if count > _FEW_BAD else []
