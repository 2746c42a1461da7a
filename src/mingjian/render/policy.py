"""What a policy says by itself: for a terminal, or as JSON."""

import io
import json
import sys
from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mingjian.model.codec import encode
from mingjian.model.printable import printable, printable_json
from mingjian.model.terms import named
from mingjian.model.texts import say
from mingjian.model.types import Finding, Report
from mingjian.model.words import observation_in_words, term_in_words
from mingjian.nlp.reading import Reading, SdkRow
from mingjian.nlp.slots import Slot, SlotState, slots
from mingjian.render.beside import spoken
from mingjian.render.outline import MARKS, names, number, verdict_name
from mingjian.render.outline import rows as clauses

SCHEMA = "mingjian-policy/1"
WIDTH = 100
_SLOT_MARKS: dict[SlotState, str] = {"told": "✓", "unsure": "?", "denied": "✗", "missing": "✗", "not_needed": "–"}
_RAISED = ("violated", "suspected")


def render_json(reading: Reading, report: Report) -> bytes:
    """Documents, statements with their places, third parties, slots, readability and the findings, as one JSON document."""
    document = {
        "schema": SCHEMA,
        "is_policy": reading.is_policy,
        "documents": [_document(reading, index) for index in range(len(reading.outlines))],
        "statements": [encode(each) | {"locator": _locator(reading, each.document, each.start, each.end)} for each in reading.statements],
        "third_parties": encode(reading.rows),
        "slots": [{"action": slot.action, "state": slot.state, "statements": encode(slot.statements)} for slot in slots(reading)],
        "readability": encode(reading.readability),
        "coverage": encode(report.coverage),
        "findings": [_finding(finding) for finding in report.findings],
        "observations": encode(report.observations),
    }
    return (printable_json(json.dumps(document, ensure_ascii=False, indent=1)) + "\n").encode()


def _finding(finding: Finding) -> dict[str, object]:
    capped = {"capped": finding.capped} if finding.capped else {}
    return {"clause": finding.clause, "verdict": finding.verdict, **capped}


def _document(reading: Reading, index: int) -> dict[str, object]:
    outline = reading.outlines[index]
    return {
        "name": outline.document.name,
        "sha256": outline.document.artifact,
        "lang": outline.lang,
        "script": outline.script,
        "characters": len(outline.document.text),
        "sentences": len(outline.sentences),
        "sections": [section.title for section in outline.sections if section.title],
        "lost": encode(outline.document.lost),
    }


def _locator(reading: Reading, document: int, start: int, end: int) -> str:
    return reading.outlines[document].document.locator(start, end)


def render_text(reading: Reading, report: Report, lang: str, detail: bool) -> bytes:
    """What the policy tells and what it leaves out, within 100 columns; with `detail` every statement with its sentence."""
    buffer = io.StringIO()
    colour = sys.stdout.isatty()
    console = Console(file=buffer, width=WIDTH, force_terminal=colour, no_color=not colour, highlight=False, emoji=False)
    for line in _head(reading, report, lang):
        console.print(_shown(line), soft_wrap=True)
    if reading.is_policy:
        console.print(_slots(slots(reading), reading, lang))
        if reading.rows:
            console.print(f"\n[bold]{say('policy.third_parties', lang, n=len(reading.rows))}[/]")
            console.print(_third_parties(reading.rows, lang))
        if detail:
            _statements(console, report, lang)
        _readability(console, reading, lang)
        _raised(console, report, lang)
    return buffer.getvalue().encode()


def _shown(text: str) -> str:
    return escape(printable(text))


def _head(reading: Reading, report: Report, lang: str) -> Iterator[str]:
    for outline in reading.outlines:
        script = say(f"policy.script.{outline.script}", lang)
        counts = say("policy.size", lang, characters=len(outline.document.text), sentences=len(outline.sentences))
        yield f"{outline.document.name} · {script} · {counts}"
    for row in report.coverage:
        if row.channel == "policy" and row.reason:
            # What a language model was asked is told in such a row, too, and is no loss.
            lost = row.status in ("partial", "failed")
            yield f"{say('report.coverage_lost', lang)} · {row.reason.of(lang)}" if lost else row.reason.of(lang)
    yield ""


def _slots(found: tuple[Slot, ...], reading: Reading, lang: str) -> Table:
    table = Table(box=None, pad_edge=False, show_header=True, header_style="dim", width=WIDTH)
    table.add_column("", no_wrap=True, width=2)
    table.add_column(say("policy.slot", lang), no_wrap=True, overflow="ellipsis", width=38)
    table.add_column(say("policy.told", lang), no_wrap=True, overflow="ellipsis", ratio=1)
    for slot in found:
        table.add_row(_SLOT_MARKS[slot.state], _shown(named("actions", slot.action, lang)), _shown(_sentence(slot, reading, lang)))
    return table


def _sentence(slot: Slot, reading: Reading, lang: str) -> str:
    if not slot.statements:
        return say(f"policy.slot.{slot.state}", lang)
    first = slot.statements[0]
    words = reading.outlines[first.document].document.text[first.start : first.end].strip()
    return words if slot.state == "told" else f"{say(f'policy.slot.{slot.state}', lang)} {words}"


def _third_parties(rows: tuple[SdkRow, ...], lang: str) -> Table:
    table = Table(box=None, pad_edge=False, show_header=True, header_style="dim", width=WIDTH)
    for key in ("report.name", "report.vendor", "policy.data", "report.purposes"):
        table.add_column(say(key, lang), overflow="fold", ratio=1)
    between = say("list.and", lang)
    for row in rows:
        data = between.join(term_in_words("data", term, lang) for term in row.data)
        purposes = between.join(term_in_words("for", term, lang) for term in row.purposes)
        table.add_row(*map(_shown, (row.name, row.company, data, purposes)))
    return table


def _statements(console: Console, report: Report, lang: str) -> None:
    known = names(report)
    console.print(f"\n[bold]{say('policy.statements', lang, n=len(report.observations))}[/]")
    for sentence in spoken(report):
        console.print(f"\n  {_shown(sentence.evidence.excerpt)} [dim]{_shown(sentence.evidence.locator)}[/]", soft_wrap=True)
        for index in sentence.claims:
            console.print(f"    • {_shown(observation_in_words(report.observations[index], lang, known))}", soft_wrap=True)


def _readability(console: Console, reading: Reading, lang: str) -> None:
    console.print(f"\n[bold]{say('policy.readability', lang)}[/]")
    between = " · "
    console.print(_shown(between.join(f"{say(f'policy.measure.{name}', lang)} {value:g}" for name, value in reading.readability.measures)))
    for why in reading.readability.reasons:
        console.print(f"  ! {_shown(why.of(lang))}")


def _raised(console: Console, report: Report, lang: str) -> None:
    raised = [(clause, finding) for clause, finding in clauses(report) if finding.verdict in _RAISED]
    console.print(f"\n[bold]{say('policy.raised', lang, n=len(raised))}[/]")
    for clause, finding in raised:
        verdict = f"{MARKS[finding.verdict]} {verdict_name(finding.verdict, lang)}"
        console.print(f"  {number(clause.id)}  {_shown(verdict)}  {_shown(clause.title.of(lang))}")
    console.print(f"[dim]{_shown(say('policy.alone', lang))}[/]")
