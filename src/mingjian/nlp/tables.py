"""Third parties' code as a policy lists it: tables in every layout, fields in running text, sentences that name an SDK."""

from bisect import bisect_right
from collections.abc import Iterable

from mingjian.model.document import Table
from mingjian.nlp.columns import Role, folded, names_code, words
from mingjian.nlp.language import lang
from mingjian.nlp.lexicon import data
from mingjian.nlp.parties import narrowed, sdks
from mingjian.nlp.prose import told
from mingjian.nlp.purposes import purposes
from mingjian.nlp.reading import Mention, Outline, SdkRow
from mingjian.nlp.records import TELLING, Listed, Record, Span, listed, separate, trimmed
from mingjian.nlp.vertical import fields, unmarked_tables


def sdk_rows(outline: Outline) -> list[SdkRow]:
    """One row for each third party whose code the document lists or names as part of the app, in order."""
    lists, prose = _records(outline)
    rows = [_row(outline, part) for record in lists for part in separate(outline.text, record)]
    named = {id for row in rows for id in row.sdks}
    for record in prose:
        row = _row(outline, record)
        if row.data or row.purposes or not row.sdks or not named.issuperset(row.sdks):
            rows.append(row)
    return sorted(rows, key=lambda row: (row.start, row.end, row.name))


def _records(outline: Outline) -> tuple[list[Record], list[Record]]:
    """The entries of lists, and those of running text."""
    text = outline.text
    lines = [line for line in _lines(outline) if not _inside(line, outline.document.tables)]
    unmarked = unmarked_tables(text, lines)
    tables = sorted([*outline.document.tables, *unmarked], key=lambda table: table.start)
    lines = [line for line in lines if not _inside(line, unmarked)]
    found: list[Record] = []
    before: Listed | None = None
    for table in tables:
        above = _line_above(lines, table.start)
        if before is not None and table.start - before.end > _SAME_TABLE:
            before = None
        part = listed(text, table, _context(outline, table.start, above), above, before)
        found += part.records if part is not None else ()
        before = part
    found += [record for record in fields(text, lines) if _is_code(outline, record)]
    taken = sorted([(table.start, table.end) for table in tables] + [(record.start, record.end) for record in found])
    free = [sentence for sentence in outline.sentences if not _overlaps((sentence.start, sentence.end), taken)]
    return found, told(outline, free)


def _is_code(outline: Outline, record: Record) -> bool:
    if record.named_by == "sdk":
        return True
    if not TELLING & record.fields.keys():
        return False
    return names_code(outline.text[slice(*record.name)]) or bool(words("about").search(folded(_context(outline, record.start, (0, 0)))))


def _row(outline: Outline, record: Record) -> SdkRow:
    text = outline.text
    name = text[slice(*record.name)]
    company = " ".join(text[slice(*span)] for span in record.fields.get("company", []))
    package = " ".join(text[slice(*span)] for span in record.fields.get("package", []))
    given = _cells(text, record, ("data", "data_and_purpose"))
    why = _cells(text, record, ("purpose", "data_and_purpose")) or _cells(text, record, ("kind",))
    ids = sdks("" if record.named_by == "company" else name, name if record.named_by == "company" else company, package)
    if len(ids) > 1:
        ids = narrowed(ids, " ".join(why))
    named = tuple(dict.fromkeys(mention.term for cell in why for mention in purposes(cell, lang(cell))))
    stated = ("stated",) if _cells(text, record, ("purpose",)) else ()
    original = outline.document.text
    return SdkRow(
        name=original[slice(*record.name)],
        company=original[slice(*record.name)]
        if record.named_by == "company"
        else " ".join(original[slice(*span)] for span in record.fields.get("company", [])),
        sdks=ids,
        data=tuple(dict.fromkeys(mention.term for cell in given for mention in _members(cell, data(cell, lang(cell))))),
        purposes=named or stated,
        way=" ".join(original[slice(*span)] for span in record.fields.get("way", [])),
        link=_link(outline, record),
        start=record.start,
        end=record.end,
    )


def _cells(text: str, record: Record, roles: Iterable[Role]) -> list[str]:
    """What stands under the roles, without cells that say that there is none."""
    cells = [text[slice(*span)] for name in roles for span in record.fields.get(name, [])]
    return [cell for cell in cells if not words("nothing").search(folded(cell))]


def _members(cell: str, mentions: list[Mention]) -> list[Mention]:
    """The mentions without families whose members the cell lists: "device information (model, IMEI)" names the members."""
    kept = []
    for index, mention in enumerate(mentions):
        near = [*mentions[index + 1 : index + 2], *mentions[max(0, index - 1) : index]]
        if not any(other.term.startswith(f"{mention.term}.") for other in near) or not _introduces(cell, mention):
            kept.append(mention)
    return kept


def _introduces(cell: str, mention: Mention) -> bool:
    return bool(words("members_after").match(cell, mention.end) or words("members_before").search(cell[: mention.start]))


def _link(outline: Outline, record: Record) -> str:
    for link in outline.document.links:
        if record.start <= link.start < record.end:
            return link.target
    return " ".join(outline.document.text[slice(*span)] for span in record.fields.get("link", []))


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


def _line_above(lines: list[Span], offset: int) -> Span:
    index = bisect_right(lines, (offset, offset)) - 1
    if index < 0 or offset - lines[index][1] > _NEAR or lines[index][1] - lines[index][0] > _CAPTION:
        return offset, offset
    return lines[index]


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


def _inside(span: Span, tables: Iterable[Table]) -> bool:
    return any(table.start <= span[0] < table.end for table in tables)


def _overlaps(span: Span, taken: list[Span]) -> bool:
    index = bisect_right(taken, span)
    return any(start < span[1] and span[0] < end for start, end in taken[max(0, index - 1) : index + 1])


_SAME_TABLE = 60
"""Characters between the parts of one table that a page break cut."""

_NEAR = 20
_CAPTION = 200
_HEADINGS = 4
