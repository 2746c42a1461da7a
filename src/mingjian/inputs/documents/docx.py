"""A Word document: the paragraphs, lists, tables and links of its main part. Nothing is inflated beyond its limit."""

import codecs
import io
import zipfile
import zlib
from collections.abc import Mapping

from mingjian.inputs.documents.grids import settled
from mingjian.inputs.documents.markup import Element, Markup
from mingjian.inputs.documents.passages import Flow, Grid, GridCell, Loss, Passage
from mingjian.inputs.documents.unreadable import UnreadableError

MAIN = "word/document.xml"
PLACE = f"entry:{MAIN}#"
MOST_MAIN = 48 << 20
"""Bytes of the main part, inflated."""
MOST_OTHER = 4 << 20
_CHUNK = 1 << 18
_SHORT = 40
_LEVELS = frozenset("012345678")
"""Levels of outlines and lists as they are written, from 0 on; a ninth is plain text."""
# Names in archives and members are decoded with these; they cannot be loaded once the process is confined.
for _name in ("cp437", "utf-8-sig", "utf-16"):
    codecs.lookup(_name)
_UNREAD = frozenset(
    {"del", "moveFrom", "Fallback", "pPr", "rPr", "instrText", "delText", "footnoteReference", "sdtPr", "tblPr", "trPr", "tcPr"}
)


