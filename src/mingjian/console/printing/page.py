"""A document as a piece of HTML for a page that brings its own style: what can be read here is what the PDF shows."""

from collections.abc import Iterator
from itertools import repeat, zip_longest

from markupsafe import Markup, escape

from mingjian.console.printing.blocks import (
    Block,
    Document,
    Fields,
    Heading,
    Items,
    Note,
    Paragraph,
    Picture,
    Signature,
    Table,
    identity,
    numeric_columns,
    table_beside,
)
from mingjian.model.printable import printable, printable_lines
from mingjian.model.texts import say
from mingjian.model.types import Lang

_LANGUAGES = {"zh": "zh-CN", "en": "en"}


def page(document: Document, level: int = 1) -> Markup:
    """The document as one `<article>`; `level` is that of its title among the headings of the page, 1 to 4.

    Classes are `document` with `-title`, `-number`, `-flush`, `-note`, `-signature`, `-picture` and `-footer`, and `number` on cells of
    numbers; there is no style and no script."""
    number = say("console.printing.document_number", document.lang, number=document.number) if document.number else ""
    blocks = Markup("\n").join(_block(block, level, document.lang, name) for block, name in _named(document))
    digest = say("console.printing.digest", document.lang, digest=identity(document))
    return Markup('<article class="document" lang="{}">\n{}{}\n{}\n{}</article>\n').format(
        _LANGUAGES[document.lang],
        _element("p", number, "document-number") if number else "",
        _heading(document.title, level, "document-title"),
        blocks,
        Markup('<div class="document-footer">{}<p><code>{}</code></p></div>\n').format(
            _element("p", document.footer) if document.footer else "", digest
        ),
    )


def _named(document: Document) -> Iterator[tuple[Block, str]]:
    """Each block with the heading that it stands under, which names its table for those who do not see it."""
    name = document.title
    for block in document.blocks:
        if isinstance(block, Heading):
            name = block.text
        yield block, name


def _block(block: Block, level: int, lang: Lang, name: str) -> Markup:
    match block:
        case Heading():
            return _heading(block.text, level + block.level)
        case Paragraph():
            return _element("p", block.text, "document-flush" if block.flush else "")
        case Note():
            return _element("p", block.text, "document-note")
        case Items():
            items = Markup("").join(_element("li", item) for item in block.items)
            return Markup("<{0}>{1}</{0}>").format("ol" if block.numbered else "ul", items)
        case Fields():
            rows = (
                Markup('<tr><th scope="row">{}</th><td>{}</td></tr>').format(_lines(label), _lines(value)) for label, value in block.rows
            )
            head = _head((say("console.printing.item", lang), say("console.printing.content", lang)))
            return _wide(Markup("{}<tbody>{}</tbody>").format(head, Markup("").join(rows)), name)
        case Table():
            return _table(block, name)
        case Picture():
            drawing = Markup(block.svg.decode())  # noqa: S704  nothing but shapes and words: a picture with more cannot be made
            return Markup('<figure class="document-picture">{}<figcaption>{}</figcaption></figure>\n{}').format(
                drawing, _lines(block.caption), _table(table_beside(block), block.caption)
            )
        case Signature():
            lines = Markup("<br>").join(escape(printable(line)) for line in (block.body, block.place, block.date) if line)
            return Markup('<p class="document-signature">{}</p>').format(lines)


def _heading(text: str, level: int, css: str = "") -> Markup:
    return _element(f"h{min(level, 6)}", text, css)


def _table(table: Table, name: str) -> Markup:
    css = tuple("number" if numeric else "" for numeric in numeric_columns(table))
    rows = (Markup("<tr>{}</tr>").format(Markup("").join(map(_element, repeat("td"), row, css))) for row in table.rows)
    caption = _element("caption", table.caption) if table.caption else ""
    return _wide(Markup("{}{}<tbody>{}</tbody>").format(caption, _head(table.columns, css), Markup("\n").join(rows)), table.caption or name)


def _wide(content: Markup, name: str) -> Markup:
    """A table in a region of its own, which scrolls by keyboard where the window is narrower."""
    return Markup('<div class="wide" tabindex="0" role="region" aria-label="{0}"><table aria-label="{0}">{1}</table></div>').format(
        printable(name), content
    )


def _head(columns: tuple[str, ...], css: tuple[str, ...] = ()) -> Markup:
    cells = (
        Markup('<th scope="col"{}>{}</th>').format(_class(name), _lines(column)) for column, name in zip_longest(columns, css, fillvalue="")
    )
    return Markup("<thead><tr>{}</tr></thead>").format(Markup("").join(cells))


def _element(name: str, text: str, css: str = "") -> Markup:
    return Markup("<{0}{1}>{2}</{0}>").format(name, _class(css), _lines(text))


def _class(css: str) -> Markup:
    return Markup(' class="{}"').format(css) if css else Markup("")


def _lines(text: str) -> Markup:
    return Markup("<br>").join(escape(line) for line in printable_lines(text).split("\n"))
