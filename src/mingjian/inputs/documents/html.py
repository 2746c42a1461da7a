"""A saved web page: its main text as passages and grids."""

import re
from collections.abc import Mapping, Sequence

from mingjian.inputs.documents.grids import settled
from mingjian.inputs.documents.main_text import NEVER, MainText
from mingjian.inputs.documents.markup import BLOCK, Element, Markup
from mingjian.inputs.documents.passages import MOST_CHARACTERS, MOST_ORIGINS, MOST_PARTS, Flow, Grid, GridCell, Loss, Passage

_LONGEST_HEADING = 120
_LISTS = frozenset({"ul", "ol", "menu", "dir"})
_ROLES = {
    "table": "table",
    "grid": "table",
    "row": "tr",
    "rowgroup": "tbody",
    "cell": "td",
    "gridcell": "td",
    "columnheader": "th",
    "rowheader": "th",
    "listitem": "li",
}
_SHOWN_AS_BLOCK = re.compile(r"display\s{0,9}:\s{0,9}(?:block|flex|grid|list-item)", re.IGNORECASE)
_HEADING = re.compile(r"h([1-6])")


def read(source: str, marks: Mapping[str, Sequence[str]], place: str = "text:") -> tuple[Flow, list[Loss], dict[str, int | str]]:
    """The main text of a page, what was lost, and what else tells what kind of page it is: `images`, `scripts`, `title`, `said`
    (the words for browsers without scripts). `place` is where the source stands in the file."""
    markup = Markup(source)
    # Nobody lays out a page with so many tags; to weigh its parts would take longer than to read them.
    left_out = MainText(markup, marks).left_out if markup.complete else frozenset()
    page = _Page(markup, left_out, place)
    reader = _Reader(page)
    reader.walk(markup.root)
    lost = [] if markup.complete else [Loss("coverage.policy.too_many_elements")]
    return settled(reader.done()), lost, page.about


class _Page:
    """What the readers of a page and of its cells share."""

    def __init__(self, markup: Markup, left_out: frozenset[int], place: str) -> None:
        self.place = place
        self.markup = markup
        self.left_out = left_out
        self.room = MOST_CHARACTERS + 1
        self.parts = MOST_PARTS + 1
        self.pieces = MOST_ORIGINS + 1
        self.about: dict[str, int | str] = {"images": 0, "scripts": 0, "title": "", "said": ""}

    def note(self, element: Element) -> None:
        """Remembers an element that shows no text but tells of what kind the page is."""
        if element.tag in ("img", "svg", "canvas", "picture"):
            self.about["images"] = int(self.about["images"]) + 1
        elif element.tag == "script":
            self.about["scripts"] = int(self.about["scripts"]) + 1
        elif element.tag == "head":
            for child in element.children:
                if isinstance(child, Element):
                    self.note(child)
        elif element.tag in ("title", "noscript"):
            key = "title" if element.tag == "title" else "said"
            reader = _Reader(_Page(self.markup, frozenset(), self.place))
            reader.walk(element)
            self.about[key] = " ".join(part.text for part in reader.done() if isinstance(part, Passage))[:300]

    def tag(self, element: Element) -> str:
        """The tag, or the one whose role the element plays."""
        if "role" in element.attributes and element.tag not in ("table", "tr", "td", "th", "li"):
            return _ROLES.get(self.markup.attribute(element, "role").lower(), element.tag)
        return element.tag

    def is_block(self, element: Element, tag: str) -> bool:
        if tag in BLOCK or "view" in tag:
            return True
        return "style" in element.attributes and _SHOWN_AS_BLOCK.search(self.markup.attribute(element, "style")) is not None


