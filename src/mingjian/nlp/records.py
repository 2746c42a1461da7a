"""Published tables as records: whatever way a table lies, one record for each thing that it lists."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from mingjian.model.document import Cell, Table
from mingjian.nlp.columns import Role, folded, role, words
from mingjian.nlp.products import BRACKETS, sdks, unknown_part
from mingjian.nlp.rows import inferred, is_header, names_code

Span = tuple[int, int]
Columns = tuple[Role | None, ...]

NAMING: tuple[Role, ...] = ("sdk", "name", "company")
"""Roles that can name the third party, the best first."""

TELLING: frozenset[Role] = frozenset({"company", "data", "purpose", "data_and_purpose", "way", "link", "package"})
"""Roles that a list of SDKs has beside the name."""


@dataclass(slots=True)
class Record:
    """One entry of a list: the place of its name and of what stands under each role. `named_by` is the role that the name has there."""

    name: Span
    named_by: Role
    fields: dict[Role, list[Span]] = field(default_factory=dict)
    start: int = 0
    end: int = 0

    def add(self, name: Role, span: Span) -> None:
        """One more place under a role; a cell that spans several rows counts once."""
        places = self.fields.setdefault(name, [])
        if span[1] > span[0] and span not in places:
            places.append(span)


@dataclass(frozen=True, slots=True)
class Listed:
    """A table of third parties that was read; `columns` serve for a part of the same table that follows without headings."""

    records: tuple[Record, ...]
    columns: Columns
    end: int


def listed(text: str, table: Table, context: str, above: Span, before: Listed | None) -> Listed | None:
    """The SDKs that a table lists, none when it lists something else. `context` is what stands above: headings, caption, last sentence;
    `above` the place of the last line there, which may be the name of a single SDK."""
    rows = [row for row in table.rows if any(text[cell.start : cell.end].strip() for cell in row)]
    if not rows:
        return None
    upright = _vertical(text, rows, above)
    if upright is not None:
        columns: Columns = tuple({name: None for record in upright for name in record.fields})
        kept = _kept(text, upright, columns, context, headed=True)
        return Listed(tuple(kept), (), table.end) if kept else None
    columns, records = _horizontal(text, rows, before)
    headed = any(is_header(_texts(text, row)) for row in rows) or (before is not None and columns == before.columns)
    if rows[0] and len({(cell.start, cell.end) for cell in rows[0]}) == 1:
        context = f"{context}\n{text[rows[0][0].start : rows[0][0].end]}"
    kept = _kept(text, records, columns, context, headed=headed)
    return Listed(tuple(kept), columns, table.end) if kept else None


def own(text: str, table: Table) -> list[Record]:
    """The rows of a table of what the app itself asks for or collects; none of a table of anything else."""
    rows = [row for row in table.rows if any(text[cell.start : cell.end].strip() for cell in row)]
    if not rows:
        return []
    columns: Columns | None = None
    records: list[Record] = []
    for row in rows:
        if len({(cell.start, cell.end) for cell in row}) == 1:
            continue
        if is_header(_texts(text, row)) and columns is None:
            columns = _own_columns(text, row)
            if columns is None:
                return []
        elif columns is not None and len(columns) == len(row):
            record = Record(trimmed(text, row[0].start, row[0].end), "name", start=row[0].start, end=max(cell.end for cell in row))
            for name, cell in zip(columns, row, strict=True):
                if name is not None:
                    record.add(name, trimmed(text, cell.start, cell.end))
            records.append(record)
    return records


def _own_columns(text: str, row: Sequence[Cell]) -> Columns | None:
    """The roles of a header row: the first column of permissions names them, the others say what for; none for third parties or else."""
    found = [role(text[cell.start : cell.end]) for cell in row]
    named = [folded(text[cell.start : cell.end]) for cell in row]
    others = {"company", "sdk", "package", "contact", "link"} & set(found) or any(map(words("others").search, named))
    if others or not ("permission" in found or {"data", "data_and_purpose"} & set(found)):
        return None
    first = found.index("permission") if "permission" in found else -1
    columns = tuple("purpose" if name == "permission" and index != first else name for index, name in enumerate(found))
    return columns if {"purpose", "data_and_purpose", "name", "data"} & set(columns) else None


def _horizontal(text: str, rows: Sequence[tuple[Cell, ...]], before: Listed | None) -> tuple[Columns, list[Record]]:
    columns: Columns | None = None
    above: tuple[Cell, ...] | None = None
    category: Span | None = None
    body: list[tuple[tuple[Cell, ...], Columns | None, Span | None]] = []
    for number, row in enumerate(rows):
        if (title := _title(text, row)) is not None:
            above, category = None, title
        elif is_header(_texts(text, row)) and (columns is None or above is not None or _alike(columns, _headings(text, None, row))):
            if columns is None and number and _spans(rows[number - 1], row):
                body = body[:-1]
                above = rows[number - 1]
            columns = _headings(text, above, row)
            above = row
        else:
            body.append((row, columns, category))
            above = None
    if columns is None:
        first = (
            before.columns if before is not None and len(before.columns) == len(rows[0]) else _guessed(text, [row for row, _, _ in body])
        )
    else:
        first = next((given for _, given, _ in body if given is not None), columns)
    records: list[Record] = []
    over: set[Cell] = set()
    for row, given, category in body:
        _take(text, row, over, given or first, records)
        if category is not None and records:
            records[-1].add("kind", category)
        over = {*row}
    return columns or first, records


def _title(text: str, row: Sequence[Cell]) -> Span | None:
    """The place of the words of a row that is one cell only, or holds one at its start and nothing more: what follows is of that kind."""
    if len(row) < 2 or any(cell.start < cell.end and cell != row[0] for cell in row):
        return None
    span = trimmed(text, row[0].start, row[0].end)
    spans = all(cell == row[0] for cell in row)
    return span if spans or (len(row) > 2 and not names_code(text[slice(*span)])) else None


def _spans(upper: Sequence[Cell], lower: Sequence[Cell]) -> bool:
    """Whether every cell of a row stands over several columns, or also in the row below."""
    return all(upper.count(cell) > 1 or cell == below for cell, below in zip(upper, lower, strict=True))


def _headings(text: str, above: tuple[Cell, ...] | None, row: tuple[Cell, ...]) -> Columns:
    """The roles of the columns; under a heading that spans several columns, a second row of headings says what each is."""
    found = [role(text[cell.start : cell.end]) for cell in row]
    if above is not None:
        upper = [role(text[cell.start : cell.end]) for cell in above]
        found = [lower or higher for lower, higher in zip(found, upper, strict=True)]
    return tuple(found)


def _alike(columns: Columns, others: Columns) -> bool:
    """Whether a row of headings repeats what another has, in whatever order."""
    given = {name for name in columns if name is not None}
    return len(given.intersection(others)) * 5 >= len(given) * 3


def _guessed(text: str, body: Iterable[Sequence[Cell]]) -> Columns:
    return inferred([_texts(text, row) for row in body])


def _take(text: str, row: tuple[Cell, ...], over: set[Cell], columns: Columns, records: list[Record]) -> None:
    """Adds what a row tells: a record, or more of the last one. Cells that are also in the row `over` it do not count for its place."""
    naming = next((name for name in NAMING if name in columns), None)
    if naming is None or len(row) != len(columns):
        return
    cell = row[columns.index(naming)]
    span = trimmed(text, cell.start, cell.end)
    place = [each for each in row if each not in over] or row
    start = min(each.start for each in place)
    end = max(each.end for each in place)
    if records and (span == records[-1].name or span[0] == span[1]):
        record = records[-1]
        record.end = max(record.end, end)
    elif span[0] == span[1] or words("nothing").search(folded(text[slice(*span)])):
        return
    else:
        record = Record(span, naming, start=start, end=end)
        records.append(record)
    for name, each in zip(columns, row, strict=True):
        if name is not None and (name != naming or each is not cell):
            record.add(name, trimmed(text, each.start, each.end))


def _vertical(text: str, rows: Sequence[tuple[Cell, ...]], above: Span) -> list[Record] | None:
    """The records of a table whose first column names the fields, one for each further column; none when the table lies otherwise."""
    pairs = list(_pairs(text, rows))
    found = [name for name, _, _ in pairs if name is not None]
    if len(set(found)) < 2 or len(found) * 2 < len(pairs) or any(is_header(_texts(text, row)) for row in rows[:3]):
        return None
    naming = next((name for name in ("sdk", "name") if name in found), None)
    records: list[Record] = []
    title: Span | None = above if names_code(text[slice(*above)]) else None
    current: list[Record | None] = []
    for name, key, values in pairs:
        if name is None and len(set(values)) == 1 and values[0] == key:
            title, current = key, []
        elif name is not None and name == naming:
            current = [Record(span, name, start=key[0], end=span[1]) if span[0] < span[1] else None for span in values]
            records += [record for record in current if record is not None]
        elif name is not None:
            if not current and title is not None and naming is None:
                current = [Record(title, "sdk", start=title[0], end=title[1])]
                records += [record for record in current if record is not None]
            for record, span in zip(current, values, strict=False):
                if record is not None:
                    record.add(name, span)
                    record.end = max(record.end, span[1])
    return records


def _pairs(text: str, rows: Sequence[tuple[Cell, ...]]) -> Iterator[tuple[Role | None, Span, list[Span]]]:
    """The fields of a table that lies upright: role, place of its name, places of its values. Two fields side by side are two."""
    side = (
        all(len(row) == 4 for row in rows) and sum(role(text[row[2].start : row[2].end]) is not None for row in rows) * 3 >= len(rows) * 2
    )
    for row in rows:
        halves = [row[:2], row[2:]] if side and len({(cell.start, cell.end) for cell in row}) > 2 else [row]
        for half in halves:
            places = [trimmed(text, cell.start, cell.end) for cell in half]
            yield role(text[slice(*places[0])]) if len(places) > 1 and places[1] != places[0] else None, places[0], places[1:] or places


def _kept(text: str, records: Sequence[Record], columns: Iterable[Role | None], context: str, *, headed: bool) -> list[Record]:
    """The records of a table of SDKs: all where headings or what stands above say so, else those that name code if most do."""
    given = {name for name in columns if name is not None} | {record.named_by for record in records}
    if not records or (not headed and not given & TELLING):
        return []
    known = [record for record in records if names_code(text[slice(*record.name)])]
    if "sdk" in given and headed:
        return list(records)
    if not given & TELLING:
        return []
    if words("about").search(folded(context)) and (headed or known):
        return list(records)
    return known if len(known) * 2 >= len(records) else []


def separate(text: str, record: Record) -> list[Record]:
    """A record for each SDK where one cell names several that are not the same."""
    if record.name[1] - record.name[0] > _LONGEST_NAMES:
        return [record]
    pieces = [(record.name[0] + start, record.name[0] + end) for start, end in _pieces(text[slice(*record.name)])]
    if len(pieces) < 2:
        return [record]
    known = [(piece, sdks(text[slice(*piece)])) for piece in pieces]
    named = [piece for piece, ids in known if ids or (names_code(text[slice(*piece)]) and unknown_part(text[slice(*piece)]))]
    if len(named) < 2 or len({ids for _, ids in known if ids} | {piece for piece, ids in known if not ids and piece in named}) < 2:
        return [record]
    companies = record.fields.get("company", [])
    makers = [
        (companies[0][0] + start, companies[0][0] + end)
        for start, end in (_pieces(text[slice(*companies[0])]) if len(companies) == 1 else [])
    ]
    parts = []
    for index, piece in enumerate(named):
        fields = {name: [*places] for name, places in record.fields.items()}
        if len(makers) == len(named):
            fields["company"] = [makers[index]]
        parts.append(replace(record, name=piece, fields=fields))
    return parts


def _pieces(name: str) -> list[Span]:
    """The names in one cell, apart by separators that stand in no brackets."""
    open_text = BRACKETS.sub(lambda match: "\0" * len(match[0]), name)
    ends = [match.span() for match in words("separator").finditer(open_text)]
    starts = [0, *(end for _, end in ends)]
    spans = [trimmed(name, start, end) for start, end in zip(starts, [*(start for start, _ in ends), len(name)], strict=True)]
    return [span for span in spans if span[0] < span[1]]


def trimmed(text: str, start: int, end: int) -> Span:
    """The span without white space at its ends."""
    part = text[start:end]
    left = len(part) - len(part.lstrip())
    return (start + left, start + len(part.rstrip())) if left < len(part) else (start, start)


def _texts(text: str, row: Sequence[Cell]) -> list[str]:
    return [text[cell.start : cell.end] for cell in row]


_LONGEST_NAMES = 500
"""Characters of a cell in which several names are looked for."""
