"""A PDF with a text layer: lines joined into paragraphs, tables, links; what runs along the edge of every page is dropped."""

import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import Any

import pypdfium2.raw as pdfium

from mingjian.inputs.documents.grids import settled
from mingjian.inputs.documents.passages import Flow, Grid, GridCell, Loss, Passage, is_wide
from mingjian.inputs.documents.pdf_page import Glyph, Page, page_of
from mingjian.inputs.documents.pdf_tables import RuledTable, ruled_tables
from mingjian.inputs.documents.unreadable import UnreadableError

MOST_PAGES = 500
_PASSWORD = 4
"""What the library answers for a file that needs a password."""
_EDGE = 0.1
"""Share of a page's height in which lines that every page repeats are sought."""
_MOST_ROWS = 400
"""Lines of one table without ruled lines."""
_FEW = 8
"""Characters up to which a page with an image is an image."""
_JOINS = "./-_=&?%:@"
"""Signs after which an address goes on in the next line."""
_DIGITS = re.compile(r"\d+")
_NUMBER = re.compile(r"[-–—\s]*\d{1,4}(?:\s*/\s*\d{1,4})?[-–—\s]*")
_ENDED = re.compile(r"[。！？；.!?;][”’」』)）\s]*$")


@dataclass(slots=True)
class _Line:
    """What is printed on one line: pieces that stand apart, from left to right."""

    page: int
    pieces: list[list[Glyph]] = field(default_factory=list)

    @property
    def glyphs(self) -> Iterator[Glyph]:
        return (glyph for piece in self.pieces for glyph in piece)

    @property
    def text(self) -> str:
        return " ".join("".join(glyph.text for glyph in piece) for piece in self.pieces).strip()

    @property
    def left(self) -> float:
        return self.pieces[0][0].left

    @property
    def right(self) -> float:
        return self.pieces[-1][-1].right

    @property
    def size(self) -> float:
        return max(glyph.size for glyph in self.glyphs)

    @property
    def font(self) -> float:
        return self.pieces[0][0].font

    @property
    def bottom(self) -> float:
        return self.pieces[0][0].base


@dataclass(slots=True)
class _Sheet:
    """A page taken apart: lines and tables in the order of reading."""

    number: int
    page: Page
    parts: list[_Line | RuledTable]

    @property
    def lines(self) -> list[_Line]:
        return [part for part in self.parts if isinstance(part, _Line)]


def read(data: bytes, seconds: float, begins: Sequence[str]) -> tuple[Flow, list[Loss], dict[str, int | str]]:
    """The text of the pages in order, what was lost, and how many `images` there are. Stops in time, with what was read till then.
    `begins` are expressions for lines that begin a paragraph of their own. Raises `UnreadableError`."""
    document = pdfium.FPDF_LoadMemDocument64(data, len(data), None)
    if not document:
        raise UnreadableError("input.policy_locked" if pdfium.FPDF_GetLastError() == _PASSWORD else "input.policy_damaged")
    sheets, lost = _sheets(document, time.process_time() + seconds * 0.6)
    _drop_running(sheets)
    writer = _Writer(re.compile("|".join(begins)))
    for sheet in sheets:
        writer.write(sheet)
    return settled(writer.flow), lost, {"images": sum(sheet.page.images for sheet in sheets)}


def _sheets(document: Any, until: float) -> tuple[list[_Sheet], list[Loss]]:
    sheets: list[_Sheet] = []
    images: list[int] = []
    damaged: list[int] = []
    lost: list[Loss] = []
    count = pdfium.FPDF_GetPageCount(document)
    for number in range(count):
        if number >= MOST_PAGES or time.process_time() > until:
            lost.append(Loss("coverage.policy.pages_cut", {"read": number, "count": count}))
            break
        page = page_of(document, number)
        if page is None or not page.whole:
            damaged.append(number + 1)
        if page is None:
            continue
        if page.images and sum(not glyph.text.isspace() for glyph in page.glyphs) <= _FEW:
            images.append(number + 1)
        sheets.append(_Sheet(number + 1, page, _parts(page, number + 1)))
    for key, pages in (("image_pages", images), ("pages_unreadable", damaged)):
        if pages:
            lost.append(Loss(f"coverage.policy.{key}", {"pages": _ranges(pages)}))
    return sheets, lost


def _ranges(pages: list[int]) -> str:
    """1, 2, 3, 7 as 1-3, 7."""
    spans: list[list[int]] = []
    for page in pages:
        if spans and spans[-1][1] == page - 1:
            spans[-1][1] = page
        else:
            spans.append([page, page])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)


def _parts(page: Page, number: int) -> list[_Line | RuledTable]:
    """Lines and tables in the order in which the page prints them; a table stands where its first character does."""
    tables = ruled_tables(page)
    parts: list[_Line | RuledTable] = []
    placed: set[int] = set()
    line: _Line | None = None
    last: Glyph | None = None
    for glyph in page.glyphs:
        table = next((table for table in tables if (box := table.box_at(glyph)) is not None), None)
        if table is not None:
            box = table.box_at(glyph)
            assert box is not None
            box.glyphs.append(glyph)
            if id(table) not in placed:
                placed.add(id(table))
                parts.append(table)
            line = None
            continue
        if line is None or last is None or not _same_line(last, glyph):
            if glyph.text.isspace():
                continue
            line = _Line(number, [[glyph]])
            parts.append(line)
        elif glyph.left - last.right > 1.5 * max(glyph.size, 1):
            line.pieces.append([glyph])
        else:
            line.pieces[-1].append(glyph)
        if not glyph.text.isspace():
            last = glyph
    return _downwards(parts)


