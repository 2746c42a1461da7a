"""Plain text and Markdown as passages and grids."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from mingjian.inputs.documents.grids import settled
from mingjian.inputs.documents.passages import MOST_CHARACTERS, MOST_PARTS, Flow, Grid, GridCell, Loss, Passage

PLACE = "text:"
_WIDEST_WRAP = 130
"""Columns beyond which no program breaks lines."""
_MOST_LINE = 100_000
"""Characters of one line in which marks of Markdown are looked for."""

_LABEL = re.compile(r"[ \t]{0,3}(?:\*\*|__)[^*_\n：:]{1,30}(?:(?:\*\*|__)[ \t]?[：:]|[：:][ \t]?(?:\*\*|__))")
"""A field with its name in bold, which is never in the middle of a paragraph."""
_WIDEST_ROW = 400
"""Characters of a line that may be a row whose cells stand apart by gaps."""
_FEWEST_CELLS = 3
"""Cells of a row, and rows, that make a table of lines with gaps."""

_MARKDOWN = re.compile(
    r"^(?:#{1,6}[ \t]\S|[ \t]{0,9}+\|?[ \t]{0,9}+:?-{3,99}:?[ \t]{0,9}\||```)|\]\((?:https?:|/|#)|\*\*\S[^*\n]{0,200}\*\*", re.MULTILINE
)
_HEADING = re.compile(r"(#{1,6})[ \t]+")
_BULLET = re.compile(r"([ \t\u3000]{0,40})(?:[•●○◦▪■◆·–—]|[-*+](?=[ \t]))[ \t\u3000]*")
_NUMBER = re.compile(r"([ \t]{0,40})\d{1,3}[.)][ \t]+")
_ENDED = re.compile(r"[。！？；：.!?;:）)】]\s*$")
_GAPPED = re.compile(r"[^\s\u3000]+(?:[ ][^\s\u3000]+)*")
_RULE_ROW = frozenset("|:- \t")
_STOPPED = re.compile(r"[。！？；：.!?;:]\s*$")
_PARTING = re.compile(r"[ \t]{0,3}(?:=|-|\*|_)[-=*_ \t]{2,200}")
_UNDERLINE = re.compile(r"(?:={3,}|-{3,})[ \t]*$")
_INLINE = re.compile(
    r"(?P<image>!\[[^\[\]\n]{0,300}+\]\([^()\n]{0,2000}+\))"
    r"|\[(?P<words>[^\[\]\n]{1,500}+)\]\((?P<target>[^()\s]{1,2000}+)(?:[ \t][^()\n]{0,200}+)?\)"
    r"|<(?P<url>https?://[^<>\s]{1,2000}+)>"
    r"|(?P<line><br\s{0,3}/?>)"
    r"|(?P<mark>\*{1,3}|_{2,3}|~~|`+|</?[A-Za-z][^<>\n]{0,300}+>|\\(?=[!-/:-@\[-`{-~]))"
)


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    offset: int


def read(source: str, begins: Sequence[str]) -> tuple[Flow, list[Loss]]:
    """The text as passages: one for each line, or for each paragraph where a program has broken the lines. `begins` are expressions
    for lines that begin a paragraph of their own."""
    # No more can be kept than this, so the rest is not looked at.
    lines = list(islice(_lines(source[: MOST_CHARACTERS + 1]), MOST_PARTS))
    end = lines[-1].offset + len(lines[-1].text)
    lost = [Loss("coverage.policy.too_long", {"limit": MOST_CHARACTERS})] if source[end:].strip() else []
    if _MARKDOWN.search(source[:400_000]):
        return settled(list(_markdown(lines))), lost
    return settled(list(_text(lines, re.compile("|".join(begins))))), lost


def _lines(source: str) -> Iterator[_Line]:
    at = 0
    for line in re.split(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]", source):
        yield _Line(line, at)
        at += len(line) + (2 if source.startswith("\r\n", at + len(line)) else 1)


def _text(lines: list[_Line], begins: re.Pattern[str]) -> Iterator[Passage | Grid]:
    wrap = _wrap([line.text for line in lines])
    at = 0
    while at < len(lines):
        if grid := _tabbed(lines, at) or _gapped(lines, at):
            yield Grid([[_cell(text, offset) for text, offset in row] for row in grid])
            at += len(grid)
            continue
        first, at = lines[at], at + 1
        if not first.text.strip():
            continue
        bullet = _BULLET.match(first.text)
        passage = Passage("item", 1 + _columns(bullet[1]) // 2) if bullet else Passage()
        start = bullet.end() if bullet else 0
        passage.add(first.text[start:], PLACE, first.offset + start)
        last = first
        while at < len(lines) and _goes_on(last.text, lines[at].text, wrap) and not begins.match(lines[at].text[:40]):
            passage.pause(PLACE, lines[at].offset - 1, line_break=True)
            passage.add(lines[at].text, PLACE, lines[at].offset)
            last, at = lines[at], at + 1
        yield passage


def _wrap(lines: list[str]) -> int:
    """The column at which a program has broken the lines; 0 where lines are paragraphs."""
    widths = sorted(_columns(line.strip()) for line in lines if line.strip())
    if len(widths) < 6:
        return 0
    widest = widths[int(len(widths) * 0.98) - 1]
    full = sum(widest * 0.85 <= width <= widest for width in widths)
    return widest if 30 <= widest <= _WIDEST_WRAP and full * 3 >= len(widths) else 0


def _goes_on(line: str, after: str, wrap: int) -> bool:
    if not wrap or not after.strip() or _columns(line.strip()) < wrap * 0.85:
        return False
    return not _ENDED.search(line[-8:]) and "\t" not in after.strip()


def _columns(text: str) -> int:
    if len(text) > _WIDEST_WRAP * 2:
        return len(text)
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def _tabbed(lines: list[_Line], at: int) -> list[list[tuple[str, int]]]:
    """The rows of a table that was copied as text, from line `at` on; none when fewer than two lines have the same number of cells."""
    rows: list[list[tuple[str, int]]] = []
    while at < len(lines) and "\t" in lines[at].text.strip():
        row: list[tuple[str, int]] = []
        offset = lines[at].offset
        for text in lines[at].text.split("\t")[:64]:
            row.append((text, offset))
            offset += len(text) + 1
        if rows and len(row) != len(rows[0]):
            break
        rows.append(row)
        at += 1
    return rows if len(rows) > 1 else []


def _gapped(lines: list[_Line], at: int) -> list[list[tuple[str, int]]]:
    """The rows of a table whose columns stand apart by wide gaps, from line `at` on; none when fewer than three lines have as many cells,
    or when sentences stand in them, which some programs stretch to a full line."""
    rows: list[list[tuple[str, int]]] = []
    while at < len(lines) and len(lines[at].text) <= _WIDEST_ROW:
        row = [(match[0], lines[at].offset + match.start()) for match in _GAPPED.finditer(lines[at].text)]
        if len(row) < _FEWEST_CELLS or (rows and len(row) != len(rows[0])) or any(_STOPPED.search(text[-8:]) for text, _ in row):
            break
        rows.append(row)
        at += 1
    return rows if len(rows) >= _FEWEST_CELLS else []


def _cell(text: str, offset: int, *, header: bool = False, marks: bool = False) -> GridCell:
    passage = Passage()
    if marks:
        _inline(passage, text, offset)
    else:
        passage.add(text, PLACE, offset)
    return GridCell([passage], header)


def _markdown(lines: list[_Line]) -> Iterator[Passage | Grid]:
    at, fenced = 0, False
    open_passage: Passage | None = None
    while at < len(lines):
        line, at = lines[at], at + 1
        text = line.text
        if text.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
            text = ""
        if "|" in text and at < len(lines) and _is_rule_row(lines[at].text):
            if open_passage:
                yield open_passage
                open_passage = None
            rows, at = _piped(lines, at - 1)
            yield Grid(rows)
            continue
        if _PARTING.fullmatch(text):
            if open_passage and open_passage.kind == "paragraph" and _UNDERLINE.match(text):
                open_passage.kind, open_passage.level = "heading", 1 if text[0] == "=" else 2
            text = ""
        started, start = _begun(text)
        if started or not text.strip() or fenced or _LABEL.match(text):
            if open_passage:
                yield open_passage
            open_passage = None
        if not text.strip():
            continue
        if open_passage is None:
            open_passage = started or Passage()
        else:
            open_passage.pause(PLACE, line.offset - 1, line_break=True)
        _inline(open_passage, text[start:].rstrip("# \t") if open_passage.kind == "heading" else text[start:], line.offset + start)
        # Two spaces or a backslash end a line for good; Chinese texts often put each sentence group on a line of its own.
        if open_passage.kind == "heading" or fenced or text.endswith(("  ", "\\")) or _STOPPED.search(text[-8:]):
            yield open_passage
            open_passage = None
    if open_passage:
        yield open_passage


def _begun(text: str) -> tuple[Passage | None, int]:
    """The passage that the line begins, if it does, and where its words start."""
    quoted = re.match(r"(?:[ \t]{0,3}>[ \t]?){1,9}", text)
    start = quoted.end() if quoted else 0
    rest = text[start:]
    if heading := _HEADING.match(rest):
        return Passage("heading", len(heading[1])), start + heading.end()
    if item := _BULLET.match(rest) or _NUMBER.match(rest):
        # A number that is written stays; a bullet says nothing more.
        words = start + item.end() if _BULLET.match(rest) else start + item.end(1)
        return Passage("item", 1 + _columns(item[1]) // 2), words
    return (Passage(), start) if quoted else (None, start)


def _is_rule_row(text: str) -> bool:
    """Whether the line only parts the head of a table from its rows."""
    return "--" in text and _RULE_ROW.issuperset(text)


def _piped(lines: list[_Line], at: int) -> tuple[list[list[GridCell]], int]:
    rows: list[list[GridCell]] = []
    first = True
    while at < len(lines) and "|" in lines[at].text:
        line = lines[at]
        if not (first is False and len(rows) == 1 and _is_rule_row(line.text)):
            row: list[GridCell] = []
            offset = line.offset
            pieces = re.split(r"(?<!\\)\|", line.text)
            for number, text in enumerate(pieces[:66]):
                if text.strip() or 0 < number < len(pieces) - 1:
                    row.append(_cell(text, offset, header=first, marks=True))
                offset += len(text) + 1
            rows.append(row)
        first = False
        at += 1
    return rows, at


def _inline(passage: Passage, text: str, offset: int) -> None:
    """Adds the words of a line without the marks for emphasis, and its links."""
    at = 0
    for match in _INLINE.finditer(text, 0, _MOST_LINE):
        passage.add(text[at : match.start()], PLACE, offset + at)
        at = match.end()
        if match["words"] is not None:
            passage.begin_link(match["target"])
            _words(passage, text, *match.span("words"), offset)
            passage.end_link()
        elif match["url"] is not None:
            passage.begin_link(match["url"])
            passage.add(match["url"], PLACE, offset + match.start("url"))
            passage.end_link()
        elif match["line"] is not None:
            passage.pause(PLACE, offset + match.start())
    passage.add(text[at:], PLACE, offset + at)


def _words(passage: Passage, text: str, start: int, end: int, offset: int) -> None:
    at = start
    for mark in re.finditer(r"\*{1,3}|_{2,3}|`+", text[start:end]):
        passage.add(text[at : start + mark.start()], PLACE, offset + at)
        at = start + mark.end()
    passage.add(text[at:end], PLACE, offset + at)
