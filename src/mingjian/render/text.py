"""The report for a terminal: one line a clause within 100 columns, and what to record next. Details on request."""

import io
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mingjian.model.printable import printable
from mingjian.model.terms import named
from mingjian.model.texts import say
from mingjian.model.types import Clause, Evidence, Finding, Observation, Report, Truth, Verdict
from mingjian.model.words import channel_in_words, label_in_words, observation_in_words, term_in_words
from mingjian.render.beside import tally
from mingjian.render.matrix import How, Mark, matrix
from mingjian.render.necessity import HOWS, functions_in_words, need_in_words, type_in_words
from mingjian.render.outline import MARKS, capped, counts, evidence_of, names, next_steps, number, reason, rows, verdict_name
from mingjian.render.way import abbreviated, drawn

WIDTH = 100
_STYLES: dict[Verdict, str] = {
    "violated": "bold red",
    "suspected": "yellow",
    "inconclusive": "cyan",
    "satisfied": "green",
    "not_applicable": "dim",
}
_BEYOND: dict[Truth, str] = {"yes": "yellow", "no": "green", "unknown": "cyan"}
_EVIDENCE_SHOWN = 3
_FRAMES_SHOWN = 4
_SENTENCE_SHOWN = 300
"""Characters of a sentence."""


def render(report: Report, lang: str, detail: bool) -> bytes:
    """The table as UTF-8; with colour only when standard output is a terminal."""
    buffer = io.StringIO()
    colour = sys.stdout.isatty()
    console = Console(file=buffer, width=WIDTH, force_terminal=colour, no_color=not colour, highlight=False, emoji=False)
    _head(console, report, lang)
    console.print(_table(report, lang))
    console.print(_summary(report, lang))
    for cap, clauses in capped(report).items():
        console.print(_shown(say("report.capped", lang, why=say(f"capped.{cap}", lang), clauses=", ".join(clauses))))
    if agreements := tally(report):
        told = say("list.and", lang).join(f"{say(f'agreement.{agreement}', lang)} {count}" for agreement, count in agreements.items())
        console.print(_shown(say("report.told", lang, what=told)))
    if detail:
        for clause, finding in rows(report):
            if finding.verdict in ("violated", "suspected"):
                _details(console, report, clause, finding, lang)
        _matrix(console, report, lang)
        _necessity(console, report, lang)
    _coverage(console, report, lang)
    _next(console, report, lang)
    return buffer.getvalue().encode()


def _shown(text: str) -> str:
    """Text of others, which neither commands the terminal nor is taken for markup."""
    return escape(printable(text))


def _head(console: Console, report: Report, lang: str) -> None:
    subject = report.subject
    label = _shown(subject.label or subject.package)
    console.print(f"[bold]{label}[/]  {_shown(subject.package)} {_shown(subject.version)}", soft_wrap=True)
    packs = say("list.and", lang).join(f"{pack.title.of(lang)} {pack.version}" for pack in report.packs)
    console.print(f"[dim]{_shown(packs)}[/]\n[dim]sha256 {_shown(subject.id)} · mingjian {_shown(report.tool.version)}[/]\n")


def _table(report: Report, lang: str) -> Table:
    table = Table(box=None, pad_edge=False, show_header=True, header_style="dim", width=WIDTH)
    table.add_column(say("report.clause", lang), no_wrap=True, width=5)
    table.add_column(say("report.verdict", lang), no_wrap=True, width=14)
    table.add_column(say("report.title", lang), no_wrap=True, overflow="ellipsis", width=40)
    table.add_column(say("report.reason", lang), no_wrap=True, overflow="ellipsis", ratio=1)
    for clause, finding in rows(report):
        style = _STYLES[finding.verdict]
        verdict = f"[{style}]{MARKS[finding.verdict]} {_shown(verdict_name(finding.verdict, lang))}[/]"
        table.add_row(_shown(number(clause.id)), verdict, _shown(clause.title.of(lang)), _shown(reason(report, finding, lang)))
    return table


def _summary(report: Report, lang: str) -> str:
    parts = (f"[{_STYLES[verdict]}]{_shown(verdict_name(verdict, lang))} {count}[/]" for verdict, count in counts(report).items() if count)
    return "\n" + " · ".join(parts)


def _details(console: Console, report: Report, clause: Clause, finding: Finding, lang: str) -> None:
    style = _STYLES[finding.verdict]
    console.print(
        f"\n[{style}]{_shown(number(clause.id))} {_shown(verdict_name(finding.verdict, lang))}[/] [bold]{_shown(clause.title.of(lang))}[/]"
    )
    console.print(_shown(clause.message.of(lang)))
    if finding.capped:
        console.print(f"[yellow]{_shown(say(f'capped.{finding.capped}', lang))}[/]")
    for hit in finding.hits:
        for observation in evidence_of(report, hit):
            console.print(f"  • {_shown(observation_in_words(observation, lang, names(report)))}")
            for evidence in observation.evidence[:_EVIDENCE_SHOWN]:
                console.print(f"    [dim]{_shown(_place(observation, evidence))}[/]", soft_wrap=True)
                if path := _path(report, observation, evidence, lang):
                    console.print(f"      [dim]{_shown(path)}[/]", soft_wrap=True)
            hidden = observation.sites - min(len(observation.evidence), _EVIDENCE_SHOWN)
            if hidden > 0:
                console.print(f"    [dim]{say('report.more_places', lang, n=hidden)}[/]")
    console.print(f"  [italic]{say('report.remedy', lang)}[/]{_shown(clause.remedy.of(lang))}")


