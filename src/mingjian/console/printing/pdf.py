"""A document as PDF: A4, tagged, text that can be copied, and the same bytes for the same document, fonts and version of typst."""

import json
import subprocess
import sys
import tempfile
from importlib import resources
from pathlib import Path
from typing import Any

import typst

from mingjian.console.printing.blocks import (
    Block,
    Document,
    Fields,
    Heading,
    Items,
    Note,
    Paragraph,
    Picture,
    Signature,
    Table,
    identity,
    texts,
)
from mingjian.console.printing.fonts import typeface
from mingjian.errors import InputError, MingjianError, TryAgainError
from mingjian.model.printable import printable, printable_lines
from mingjian.model.texts import say

MOST_CHARACTERS = 2_000_000
"""Of one document, which is some five hundred pages."""

SECONDS = 60
MEMORY = 4 << 30
"""Of address space, most of which is fonts that are mapped and hardly touched."""

_FOLDER = resources.files("mingjian") / "console" / "printing"
_START = "import sys; sys.path[:0] = {folders!r}; import press; press.main()"


def pdf(document: Document) -> bytes:
    """The printed document.

    Raises `MissingGlyphsError` when no font of this machine has one of its characters, `InputError` when it is too long, and
    `TryAgainError` when it is not set in time."""
    labels = _labels(document)
    characters = "".join((*map(printable_lines, texts(document)), *labels.values()))
    if len(characters) > MOST_CHARACTERS:
        raise InputError("console.printing.too_large", most=MOST_CHARACTERS)
    fonts = typeface(characters)
    form = {
        "title": printable(document.title),
        "lang": document.lang,
        "footer": printable(document.footer),
        "labels": labels,
        "serif": fonts.serif,
        "sans": fonts.sans,
        "blocks": [_form(block) for block in document.blocks],
    }
    with tempfile.TemporaryDirectory(prefix="mingjian-print-") as root:
        request = {
            "template": (_FOLDER / "document.typ").read_text(encoding="utf-8"),
            "document": json.dumps(form),
            "folders": fonts.folders,
            "root": root,
            "memory": MEMORY,
            "seconds": SECONDS,
        }
        return _run(json.dumps(request).encode(), root)


def _labels(document: Document) -> dict[str, str]:
    """Our own words around those of the document."""
    number = say("console.printing.document_number", document.lang, number=printable(document.number)) if document.number else ""
    return {
        "number": number,
        "page": say("console.printing.page", document.lang),
        "digest": say("console.printing.digest", document.lang, digest=identity(document)),
        "item": say("console.printing.item", document.lang),
        "content": say("console.printing.content", document.lang),
    }


def _form(block: Block) -> dict[str, Any]:
    """What the typst template reads; every text safe to show."""
    match block:
        case Heading():
            return {"kind": "heading", "text": printable(block.text), "level": block.level}
        case Paragraph():
            return {"kind": "paragraph", "text": printable_lines(block.text), "flush": block.flush}
        case Note():
            return {"kind": "note", "text": printable_lines(block.text)}
        case Items():
            return {"kind": "items", "items": [printable_lines(item) for item in block.items], "numbered": block.numbered}
        case Fields():
            return {"kind": "fields", "rows": [[printable_lines(cell) for cell in row] for row in block.rows]}
        case Table():
            return {
                "kind": "table",
                "caption": printable_lines(block.caption),
                "columns": [printable(name) for name in block.columns],
                "rows": [[printable_lines(cell) for cell in row] for row in block.rows],
                "widths": block.widths or [1] * len(block.columns),
            }
        case Picture():
            return {"kind": "picture", "svg": block.svg.decode(), "caption": printable_lines(block.caption), "table": _form(block.table)}
        case Signature():
            return {"kind": "signature", "lines": [printable(line) for line in (block.body, block.place, block.date) if line]}


def _run(request: bytes, root: str) -> bytes:
    # -I and -S: neither the environment nor the working folder can bring in other code than the typesetter and `press`.
    folders = [str(Path(typst.__file__).parents[1]), str(Path(__file__).parent)]
    command = [sys.executable, "-I", "-S", "-c", _START.format(folders=folders)]
    try:
        ended = subprocess.run(command, input=request, capture_output=True, timeout=SECONDS, check=False, cwd=root, env={})  # noqa: S603  ours
    except subprocess.TimeoutExpired as error:
        raise TryAgainError("console.printing.late", seconds=SECONDS) from error
    if ended.returncode or not ended.stdout:
        complaint = ended.stderr.decode(errors="replace").strip().splitlines()
        raise MingjianError("console.printing.failed", why=printable(complaint[0] if complaint else str(ended.returncode)))
    return ended.stdout
