"""The files of an edition in the vault: the report as it was when it was proposed, to be shown, printed and computed with."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import get_args

from django.db import transaction

from mingjian.console import vault
from mingjian.console.figures import market_told
from mingjian.console.figures.drawing import charts_of, draw
from mingjian.console.figures.models import Edition
from mingjian.console.figures.report import report
from mingjian.console.figures.tables import Shown, tables
from mingjian.console.printing.blocks import Document, from_json, to_json
from mingjian.console.printing.fonts import MissingGlyphsError
from mingjian.console.printing.pdf import pdf
from mingjian.console.printing.sheets import Cell, Sheet, workbook
from mingjian.model.texts import say
from mingjian.model.types import Lang

KINDS = {"pdf": "application/pdf", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
"""What can be fetched, and what each is to a browser."""


@dataclass(frozen=True, slots=True)
class File:
    """One file to be fetched: its name, kind and language, and its digest in the vault."""

    name: str
    kind: str
    lang: Lang
    sha256: str


def keep(edition: Edition) -> None:
    """Prints what is not there yet and notes it on the edition. Where no font has its characters there is no PDF, and the rest stands."""
    made = {}
    draw(edition)
    for lang in get_args(Lang):
        document = _kept(edition, lang) or report(edition, lang, charts_of(edition, lang))
        contents = {"json": to_json(document), "xlsx": workbook(document.title, list(_sheets(edition, lang)))}
        with suppress(MissingGlyphsError):
            contents["pdf"] = pdf(document, spell_missing=True)
        for kind, content in contents.items():
            made[f"{lang}.{kind}"], _ = vault.put([content])
    with transaction.atomic():
        held = Edition.objects.select_for_update(of=("self",)).get(pk=edition.pk)
        held.files = {**made, **held.files}
        held.save(update_fields=["files"])


def document_of(edition: Edition, lang: Lang) -> Document:
    """The report as it was kept; of a draft as it is now, without charts, which stand beside its tables."""
    return _kept(edition, lang) or report(edition, lang, {})


def to_fetch(edition: Edition) -> list[File]:
    """The files of an edition that a reader may fetch."""
    found = (
        (f"{edition.half}.{lang}.{kind}", kind, lang, edition.files.get(f"{lang}.{kind}")) for kind in KINDS for lang in get_args(Lang)
    )
    return [File(name, kind, lang, sha256) for name, kind, lang, sha256 in found if sha256]


def _kept(edition: Edition, lang: Lang) -> Document | None:
    sha256 = edition.files.get(f"{lang}.json")
    return from_json(vault.read(sha256)) if sha256 else None


def _sheets(edition: Edition, lang: Lang) -> Iterator[Sheet]:
    """All tables with all columns, numbers as numbers: what was counted and, behind it, what it is told over."""
    for shown in tables(edition, lang).values():
        if shown.rows:
            yield Sheet(shown.title, tuple(_heads(shown, lang)), tuple(_rows(shown)))
    yield from market_told.sheets(edition.market, lang)


def _heads(shown: Shown, lang: Lang) -> Iterator[str]:
    if shown.rows_of:
        yield shown.rows_of
    for head, column in zip(shown.heads, shown.table.columns.values(), strict=True):
        yield head
        if column.base or column.unit == "place":
            yield say("console.figures.sheet.base", lang, head=head)


def _rows(shown: Shown) -> Iterator[tuple[Cell, ...]]:
    for row in shown.rows:
        cells: list[Cell] = [row.label] if shown.rows_of else []
        for cell in row.cells:
            cells.append(cell.value)
            if cell.base is not None:
                cells.append(cell.base)
        yield tuple(cells)
