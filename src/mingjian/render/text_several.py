"""The beginning of a report on several packs, for a terminal: the packs side by side, then every conduct once with its citations."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mingjian.model.citations import pack_of
from mingjian.model.printable import printable
from mingjian.model.texts import say
from mingjian.model.types import VERDICTS, Report
from mingjian.render.outline import MARKS, verdict_name
from mingjian.render.several import PackRows, ShownConduct, by_pack, conducts, totals

CONDUCTS_SHOWN = 25
"""Conducts in a terminal without `-v`; the page shows all."""


def overview(console: Console, report: Report, lang: str, detail: bool) -> None:
    """One table by pack, then the conducts."""
    console.print(f"[bold]{say('report.by_pack', lang)}[/]")
    console.print(_packs(by_pack(report), lang))
    shown = conducts(report)
    counted = [each for each in shown if each.conduct.counts]
    console.print(f"\n[bold]{say('report.conducts', lang)}[/]")
    if not counted:
        console.print(say("report.conducts_none", lang))
    else:
        console.print(" · ".join(f"{escape(verdict_name(verdict, lang))} {count}" for verdict, count in totals(shown).items()))
    _conducts(console, counted, lang, detail)
    if informing := [each for each in shown if not each.conduct.counts]:
        console.print(f"\n[bold]{say('report.information_only', lang)}[/]")
        _conducts(console, informing, lang, detail)


def heading(part: PackRows, lang: str) -> str:
    """What stands over the clauses of one pack."""
    if part.pack is None:
        return f"\n[bold]{say('report.other_clauses', lang)}[/]"
    title = escape(printable(f"{part.pack.title.of(lang)} ({part.pack.id} {part.pack.version})"))
    told = say("report.information_only", lang) if part.informs else say(f"nature.{part.pack.nature}", lang)
    return f"\n[bold]{title}[/] [dim]{escape(told)}[/]"


def _packs(parts: tuple[PackRows, ...], lang: str) -> Table:
    table = Table(box=None, pad_edge=False, show_header=True, header_style="dim")
    table.add_column(say("report.pack", lang), no_wrap=True)
    table.add_column(say("report.nature", lang), no_wrap=True)
    for verdict in VERDICTS:
        table.add_column(verdict_name(verdict, lang), justify="right")
    for part in parts:
        name = part.pack.id if part.pack else say("report.other_clauses", lang)
        nature = say(f"nature.{part.pack.nature}", lang) if part.pack else ""
        table.add_row(escape(printable(name)), nature, *(str(part.counts[verdict]) for verdict in VERDICTS))
    return table


def _conducts(console: Console, shown: list[ShownConduct], lang: str, detail: bool) -> None:
    most = len(shown) if detail else CONDUCTS_SHOWN
    for each in shown[:most]:
        console.print(f"{MARKS[each.conduct.verdict]} {_plain(each.words.of(lang))}", soft_wrap=True)
        console.print(f"    [dim]{_plain(_citations(each, lang))}[/]", soft_wrap=True)
        reasons = (cited.why_weaker() for cited in each.cited if detail)
        for why in dict.fromkeys(reason.of(lang) for reason in reasons if reason):
            console.print(f"    [dim]{_plain(why)}[/]", soft_wrap=True)
    if len(shown) > most:
        console.print(f"[dim]{say('report.conducts_more', lang, n=len(shown) - most)}[/]")


def _citations(shown: ShownConduct, lang: str) -> str:
    """The places by pack; before those whose verdict is another than the conduct's stands its mark, and drafts come last."""
    places: dict[tuple[bool, str], list[str]] = {}
    for cited in shown.cited:
        mark = "" if cited.breach.verdict == shown.conduct.verdict else f"{MARKS[cited.breach.verdict]} "
        places.setdefault((cited.informs, pack_of(cited.clause.id)), []).append(mark + cited.place(lang))
    told = [f"{pack} {say('report.nor', lang).join(found)}" for (_, pack), found in sorted(places.items(), key=lambda each: each[0][0])]
    return " · ".join(told)


def _plain(text: str) -> str:
    return escape(printable(text))
