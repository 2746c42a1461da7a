"""One screen as its words can be asked for: labels, what can be tapped, what stands in one row."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from hashlib import blake2b
from itertools import islice
from typing import Any

from mingjian.model.run import Node, Ui
from mingjian.model.shipped import catalog
from mingjian.nlp.language import HAN, simplified

MOST_ELEMENTS = 3000
"""Elements with words that are looked at; only screens made to exhaust us have more."""

MOST_WORDS = 300_000
"""Characters of one screen that are read."""
MOST_BOXES = 100
"""Boxes whose rows are looked at."""

_LONGEST = 4000
_LONGEST_LABEL = 60
_LONGEST_ROW = 120
_LONGEST_EXCERPT = 200
_MOST_ABOVE = 4
_MOST_TOGETHER = 4
_SPACE = re.compile(r"\s+")
_DIGITS = re.compile(r"\d+")
_SPACED = re.compile(f"(?<=[{HAN}]) (?=[{HAN}])")
_AROUND = " 【】[]「」『』“”\"'·•>›»→。.!！:：*"


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that a screen shows. `count` as the action's meaning of it says; stated only in `phases`, where there are any."""

    action: str
    excerpt: str
    data: str | None = None
    count: int | None = None
    certain: bool = True
    purpose: str | None = None
    phases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Element:
    """An element with words. `words` are in simplified characters on one line, `first` of them from the first of its lines; `tappable` says
    that it, or a small group around it, can be tapped."""

    index: int
    words: str
    first: int
    tappable: bool
    node: Node

    @property
    def label(self) -> str:
        """The words without what stands around them on buttons; empty for what is too long to be a label. Of a row that was merged into
        one element the first line is the label, the others explain it."""
        if self.first > _LONGEST_LABEL or len(self.words) > _LONGEST_ROW:
            return ""
        line = self.words[: self.first]
        return pattern("countdown").sub("", line.strip(_AROUND)).strip(_AROUND) or line

    @property
    def excerpt(self) -> str:
        """The element's own words, for evidence."""
        return one_line(self.node.text or self.node.desc)[:_LONGEST_EXCERPT]


