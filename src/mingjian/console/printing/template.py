"""The documents of the enforcement procedure from templates that an administrator may edit.

A template is plain text. It is cut into blocks first and filled afterwards, so that nothing in a value, be it the name of an app or an
operator's answer, is ever read as notation. The notation, one mark at the beginning of a line:

    # text        the title when it comes first, a heading afterwards; `## text` is a heading below it
    - text        an item of a list; `1. text` an item of a numbered one
    @ text        a line that starts at the margin, for whom the document is sent to
    > text        small print
    [[name]]      a table, the list of fields or the signature, alone on its line
    other lines   a paragraph, which an empty line ends

`{name}` anywhere in a text stands for a word of the case. Which names and tables a kind of document knows is data: see `kinds`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain

from mingjian.console.printing.blocks import Block, Document, Fields, Heading, Items, Note, Paragraph, Signature, Table
from mingjian.console.printing.kinds import Kind, Known, columns, known
from mingjian.errors import InputError, UsageError
from mingjian.model.printable import printable_lines
from mingjian.model.texts import say
from mingjian.model.types import Lang

MOST_CHARACTERS = 20_000
"""Of one template."""

FIELDS, SIGNATURE = "fields", "signature"
"""The two parts that are made from words instead of rows."""

_NUMBER_WIDTH = 7
"""The widths of each table in `templates/tables.yml` make 100 with this one."""

_WORD = re.compile(r"\{([^{}]*)\}")
_PART = re.compile(r"\[\[([^\[\]]*)\]\]")
_MARKS = {"# ": "heading", "## ": "subheading", "- ": "item", "@ ": "flush", "> ": "note"}
_NEVER_EMPTY = ("heading", "subheading", "flush", "note")
_NUMBERED = re.compile(r"\d{1,2}\. ")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a template cannot be used: a text key with its values. `line` counts from 1; 0 is the template as a whole."""

    line: int
    key: str
    values: Mapping[str, object]

    def text(self, lang: Lang) -> str:
        """The fault in one line."""
        return say(self.key, lang, line=self.line, **self.values)


