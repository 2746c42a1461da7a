"""One page of a PDF as the library gives it: characters with their boxes, ruled lines, links and images."""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pypdfium2.raw as pdfium

MOST_CHARACTERS = 60_000
"""Of one page."""
_MOST_OBJECTS = 20_000
_MOST_SEGMENTS = 600
"""Points of one path; a path of more is a drawing."""
_MOST_LINKS = 500
_THIN = 1.5
_SHORT = 4.0


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character that is printed, its index in the text of the page, its box in points, y upwards, its baseline, and the size of
    its font as the file gives it, which may be before scaling."""

    text: str
    index: int
    left: float
    bottom: float
    right: float
    top: float
    base: float
    font: float

    @property
    def size(self) -> float:
        return self.top - self.bottom


@dataclass(frozen=True, slots=True)
class Rule:
    """A ruled line: where it lies across its direction, and from where to where it goes."""

    at: float
    start: float
    end: float


@dataclass(slots=True)
class Page:
    """What a page holds; `whole` is false where it holds more than is read."""

    width: float
    height: float
    glyphs: list[Glyph] = field(default_factory=list)
    across: list[Rule] = field(default_factory=list)
    down: list[Rule] = field(default_factory=list)
    links: list[tuple[tuple[float, float, float, float], str]] = field(default_factory=list)
    images: int = 0
    whole: bool = True


def page_of(document: Any, number: int) -> Page | None:
    """The page with this number from 0 on; none when it cannot be loaded."""
    handle = pdfium.FPDF_LoadPage(document, number)
    if not handle:
        return None
    try:
        page = Page(pdfium.FPDF_GetPageWidthF(handle), pdfium.FPDF_GetPageHeightF(handle))
        _read_objects(handle, page)
        _read_glyphs(handle, page)
        _read_links(document, handle, page)
        return page
    finally:
        pdfium.FPDF_ClosePage(handle)


def _read_glyphs(handle: Any, page: Page) -> None:
    text = pdfium.FPDFText_LoadPage(handle)
    if not text:
        return
    try:
        count = pdfium.FPDFText_CountChars(text)
        page.whole &= count <= MOST_CHARACTERS
        box = pdfium.FS_RECTF()
        reference = ctypes.byref(box)
        x, y = ctypes.c_double(), ctypes.c_double()
        origin, font = pdfium.FPDFText_GetCharOrigin, pdfium.FPDFText_GetFontSize
        unicode, loose = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetLooseCharBox
        for index in range(min(count, MOST_CHARACTERS)):
            code = unicode(text, index)
            if not code or code in (0xD, 0xA) or 0xD800 <= code < 0xE000 or code > 0x10FFFF:
                continue
            if code == 0x20 and page.glyphs:
                # The library adds spaces where words stand apart; those have no box of their own.
                last = page.glyphs[-1]
                page.glyphs.append(Glyph(" ", index, last.right, last.bottom, last.right, last.top, last.base, last.font))
            elif loose(text, index, reference):
                origin(text, index, ctypes.byref(x), ctypes.byref(y))
                page.glyphs.append(Glyph(chr(code), index, box.left, box.bottom, box.right, box.top, y.value, font(text, index)))
    finally:
        pdfium.FPDFText_ClosePage(text)


def _read_objects(handle: Any, page: Page) -> None:
    count = pdfium.FPDFPage_CountObjects(handle)
    for number in range(min(count, _MOST_OBJECTS)):
        each = pdfium.FPDFPage_GetObject(handle, number)
        kind = pdfium.FPDFPageObj_GetType(each)
        if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            page.images += 1
        elif kind == pdfium.FPDF_PAGEOBJ_PATH:
            for (x, y), (to_x, to_y) in _strokes(each):
                if abs(x - to_x) < _THIN and abs(y - to_y) > _SHORT:
                    page.down.append(Rule((x + to_x) / 2, min(y, to_y), max(y, to_y)))
                elif abs(y - to_y) < _THIN and abs(x - to_x) > _SHORT:
                    page.across.append(Rule((y + to_y) / 2, min(x, to_x), max(x, to_x)))


def _strokes(path: Any) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """The straight strokes of a path, in points of the page."""
    count = pdfium.FPDFPath_CountSegments(path)
    if not 1 < count <= _MOST_SEGMENTS:
        return
    matrix = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(path, ctypes.byref(matrix)):
        return
    x, y = ctypes.c_float(), ctypes.c_float()
    start = last = (0.0, 0.0)
    for number in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(path, number)
        if not pdfium.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y)):
            continue
        point = matrix.a * x.value + matrix.c * y.value + matrix.e, matrix.b * x.value + matrix.d * y.value + matrix.f
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            start = point
        elif kind == pdfium.FPDF_SEGMENT_LINETO:
            yield last, point
        last = point
        if pdfium.FPDFPathSegment_GetClose(segment):
            yield last, start


def _read_links(document: Any, handle: Any, page: Page) -> None:
    position = ctypes.c_int(0)
    link = pdfium.FPDF_LINK()
    while len(page.links) < _MOST_LINKS and pdfium.FPDFLink_Enumerate(handle, ctypes.byref(position), ctypes.byref(link)):
        action = pdfium.FPDFLink_GetAction(link)
        if not action or pdfium.FPDFAction_GetType(action) != pdfium.PDFACTION_URI:
            continue
        size = min(2000, pdfium.FPDFAction_GetURIPath(document, action, None, 0))
        written = ctypes.create_string_buffer(size + 1)
        pdfium.FPDFAction_GetURIPath(document, action, written, size)
        area = pdfium.FS_RECTF()
        if pdfium.FPDFLink_GetAnnotRect(link, ctypes.byref(area)):
            box = min(area.left, area.right), min(area.bottom, area.top), max(area.left, area.right), max(area.bottom, area.top)
            page.links.append((box, written.value.decode("utf-8", "replace")))