class Screen:
    """The elements of some packages of a screen, in the order of the tree; fields, whose words are the user's, apart."""

    def __init__(self, ui: Ui, shown: Sequence[int]) -> None:
        self._nodes = ui.nodes
        self._shown = shown
        below = self._words_below()
        self.elements: list[Element] = []
        self.fields: list[Element] = []
        self.field_places = [index for index in shown if _is_field(ui.nodes[index])]
        left = MOST_WORDS
        for index in shown:
            node = ui.nodes[index]
            words = node.text or node.desc
            if not words.strip() or len(self.elements) >= MOST_ELEMENTS or left <= 0:
                continue
            left -= len(words)
            line = _joined(words)[:_LONGEST]
            first = len(_joined(words.strip().partition("\n")[0]))
            element = Element(index, _simplified(line), min(first, len(line)), self._tappable(index, below), node)
            (self.fields if _is_field(node) else self.elements).append(element)

    def _words_below(self) -> dict[int, int]:
        """How many elements with words each element holds, itself included."""
        counts: dict[int, int] = {}
        for index in range(len(self._nodes) - 1, -1, -1):
            node = self._nodes[index]
            counts[index] = counts.get(index, 0) + bool(node.text.strip() or node.desc.strip())
            if node.up is not None:
                counts[node.up] = counts.get(node.up, 0) + counts[index]
        return counts

    def _tappable(self, index: int, below: dict[int, int]) -> bool:
        at: int | None = index
        for _ in range(_MOST_ABOVE):
            if at is None:
                return False
            node = self._nodes[at]
            if node.clickable or node.cls.endswith("Button"):
                return at == index or below[at] <= _MOST_TOGETHER
            at = node.up
        return False

    def boxes(self) -> Iterator[tuple[int, Node]]:
        """The elements that can be ticked or switched, so many of them as screens have."""
        yield from islice(((index, self._nodes[index]) for index in self._shown if self._nodes[index].checkable), MOST_BOXES)

    def row(self, index: int) -> list[Element]:
        """The other elements with words in the row of an element, from left to right; its siblings where the screen tells no places."""
        node = self._nodes[index]
        if node.bounds is None:
            return [each for each in self.elements if each.index != index and node.up is not None and each.node.up == node.up]
        beside = [each for each in self.elements if each.index != index and _in_one_row(node, each.node)]
        return sorted(beside, key=lambda each: (each.node.bounds or (0,))[0])

    def picture_before(self, element: Element) -> bool:
        """Whether a small picture that can be tapped stands before the element: a box that somebody drew."""
        bounds = element.node.bounds
        if bounds is None:
            return False
        width = max((self._nodes[index].bounds or (0, 0, 0, 0))[2] for index in self._shown)
        for index in self._shown:
            node = self._nodes[index]
            if node.bounds is None or not node.clickable or node.text or node.desc or node.checkable or index == element.index:
                continue
            small = node.bounds[2] - node.bounds[0] <= width * _SMALL_SHARE
            if small and node.bounds[0] <= bounds[0] and _in_one_row(node, element.node):
                return True
        return False

    def find(self, pattern: re.Pattern[str]) -> Element | None:
        """The first element with words that match somewhere."""
        return next((each for each in self.elements if pattern.search(each.words)), None)

    def button(self, pattern: re.Pattern[str], *, tappable: bool = False) -> Element | None:
        """The first element whose whole label matches; what is ticked or chosen, and the words beside it, are no button."""
        for each in self.elements:
            if (each.tappable or not tappable) and each.index not in self._beside_boxes and each.label and pattern.fullmatch(each.label):
                return each
        return None

    @cached_property
    def _beside_boxes(self) -> frozenset[int]:
        boxes = [index for index, _ in self.boxes()]
        beside = (each.index for box in boxes for each in self.row(box) if not each.node.cls.endswith("Button"))
        return frozenset([*boxes, *beside])

    @cached_property
    def wordless_buttons(self) -> int:
        """How many things can be tapped that neither have words nor hold any: pictures, most of them."""
        below = self._words_below()
        return sum(
            1
            for index in self._shown
            if self._nodes[index].clickable and not self._nodes[index].checkable and not below[index] and not _is_field(self._nodes[index])
        )

    @property
    def idle(self) -> bool:
        """Whether nothing can be tapped or filled in, as on a page that is shown while the app starts."""
        return not self.fields and not any(self._nodes[index].clickable or self._nodes[index].checkable for index in self._shown)

    @cached_property
    def length(self) -> int:
        """How many characters it shows."""
        return sum(len(each.words) for each in self.elements)

    @property
    def heading(self) -> str:
        """The first words of the screen."""
        return self.elements[0].excerpt if self.elements else ""

    def signature(self) -> bytes:
        """The same for screens that differ in numbers, ticks and what the user wrote alone."""
        digest = blake2b(digest_size=16)
        for each in self.elements:
            digest.update(_DIGITS.sub("0", each.words).encode("utf-8", "replace") + b"\0")
        return digest.digest()


_SMALL_SHARE = 0.15


def one_line(words: str) -> str:
    """The words with all white space as single spaces."""
    return _SPACE.sub(" ", words).strip()


def _joined(words: str) -> str:
    """The words on one line, as they read: Han characters have no space between them, and a line may end within a word."""
    return _SPACED.sub("", one_line(words))


def _is_field(node: Node) -> bool:
    return node.cls.endswith("EditText") or node.password


def _in_one_row(one: Node, other: Node) -> bool:
    if one.bounds is None or other.bounds is None:
        return False
    middle, others = (one.bounds[1] + one.bounds[3]) / 2, (other.bounds[1] + other.bounds[3]) / 2
    return other.bounds[1] <= middle <= other.bounds[3] or one.bounds[1] <= others <= one.bounds[3]


@lru_cache(maxsize=4096)
def _simplified(words: str) -> str:
    return simplified(words)


@cache
def pattern(*path: str) -> re.Pattern[str]:
    """The expression at this place of `screens.yml`."""
    return re.compile(screen_words(*path), re.I)


@cache
def screen_words(*path: str) -> Any:
    """What stands at this place of `screens.yml`."""
    found = catalog("screens")
    for step in path:
        found = found[step]
    return found
