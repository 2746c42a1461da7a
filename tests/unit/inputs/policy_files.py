"""Files of policies as the tests write them, and what the reader makes of them."""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

from mingjian.inputs.policy import open_policy
from mingjian.model.document import Document, Table


def opened(folder: Path, content: bytes | str, name: str = "policy") -> Document:
    """The one document that a file with this content becomes."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    _, (document,) = open_policy([path])
    return document


def page(body: str, head: str = "") -> str:
    return f"<!DOCTYPE html><html><head><meta charset=utf-8>{head}</head><body>{body}</body></html>"


def blocks(document: Document) -> list[tuple[str, int, str]]:
    """Kind, level and words of every block."""
    return [(block.kind, block.level, document.text[block.start : block.end]) for block in document.blocks]


def words(document: Document) -> list[str]:
    return [text for _, _, text in blocks(document)]


def rows(document: Document, table: Table) -> list[list[str]]:
    return [[document.text[cell.start : cell.end] for cell in row] for row in table.rows]


def docx(body: str, parts: dict[str, str] | None = None) -> bytes:
    """A Word document whose main part has this body; `parts` are further members."""
    namespace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    main = f'<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="{namespace}"><w:body>{body}</w:body></w:document>'
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {"word/document.xml": main, **(parts or {})}.items():
            archive.writestr(name, content)
    return written.getvalue()


def pdf(objects: Sequence[bytes]) -> bytes:
    """A PDF of these objects, numbered from 1 on; the first is the catalogue."""
    written = b"%PDF-1.7\n"
    places = []
    for number, each in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%b\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = len(written)
    return written + b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        len(objects) + 1,
        table,
        len(objects) + 1,
        end,
    )


def stream(content: bytes, settings: bytes = b"") -> bytes:
    return b"<<%b/Length %d>>stream\n%b\nendstream" % (settings, len(content), content)


def pdf_pages(contents: Sequence[bytes], resources: bytes = b"/Font<</F 3 0 R>>", more: Sequence[bytes] = ()) -> bytes:
    """A PDF with a page of 600 by 800 points for each content; the font F is Helvetica. `more` are objects after those of the pages."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * number) for number in range(len(contents)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%b]/Count %d>>" % (kids, len(contents)),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    for number, content in enumerate(contents):
        settings = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<<%b>>/Contents %d 0 R>>"
        objects += [settings % (resources, 5 + 2 * number), stream(content)]
    return pdf([*objects, *more])


def line(x: int, y: int, words: str, size: int = 10) -> bytes:
    """A line of text on a page of a PDF."""
    return b"BT /F %d Tf %d %d Td (%b) Tj ET\n" % (size, x, y, words.encode("latin-1"))


def box(left: int, bottom: int, right: int, top: int) -> bytes:
    """A ruled rectangle."""
    return b"%d %d %d %d re S\n" % (left, bottom, right - left, top - bottom)
