"""A document as PDF: A4, tagged (PDF/UA-1), for archives (PDF/A-2a) when it says when it was issued, text that can be copied, and the same
bytes for the same document, fonts and version of typst."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
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
    from_json,
    identity,
    numeric_columns,
    table_beside,
    texts,
    to_json,
)
from mingjian.console.printing.fonts import MissingGlyphsError, typeface
from mingjian.errors import InputError, MingjianError, TryAgainError
from mingjian.model.printable import printable, printable_lines
from mingjian.model.texts import say

MOST_CHARACTERS = 500_000
"""Of one document, which is some two hundred pages or more."""

SECONDS = 60
MEMORY = 4 << 30
"""Of address space, most of which is fonts that are mapped and hardly touched."""

_MOST_RUNNING = 40
_FOLDER = resources.files("mingjian") / "console" / "printing"
_START = "import sys; sys.path += {folders!r}; import press; press.main()"
_KEPT_ENVIRONMENT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")


def pdf(document: Document, *, spell_missing: bool = False) -> bytes:
    """The printed document. With `spell_missing`, a character that no font of this machine has is printed as its number, `[U+1F467]`.

    Raises `MissingGlyphsError` when there is such a character and it is not to be spelled, `InputError` when the document is too long, and
    `TryAgainError` when it is not set in time."""
    labels = _labels(document)
    if sum(map(len, texts(document))) > MOST_CHARACTERS:
        raise InputError("console.printing.too_large", most=MOST_CHARACTERS)
    try:
        fonts = typeface(_printed(document, labels))
    except MissingGlyphsError as error:
        if not spell_missing or any(map(str.isascii, error.characters)):
            raise
        numbers = str.maketrans({character: f"[U+{ord(character):04X}]" for character in error.characters})
        # None of them is ASCII, and so none a sign of JSON.
        document = from_json(to_json(document).decode().translate(numbers).encode())
        labels = {name: text.translate(numbers) for name, text in labels.items()}
        fonts = typeface(_printed(document, labels))
    form = {
        "title": printable(document.title),
        "lang": document.lang,
        "footer": printable(document.footer),
        "issued": [document.issued.year, document.issued.month, document.issued.day] if document.issued else None,
        "labels": labels,
        "serif": fonts.serif,
        "sans": fonts.sans,
        "blocks": [_form(block) for block in document.blocks],
    }
    with tempfile.TemporaryDirectory(prefix="mingjian-print-") as root:
        request = {
            "template": (_FOLDER / "document.typ").read_text(encoding="utf-8"),
            "document": json.dumps(form),
            "standards": ["a-2a", "ua-1"] if document.issued else ["ua-1"],
            "folders": fonts.folders,
            "root": root,
            "memory": MEMORY,
            "seconds": SECONDS,
        }
        return _run(json.dumps(request).encode(), root)


def _printed(document: Document, labels: Mapping[str, str]) -> str:
    return "".join((*map(printable_lines, texts(document)), *labels.values()))


def _labels(document: Document) -> dict[str, str]:
    """Our own words around those of the document."""
    number = say("console.printing.document_number", document.lang, number=printable(document.number)) if document.number else ""
    return {
        "title": _short(printable(document.title)),
        "number": _short(number),
        "footer": _short(printable(document.footer)),
        "page": say("console.printing.page", document.lang),
        "digest": say("console.printing.digest", document.lang, digest=identity(document)),
        "item": say("console.printing.item", document.lang),
        "content": say("console.printing.content", document.lang),
    }


def _short(line: str) -> str:
    """What fits into one line at the head or foot of each page."""
    return line if len(line) <= _MOST_RUNNING else line[: _MOST_RUNNING - 1] + "…"


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
                "numeric": numeric_columns(block),
            }
        case Picture():
            return {
                "kind": "picture",
                "svg": block.svg.decode(),
                "caption": printable_lines(block.caption),
                "table": _form(table_beside(block)),
            }
        case Signature():
            return {"kind": "signature", "lines": [printable(line) for line in (block.body, block.place, block.date) if line]}


def _run(request: bytes, root: str) -> bytes:
    # -I and -S: neither the environment nor the working folder can bring in other code than the typesetter and `press`.
    folders = [str(Path(__file__).parent), str(Path(typst.__file__).parents[1])]
    kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    command = [sys.executable, "-I", "-S", "-c", _START.format(folders=folders)]
    try:
        ended = subprocess.run(command, input=request, capture_output=True, timeout=SECONDS, check=False, cwd=root, env=kept)  # noqa: S603  ours
    except subprocess.TimeoutExpired as error:
        raise TryAgainError("console.printing.late", seconds=SECONDS) from error
    if ended.returncode or not ended.stdout:
        complaint = ended.stderr.decode(errors="replace").strip().splitlines()
        raise MingjianError("console.printing.failed", why=printable(complaint[-1] if complaint else str(ended.returncode)))
    return ended.stdout
