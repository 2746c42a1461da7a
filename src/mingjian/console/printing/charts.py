"""Charts from plain numbers to SVG, drawn on the server.

A chart is dark on its own white ground, so that it reads the same in a light page, a dark page and on paper. It holds no script, style
or reference, so that it may stand inline under `default-src 'self'`. Labels come in the reader's language and may be hostile: they are
data of the chart, and never part of an expression. The first chart of a process takes about half a second, the following 40 ms."""

import math
import re
import xml.sax.saxutils
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import vl_convert

from mingjian.console.printing.fonts import SANS
from mingjian.model.printable import printable

MOST_LABELS = 60
"""Along one axis; more cannot be read."""

PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#666666")
"""Colours that people with any form of colour blindness tell apart (Okabe and Ito), and grey; also the most series of one chart."""

_DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 2], [10, 4], [1, 3])
_WIDTH = 640
_PADDING = {"left": 10, "top": 10, "right": 48, "bottom": 10}
"""Beyond the end of the longest bar stands its number."""
_FONT = ", ".join(f"'{name}'" for name in SANS) + ", sans-serif"
_INK, _GRID = "#1a1a1a", "#d9d9d9"
_NUMBER = ",.1~f"
_VEGA_LITE = "6.1"
_TAG, _ROLE = re.compile(r"<\w[^<>]*>"), re.compile(r' (?:role|aria-roledescription)="[^"]*"')


def bar(title: str, description: str, axis: str, labels: Sequence[str], values: Sequence[float]) -> bytes:
    """One bar for each label, in the order given, from the top; `axis` names what is counted.

    `title` and `description` are read by programs that read the page aloud and are not drawn: the page has its own heading."""
    rows = [{"label": label, "value": value} for label, value in _pairs(labels, values)]
    base = alt.Chart(_data(rows)).encode(
        y=alt.Y("label:N", sort=None, title=None), x=alt.X("value:Q", title=printable(axis), axis=_scale_axis(values))
    )
    figures = base.mark_text(align="left", dx=4).encode(text=alt.Text("value:Q", format=_NUMBER))
    return _svg(base.mark_bar(color=PALETTE[0]) + figures, title, description)


def histogram(title: str, description: str, axes: tuple[str, str], edges: Sequence[float], counts: Sequence[int]) -> bytes:
    """How often values fell between neighbouring `edges`, which are one more than `counts`; `axes` names the values and what is counted."""
    if len(edges) != len(counts) + 1 or not all(map(math.isfinite, edges)) or sorted(set(edges)) != list(edges):
        raise ValueError("a histogram has rising edges, one more than counts")
    _finite(counts)
    rows = [{"from": low, "to": high, "value": count} for low, high, count in zip(edges, edges[1:], counts, strict=False)]
    chart = (
        alt.Chart(_data(rows))
        .mark_rect(color=PALETTE[0], stroke="white")
        .encode(
            x=alt.X("from:Q", title=printable(axes[0]), scale=alt.Scale(domain=[edges[0], edges[-1]]), axis=_scale_axis(edges)),
            x2="to:Q",
            y=alt.Y("value:Q", title=printable(axes[1]), axis=_scale_axis(counts)),
            y2=alt.Y2Datum(0),
        )
    )
    return _svg(chart, title, description)


def line(title: str, description: str, axis: str, labels: Sequence[str], series: Mapping[str, Sequence[float | None]]) -> bytes:
    """Lines over `labels`, which are usually periods in their order; where a value is none the line has a gap."""
    rows = _series_rows(labels, series)
    names = list(dict.fromkeys(row["series"] for row in rows))
    encoded = alt.Chart(_data(rows)).encode(
        x=alt.X("label:N", sort=None, title=None, axis=alt.Axis(labelAngle=-30 if len(labels) > 8 else 0)),
        y=alt.Y("value:Q", title=printable(axis), axis=_scale_axis([row["value"] for row in rows])),
        color=_colour(rows),
    )
    lines = encoded.mark_line(strokeWidth=2).encode(
        strokeDash=alt.StrokeDash("series:N", sort=None, scale=alt.Scale(domain=names, range=list(_DASHES[: len(names)])), title=None)
    )
    points = encoded.mark_point(filled=True, size=45).encode(
        shape=alt.Shape("series:N", sort=None, scale=alt.Scale(domain=names), title=None)
    )
    return _svg(lines + points, title, description)


