"""A document taken apart: its sections, and its sentences with what introduces them."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from mingjian.model.document import Block, Cell, Document, Table
from mingjian.nlp.headings import Line, Role, line_of, roles
from mingjian.nlp.language import lang, script, simplified
from mingjian.nlp.numbering import mark, shapes
from mingjian.nlp.reading import Lang, Outline, Section, Sentence, SentenceKind
from mingjian.nlp.sentences import cut


def outline(document: Document) -> Outline:
    """The sections and sentences of a document. Entries of a table of contents are sentences of the kind `heading` that open no section.
    The cells of a table are no sentences, but for a table that only lays out prose; its cells count on from the blocks."""
    text = simplified(document.text)
    lines = list(_lines(document, text))
    given = roles(lines)
    whole_lang = lang(text)
    sections, home = _sections(lines, given, len(text))
    tables = [table.start for table in document.tables if not _lays_out_prose(table, text)]
    sentences = _sentences(text, (lines, given, home), tables, whole_lang)
    return Outline(document, text, whole_lang, script(document.text), sections, sentences)


def _lines(document: Document, text: str) -> Iterator[Line]:
    blocks = [*document.blocks]
    order = [(block.start, number, block) for number, block in enumerate(blocks)]
    prose = [cell for table in document.tables if _lays_out_prose(table, text) for cell in _cells(table)]
    order += [(cell.start, len(blocks) + number, Block("paragraph", cell.start, cell.end)) for number, cell in enumerate(prose)]
    for _, number, block in sorted(order, key=lambda row: row[:2]):
        for place in _places(text, block):
            yield line_of(text, place, number, block.kind, block.level)


def _cells(table: Table) -> tuple[Cell, ...]:
    """The cells of a table, each once."""
    return tuple({(cell.start, cell.end): cell for row in table.rows for cell in row}.values())


def _lays_out_prose(table: Table, text: str) -> bool:
    """Whether a table is one of layout: it has one column, or one row that holds whole paragraphs."""
    if any(cell.header for row in table.rows for cell in row):
        return False
    rows = [{(cell.start, cell.end) for cell in row if text[cell.start : cell.end].strip()} for row in table.rows]
    if all(len(row) <= 1 for row in rows):
        return True
    return len(rows) == 1 and any(len(_FULL_STOP.findall(text, start, end)) >= _PARAGRAPH for start, end in rows[0])


def _places(text: str, block: Block) -> Iterator[tuple[int, int]]:
    """The lines of a block, without blank ones and surrounding spaces; a line that was only wrapped goes on in the next."""
    ends = [match.start() for match in _BREAK.finditer(text, block.start, block.end)] if block.kind != "heading" else []
    widest = max((end - start for start, end in zip([block.start, *ends], [*ends, block.end], strict=True)), default=0)
    start = block.start
    previous = block.start
    for end in [*ends, block.end]:
        if end < block.end and _wrapped(text, previous, end, block.end, widest):
            previous = end
            continue
        piece = text[start:end]
        if piece.strip():
            yield start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
        start = previous = end


def _wrapped(text: str, start: int, end: int, limit: int, widest: int) -> bool:
    """Whether the line that ends at `end` goes on below: it is full, ends no sentence, and no number or bullet stands below it."""
    line = text[start:end].strip()
    if len(line) < _FULL_LINE or len(line) < 0.75 * widest or line[-1] in "。！？；：.!?;:":
        return False
    below = _NEXT.search(text, end, min(limit, end + 40))
    return below is not None and mark(text, below.start(), limit) is None


def _sections(lines: Sequence[Line], given: Sequence[Role], length: int) -> tuple[tuple[Section, ...], list[int]]:
    """The sections, and of each line the section it stands in."""
    sections = [Section("", 0, length, 0, None)]
    path = [0]
    home: list[int] = []
    for line, role in zip(lines, given, strict=True):
        if role.depth:
            while sections[path[-1]].level >= role.depth:
                sections[path[-1]] = replace(sections[path[-1]], end=line.start)
                path.pop()
            sections.append(Section(line.text, line.start, length, role.depth, path[-1]))
            path.append(len(sections) - 1)
        home.append(path[-1])
    return tuple(sections), home


@dataclass(slots=True)
class _List:
    """A list that a sentence introduced: how the introducing line and the items look, which looks came up inside items, and whether the
    last line announced another one."""

    lead: int
    beside: str
    looks: str | None = None
    inner: set[str] = field(default_factory=set)
    open: bool = True

    def takes(self, line: Line) -> bool:
        """Whether the line belongs to the list; the first after its introduction does unless it stands beside that."""
        looks = _looks(line)
        if looks and looks == self.beside:
            return False
        if self.looks is None:
            self.looks = looks
        elif not looks:
            return not self.looks and (self.open or (len(line.text) <= shapes()["short_item_characters"] and line.text[-1] not in "。.！!"))
        elif looks != self.looks and looks not in self.inner:
            # Another look is a list inside an item, where it begins one.
            if not self.looks or (line.mark is not None and line.mark.value > 1):
                return False
            self.inner.add(looks)
        return True


def _sentences(
    text: str, read: tuple[Sequence[Line], Sequence[Role], Sequence[int]], tables: Sequence[int], whole_lang: Lang
) -> tuple[Sentence, ...]:
    """The sentences of the lines, of which `read` holds the lines, their roles and their sections; `tables` is where tables begin."""
    done: list[Sentence] = []
    lists: list[_List] = []
    passed = 0
    for line, role, section in zip(*read, strict=True):
        is_heading = bool(role.depth or role.contents)
        # What was introduced is the table, not what stands below it.
        above, passed = passed, bisect_right(tables, line.start)
        if is_heading or passed > above:
            lists.clear()
        else:
            while lists and not lists[-1].takes(line):
                lists.pop()
        item = line.kind == "item" or line.mark is not None or bool(lists)
        first = len(done)
        stretches = cut(text, line.start, line.end) if not is_heading else ()
        for stretch in stretches:
            lead = lists[-1].lead if lists else None
            kind: SentenceKind = "item" if item or stretch.item else "paragraph"
            inner = _lead(done, first + stretch.lead if stretch.lead is not None else lead)
            done.append(_sentence(text, (stretch.start, stretch.end), kind, (section, line.block, inner), whole_lang))
        if is_heading:
            done.append(_sentence(text, (line.start, line.end), "heading", (section, line.block, None), whole_lang))
            continue
        if lists:
            lists[-1].open = line.text[-1] in "；;，,、"
        if _introduces(done[-1].text):
            lists.append(_List(len(done) - 1, _looks(line)))
    return tuple(done)


def _lead(done: Sequence[Sentence], lead: int | None) -> int | None:
    """What introduces an item; in lists that stand in one another deeper than anyone writes, what introduces its introduction."""
    above, depth = lead, 0
    while above is not None and depth < _DEEPEST_LIST:
        above, depth = done[above].lead, depth + 1
    return lead if lead is None or above is None else done[lead].lead


def _sentence(text: str, place: tuple[int, int], kind: SentenceKind, where: tuple[int, int, int | None], whole_lang: Lang) -> Sentence:
    words = text[place[0] : place[1]]
    section, paragraph, lead = where
    own = lang(words) if _LETTER.search(words) else whole_lang
    return Sentence(words, place[0], place[1], kind, own, section, paragraph, lead)


def _looks(line: Line) -> str:
    """What the items of one list have in common: their number's style, or the depth that the file gives them."""
    if line.numbered:
        return line.numbered
    if line.kind == "item":
        return f"item {line.level}"
    return "bullet" if line.mark else ""


def _introduces(words: str) -> bool:
    return _lead_end().search(words[-_TAIL:]) is not None


@cache
def _lead_end() -> re.Pattern[str]:
    return re.compile(shapes()["lead_end"], re.IGNORECASE)


_BREAK = re.compile(r"[\n\r\u2028\u2029]+")
_NEXT = re.compile(r"\S")
_LETTER = re.compile(r"[^\W\d_]")
_FULL_STOP = re.compile(r"[。！？]|[.!?]\s")
_PARAGRAPH = 3
_FULL_LINE = 25
_TAIL = 30
_DEEPEST_LIST = 12
