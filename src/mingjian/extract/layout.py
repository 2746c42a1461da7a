"""Consent boxes, policy links and legibility in the layout files."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import takewhile

from mingjian.extract.context import Context, together, worded
from mingjian.extract.gather import Gathered
from mingjian.extract.package import PackageFacts
from mingjian.model.shipped import catalog
from mingjian.model.types import Channel, Coverage, Evidence, Observation, Tally, Text
from mingjian.native import PackageReader
from mingjian.native.answers import Element

name = "layout"
reads = "package"
channels: tuple[Channel, ...] = ("layout",)

SMALL_SP = 10
"""Text below this size counts as small; the number is ours, the law gives none."""

PALE_CONTRAST = 3.0
"""A contrast ratio (as WCAG computes it) below this counts as pale; the number is ours."""

MOST_ELEMENTS = 50_000
"""How many elements are looked at; only layouts made to exhaust us have more."""

_BOXES = ("CheckBox", "RadioButton", "Switch", "SwitchCompat", "ToggleButton", "CheckedTextView", "MaterialCheckBox", "SwitchMaterial")
_SWITCHES = ("Switch", "SwitchCompat", "SwitchMaterial", "ToggleButton")
_WEB = ("WebView",)
_SIZE = re.compile(r"(\d{1,4}(?:\.\d{1,9})?)(sp|dp|dip)")
_COLOUR = re.compile(r"#(?:([0-9a-f]{2}))?([0-9a-f]{6})", re.I)


def extract(reader: PackageReader, context: Context) -> tuple[list[Observation], list[Coverage]]:
    """`declared` observations of the layouts, and how far layouts are what the user sees."""
    facts = context.facts(reader)
    gathered = Gathered()
    by_file: dict[tuple[str, str], list[Element]] = {}
    for element in reader.elements["elements"][:MOST_ELEMENTS]:
        by_file.setdefault((element["container"], element["file"]), []).append(element)
    splits = {each["path"] for each in reader.identity["containers"] if each["split"] is not None}
    for (container, file), elements in by_file.items():
        place = f"xml:{container}!{file}" if container in splits else f"xml:{file}"
        _of_file(elements, place, context.artifact, gathered)
    return gathered.observations(), [_coverage(facts, context)]


def _says(what: str, words: str) -> bool:
    """Whether the expression of that name in layout.yml is found in these words."""
    return _expressions()[what].search(words) is not None


@cache
def _expressions() -> dict[str, re.Pattern[str]]:
    return {name: re.compile(each, re.I) for name, each in catalog("layout").items()}


def _of_file(elements: list[Element], place: str, artifact: str, gathered: Gathered) -> None:
    by_locator = {each["locator"]: each for each in elements}
    for index, element in enumerate(elements):
        words = _words(element)
        if _is(element, _BOXES) and _asks_consent(element, *_beside(index, elements)):
            ticked = element["attributes"].get("checked") == "true"
            gathered.add(_declared("tick.preset" if ticked else "tick"), _evidence(element, place, artifact))
        if _says("account", words):
            gathered.add(_declared("account"), _evidence(element, place, artifact))
        if _says("implied", words) and not any(_is(each, _BOXES) for each in [element, *_group(index, elements)]):
            gathered.add(_declared("consent.implied"), _evidence(element, place, artifact))
        if not _says("policy", words):
            continue
        gathered.add(_declared("link.policy"), _evidence(element, place, artifact))
        size = text_size(element["attributes"].get("textSize"))
        if size is not None and size < SMALL_SP:
            gathered.add(_declared("legible.small", int(size)), _evidence(element, place, artifact))
        ratio = contrast(element["attributes"].get("textColor"), _background(element, by_locator))
        if ratio is not None and ratio < PALE_CONTRAST:
            gathered.add(_declared("legible.pale", int(ratio * 10)), _evidence(element, place, artifact))


def text_size(value: str | None) -> float | None:
    """A text size such as `8.0sp`; none for what is no size in scalable units."""
    match = _SIZE.fullmatch(value or "")
    return float(match[1]) if match else None


def contrast(text: str | None, background: str | None) -> float | None:
    """The contrast ratio of two colours such as `#ffcccccc`, 1 to 21; none unless both are known and the background is opaque."""
    front, back = _colour(text), _colour(background)
    if front is None or back is None or back[0] != 255:
        return None
    alpha = front[0] / 255
    seen = [alpha * ink + (1 - alpha) * paper for ink, paper in zip(front[1:], back[1:], strict=True)]
    brighter, darker = sorted((_luminance(seen), _luminance(list(back[1:]))), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _luminance(colour: list[float] | list[int]) -> float:
    red, green, blue = (part / 255 / 12.92 if part / 255 <= 0.04045 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _colour(value: str | None) -> tuple[int, int, int, int] | None:
    match = _COLOUR.fullmatch(value or "")
    if match is None:
        return None
    number = int(match[2], 16)
    return int(match[1] or "ff", 16), number >> 16, number >> 8 & 255, number & 255


def _background(element: Element, by_locator: Mapping[str, Element]) -> str | None:
    """The nearest background at or above the element; what is in a picture or a theme stays unknown."""
    for locator in (element["locator"], *_above(element["locator"])):
        found = by_locator.get(locator)
        if found is not None and "background" in found["attributes"]:
            return found["attributes"]["background"]
    return None


def _above(locator: str) -> Iterator[str]:
    for _ in range(_MOST_ABOVE):
        locator = locator[: max(locator.rfind("/"), 0)]
        if not locator:
            return
        yield locator


def _group(index: int, elements: list[Element]) -> list[Element]:
    """The elements of the same group of views, boxes among them; elements stand in the order of the file."""
    return [*_run(index, elements, -1), *_run(index, elements, 1)]


def _run(index: int, elements: list[Element], step: int) -> list[Element]:
    """The elements of the same group before (`step` -1) or after (1) an element, the nearest first."""
    parent = next(_above(elements[index]["locator"]), None)
    near: list[Element] = []
    for at in range(index + step, index + step * _MOST_BESIDE, step):
        if parent is None or not 0 <= at < len(elements) or not elements[at]["locator"].startswith(parent + "/"):
            break
        near.append(elements[at])
    return near


def _beside(index: int, elements: list[Element]) -> tuple[str, str]:
    """The words before and after a box in its group, as far as the next box, whose words they may be as well."""
    before, after = (
        [_words(each) for each in takewhile(lambda each: not _is(each, _BOXES), _run(index, elements, step))] for step in (-1, 1)
    )
    return " ".join(reversed(before)).strip(), " ".join(after).strip()


def _asks_consent(box: Element, before: str, after: str) -> bool:
    """Whether the box, or a text beside it, asks for consent to terms or a policy."""
    own = _words(box)
    if own:
        # A box with words of its own asks what they ask; the terms it means are often a link beside it.
        named = own if not _says("consent_to", own) else f"{own} {before} {after}"
        return _says("consent", own) and _says("terms", named)
    # A switch stands behind its words, a box before them or, in some layouts, behind.
    labels = (before or after,) if _is(box, _SWITCHES) else (after, before)
    return any(_says("consent", label) and _says("terms", label) for label in labels)


def _words(element: Element) -> str:
    words = element["attributes"].get("text", "")
    return "" if words.startswith(("@0x", "?0x")) else words[:_LONGEST]


def _is(element: Element, names: tuple[str, ...]) -> bool:
    return element["tag"].rpartition(".")[2].endswith(names)


def _declared(action: str, count: int | None = None) -> Observation:
    return Observation("declared", "layout", action, tally=None if count is None else Tally(count), extractor=name)


def _evidence(element: Element, place: str, artifact: str) -> Evidence:
    said = " ".join(f'{key}="{value}"' for key, value in sorted(element["attributes"].items()))
    return Evidence(artifact, f"{place}!{element['locator']}", f"<{element['tag'].rpartition('.')[2]} {said}>"[:_LONGEST])


def _coverage(facts: PackageFacts, context: Context) -> Coverage:
    answer = facts.reader.elements
    reasons: list[Text] = []
    web = len({(each["container"], each["file"]) for each in answer["elements"] if _is(each, _WEB)})
    # What a layout says is mostly references: without the table they point into, its words and its files are missing.
    table = facts.reader.resources
    if not (answer["complete"] and table["complete"]):
        faults = [*answer["faults"], *table["faults"]]
        reasons.append(worded("layout_faults", what=next((f"{each['where']}: {each['what']}" for each in faults), "?")))
    if len(answer["elements"]) > MOST_ELEMENTS:
        reasons.append(worded("too_many"))
    if not answer["files"] and answer["complete"]:
        reasons.append(worded("no_layouts"))
    if web:
        reasons.append(worded("layout_web", web=web, count=answer["files"]))
    reason = together(*reasons) if reasons else None
    return Coverage("layout", name, "partial" if reasons else "complete", artifact=context.artifact, reason=reason, count=answer["files"])


_LONGEST = 500
_MOST_ABOVE = 32
_MOST_BESIDE = 30