def share(title: str, description: str, parts: Mapping[str, float]) -> bytes:
    """What each part is of the whole, as one bar cut into pieces; the legend tells each percentage. No part may be negative."""
    _finite(list(parts.values()))
    total = math.fsum(parts.values())
    if any(value < 0 for value in parts.values()) or total <= 0:
        raise ValueError("parts are not negative, and one is more than nothing")
    names = [f"{name}  {value / total:.1%}" for name, value in zip(_distinct(list(parts)), parts.values(), strict=True)]
    rows = [
        {"series": name, "value": value / total, "order": at} for at, (name, value) in enumerate(zip(names, parts.values(), strict=True))
    ]
    chart = (
        alt.Chart(_data(rows))
        .mark_bar(stroke="white", size=36)
        .encode(
            x=alt.X("value:Q", stack="zero", title=None, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format=".0%", grid=False)),
            color=_colour(rows),
            order="order:Q",
        )
        .properties(height=56)
    )
    return _svg(chart, title, description)


def _series_rows(labels: Sequence[str], series: Mapping[str, Sequence[float | None]]) -> list[dict[str, Any]]:
    names = _distinct(list(series))
    return [
        {"label": label, "series": name, "value": value}
        for name, values in zip(names, series.values(), strict=True)
        for label, value in _pairs(labels, values)
    ]


def _pairs(labels: Sequence[str], values: Sequence[float | None]) -> list[tuple[str, float | None]]:
    if len(labels) > MOST_LABELS or len(labels) != len(values):
        raise ValueError(f"at most {MOST_LABELS} labels, and as many values")
    _finite([value for value in values if value is not None])
    return list(zip(_distinct(labels), values, strict=True))


def _finite(values: Sequence[float]) -> None:
    if not all(map(math.isfinite, values)):
        raise ValueError("a value is not a number that can be drawn")


def _distinct(labels: Sequence[str]) -> list[str]:
    """Labels safe to show; one that came before gets a number, for equal labels would be drawn upon each other."""
    seen: dict[str, int] = {}
    shown = []
    for label in map(printable, labels):
        seen[label] = seen.get(label, 0) + 1
        shown.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return shown


def _scale_axis(values: Sequence[float | None]) -> alt.Axis:
    """An axis that has no halves where only whole things are counted."""
    whole = all(value is None or value == int(value) for value in values)
    return alt.Axis(format=_NUMBER, tickMinStep=1) if whole else alt.Axis(format=_NUMBER)


def _colour(rows: Sequence[Mapping[str, Any]]) -> alt.Color:
    names = list(dict.fromkeys(row["series"] for row in rows))
    if len(names) > len(PALETTE):
        raise ValueError(f"at most {len(PALETTE)} series")
    scale = alt.Scale(domain=names, range=list(PALETTE[: len(names)]))
    return alt.Color("series:N", sort=None, scale=scale, title=None, legend=alt.Legend(orient="top", columns=3, labelLimit=240))


def _data(rows: list[dict[str, Any]]) -> alt.InlineData:
    return alt.InlineData(values=rows)


def _svg(chart: alt.Chart | alt.LayerChart, title: str, description: str) -> bytes:
    # Its own descriptions of marks would put the words of axes into expressions, where a backslash breaks out of them.
    text = {"labelColor": _INK, "titleColor": _INK, "labelFont": _FONT, "titleFont": _FONT, "labelFontSize": 12, "titleFontSize": 12}
    axis = {"titleFontWeight": "normal", "labelLimit": 240, "gridColor": _GRID, "domainColor": _INK, "tickColor": _INK}
    spec = chart.properties(
        width=_WIDTH, background="white", padding=_PADDING, autosize=alt.AutoSizeParams(type="fit-x", contains="padding")
    ).configure(aria=False, axis=text | axis, legend=text, text={"font": _FONT, "fontSize": 12, "color": _INK}, view={"stroke": None})
    drawn = vl_convert.vegalite_to_svg(spec.to_json(), vl_version=_VEGA_LITE)
    head, _, rest = drawn.partition(">")
    # The chart is one picture with one name: marks with roles of their own would each need one.
    rest = _TAG.sub(lambda tag: _ROLE.sub("", tag.group()), rest)
    name, words = (xml.sax.saxutils.escape(printable(part), {'"': "&quot;"}) for part in (title, description))
    return f'{head} role="img" aria-label="{name}"><title>{name}</title><desc>{words}</desc>{rest}'.encode()