def _place(observation: Observation, evidence: Evidence) -> str:
    """Where evidence stands; of a policy, the sentence too, for nobody counts characters in a terminal."""
    if observation.mode != "claimed" or not evidence.excerpt:
        return evidence.locator
    return f"{evidence.locator} “{' '.join(evidence.excerpt.split())[:_SENTENCE_SHOWN]}”"


def _path(report: Report, observation: Observation, evidence: Evidence, lang: str) -> str:
    """The way to a call from its entry point, in short; empty where none is told."""
    way = drawn(observation, evidence).way
    if way is None:
        return ""
    ends = [f"{term_in_words('by', frame.owner, lang, names(report))} {frame.place.method}" for frame in way.frames]
    if way.left_out or len(ends) > _FRAMES_SHOWN:
        ends = [ends[0], "…", ends[-1]] if len(ends) > 1 else ["…", ends[0]]
    return " → ".join(ends)


def _matrix(console: Console, report: Report, lang: str) -> None:
    """Which data, by whom, when: a line for each kind of data and owner."""
    found = matrix(report)
    if not found.rows:
        return
    console.print(f"\n[bold]{say('report.matrix', lang)}[/]")
    for row in found.rows:
        for owner, cell in zip(found.owners, row.cells, strict=True):
            if cell.marks:
                party = term_in_words("by", owner, lang, names(report))
                marks = " · ".join(f"{say(f'report.matrix.{how}', lang)} {_marks(cell.marks, how, lang)}" for how in _hows(cell.marks))
                console.print(f"  {_shown(term_in_words('data', row.data, lang))} · {_shown(party)}: {_shown(marks)}", soft_wrap=True)


def _necessity(console: Console, report: Report, lang: str) -> None:
    """What goes beyond the type's need: a line for each kind of data and each permission."""
    if not report.necessity:
        return
    console.print(f"\n[bold]{say('report.necessity', lang)}[/]")
    for line in (*type_in_words(report, lang), say("report.necessity.standard", lang)):
        console.print(f"  [dim]{_shown(line)}[/]", soft_wrap=True)
    for row in report.necessity:
        ways = say("list.and", lang).join(say(f"report.necessity.{how}", lang) for how in HOWS if getattr(row, how))
        functions = functions_in_words(row, report, lang)
        parts = [ways, need_in_words(row, report, lang), *([say("report.necessity.function", lang) + " " + functions] if functions else [])]
        beyond = say(f"report.necessity.beyond.{row.beyond}", lang)
        name = term_in_words("data", row.term, lang)
        console.print(f"  [{_BEYOND[row.beyond]}]{beyond}[/]  {_shown(name)}: {_shown(' · '.join(parts))}", soft_wrap=True)


def _hows(marks: Sequence[Mark]) -> list[How]:
    return list(dict.fromkeys(mark.how for mark in marks))


def _marks(marks: Sequence[Mark], how: How, lang: str) -> str:
    told = (f"{abbreviated(mark.phase, lang)} {mark.count}{'' if mark.certain else '?'}" for mark in marks if mark.how == how)
    return say("list.and", lang).join(told)


def _coverage(console: Console, report: Report, lang: str) -> None:
    lost = [row for row in report.coverage if row.status in ("partial", "failed")]
    if not lost:
        return
    console.print(f"\n[bold]{say('report.coverage_lost', lang)}[/]")
    for row in lost:
        why = row.reason.of(lang) if row.reason else ""
        channel = named("channels", row.channel, lang)
        console.print(f"  {_shown(channel)} · {say(f'status.{row.status}', lang)} · {_shown(why)}")


def _next(console: Console, report: Report, lang: str) -> None:
    steps = next_steps(report, lang)
    if not steps:
        return
    console.print(f"\n[bold]{say('report.next', lang)}[/]")
    for step, clauses in steps:
        console.print(f"  {_shown(step)} [dim]({_shown(', '.join(clauses))})[/]")


def explain(report: Report, clause: Clause, finding: Finding, lang: str) -> str:
    """One clause with its whole tree of why, as plain text."""
    lines = [f"{number(clause.id)} {verdict_name(finding.verdict, lang)} · {clause.title.of(lang)}", clause.message.of(lang)]
    lines += [*((say(f"capped.{finding.capped}", lang),) if finding.capped else ()), ""]
    known = names(report)
    stack = [(finding.why, 0)] if finding.why else []
    while stack:
        node, depth = stack.pop()
        lines.append(f"{'  ' * depth}[{say(f'truth.{node.value}', lang)}] {label_in_words(node.label, lang, known)}")
        for index in node.observations:
            observation = report.observations[index]
            lines.append(f"{'  ' * (depth + 1)}• {observation_in_words(observation, lang, known)}")
            lines += [f"{'  ' * (depth + 2)}{_place(observation, evidence)}" for evidence in observation.evidence[:_EVIDENCE_SHOWN]]
        if node.missing:
            lacking = say("list.and", lang).join(channel_in_words(item, lang) for item in node.missing)
            lines.append(f"{'  ' * (depth + 1)}{say('report.missing', lang, what=lacking)}")
        stack += [(child, depth + 1) for child in reversed(node.children)]
    lines += ["", f"{say('report.remedy', lang)}{clause.remedy.of(lang)}"]
    return "\n".join(map(printable, lines))
