"""Lists of third parties that stand in running text: fields line by line or in one line, and tables that the file does not mark."""

import re
from collections.abc import Iterator, Sequence

from mingjian.model.document import Cell, Table
from mingjian.nlp.columns import Role, role
from mingjian.nlp.numbering import mark
from mingjian.nlp.records import NAMING, Record, Span, trimmed
from mingjian.nlp.rows import is_header, names_code


def unmarked_tables(text: str, lines: Sequence[Span]) -> list[Table]:
    """Tables in plain text: neighbouring lines apart by tabs, bars or wide gaps, of which the first is a row of headings."""
    found: list[Table] = []
    rows: list[list[Span]] = []
    for line in [*lines, (len(text), len(text))]:
        if rows and line[0] < line[1] and _RULE.fullmatch(text, *line):
            continue
        cells = _cells(text, line)
        if rows and (not cells or (len(cells) != len(rows[0]) and not 2 <= len(cells) <= len(rows[0]))):
            if len(rows) > 1:
                found.append(_table(rows))
            rows = []
        if cells and (rows or is_header([text[slice(*cell)] for cell in cells])):
            rows.append(cells)
    return found


def _cells(text: str, line: Span) -> list[Span]:
    part = text[slice(*line)]
    start, end = line
    if "|" in part or "｜" in part:
        start += len(part) - len(part.lstrip(" |｜"))
        end -= len(part) - len(part.rstrip(" |｜"))
        separator = _BAR
    elif "\t" in part:
        separator = _TAB
    else:
        separator = _GAP
    if start >= end:
        return []
    ends = [match.span() for match in separator.finditer(text, start, end)]
    if not ends or len(ends) > _MOST_CELLS:
        return []
    starts = [start, *(after for _, after in ends)]
    return [trimmed(text, first, last) for first, last in zip(starts, [*(before for before, _ in ends), end], strict=True)]


def _table(rows: Sequence[list[Span]]) -> Table:
    width = len(rows[0])
    padded = (tuple(Cell(*span) for span in [*row, *[(row[-1][1], row[-1][1])] * (width - len(row))]) for row in rows)
    return Table(rows[0][0][0], rows[-1][-1][1], tuple(padded))


def fields(text: str, lines: Sequence[Span]) -> list[Record]:
    """What is told field by field ("SDK名称：…"), one field a line or several in one: a record begins where its first field comes again.
    Without a field for the name, the line above names it, if it is the name of an SDK."""
    records: list[Record] = []
    run: list[tuple[Role, Span, Span]] = []
    title: Span | None = None
    for line in [*lines, None]:
        found = list(_fields(text, line)) if line is not None else []
        if found:
            run += found
        elif line is not None and run and run[-1][2][0] == run[-1][2][1]:
            name, key, _ = run[-1]
            run[-1] = name, key, unnumbered(text, line)
        else:
            records += _records(run, title)
            run = []
            title = unnumbered(text, line) if line is not None and names_code(text[slice(*unnumbered(text, line))]) else None
    return records


def _records(run: Sequence[tuple[Role, Span, Span]], title: Span | None) -> Iterator[Record]:
    parts: list[list[tuple[Role, Span, Span]]] = []
    for item in run:
        given = [name for name, _, _ in parts[-1]] if parts else []
        if not parts or item[0] == given[0] or (item[0] in ("sdk", "name") and item[0] in given):
            parts.append([])
        parts[-1].append(item)
    for part in parts:
        naming = next((name for name in NAMING if any(name == each and value[0] < value[1] for each, _, value in part)), None)
        if title is not None and naming in (None, "company", "name") and part is parts[0]:
            record = Record(title, "name", start=title[0])
            naming = None
        elif naming is not None:
            record = Record(next(value for name, _, value in part if name == naming), naming, start=part[0][1][0])
        else:
            continue
        for name, _, value in part:
            if name != naming:
                record.add(name, value)
        record.end = max(value[1] for _, _, value in part)
        yield record


def _fields(text: str, line: Span) -> Iterator[tuple[Role, Span, Span]]:
    """The fields of a line: role, place of the words that name it, place of the value."""
    start, end = unnumbered(text, line)
    part = text[start:end]
    keys = [(name, match) for match in _KEY.finditer(part) if (name := role(match["name"])) is not None]
    if not keys:
        return
    head = part[: keys[0][1].start()].rstrip(_ENDS + "：:")
    if head and not _CLAUSE.search(head) and names_code(head):
        yield "sdk", (start, start + len(head)), (start, start + len(head))
    elif keys[0][1].start() > 0:
        return
    ends = [*(match.start() for _, match in keys[1:]), len(part)]
    for (name, match), after in zip(keys, ends, strict=True):
        first, last = trimmed(part, match.end(), after)
        value = part[first:last].rstrip(_ENDS)
        yield name, (start + match.start("name"), start + match.end("name")), (start + first, start + first + len(value))


def unnumbered(text: str, line: Span) -> Span:
    """A line without its number or bullet."""
    found = mark(text, *line)
    return trimmed(text, line[0] if found is None else found.end, line[1])


_BAR = re.compile(r"\s*[|｜]\s*")
_TAB = re.compile(r" *\t *")
_GAP = re.compile(r" {2,}|\u3000+")
_RULE = re.compile(r"[\s|｜:+=-]*")
_MOST_CELLS = 40
_CLAUSE = re.compile(r"[，,。；;、]")
_ENDS = "；;|｜，,。 \t"
_KEY = re.compile(
    r"(?:^|(?<=[；;|｜，,。\t])|(?<=\s\s))\s{0,4}(?:【|\[)?(?P<name>[^\s：:；;|｜，,。【】\[\]][^：:；;|｜，,。\t\n【】\[\]]{0,39}?)(?:[】\]]\s{0,2}[：:]?|\s{0,2}[：:])"
)