def _same_line(last: Glyph, glyph: Glyph) -> bool:
    overlap = min(last.top, glyph.top) - max(last.bottom, glyph.bottom)
    return overlap > 0.4 * min(last.size, glyph.size) and glyph.left > last.left - last.size


def _downwards(parts: list[_Line | RuledTable]) -> list[_Line | RuledTable]:
    """The parts as printed, or from the top down if the order of printing jumps about."""
    heights = [part.bottom if isinstance(part, _Line) else part.ys[0] for part in parts]
    jumps = sum(after > before + 1 for before, after in pairwise(heights))
    if jumps * 4 <= len(parts):
        return parts
    return [part for _, part in sorted(zip(heights, parts, strict=True), key=lambda pair: -pair[0])]


def _drop_running(sheets: list[_Sheet]) -> None:
    """Removes what the pages repeat at their edges, but for the number of the page."""
    seen: Counter[str] = Counter()
    for sheet in sheets:
        seen.update({_DIGITS.sub("#", line.text) for line in sheet.lines if _at_edge(line, sheet.page)})
    often = {text for text, count in seen.items() if count >= 3 and count * 2 >= len(sheets)}
    often |= {text for text, count in seen.items() if count == len(sheets) == 2 and "#" in text}
    for sheet in sheets:
        sheet.parts = [
            part
            for part in sheet.parts
            if not (
                isinstance(part, _Line)
                and _at_edge(part, sheet.page)
                and (_DIGITS.sub("#", part.text) in often or _NUMBER.fullmatch(part.text))
            )
        ]


def _at_edge(line: _Line, page: Page) -> bool:
    return not _EDGE * page.height < line.bottom < (1 - _EDGE) * page.height


