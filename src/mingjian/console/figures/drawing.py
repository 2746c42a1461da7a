"""Tables of figures as charts. Whoever shows one shows its table beside it."""

from collections.abc import Iterator
from math import ceil
from typing import get_args

from django.db import transaction

from mingjian.console.figures.definitions import Exhibit, figures
from mingjian.console.figures.models import Chart, Edition
from mingjian.console.figures.tables import Shown, few, tables
from mingjian.console.printing import charts
from mingjian.model.texts import say
from mingjian.model.types import Lang

_BINS = 20
_BARS = 20


def draw(edition: Edition) -> None:
    """Keeps the charts of an edition that are not there yet, in both languages, in some seconds; none of one that made way."""
    made = list(_missing(edition))
    with transaction.atomic():
        if Edition.objects.select_for_update(of=("self",)).filter(pk=edition.pk).exists():
            Chart.objects.bulk_create(made, ignore_conflicts=True)


def charts_of(edition: Edition, lang: Lang) -> dict[str, bytes]:
    """The charts that were drawn, as SVG by the name of the exhibit."""
    return {name: svg.encode() for name, svg in edition.charts.filter(lang=lang).values_list("exhibit", "svg")}


def _missing(edition: Edition) -> Iterator[Chart]:
    known = set(edition.charts.values_list("exhibit", "lang"))
    for lang in get_args(Lang):
        wanted = [each for each in figures().exhibits if each.chart and (each.name, lang) not in known]
        shown = tables(edition, lang) if wanted else {}
        for each in wanted:
            if svg := drawn(shown[each.table], each, lang):
                yield Chart(edition=edition, exhibit=each.name, lang=lang, svg=svg.decode())


def drawn(shown: Shown, exhibit: Exhibit, lang: Lang) -> bytes:
    """The chart of a table as SVG; nothing where the table is not drawn or holds nothing to draw."""
    match exhibit.chart:
        case "bar":
            return _bar(shown, exhibit, lang)
        case "histogram":
            return _histogram(shown, lang)
        case "parts":
            return _parts(shown, exhibit)
    return b""


def _bar(shown: Shown, exhibit: Exhibit, lang: Lang) -> bytes:
    """The first column: percentages and numbers per hundred only over enough, else what was counted."""
    place = list(shown.table.columns).index(exhibit.columns[0])
    column = shown.table.columns[exhibit.columns[0]]
    cells = [(row.label, row.cells[place]) for row in shown.rows[: exhibit.most]]
    counts = column.unit == "count" or any(few(column, cell.base) for _, cell in cells)
    axis = say("console.figures.report.axis.share", lang) if column.unit == "share" and not counts else shown.heads[place]
    bars = [(label, cell.value if counts else cell.number) for label, cell in cells]
    bars = sorted((bar for bar in bars if bar[1]), key=lambda bar: -bar[1])[:_BARS]
    if not bars:
        return b""
    return charts.bar(shown.title, shown.whats[place], axis, [label for label, _ in bars], [value for _, value in bars])


def _histogram(shown: Shown, lang: Lang) -> bytes:
    counted = {int(row.name): int(row.cells[0].value) for row in shown.rows if row.name.lstrip("-").isdigit()}
    if not counted:
        return b""
    first, last = min(counted), max(counted)
    width = ceil((last - first + 1) / _BINS)
    edges = list(range(first, last + width + 1, width))
    heights = [sum(times for number, times in counted.items() if low <= number < low + width) for low in edges[:-1]]
    axes = (shown.rows_of, say("console.figures.report.axis.apps", lang) if "apps" in shown.table.columns else shown.heads[0])
    return charts.histogram(shown.title, shown.whats[0], axes, edges, heights)


def _parts(shown: Shown, exhibit: Exhibit) -> bytes:
    """Parts of a whole tell percentages, so over too few there is no chart."""
    columns = shown.table.columns
    parts = {head: cell for head, _, cell in shown.pairs if cell.place[2] in exhibit.columns} if shown.rows else {}
    if not parts or any(few(columns[cell.place[2]], cell.base) for cell in parts.values()):
        return b""
    return charts.share(shown.title, shown.title, {head: cell.value for head, cell in parts.items()})
