"""The half-yearly report as a document: what is read, printed and kept. The same edition gives the same document."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from django.conf import settings

from mingjian.console import clock
from mingjian.console.figures import labels, market_told
from mingjian.console.figures.definitions import Exhibit, figures
from mingjian.console.figures.models import Edition
from mingjian.console.figures.tables import Cell, Shown, tables
from mingjian.console.printing.blocks import Block, Document, Fields, Heading, Items, Note, Paragraph, Picture
from mingjian.console.printing.blocks import Table as Printed
from mingjian.model.periods import bounds
from mingjian.model.texts import say
from mingjian.model.types import Lang

_TOP = 3
_METHOD = ("sample", "verdicts", "moment", "small", "definitions")


def report(edition: Edition, lang: Lang, charts: Mapping[str, bytes]) -> Document:
    """The report of an edition, with two queries, and with those charts, each as SVG by the name of its exhibit."""
    shown = tables(edition, lang)
    values = _values(edition, shown, lang)
    return Document(
        title=_say("title", lang, values),
        number="",
        lang=lang,
        blocks=tuple(_blocks(edition, shown, values, lang, charts)),
        footer=_say("footer", lang, values),
        issued=edition.computed_at.astimezone(clock.PLACE).date(),
    )


def cut(shown: Shown, exhibit: Exhibit) -> tuple[tuple[str, ...], list[tuple[str, tuple[Cell, ...]]]]:
    """Heads and rows of a table as the report shows it."""
    chosen = [place for place, name in enumerate(shown.table.columns) if name in exhibit.columns]
    heads = tuple(shown.heads[place] for place in chosen if place < len(shown.heads))
    rows = [(row.label, tuple(row.cells[place] for place in chosen)) for row in shown.rows[: exhibit.most]]
    return heads, rows


def _blocks(edition: Edition, shown: dict[str, Shown], values: dict[str, str], lang: Lang, charts: Mapping[str, bytes]) -> Iterator[Block]:
    if settings.DEMO:
        yield Note(_say("synthetic", lang, values))
    yield Fields(tuple(_about(edition, values, lang)))
    for section, exhibits in figures().report.items():
        yield Heading(_say(f"heading.{section}", lang, values))
        yield Paragraph(_say(section, lang, values))
        for exhibit in exhibits:
            yield from _exhibit(shown[exhibit.table], exhibit, lang, charts.get(exhibit.name, b""))
    yield from _comparison(edition, shown, values, lang)
    yield from market_told.blocks(edition.market, lang)
    yield Heading(_say("heading.method", lang, values))
    yield Items(tuple(_say(f"method.{name}", lang, values) for name in _METHOD), numbered=True)
    yield Heading(_say("heading.chain", lang, values))
    yield Paragraph(_say("chain", lang, values))


def _about(edition: Edition, values: dict[str, str], lang: Lang) -> Iterator[tuple[str, str]]:
    yield _say("about.period", lang, values), _say("about.days", lang, values)
    yield _say("about.counted", lang, values), values["counted"]
    yield _say("about.sample", lang, values), _say("about.apps", lang, values)
    yield _say("about.before", lang, values), values["before"] or _say("about.none", lang, values)
    if edition.corrects:
        yield _say("about.corrects", lang, values), _say("about.corrected", lang, {"moment": _moment(edition.corrects)})


def _exhibit(shown: Shown, exhibit: Exhibit, lang: Lang, svg: bytes) -> Iterator[Block]:
    heads, rows = cut(shown, exhibit)
    if not rows:
        return
    if shown.rows_of:
        printed = Printed(
            (shown.rows_of, *heads),
            tuple((label, *(cell.text for cell in cells)) for label, cells in rows),
            widths=(3, *(2 for _ in heads)),
            caption=shown.title,
        )
    else:
        head = (say("console.printing.item", lang), say("console.printing.content", lang))
        pairs = zip(heads, rows[0][1], strict=True)
        printed = Printed(head, tuple((name, cell.text) for name, cell in pairs), caption=shown.title)
    yield Picture(svg, shown.title, printed) if svg else printed


def _comparison(edition: Edition, shown: dict[str, Shown], values: dict[str, str], lang: Lang) -> Iterator[Block]:
    yield Heading(_say("heading.comparison", lang, values))
    if edition.before is None:
        yield Paragraph(say("console.figures.not_compared", lang))
        return
    yield Paragraph(_say("comparison", lang, values))
    before = tables(edition.before, lang)
    rows = []
    for table, column in figures().headline:
        now, then = _single(shown[table], column), _single(before[table], column)
        if now is not None:
            head = f"{shown[table].title}{'：' if lang == 'zh' else ': '}{labels.column(shown[table].table, column, lang)}"
            judged = say(f"console.figures.difference.{now.judgement}", lang) if now.judgement else ""
            rows.append((head, then.text if then else "", now.text, now.change, judged))
    heads = tuple(_say(f"comparison.{name}", lang, values) for name in ("figure", "before", "now", "difference", "judgement"))
    yield Printed(heads, tuple(rows), widths=(4, 3, 3, 2, 2), caption=_say("heading.comparison", lang, values))


def _single(shown: Shown, column: str) -> Cell | None:
    return next((cell for cell in shown.cells if cell.place[2] == column), None)


def _values(edition: Edition, shown: dict[str, Shown], lang: Lang) -> dict[str, str]:
    """What paragraphs can say: the figures of tables of one row, the first rows of the others, and what is known of the edition."""
    first, after = bounds(edition.half)
    values = {
        "half": labels.half(edition.half, lang),
        "first": first.date().isoformat(),
        "last": (after - timedelta(days=1)).date().isoformat(),
        "counted": _moment(edition),
        "before": labels.half(edition.before.half, lang) if edition.before else "",
        "least_base": str(figures().least_base),
        "least_each_side": str(figures().least_each_side),
        "seq": str(edition.audit_seq),
        "digest": edition.audit_digest,
    }
    for name, table in shown.items():
        if table.rows_of:
            values[f"{name}_top"] = _top(table, lang)
        else:
            values |= {f"{name}_{column}": "—" for column in table.table.columns}
            values |= {f"{name}_{cell.place[2]}": cell.text for cell in table.cells}
    return values


def _top(shown: Shown, lang: Lang) -> str:
    told = [say("console.figures.report.top", lang, name=row.label, figure=row.cells[0].text) for row in shown.rows[:_TOP]]
    return say("console.figures.report.top.between", lang).join(told) or "—"


def _say(key: str, lang: Lang, values: dict[str, str]) -> str:
    return say(f"console.figures.report.{key}", lang, **values)


def _moment(edition: Edition) -> str:
    return edition.computed_at.astimezone(clock.PLACE).strftime("%Y-%m-%d %H:%M")
