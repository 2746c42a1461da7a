"""Lists of third parties that stand in running text: fields line by line or in one line, and tables that the file does not mark."""

import re
from collections.abc import Iterator, Sequence

from mingjian.model.document import Cell, Table
from mingjian.nlp.columns import Role, folded, role, words
from mingjian.nlp.language import lang
from mingjian.nlp.lexicon import data
from mingjian.nlp.numbering import mark
from mingjian.nlp.records import NAMING, Record, Span, trimmed
from mingjian.nlp.rows import is_header, names_code
from mingjian.nlp.stacks import labels, stacked_rows

Field = tuple[Role, Span, Span]
"""A field: its role, the place of the words that name it, and that of its value."""


def unmarked_tables(text: str, lines: Sequence[Span]) -> list[Table]:
    """Tables that the file does not mark, in order: neighbouring lines apart by tabs, bars or wide gaps, of which the first is a row of
    headings, and cells on lines of their own."""
    stacked = [_table(rows) for rows in stacked_rows(text, lines)]
    free = [line for line in lines if not any(table.start <= line[0] < table.end for table in stacked)]
    return sorted([*_lined(text, free), *stacked], key=lambda table: table.start)


def _lined(text: str, lines: Sequence[Span]) -> list[Table]:
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
    Without a field for the name, a line above names it, if it is the name of an SDK; one line of words may stand between."""
    records: list[Record] = []
    run: list[Field] = []
    title: Span | None = None
    about: Span | None = None
    titled = -1
    told = _told(text, lines)
    for number, line in enumerate(lines):
        found = told[number]
        if found and _is_member(text, run, found):
            run[-1] = _longer(run[-1], found[-1][2][1])
        elif found:
            run += found
        elif run and _has_no_value(run[-1]) and not _is_title(text, line):
            run[-1] = run[-1][0], run[-1][1], unnumbered(text, line)
        elif run and _goes_on(text, run[-1], line, told[number + 1 : number + _AHEAD]):
            run[-1] = _longer(run[-1], line[1])
        else:
            records += _records(text, run, title, about)
            name = unmarked(text, line)
            if may_title(text[slice(*name)]):
                title, titled, about = name, number, None
            elif run or titled < number - 1:
                title, about = None, None
            else:
                about = line
            run = []
    return [*records, *_records(text, run, title, about)]


def _told(text: str, lines: Sequence[Span]) -> list[list[Field]]:
    """The fields of each line. A line that only names a field has one without a value."""
    told = [list(_fields(text, line)) for line in lines]
    others = ["" if found else text[slice(*line)] for line, found in zip(lines, told, strict=True)]
    for number, (kind, end) in labels(others).items():
        start, last = lines[number]
        told[number] = [(kind, (start, start + end), trimmed(text, start + end, last) if start + end < last else (last, last))]
    return told


def _has_no_value(field: Field) -> bool:
    return field[2][0] == field[2][1]


def _longer(field: Field, end: int) -> Field:
    return field[0], field[1], (field[2][0], end)


def _is_member(text: str, run: Sequence[Field], found: Sequence[Field]) -> bool:
    """Whether a line goes on with a field for data, by naming a kind of them: "Device information: model"."""
    if not run or run[-1][0] != "data" or any(name != "data" for name, _, _ in found):
        return False
    return _is_kind(text, found[0])


def _key(text: str, field: Field) -> str:
    return text[slice(*field[1])]


def _is_kind(text: str, field: Field) -> bool:
    """Whether a field is named by a kind of data: "device information"."""
    key = _key(text, field)
    return field[0] == "data" and bool(data(key, lang(key)))


def _is_title(text: str, line: Span) -> bool:
    """Whether a line names the next SDK rather than what the field above it holds."""
    name = unmarked(text, line)
    return name != line and bool(words("sdk_name").search(folded(text[slice(*name)])))


def _goes_on(text: str, field: Field, line: Span, following: Sequence[Sequence[Field]]) -> bool:
    """Whether a line goes on with the value above it: one that is not at its end, or that began below its name before more fields come."""
    last = text[field[2][1] - 1]
    if last in _OPEN or last in _CLOSED:
        return last in _OPEN
    below = field[0] not in NAMING and "\n" in text[field[1][1] : field[2][0]]
    return below and any(following) and not names_code(text[slice(*unmarked(text, line))])


def _records(text: str, run: Sequence[Field], title: Span | None, about: Span | None) -> Iterator[Record]:
    """The entries of a run of fields. `title` is the line above that names the first, `about` one between that says more of it."""
    parts: list[list[Field]] = []
    for item in run:
        given = [name for name, _, _ in parts[-1]] if parts else []
        again = bool(parts) and item[0] == given[0] and (_key(text, item) == _key(text, parts[-1][0]) or not _is_kind(text, item))
        if not parts or again or (item[0] in ("sdk", "name") and item[0] in given):
            parts.append([])
        parts[-1].append(item)
    for part in parts:
        naming = next((name for name in NAMING if any(name == each and _may_name(text, value) for each, _, value in part)), None)
        if title is not None and naming in (None, "company", "name") and part is parts[0]:
            record = Record(title, "name", start=title[0])
            naming = None
        elif naming is not None:
            named = next(value for name, _, value in part if name == naming and _may_name(text, value))
            record = Record(named, naming, start=part[0][1][0])
        else:
            continue
        for name, _, value in part:
            if name != naming:
                record.add(name, value)
        if about is not None and record.name == title and not {"data", "purpose"} <= record.fields.keys():
            record.add("data_and_purpose", about)
        record.end = max(value[1] for _, _, value in part)
        yield record


def _may_name(text: str, value: Span) -> bool:
    """Whether what stands under a name is one, or several, rather than a sentence."""
    start, end = value
    pieces = _CLAUSE_END.split(text[start : min(end, start + _LONGEST_NAME)])
    return start < end and (len(pieces) == 1 or all(map(_is_third_party, filter(None, pieces))))


def _is_third_party(piece: str) -> bool:
    return names_code(piece) or bool(words("company").search(folded(piece)))


def _fields(text: str, line: Span) -> Iterator[Field]:
    """The fields of a line."""
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


def may_title(line: str) -> bool:
    """Whether a line is the name of an SDK and nothing more, over what is told of it."""
    return names_code(line) and not _SAYS.search(line) and not words("no_title").search(folded(line))


def unnumbered(text: str, line: Span) -> Span:
    """A line without its number or bullet."""
    found = mark(text, *line)
    return trimmed(text, line[0] if found is None else found.end, line[1])


def unmarked(text: str, line: Span) -> Span:
    """A line without its number or bullet and the brackets or quotation marks around it."""
    start, end = unnumbered(text, line)
    pair = text[start : start + 1] + text[end - 1 : end]
    return (start + 1, end - 1) if pair in _PAIRS and end - start > len(pair) else (start, end)


_BAR = re.compile(r"\s*[|｜]\s*")
_TAB = re.compile(r" *\t *")
_GAP = re.compile(r" {2,}|\u3000+")
_RULE = re.compile(r"[\s|｜:+=-]*")
_MOST_CELLS = 40
_CLAUSE_END = re.compile(r"[，。；]")
_LONGEST_NAME = 40
"""Characters within which a sentence shows by its commas that it is no name."""

_AHEAD = 6
"""Lines, with the one looked at, within which another field must come where a value goes on over several lines."""

_OPEN = "、，,；;"
_CLOSED = "。！？.!?"
_SAYS = re.compile(r"[，,。；;：:！？!?]")
_PAIRS = ("【】", "[]", "〔〕", "《》", "「」", "“”", '""')
_CLAUSE = re.compile(r"[，,。；;、]")
_ENDS = "；;|｜，,。 \t"
_KEY = re.compile(
    r"(?:^|(?<=[；;|｜，,。\t])|(?<=\s\s))\s{0,4}(?:【|\[)?(?P<name>[^\s：:；;|｜，,。【】\[\]][^：:；;|｜，,。\t\n【】\[\]]{0,39}?)(?:[】\]]\s{0,2}[：:]?|\s{0,2}[：:])"
)