class TemplateError(UsageError):
    """A template with faults was to be filled; `faults` are all of them, the message tells the first."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(faults[0].key, line=faults[0].line, **faults[0].values)
        self.faults = tuple(faults)


class IncompleteError(InputError):
    """A document was to be issued without something it must have; `names` are the words and tables that are empty."""

    def __init__(self, kind: Kind, names: Sequence[str], lang: Lang) -> None:
        missing = say("list.and", lang).join(_named(known(kind), name, lang) for name in names)
        super().__init__("console.printing.incomplete", document=known(kind).name, missing=missing)
        self.names = tuple(names)


@dataclass(frozen=True, slots=True)
class Values:
    """What a document is filled with: `words` by placeholder, `rows` of each table by column, all in the language of the document; and the
    day it is `issued`, for archives."""

    words: Mapping[str, str]
    rows: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)
    issued: date | None = None


@dataclass(frozen=True, slots=True)
class _Piece:
    """One block of a template before it is filled: its kind, its texts, and the line that it begins in."""

    kind: str
    texts: tuple[str, ...]
    line: int


def check(kind: Kind, text: str) -> list[Fault]:
    """What keeps `text` from being a template of `kind`, in the order of its lines; nothing when it can be used."""
    if len(text) > MOST_CHARACTERS:
        return [Fault(0, "console.printing.fault.long", {"most": MOST_CHARACTERS})]
    return _faults(known(kind), text, list(_pieces(text)))


def compose(kind: Kind, lang: Lang, text: str, values: Values) -> Document:
    """The document that `text` becomes with `values`.

    Raises `TemplateError` for a template with faults and `IncompleteError` when what the document must have is empty."""
    faults = check(kind, text)
    if faults:
        raise TemplateError(faults)
    knows, values = known(kind), _printable(values)
    missing = [name for name in (*knows.words, *knows.tables) if name in knows.needed and not _given(values, name)]
    if missing:
        raise IncompleteError(kind, missing, lang)
    title, *pieces = _pieces(text)
    blocks = chain.from_iterable(_blocks(piece, knows, lang, values) for piece in pieces)
    return Document(
        title=_filled(title.texts[0], lang, values),
        number=values.words.get("number", ""),
        lang=lang,
        blocks=tuple(blocks),
        footer=values.words.get("issuer", ""),
        issued=values.issued,
    )


def table(name: str, lang: Lang, rows: Sequence[Mapping[str, str]]) -> Table:
    """The table `name` of `templates/tables.yml`, its rows numbered from 1; a column that a row lacks stays empty."""
    layout = columns(name)
    return Table(
        (say("console.printing.number", lang), *(column.heading.of(lang) for column in layout)),
        tuple((str(number), *(row.get(column.name, "") for column in layout)) for number, row in enumerate(rows, 1)),
        (_NUMBER_WIDTH, *(column.width for column in layout)),
    )


def _printable(values: Values) -> Values:
    """The same without anything that cannot be stored or seen; lines end as they do in forms, or as elsewhere."""

    def clean(text: str) -> str:
        return printable_lines(text.replace("\r\n", "\n").replace("\t", " "))

    return Values(
        {name: clean(word) for name, word in values.words.items()},
        {name: [{column: clean(cell) for column, cell in row.items()} for row in rows] for name, rows in values.rows.items()},
        values.issued,
    )


def _given(values: Values, name: str) -> bool:
    return bool(values.words.get(name, "").strip() or values.rows.get(name))


def _named(knows: Known, name: str, lang: Lang) -> str:
    return (knows.words.get(name) or knows.tables[name]).of(lang)


def _pieces(text: str) -> Iterator[_Piece]:
    """The blocks of a template; neighbouring items, and neighbouring lines of a paragraph, belong together."""
    open_piece: _Piece | None = None
    for number, line in enumerate(text.splitlines(), 1):
        kind, content = _kind(line.strip())
        if open_piece and open_piece.kind == kind and kind in ("item", "numbered", "paragraph"):
            open_piece = _Piece(kind, (*open_piece.texts, content), open_piece.line)
            continue
        if open_piece:
            yield open_piece
        open_piece = _Piece(kind, (content,), number) if kind else None
    if open_piece:
        yield open_piece


def _kind(line: str) -> tuple[str, str]:
    """What a line is, and its text without the mark; an empty one is nothing."""
    if not line:
        return "", ""
    for mark, kind in _MARKS.items():
        if line.startswith(mark):
            return kind, line.removeprefix(mark).strip()
    if numbered := _NUMBERED.match(line):
        return "numbered", line[numbered.end() :].strip()
    if part := _PART.fullmatch(line):
        return "part", part[1].strip()
    return "paragraph", line


def _faults(knows: Known, text: str, pieces: Sequence[_Piece]) -> list[Fault]:
    faults = []
    if not pieces or pieces[0].kind != "heading":
        faults.append(Fault(pieces[0].line if pieces else 0, "console.printing.fault.title", {}))
    headings = [piece for piece in pieces[1:] if piece.kind in ("heading", "subheading")]
    if headings and headings[0].kind == "subheading":
        faults.append(Fault(headings[0].line, "console.printing.fault.level", {}))
    faults += [
        Fault(piece.line, "console.printing.fault.empty", {}) for piece in pieces if piece.kind in _NEVER_EMPTY and not piece.texts[0]
    ]
    parts = {*knows.tables, FIELDS, SIGNATURE}
    for number, line in enumerate(text.splitlines(), 1):
        kind, content = _kind(line.strip())
        if kind == "part":
            if content not in parts:
                faults.append(Fault(number, "console.printing.fault.part", {"name": content, "known": ", ".join(sorted(parts))}))
            continue
        if "[[" in content or "]]" in content:
            faults.append(Fault(number, "console.printing.fault.alone", {}))
        for name in _WORD.findall(content):
            if name not in knows.words:
                faults.append(Fault(number, "console.printing.fault.word", {"name": name, "known": ", ".join(sorted(knows.words))}))
        if re.search(r"[{}]", _WORD.sub("", content)):
            faults.append(Fault(number, "console.printing.fault.brace", {}))
    used = {name for piece in pieces for text in piece.texts for name in ((text,) if piece.kind == "part" else _WORD.findall(text))}
    if FIELDS in used:
        used |= set(knows.fields)
    faults += [Fault(0, "console.printing.fault.kept", {"name": name}) for name in knows.kept if name not in used]
    return faults


def _blocks(piece: _Piece, knows: Known, lang: Lang, values: Values) -> Iterator[Block]:
    texts = tuple(_filled(text, lang, values) for text in piece.texts)
    match piece.kind:
        case "heading":
            yield Heading(texts[0])
        case "subheading":
            yield Heading(texts[0], 2)
        case "item" | "numbered":
            yield Items(texts, numbered=piece.kind == "numbered")
        case "flush":
            yield Paragraph(texts[0], flush=True)
        case "note":
            yield Note(texts[0])
        case "part":
            yield _part(piece.texts[0], knows, lang, values)
        case _:
            yield Paragraph(("" if lang == "zh" else " ").join(texts))


def _part(name: str, knows: Known, lang: Lang, values: Values) -> Block:
    if name == FIELDS:
        return Fields(tuple((knows.words[word].of(lang), _word(word, lang, values)) for word in knows.fields))
    if name == SIGNATURE:
        return Signature(*(values.words.get(word, "") for word in ("issuer", "date", "place")))
    rows = values.rows.get(name)
    return table(name, lang, rows) if rows else Paragraph(say("console.printing.none", lang))


def _filled(text: str, lang: Lang, values: Values) -> str:
    """`text` with its words put in; one pass, so that braces in a value stay what they are."""
    return _WORD.sub(lambda found: _word(found[1], lang, values), text)


def _word(name: str, lang: Lang, values: Values) -> str:
    return values.words.get(name, "").strip() or say("console.printing.not_stated", lang)