class _Writer:
    """Joins lines into passages, across pages too."""

    def __init__(self, begins: re.Pattern[str]) -> None:
        self.flow: list[Passage | Grid] = []
        self._begins = begins
        self._last: _Line | None = None
        self._columns: list[float] = []
        self._open = False

    def write(self, sheet: _Sheet) -> None:
        """Adds the lines and tables of a page."""
        lines = sheet.lines
        right = max(sorted(line.right for line in lines)[-max(1, len(lines) // 20) :][0], 0.0) if lines else 0.0
        left = sorted(line.left for line in lines)[len(lines) // 10] if lines else 0.0
        gap = _usual_gap(lines)
        at = 0
        while at < len(sheet.parts):
            part = sheet.parts[at]
            at += 1
            if isinstance(part, RuledTable):
                self._table(part, sheet)
                continue
            columns, used = _columned(sheet.parts, at - 1)
            if used:
                last = at - 1 + used
                self.flow.append(self._aligned(sheet.parts[at - 1 : last], columns, sheet))
                at = last
                self._last = None
                continue
            joins = self._last is not None and self._goes_on(self._last, part, (left, right, gap))
            if not joins:
                self.flow.append(Passage())
            passage = self.flow[-1]
            assert isinstance(passage, Passage)
            for number, piece in enumerate(part.pieces):
                if number or joins:
                    _turn(passage, piece[0], sheet.number, line_break=not number)
                _print(passage, piece, sheet)
            self._last, self._columns = part, []

    def _goes_on(self, last: _Line, line: _Line, shape: tuple[float, float, float]) -> bool:
        left, right, gap = shape
        size = last.size
        # A sentence may end by chance where the line does, and then a paragraph may, too.
        room = 1.2 * size if _ENDED.search(last.text[-4:]) else max(2.2 * size, _first_word(line))
        if abs(last.font - line.font) > 0.15 * last.font or last.right + room < right or self._begins.match(line.text[:40]):
            return False
        if line.left - left > 0.8 * size and line.left - last.left > 0.5 * size:
            return False
        if last.page != line.page:
            return not _ENDED.search(last.text[-4:])
        return 0 < last.bottom - line.bottom <= gap * 1.35

    def _table(self, table: RuledTable, sheet: _Sheet) -> None:
        rows = [[GridCell(_cell(box.glyphs, sheet), False, box.columns, box.rows) for box in row] for row in table.rows()]
        above = self.flow[-1] if self.flow else None
        same = len(self._columns) == len(table.xs) and all(abs(a - b) < 4 for a, b in zip(self._columns, table.xs, strict=True))
        if isinstance(above, Grid) and same:
            # The same columns as at the end of the page before: the table goes on, below its head or within its last row.
            if rows and _texts(rows[0]) == _texts(above.rows[0]):
                del rows[0]
            if self._open and rows and len(rows[0]) == len(above.rows[-1]):
                for cell, rest in zip(above.rows[-1], rows.pop(0), strict=True):
                    _append(cell, rest)
            above.rows += rows
        else:
            self.flow.append(Grid(rows))
        self._last, self._columns, self._open = None, table.xs, table.open

    def _aligned(self, lines: Sequence[_Line | RuledTable], columns: list[float], sheet: _Sheet) -> Grid:
        rows: list[list[list[Glyph]]] = []
        for line in lines:
            assert isinstance(line, _Line)
            placed = [(_column(piece, columns), piece) for piece in line.pieces]
            if not rows or any(column == 0 for column, _ in placed):
                rows.append([[] for _ in columns])
            for column, piece in placed:
                rows[-1][max(0, column)] += piece
        self._columns = []
        return Grid([[GridCell(_cell(glyphs, sheet)) for glyphs in row] for row in rows])


def _first_word(line: _Line) -> float:
    """How wide the word is with which the line begins; a Chinese character is one."""
    first = line.pieces[0][0]
    end = next((glyph for glyph in line.pieces[0] if glyph.text.isspace() or is_wide(glyph.text)), line.pieces[0][-1])
    return end.right - first.left


def _texts(row: list[GridCell]) -> list[str]:
    return [cell.text.replace(" ", "") for cell in row]


def _append(cell: GridCell, rest: GridCell) -> None:
    """Joins the parts of a cell that a page break cut."""
    if not cell.content or not rest.content:
        cell.content += rest.content
        return
    passage, more = cell.content[-1], rest.content[0]
    if isinstance(passage, Passage) and isinstance(more, Passage):
        for number, run in enumerate(more.runs):
            if not number and not _unbroken(passage, run.pieces[0][0]):
                passage.pause(run.place, run.offset)
            passage.add(run.text, run.place, run.offset)


def _usual_gap(lines: list[_Line]) -> float:
    gaps = [round(above.bottom - below.bottom, 1) for above, below in pairwise(lines)]
    sizes = [line.size for line in lines]
    near = sorted(gap for gap in gaps if 0 < gap < 4 * max(sizes, default=0))
    return near[len(near) // 3] if near else 0.0


def _columned(parts: Sequence[_Line | RuledTable], at: int) -> tuple[list[float], int]:
    """The left edges of the columns that the next lines from `at` on keep to, and how many lines; none if there is no table."""
    first = parts[at]
    if not isinstance(first, _Line) or len(first.pieces) < 2:
        return [], 0
    columns = [piece[0].left for piece in first.pieces]
    rows = used = 0
    for part in islice(parts, at, at + _MOST_ROWS):
        if not isinstance(part, _Line) or any(_column(piece, columns) < 0 for piece in part.pieces):
            break
        if len(part.pieces) == 1 and _column(part.pieces[0], columns) == 0 and part.right > columns[1]:
            break
        rows += len(part.pieces) > 1
        used += 1
    while (
        used and isinstance(ending := parts[at + used - 1], _Line) and len(ending.pieces) == 1 and _column(ending.pieces[0], columns) == 0
    ):
        used -= 1
    return (columns, used) if rows >= 3 else ([], 0)


def _column(piece: list[Glyph], columns: list[float]) -> int:
    near = [number for number, left in enumerate(columns) if abs(piece[0].left - left) <= max(4.0, piece[0].size / 2)]
    return near[0] if near else -1


def _cell(glyphs: list[Glyph], sheet: _Sheet) -> list[Passage | Grid]:
    passage = Passage()
    line: list[Glyph] = []
    for glyph in glyphs:
        if line and not _same_line(line[-1], glyph):
            _print(passage, line, sheet)
            _turn(passage, glyph, sheet.number, line_break=True)
            line = []
        line.append(glyph)
    _print(passage, line, sheet)
    return [passage] if passage.length else []


def _turn(passage: Passage, glyph: Glyph, number: int, *, line_break: bool) -> None:
    """The place between two pieces: a space, unless a word was parted there or an address goes on."""
    if not (line_break and _unbroken(passage, glyph.text)):
        passage.pause(f"page:{number}#", max(0, glyph.index - 1))


def _unbroken(passage: Passage, after: str) -> bool:
    """Whether the end of a line stands for no space: beside Chinese, and within an address."""
    ending = passage.runs[-1].pieces[-1][-1] if passage.runs else ""
    return is_wide(ending) or is_wide(after) or (ending in _JOINS and after.isalnum())


def _print(passage: Passage, glyphs: list[Glyph], sheet: _Sheet) -> None:
    """Adds the characters of one line, and the links that lie over them."""
    place = f"page:{sheet.number}#"
    linked = ""
    for glyph in glyphs:
        target = _link(glyph, sheet.page)
        if target != linked:
            passage.end_link()
            if target:
                passage.begin_link(target)
            linked = target
        passage.add(glyph.text, place, glyph.index)
    passage.end_link()


def _link(glyph: Glyph, page: Page) -> str:
    x, y = (glyph.left + glyph.right) / 2, (glyph.bottom + glyph.top) / 2
    return next((target for (left, low, right, high), target in page.links if left <= x <= right and low <= y <= high), "")