def read(data: bytes) -> tuple[Flow, list[Loss], dict[str, int | str]]:
    """The main part, what was lost, and how many `images` it has. Raises `UnreadableError`."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as error:
        raise UnreadableError("input.policy_no_document") from error
    if MAIN not in archive.namelist():
        raise UnreadableError("input.policy_no_document")
    lost: list[Loss] = []
    source, whole = _member(archive, MAIN, MOST_MAIN)
    if not whole:
        lost.append(Loss("coverage.policy.member_cut", {"member": MAIN}))
    markup = Markup(source, xml=True)
    if not markup.complete:
        lost.append(Loss("coverage.policy.too_many_elements"))
    reader = _Reader(markup, _styles(_optional(archive, "word/styles.xml")), _targets(_optional(archive, "word/_rels/document.xml.rels")))
    return settled(reader.body(markup.root)), lost, {"images": reader.images}


def _member(archive: zipfile.ZipFile, name: str, most: int) -> tuple[str, bool]:
    """The text of a member up to `most` bytes, inflated piece by piece, and whether that was all."""
    pieces: list[bytes] = []
    size = 0
    whole = True
    try:
        with archive.open(name) as member:
            while piece := member.read(_CHUNK):
                pieces.append(piece)
                size += len(piece)
                if size >= most:
                    whole = False
                    break
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError):
        whole = False
    data = b"".join(pieces)[:most]
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    return data.decode(encoding, "replace"), whole


def _optional(archive: zipfile.ZipFile, name: str) -> Markup:
    return Markup(_member(archive, name, MOST_OTHER)[0] if name in archive.namelist() else "", xml=True)


def _local(element: Element) -> str:
    return element.tag.rpartition(":")[2]


def _inner(element: Element, name: str) -> Element | None:
    return next((child for child in element.children if isinstance(child, Element) and _local(child) == name), None)


def _styles(styles: Markup) -> dict[str, tuple[str, int]]:
    """The kind and level of the paragraphs of each style, by its id: headings by name or outline level, items by numbering, and what
    is based on them."""
    found: dict[str, tuple[str, int]] = {}
    based: dict[str, str] = {}
    waiting = [styles.root]
    while waiting:
        element = waiting.pop()
        waiting += [child for child in element.children if isinstance(child, Element)]
        if _local(element) != "style":
            continue
        style = styles.attribute(element, "w:styleid")
        name, base, properties = _inner(element, "name"), _inner(element, "basedOn"), _inner(element, "pPr")
        words = styles.attribute(name, "w:val").lower() if name else ""
        outline = _inner(properties, "outlineLvl") if properties else None
        numbers = _inner(properties, "numPr") if properties else None
        if words == "title" or (words[:-1] == "heading " and words[-1] in _LEVELS):
            found[style] = "heading", 1 if words == "title" else int(words[-1])
        elif outline is not None and styles.attribute(outline, "w:val") in _LEVELS:
            found[style] = "heading", int(styles.attribute(outline, "w:val")) + 1
        elif numbers is not None:
            level = _inner(numbers, "ilvl")
            depth = styles.attribute(level, "w:val") if level else "0"
            found[style] = "item", int(depth) + 1 if depth in _LEVELS else 1
        elif base is not None:
            based[style] = styles.attribute(base, "w:val")
    for style in based:
        root, steps = style, 0
        while root in based and steps < 20:
            root, steps = based[root], steps + 1
        if root in found:
            found[style] = found[root]
    return found


def _targets(relations: Markup) -> dict[str, str]:
    found: dict[str, str] = {}
    waiting = [relations.root]
    while waiting:
        element = waiting.pop()
        waiting += [child for child in element.children if isinstance(child, Element)]
        if _local(element) == "Relationship" and relations.attribute(element, "targetmode") == "External":
            found[relations.attribute(element, "id")] = relations.attribute(element, "target")[:2000]
    return found


class _Reader:
    def __init__(self, markup: Markup, styles: Mapping[str, tuple[str, int]], targets: Mapping[str, str]) -> None:
        self.images = 0
        self._markup = markup
        self._styles = styles
        self._targets = targets

    def body(self, element: Element) -> list[Passage | Grid]:
        """The paragraphs and tables inside the element."""
        flow: list[Passage | Grid] = []
        for child in element.children:
            if not isinstance(child, Element):
                continue
            match _local(child):
                case "p":
                    flow += self._paragraph(child)
                case "tbl":
                    flow.append(self._table(child))
                case name if name not in _UNREAD:
                    flow += self.body(child)
        return flow

    def _value(self, element: Element | None, name: str) -> str | None:
        """The `w:val` of a property inside the element; empty when it has none, none where there is no such property."""
        found = _inner(element, name) if element else None
        return None if found is None else self._markup.attribute(found, "w:val")

    def _paragraph(self, element: Element) -> list[Passage | Grid]:
        properties = _inner(element, "pPr")
        style = self._value(properties, "pStyle") or ""
        outline = self._value(properties, "outlineLvl")
        numbers = _inner(properties, "numPr") if properties else None
        kind, level = self._styles.get(style, ("paragraph", 0))
        if kind != "heading" and outline in _LEVELS:
            kind, level = "heading", int(outline or 0) + 1
        if kind != "heading" and numbers is not None:
            depth = self._value(numbers, "ilvl") or "0"
            kind, level = ("paragraph", 0) if self._value(numbers, "numId") == "0" else ("item", int(depth) + 1 if depth in _LEVELS else 1)
        lines: list[Passage] = [Passage(kind, level)]
        boxes: list[Passage | Grid] = []
        plain = self._runs(element, lines, boxes, "")
        if kind == "item" and not plain and len(lines) == 1 and lines[0].length <= _SHORT:
            # A numbered line in bold is a heading that somebody made by hand; the reader of the text decides.
            lines[0].kind, lines[0].level = "paragraph", 0
        return [*(line for line in lines if line.length), *boxes]

    def _runs(self, element: Element, lines: list[Passage], boxes: list[Passage | Grid], link: str) -> bool:
        """Adds what stands in the runs below the element; whether any of it is not bold."""
        plain = False
        for child in element.children:
            if not isinstance(child, Element):
                continue
            name = _local(child)
            if name == "r":
                properties = _inner(child, "rPr")
                if self._value(properties, "vanish") not in (None, "0", "false"):
                    continue
                self._runs(child, lines, boxes, link)
                bold = self._value(properties, "b")
                plain |= (bold is None or bold in ("0", "false")) and any(
                    isinstance(each, Element) and _local(each) == "t" for each in child.children
                )
            elif name == "t":
                for stretch in child.children:
                    if isinstance(stretch, tuple):
                        for text, offset in self._markup.stretches(*stretch):
                            lines[-1].add(text, PLACE, offset)
            elif name == "tab":
                lines[-1].pause(PLACE, child.start)
            elif name in ("br", "cr"):
                lines[-1].end_link()
                lines.append(Passage(lines[-1].kind, lines[-1].level))
                if link:
                    lines[-1].begin_link(link)
            elif name == "hyperlink":
                target = self._targets.get(self._markup.attribute(child, "r:id"), "")
                if target:
                    lines[-1].begin_link(target)
                plain |= self._runs(child, lines, boxes, target)
                lines[-1].end_link()
            elif name in ("txbxContent",):
                boxes += self.body(child)
            elif name in ("blip", "imagedata"):
                self.images += 1
            elif name not in _UNREAD:
                plain |= self._runs(child, lines, boxes, link)
        return plain

    def _table(self, table: Element) -> Grid:
        rows: list[list[GridCell]] = []
        above: dict[int, GridCell] = {}
        for row in self._below(table, "tr"):
            properties = _inner(row, "trPr")
            header = self._value(properties, "tblHeader") not in (None, "0", "false")
            line: list[GridCell] = []
            column = 0
            for cell in self._below(row, "tc"):
                settings = _inner(cell, "tcPr")
                written = (self._value(settings, "gridSpan") or "1")[:3]
                span = int(written) if written.isdecimal() else 1
                merged = self._value(settings, "vMerge")
                if merged is not None and merged != "restart" and column in above:
                    above[column].rows += 1
                else:
                    line.append(GridCell(self.body(cell), header, max(1, span)))
                    above[column] = line[-1]
                column += max(1, span)
            rows.append(line)
        return Grid(rows)

    def _below(self, element: Element, name: str) -> list[Element]:
        """The elements of this name right below, looking through those that only hold (content controls, changes)."""
        found: list[Element] = []
        for child in element.children:
            if isinstance(child, Element):
                if _local(child) == name:
                    found.append(child)
                elif _local(child) in ("sdt", "sdtContent", "ins", "customXml", "smartTag"):
                    found += self._below(child, name)
        return found
