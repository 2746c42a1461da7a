"""Documents of a case: fixed with the event that makes them due, printed afterwards; and the wordings that a house may edit."""

import hashlib
from collections.abc import Sequence
from typing import Any, cast

import msgspec
from django.conf import settings
from django.db import transaction

from mingjian.console import clock, vault
from mingjian.console.accounts.models import User
from mingjian.console.audit.chain import record
from mingjian.console.cases import contents, events
from mingjian.console.cases.models import Case, Document, Template
from mingjian.console.cases.numbers import next_number
from mingjian.console.cases.state import CaseState
from mingjian.console.printing import blocks, template
from mingjian.console.printing.kinds import KINDS, Kind, known, shipped
from mingjian.console.printing.pdf import pdf
from mingjian.console.refused import RefusedError
from mingjian.console.work.queue import defer
from mingjian.errors import InputError, UsageError
from mingjian.model.texts import say
from mingjian.model.types import Lang

LANGS: tuple[Lang, Lang] = ("zh", "en")
PRINT = "cases.print"
"""The task that prints a document."""

_OF_ACT: dict[str, Kind] = {
    "order": "rectification_order",
    "naming": "naming_notice",
    "takedown": "takedown_order",
    "restoration": "restoration_notice",
}
_OF_EVENT: dict[str, Kind] = {
    "test_finished": "test_report",
    "retest_finished": "retest_report",
    "rectification_reported": "rectification_report",
}


def due(case: Case, before: CaseState, event: events.Event, after: CaseState) -> list[Document]:
    """The documents that `event` brings with it, numbered and composed, not yet written. Raises `RefusedError` when one lacks something
    that it must have, or when the house's wording of it cannot be used."""
    kinds: list[Kind] = []
    if event.kind in _OF_EVENT:
        kinds.append(_OF_EVENT[event.kind])
    if event.kind == "confirmed":
        proposal = before.proposal(event.data["of"])
        if proposal and proposal.act in _OF_ACT:
            kinds.append(_OF_ACT[proposal.act])
    if after.stage == "closed" and before.stage != "closed":
        kinds.append("closing_notice")
    return [issue(case, kind, before, event, after) for kind in kinds]


def issue(case: Case, kind: Kind, before: CaseState, event: events.Event, after: CaseState) -> Document:
    """One document of a kind, numbered and composed in both languages, not yet written. Raises as `due` does."""
    number = next_number(case.body, kind)
    matter = contents.Matter(case, before, event, after, number)
    try:
        zh, en = (_composed(kind, lang, wording(kind, lang), contents.values(kind, matter, lang)) for lang in LANGS)
    except (InputError, UsageError) as error:
        raise RefusedError(error.key, conflict=False, **error.values) from error
    return Document(
        case=case,
        seq=event.seq,
        kind=kind,
        number=number,
        created_at=event.at,
        zh=msgspec.to_builtins(zh),
        en=msgspec.to_builtins(en),
        digest=hashlib.sha256(f"{blocks.identity(zh)}\n{blocks.identity(en)}".encode()).hexdigest(),
    )


def keep(papers: Sequence[Document]) -> None:
    """Writes documents and queues their printing, in the caller's transaction."""
    for paper in papers:
        paper.save(force_insert=True)
        defer(PRINT, document=paper.pk)


def content(document: Document, lang: Lang) -> blocks.Document:
    """What was issued, in one language."""
    return msgspec.convert(document.zh if lang == "zh" else document.en, blocks.Document)


def print_out(document: Document) -> None:
    """Prints what is not printed yet. What this machine cannot print is told in `fault`; anything else that fails is raised, to be tried
    again."""
    try:
        for lang in LANGS:
            if not getattr(document, f"pdf_{lang}"):
                sha256, _ = vault.put([pdf(content(document, lang), spell_missing=True)])
                setattr(document, f"pdf_{lang}", sha256)
        document.fault = None
    except InputError as error:
        document.fault = {lang: say(error.key, lang, **error.values) for lang in LANGS}
    document.save(update_fields=["pdf_zh", "pdf_en", "fault"])


def wording(kind: Kind, lang: Lang) -> str:
    """The template that counts: the newest of the house, else the shipped one."""
    row = Template.objects.filter(kind=kind, lang=lang).order_by("-at", "-pk").first()
    return row.text if row is not None else shipped(kind, lang)


def reword(kind: str, lang: str, text: str, by: User) -> list[template.Fault]:
    """Makes `text` the house's wording of documents to come; those that were issued stay as they are. Returns what is wrong with it by
    line, when nothing was changed."""
    known_kind, known_lang = which(kind, lang)
    text = text.replace("\r\n", "\n").strip() + "\n"
    faults = template.check(known_kind, text)
    if not faults and text != wording(known_kind, known_lang):
        with transaction.atomic():
            row = Template.objects.create(kind=kind, lang=lang, text=text, by=by, at=clock.now())
            digest = hashlib.sha256(text.encode()).hexdigest()
            record("template.changed", f"template:{row.pk}", actor=by.get_username(), kind=kind, lang=lang, sha256=digest)
    return faults


def preview(kind: Kind, lang: Lang, text: str) -> blocks.Document:
    """The document that `text` would become with invented values. Raises `MingjianError` for a text with faults."""
    return _composed(kind, lang, text, contents.samples(kind, lang))


def which(kind: str, lang: str) -> tuple[Kind, Lang]:
    """A kind of document and a language by their names. Raises `RefusedError` for unknown ones."""
    if kind not in KINDS or lang not in LANGS:
        raise RefusedError("console.cases.refused.no_template")
    return kind, lang


def name(kind: str, lang: str) -> str:
    """What a reader calls a kind of document."""
    return known(cast(Kind, kind)).name.of(lang)


def _composed(kind: Kind, lang: Lang, text: str, values: Any) -> blocks.Document:
    document = template.compose(kind, lang, text, values)
    if settings.DEMO:
        document = msgspec.structs.replace(document, footer=say("console.synthetic", lang))
    return document
