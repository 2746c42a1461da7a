"""What a policy lists: third parties' code, in tables, fields and sentences, and what the app itself asks for and collects."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache

from mingjian.model.document import Link, Table
from mingjian.model.terms import within
from mingjian.nlp.columns import Role, folded, table_words, words
from mingjian.nlp.language import lang
from mingjian.nlp.lexicon import data
from mingjian.nlp.parties import narrowed, sdks
from mingjian.nlp.permissions import permissions
from mingjian.nlp.products import BRACKETS
from mingjian.nlp.prose import folded_same, told
from mingjian.nlp.purposes import purposes
from mingjian.nlp.reading import Lang, Mention, Outline, OwnRow, SdkRow
from mingjian.nlp.records import TELLING, Listed, Record, Span, listed, own, separate, trimmed
from mingjian.nlp.rows import names_code
from mingjian.nlp.vertical import fields, unmarked_tables, unnumbered


def sdk_rows(outline: Outline) -> list[SdkRow]:
    """One row for each third party whose code the document lists or names as part of the app, in order."""
    lists, prose = _records(outline)
    links = sorted(outline.document.links, key=lambda link: link.start)
    rows = [_under_heading(outline, record, _row(outline, part, links)) for record in lists for part in separate(outline.text, record)]
    named = {id for row in rows for id in row.sdks}
    for record in prose:
        row = _row(outline, record, links)
        if row.data or row.purposes or not row.sdks or not named.issuperset(row.sdks):
            rows.append(row)
    return sorted(rows, key=lambda row: (row.start, row.end))


def _records(outline: Outline) -> tuple[list[Record], list[Record]]:
    """The entries of lists, and those of running text."""
    text = outline.text
    lines = _free_lines(outline)
    unmarked = unmarked_tables(text, lines)
    tables = sorted([*outline.document.tables, *unmarked], key=lambda table: table.start)
    lines = [line for line in lines if not _inside(line, unmarked)]
    found: list[Record] = []
    before: Listed | None = None
    for table in tables:
        above = _line_above(text, lines, table.start)
        if before is not None and table.start - before.end > _SAME_TABLE:
            before = None
        part = listed(text, table, _context(outline, table.start, above), above, before)
        found += part.records if part is not None else ()
        before = part
    found += [record for record in fields(text, lines) if _is_code(outline, record)]
    taken = sorted([(table.start, table.end) for table in tables] + [(record.start, record.end) for record in found])
    free = [sentence for sentence in outline.sentences if not _overlaps((sentence.start, sentence.end), taken)]
    return found, told(outline, free)


def own_rows(outline: Outline) -> list[OwnRow]:
    """The rows of tables in which the app says what it asks for or collects itself, by permission or by function."""
    text = outline.text
    lines = _free_lines(outline)
    rows: list[OwnRow] = []
    for table in [*outline.document.tables, *unmarked_tables(text, lines)]:
        above = _line_above(text, lines, table.start)
        if listed(text, table, _context(outline, table.start, above), above, None) is None:
            rows += (_own_row(text, record) for record in own(text, table))
    return sorted((row for row in rows if row.data or row.permissions), key=lambda row: (row.start, row.end))


def _own_row(text: str, record: Record) -> OwnRow:
    why = [cell for cell in _cells(text, record, ("purpose", "data_and_purpose")) if any(map(str.isalnum, cell))]
    asked = _cells(text, record, ("permission",))
    return OwnRow(
        data=_data(_cells(text, record, ("data", "data_and_purpose"))),
        permissions=tuple(dict.fromkeys(term for cell in asked for term in permissions(cell))),
        purposes=_purposes(why) or (("stated",) if why else ()),
        start=record.start,
        end=record.end,
    )


def unread_rows(outline: Outline, read: Sequence[Span]) -> list[OwnRow]:
    """The rows of marked tables that name data and that nobody could read, as their headings say too little of the columns; `read` are
    the places of the rows that were read."""
    taken = sorted(read)
    rows: list[OwnRow] = []
    for table in outline.document.tables:
        if _overlaps((table.start, table.end), taken):
            continue
        for row in table.rows:
            cells = dict.fromkeys(outline.text[cell.start : min(cell.end, cell.start + _LONGEST_CELL)] for cell in row)
            # Nobody knows which column lists data, so everyday words count for nothing here.
            terms = dict.fromkeys(mention.term for cell in cells for mention in data(cell, lang(cell)))
            if len(cells) > 1 and terms:
                rows.append(OwnRow(tuple(terms), (), (), row[0].start, max(cell.end for cell in row)))
    return rows


def elsewhere(outline: Outline, rows: Sequence[SdkRow] | None = None) -> list[Span]:
    """The sentences that lead to a list of SDKs or third parties published elsewhere; none when the document holds such a list itself.
    `rows` are its `sdk_rows`, where they are known."""
    held = sdk_rows(outline) if rows is None else rows
    if sum(bool(row.data or row.purposes) for row in held) >= _HELD:
        return []
    found = []
    linked = sorted(link.start for link in outline.document.links)
    for sentence in outline.sentences:
        if sentence.kind == "heading":
            continue
        text = folded_same(sentence.text)
        listing = _elsewhere(sentence.lang)
        has_link = "://" in text or bisect_left(linked, sentence.start) < bisect_left(linked, sentence.end)
        if listing["list"].search(text) and (has_link or listing["refer"].search(text)) and (has_link or not listing["here"].search(text)):
            found.append((sentence.start, sentence.end))
    return found


@cache
def _elsewhere(lang: Lang) -> dict[str, re.Pattern[str]]:
    return {name: re.compile(patterns[lang]) for name, patterns in table_words()["elsewhere"].items()}


def _is_code(outline: Outline, record: Record) -> bool:
    if record.named_by == "sdk":
        return True
    if not TELLING & record.fields.keys():
        return False
    return names_code(outline.text[slice(*record.name)]) or bool(words("about").search(folded(_context(outline, record.start, (0, 0)))))


def _row(outline: Outline, record: Record, links: Sequence[Link]) -> SdkRow:
    text = outline.text
    name = text[slice(*record.name)]
    package = " ".join(text[slice(*span)] for span in record.fields.get("package", []))
    given = _cells(text, record, ("data", "data_and_purpose"))
    why = _cells(text, record, ("purpose", "data_and_purpose")) or _cells(text, record, ("kind",))
    written, maker = _name_and_maker(text, record)
    company = " ".join(text[slice(*span)] for span in maker)
    ids = sdks("" if record.named_by == "company" else name, company, package)
    if len(ids) > 1:
        ids = narrowed(ids, " ".join(why))
    named = _purposes(why, given)
    stated = ("stated",) if _cells(text, record, ("purpose",)) or any(words("purpose_told").search(cell) for cell in why) else ()
    original = outline.document.text
    return SdkRow(
        name=original[slice(*written)],
        company=" ".join(original[slice(*span)] for span in maker),
        sdks=ids,
        data=_data(given),
        purposes=named or stated,
        way=" ".join(original[slice(*span)] for span in record.fields.get("way", [])),
        link=_link(outline, record, links),
        start=record.start,
        end=record.end,
    )


def _name_and_maker(text: str, record: Record) -> tuple[Span, list[Span]]:
    """Where the name and the maker stand; a maker in brackets at the end of the name is no part of it."""
    if record.named_by == "company":
        return record.name, [record.name]
    maker = record.fields.get("company") or [span for span in record.fields.get("name", []) if _is_company(text, span)]
    if maker:
        return record.name, maker
    start, end = record.name
    for bracket in BRACKETS.finditer(text[start:end]):
        inside = start + bracket.start() + 1, start + bracket.end() - 1
        if _is_company(text, inside):
            before = trimmed(text, start, inside[0] - 1)
            return before if before[0] < before[1] and bracket.end() == end - start else record.name, [inside]
    return record.name, []


def _is_company(text: str, span: Span) -> bool:
    return bool(words("company").search(folded(text[slice(*span)])))


def _under_heading(outline: Outline, record: Record, row: SdkRow) -> SdkRow:
    """The row with the purpose that the heading of its list tells ("SDKs for push"), where the list itself does not tell any."""
    if row.purposes or {"purpose", "data_and_purpose"} & record.fields.keys():
        return row
    index = bisect_right(outline.sections, record.start, key=lambda section: section.start) - 1
    title = outline.sections[index].title
    title = folded(title[slice(*unnumbered(title, (0, len(title))))])
    if len(title) > _LONGEST_CATEGORY:
        return row
    # Some words tell a purpose only by themselves: "sharing", not "sharing SDKs".
    core = title[: ended.start()] if (ended := words("category_end").search(title)) else title
    told = purposes(title, lang(title)) or purposes(core, lang(title))
    rest = list(title)
    for mention in told:
        rest[mention.start : mention.end] = [" "] * (mention.end - mention.start)
    if not words("category_end").match("".join(rest)):
        return row
    return replace(row, purposes=tuple(dict.fromkeys(mention.term for mention in told)))


def _data(cells: Iterable[str]) -> tuple[str, ...]:
    terms: dict[str, None] = {}
    for cell in cells:
        language = lang(cell)
        # A cell that lists data has no verb by which the vocabulary could tell that its everyday words are meant as data.
        led = table_words()["collected"][language] + cell
        terms |= {mention.term: None for mention in _members(led, data(led, language))}
    return tuple(terms)


def _purposes(cells: Iterable[str], of_data: Sequence[str] = ()) -> tuple[str, ...]:
    """The purposes of cells. In those `of_data` too, words that are part of the name of data ("advertising ID") tell none."""
    terms: dict[str, None] = {}
    for cell in cells:
        language = lang(cell)
        names = [each for each in data(cell, language) if not words("acted_on").match(cell, each.end)] if cell in of_data else []
        found = [
            each.term for each in purposes(cell, language) if not any(name.start <= each.start and each.end <= name.end for name in names)
        ]
        # Some words tell a purpose only by themselves: "(sharing, collects nickname)".
        first = _FIRST.match(cell) if not found and cell in of_data else None
        terms |= dict.fromkeys(found or ([each.term for each in purposes(first["clause"], language)] if first is not None else []))
    return tuple(terms)


def _cells(text: str, record: Record, roles: Iterable[Role]) -> list[str]:
    """What stands under the roles, without cells that say that there is none."""
    cells = [text[start : min(end, start + _LONGEST_CELL)] for name in roles for start, end in record.fields.get(name, [])]
    return [cell for cell in cells if not words("nothing").search(folded(cell))]


def _members(cell: str, mentions: list[Mention]) -> list[Mention]:
    """The mentions without families whose members the cell lists: "device information (model, IMEI)" names the members."""
    kept = []
    for index, mention in enumerate(mentions):
        near = [*mentions[index + 1 : index + 2], *mentions[max(0, index - 1) : index]]
        of_family = any(other.term.startswith(f"{mention.term}.") for other in near) and _introduces(cell, mention)
        if not of_family and not _is_explained(cell, mention, mentions[index + 1 :]):
            kept.append(mention)
    return kept


def _is_explained(cell: str, mention: Mention, following: Sequence[Mention]) -> bool:
    """Whether brackets behind a word list several kinds of what it means: "device identifiers (IMEI, OAID)"."""
    bracket = BRACKETS.match(cell, mention.end)
    root = mention.term.partition(".")[0]
    if bracket is not None and sum(each.end <= bracket.end() and within(each.term, root) for each in following) > 1:
        return True
    led = words("members_after").match(cell, mention.end)
    return mention.term in table_words()["captions"] and led is not None and any(each.start - led.end() <= 1 for each in following[:1])


def _introduces(cell: str, mention: Mention) -> bool:
    return bool(words("members_after").match(cell, mention.end) or words("members_before").search(cell[: mention.start]))


def _link(outline: Outline, record: Record, links: Sequence[Link]) -> str:
    places = [*record.fields.get("link", []), (record.start, record.end)]
    for start, end in places:
        index = bisect_left(links, start, key=lambda link: link.start)
        if index < len(links) and links[index].start < end:
            return links[index].target
    return " ".join(outline.document.text[slice(*span)] for span in record.fields.get("link", []))


def _free_lines(outline: Outline) -> list[Span]:
    """The lines outside the tables that the file marks."""
    return [line for line in _lines(outline) if not _inside(line, outline.document.tables)]


def _lines(outline: Outline) -> list[Span]:
    """The lines of every block that are not blank."""
    lines = []
    for block in outline.document.blocks:
        at = block.start
        for line in outline.text[block.start : block.end].split("\n"):
            span = trimmed(outline.text, at, at + len(line))
            if span[0] < span[1]:
                lines.append(span)
            at += len(line) + 1
    return lines


def _line_above(text: str, lines: list[Span], offset: int) -> Span:
    index = bisect_right(lines, (offset, offset)) - 1
    if index < 0 or offset - lines[index][1] > _NEAR or lines[index][1] - lines[index][0] > _CAPTION:
        return offset, offset
    return unnumbered(text, lines[index])


def _context(outline: Outline, offset: int, above: Span) -> str:
    """The headings over a place, from the nearest, and the line above it."""
    titles = [outline.text[slice(*above)]]
    index: int | None = bisect_right(outline.sections, offset, key=lambda section: section.start) - 1
    while index is not None and index >= 0:
        section = outline.sections[index]
        if section.end > offset:
            titles.append(section.title)
        index = section.parent
    return "\n".join(titles[:_HEADINGS])


def _inside(span: Span, tables: Sequence[Table]) -> bool:
    """Whether a span begins inside one of the tables, which are disjoint and in order."""
    index = bisect_right(tables, span[0], key=lambda table: table.start) - 1
    return index >= 0 and span[0] < tables[index].end


def _overlaps(span: Span, taken: list[Span]) -> bool:
    index = bisect_right(taken, span)
    return any(start < span[1] and span[0] < end for start, end in taken[max(0, index - 1) : index + 1])


_SAME_TABLE = 60
"""Characters between the parts of one table that a page break cut."""

_FIRST = re.compile(r"[\s（(：:，,]{0,4}(?P<clause>[^，,；;。（）()]{1,20})[，,；;）)]")
_LONGEST_CATEGORY = 24
"""Characters of a heading that may name a kind of third parties."""

_LONGEST_CELL = 20_000
"""Characters of a cell that are read."""

_HELD = 2
"""Entries with data or a purpose that make a list of its own."""

_NEAR = 20
_CAPTION = 200
_HEADINGS = 4
