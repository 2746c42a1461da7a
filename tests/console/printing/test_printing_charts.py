"""Charts: still drawings with their words in them, the same for the same numbers, and refused when they cannot be read."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Callable

import pytest

from mingjian.console.printing import charts
from mingjian.console.printing.drawing import require_still

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</text><script>alert(1)</script>\"&'{datum.value}"

EXPRESSION = '\\" + warn(1) + \\"'


def drawings(label: str) -> dict[str, Callable[[], bytes]]:
    return {
        "bar": lambda: charts.bar(label, label, label, [label, "乙"], [3, 5]),
        "histogram": lambda: charts.histogram(label, label, (label, label), [0, 1, 2], [3, 4]),
        "line": lambda: charts.line(label, label, label, [label, "乙"], {label: [1, None], "乙": [2, 3]}),
        "share": lambda: charts.share(label, label, {label: 3, "乙": 1}),
    }


@pytest.mark.parametrize("name", drawings(""))
@pytest.mark.parametrize("label", ["龘镕堃 𠮷", HOSTILE + EXPRESSION, "\x00\x1b\u202e\n"])
def test_a_chart_is_a_still_drawing_with_a_name_and_its_labels(name: str, label: str) -> None:
    svg = drawings(label)[name]()
    require_still(svg)
    root = ElementTree.fromstring(svg)
    shown = label.encode("unicode_escape").decode() if "\x00" in label else label
    assert [element for element in root.iter() if element.get("role")] == [root]
    assert root.get("role") == "img"
    assert root.get("aria-label") == shown
    assert root.findtext(f"{SVG}title") == shown
    assert root.findtext(f"{SVG}desc") == shown
    words = [element.text or "" for element in root.iter(f"{SVG}text")]
    assert any(shown[:8] in word for word in words)


@pytest.mark.parametrize("name", drawings(""))
def test_the_same_numbers_are_the_same_drawing(name: str) -> None:
    assert drawings("甲")[name]() == drawings("甲")[name]()


def test_bars_are_as_long_as_their_numbers_and_tell_them() -> None:
    svg = charts.bar("t", "d", "应用数量", ["甲", "乙", "甲"], [100, 50, 1234])
    root = ElementTree.fromstring(svg)
    bars = [element for element in root.iter(f"{SVG}path") if element.get("fill") == charts.PALETTE[0]]
    lengths = [float(bar.get("d", "").partition("h")[2].partition("v")[0]) for bar in bars]
    assert lengths[0] == pytest.approx(2 * lengths[1], rel=0.01)
    assert lengths[2] == pytest.approx(12.34 * lengths[0], rel=0.01)
    words = {element.text for element in root.iter(f"{SVG}text")}
    assert {"甲", "乙", "甲 (2)", "100", "50", "1,234", "应用数量"} <= words


def test_a_share_tells_the_percentage_of_each_part() -> None:
    words = {element.text for element in ElementTree.fromstring(charts.share("t", "d", {"甲": 1, "乙": 2, "丙": 0})).iter(f"{SVG}text")}
    assert {"甲  33.3%", "乙  66.7%", "丙  0.0%"} <= words


@pytest.mark.parametrize(
    "draw",
    [
        lambda: charts.bar("t", "d", "a", ["甲"], [float("nan")]),
        lambda: charts.bar("t", "d", "a", ["甲"], [float("inf")]),
        lambda: charts.bar("t", "d", "a", ["甲"], [1, 2]),
        lambda: charts.bar("t", "d", "a", ["甲"] * 61, [1] * 61),
        lambda: charts.line("t", "d", "a", ["甲"], {str(at): [1] for at in range(8)}),
        lambda: charts.histogram("t", "d", ("a", "b"), [0, 1], [1, 2]),
        lambda: charts.histogram("t", "d", ("a", "b"), [1, 0], [1]),
        lambda: charts.share("t", "d", {"甲": 0}),
        lambda: charts.share("t", "d", {"甲": -1, "乙": 3}),
        lambda: charts.share("t", "d", {}),
    ],
)
def test_numbers_that_cannot_be_drawn_are_refused(draw: Callable[[], bytes]) -> None:
    with pytest.raises(ValueError):
        draw()


@pytest.mark.parametrize(
    "inner",
    [
        "<script>1</script>",
        '<g onload="1"/>',
        '<g style="fill:red"/>',
        "<style>*{fill:red}</style>",
        "<foreignObject/>",
        '<a href="x"/>',
        '<image href="https://example.com/x.png"/>',
        '<use xlink:href="#x"/>',
        '<rect fill="url(https://example.com/x)"/>',
        '<rect fill="URL(#x)"/>',
        '<g id="main"/>',
        '<x:script xmlns:x="http://www.w3.org/1999/xhtml">1</x:script>',
        '<g xmlns="http://www.w3.org/1999/xhtml"/>',
        '<animate attributeName="x"/>',
        "<?php 1?>",
        "<g>",
        "\x00",
    ],
)
def test_a_drawing_that_does_more_than_show_is_refused(inner: str) -> None:
    whole = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{}</svg>'
    require_still(whole.format('<g><rect fill="#fff"/></g>').encode())
    with pytest.raises(ValueError):
        require_still(whole.format(inner).encode())


@pytest.mark.parametrize(
    "svg",
    [
        b"",
        b"x",
        b'<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>',
        b"<html/>",
        b"<svg>" + b" " * (3 << 20),
    ],
)
def test_what_is_no_drawing_is_refused(svg: bytes) -> None:
    with pytest.raises(ValueError):
        require_still(svg)