class _Reader:
    """Reads elements in order into passages and grids."""

    def __init__(self, page: _Page) -> None:
        self._page = page
        self._parts: list[Passage | Grid] = []
        self._passage: Passage | None = None
        self._kind = "paragraph"
        self._level = 0
        self._depth = 0
        self._link = ""
        self._lines = False

    def done(self) -> list[Passage | Grid]:
        self._break()
        return self._parts

    def walk(self, element: Element) -> None:
        """Reads what stands inside the element."""
        for child in element.children:
            if min(self._page.room, self._page.parts, self._page.pieces) <= 0:
                # The limits of a draft, which tells of the loss.
                return
            if isinstance(child, tuple):
                self._text(*child)
            elif id(child) in self._page.left_out:
                if child.tag in BLOCK:
                    self._break()
            elif child.tag in NEVER or child.tag in ("noscript", "title", "img"):
                self._page.note(child)
            else:
                self._enter(child, self._page.tag(child))

    def _enter(self, element: Element, tag: str) -> None:
        if tag in ("br", "hr"):
            self._break()
        elif tag == "table":
            self._table(element)
        elif tag == "a":
            self._anchor(element)
        elif not self._page.is_block(element, tag):
            self.walk(element)
        else:
            self._break()
            if heading := _HEADING.fullmatch(tag):
                self._as("heading", int(heading[1]), element)
            elif tag == "li":
                self._as("item", max(1, self._depth), element)
            elif tag in _LISTS:
                self._depth += 1
                self.walk(element)
                self._depth -= 1
            elif tag in ("pre", "listing", "plaintext") and not self._lines:
                self._lines = True
                self.walk(element)
                self._lines = False
            else:
                self.walk(element)
            self._break()

    def _as(self, kind: str, level: int, element: Element) -> None:
        outer = self._kind, self._level
        self._kind, self._level = kind, level
        self.walk(element)
        self._break()
        self._kind, self._level = outer

    def _anchor(self, element: Element) -> None:
        outer, self._link = self._link, self._page.markup.attribute(element, "href").strip()[:2000]
        if self._link and self._passage is not None:
            self._passage.begin_link(self._link)
        self.walk(element)
        if self._passage is not None:
            self._passage.end_link()
        self._link = outer

    def _text(self, start: int, end: int) -> None:
        for text, offset in self._page.markup.stretches(start, end):
            if self._page.pieces <= 0:
                return
            if self._lines and "\n" in text:
                at = offset
                for number, line in enumerate(text.split("\n")):
                    if number:
                        self._break()
                    self._add(line, at)
                    at += len(line) + 1
            else:
                self._add(text, offset)

    def _add(self, text: str, offset: int) -> None:
        if self._passage is None:
            if text.isspace() or not text:
                return
            self._passage = Passage(self._kind, self._level)
            if self._link:
                self._passage.begin_link(self._link)
        before = self._passage.length
        self._passage.add(text, self._page.place, offset)
        self._page.room -= self._passage.length - before
        self._page.pieces -= 1

    def _break(self) -> None:
        passage, self._passage = self._passage, None
        if passage is None or not passage.length:
            return
        passage.end_link()
        self._page.parts -= 1
        if passage.kind == "heading" and passage.length > _LONGEST_HEADING:
            passage.kind, passage.level = "paragraph", 0
        self._parts.append(passage)

    def _table(self, table: Element) -> None:
        self._break()
        rows: list[list[GridCell]] = []
        self._rows(table, rows, header=False)
        self._break()
        self._parts.append(Grid(rows))

    def _rows(self, element: Element, rows: list[list[GridCell]], *, header: bool) -> None:
        loose: list[GridCell] | None = None
        for child in element.children:
            if isinstance(child, tuple):
                self._text(*child)
                continue
            tag = self._page.tag(child)
            if id(child) in self._page.left_out or tag in NEVER:
                continue
            if tag in ("td", "th"):
                if loose is None:
                    loose = []
                    rows.append(loose)
                loose.append(self._cell(child, tag, header=header))
                continue
            if tag == "tr":
                loose = None
                rows.append([])
                self._cells(child, rows[-1], header=header)
            elif tag in ("caption", "br", "hr", "table"):
                self._enter(child, "div" if tag == "caption" else tag)
            else:
                self._rows(child, rows, header=header or tag == "thead")

    def _cells(self, element: Element, row: list[GridCell], *, header: bool) -> None:
        for child in element.children:
            if isinstance(child, tuple):
                self._text(*child)
                continue
            tag = self._page.tag(child)
            if id(child) in self._page.left_out or tag in NEVER:
                continue
            if tag in ("td", "th"):
                row.append(self._cell(child, tag, header=header))
            elif tag == "table":
                self._table(child)
            else:
                self._cells(child, row, header=header)

    def _cell(self, element: Element, tag: str, *, header: bool) -> GridCell:
        reader = _Reader(self._page)
        reader.walk(element)
        columns, rows = (_span(self._page.markup.attribute(element, name)) for name in ("colspan", "rowspan"))
        return GridCell(reader.done(), header or tag == "th", columns or 1, rows or 1000)


def _span(written: str) -> int:
    """How far a cell spans; 0 means to the end."""
    digits = written.strip()[:4]
    return int(digits) if digits.isdecimal() else 1
