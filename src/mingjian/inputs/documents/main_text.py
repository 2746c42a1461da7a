"""Which elements of a page are not its main text: menus, bars, footers, what is hidden. When in doubt an element stays."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mingjian.inputs.documents.markup import Element, Markup

NEVER = frozenset(
    [
        "script",
        "style",
        "template",
        "head",
        "iframe",
        "svg",
        "math",
        "object",
        "audio",
        "video",
        "canvas",
        "select",
        "datalist",
        "input",
        "textarea",
        "noembed",
        "noframes",
        "map",
        "applet",
        "embed",
        "frame",
        "frameset",
        "meter",
        "progress",
    ]
)
"""Elements that show no text of the page."""
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_MENU = 400
"""Characters up to which something that is marked as a menu, and holds no sentence, is one."""
_BAR = 800
_HIDDEN = 500
"""Characters from which hidden sentences are taken for a section that the page folds."""
_SENTENCE = 25
"""Characters from which a stretch with a punctuation mark is taken for a sentence."""

_UNSHOWN = re.compile(r"(?:display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}(?:hidden|collapse))", re.IGNORECASE)
_PUNCTUATION = re.compile(r"[。；！？，,;!?]|\.\s|\.$")
_CONTACT = re.compile(r"@|\d{4}")
_TOKEN = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")


@dataclass(slots=True)
class Weight:
    """Characters of an element: all, those in links, those in sentences; how many links; whether it has a heading, a contact or a date."""

    size: int = 0
    linked: int = 0
    prose: int = 0
    links: int = 0
    buttons: int = 0
    telling: bool = False


class MainText:
    """Tells of each element of a page whether it is left out. `marks` are the words in class names and ids that mark the parts of
    pages: `menus`, `headers`, `footers`, `cookies`, `bars`."""

    def __init__(self, markup: Markup, marks: Mapping[str, Sequence[str]]) -> None:
        self._markup = markup
        self._marks = {part: frozenset(words) for part, words in marks.items()}
        self._weights: dict[int, Weight] = {}
        self._weigh(markup.root)
        self._all = self._weights[id(markup.root)].size
        self.left_out = self._chosen()

    def weight(self, element: Element) -> Weight:
        return self._weights[id(element)]

    def _chosen(self) -> frozenset[int]:
        """The outermost elements that are left out, by identity; none but the hidden ones, or none at all, if most would go."""
        for tests in ((self._hidden, self._furniture), (self._hidden,)):
            left_out = {id(element): self.weight(element).size for element in _outermost(self._markup.root, tests)}
            if sum(left_out.values()) * 2 <= self._all:
                return frozenset(left_out)
        return frozenset()

    def _weigh(self, root: Element) -> None:
        order: list[tuple[Element, bool]] = []
        waiting = [(root, False)]
        while waiting:
            element, in_link = waiting.pop()
            order.append((element, in_link))
            if element.tag not in NEVER and element.tag != "noscript":
                linked = in_link or element.tag == "a"
                waiting += [(child, linked) for child in element.children if isinstance(child, Element)]
        for element, in_link in reversed(order):
            self._weights[id(element)] = self._own(element, in_link=in_link)

    def _own(self, element: Element, *, in_link: bool) -> Weight:
        weight = Weight(links=element.tag == "a", buttons=element.tag == "button", telling=element.tag in _HEADINGS)
        if element.tag in NEVER or element.tag == "noscript":
            return weight
        for child in element.children:
            if isinstance(child, Element):
                inner = self._weights[id(child)]
                weight.size += inner.size
                weight.linked += inner.linked
                weight.prose += inner.prose
                weight.links += inner.links
                weight.buttons += inner.buttons
                weight.telling |= inner.telling
                continue
            text = self._markup.source[child[0] : child[1]].strip()
            weight.size += len(text)
            if in_link or element.tag == "a":
                weight.linked += len(text)
            elif len(text) >= _SENTENCE and _PUNCTUATION.search(text):
                weight.prose += len(text)
            weight.telling |= bool(text and _CONTACT.search(text))
        return weight

    def _hidden(self, element: Element) -> bool:
        attributes = element.attributes
        if not attributes:
            return False
        hidden = (
            "hidden" in attributes
            or self._markup.attribute(element, "aria-hidden").lower() == "true"
            or ("style" in attributes and _UNSHOWN.search(self._markup.attribute(element, "style")) is not None)
        )
        return hidden and self.weight(element).prose < _HIDDEN

    def _furniture(self, element: Element) -> bool:
        weight = self.weight(element)
        if not weight.size or weight.size * 4 > self._all or element.tag in ("html", "body", "main", "article"):
            return False
        role = self._markup.attribute(element, "role").lower() if "role" in element.attributes else ""
        words = self._words(element)
        links = weight.linked * 2 >= weight.size
        if role in ("dialog", "alertdialog") or (words & self._marks["cookies"] and (weight.buttons or words & self._marks["bars"])):
            return weight.size < _BAR and not self._has_heading_of_text(element)
        if element.tag in ("nav", "menu") or role in ("navigation", "menu", "menubar", "search", "tablist", "toolbar"):
            return links or weight.prose < _SENTENCE * 2
        if element.tag == "footer" or role == "contentinfo" or words & self._marks["footers"]:
            return links or not weight.prose
        if element.tag == "header" or role == "banner" or words & self._marks["headers"]:
            return links
        if element.tag == "aside" or role == "complementary" or words & self._marks["menus"]:
            return links or (weight.size < _MENU and not weight.prose and not weight.telling)
        if element.tag == "button":
            return not weight.prose
        return weight.links >= 3 and weight.linked * 10 >= weight.size * 9 and not weight.prose and self._targets_stay(element)

    def _has_heading_of_text(self, element: Element) -> bool:
        return any(child.tag in ("h1", "h2") for child in _elements(element))

    def _targets_stay(self, element: Element) -> bool:
        """Whether every link leads to another place of this page (a list of its contents) or of this site."""
        targets = [self._markup.attribute(each, "href") for each in _elements(element) if each.tag == "a"]
        return all(not target or target[0] in "#/." or target.startswith("javascript:") for target in targets)

    def _words(self, element: Element) -> set[str]:
        if not element.attributes:
            return set()
        named = f"{self._markup.attribute(element, 'class')} {self._markup.attribute(element, 'id')}"[:400]
        return {word.lower() for word in _TOKEN.findall(named)}


def _elements(element: Element) -> Iterator[Element]:
    waiting = [element]
    while waiting:
        each = waiting.pop()
        yield each
        waiting += [child for child in each.children if isinstance(child, Element)]


def _outermost(root: Element, tests: Sequence[object]) -> Iterator[Element]:
    waiting = [root]
    while waiting:
        element = waiting.pop()
        for child in element.children:
            if isinstance(child, Element):
                if child.tag in NEVER:
                    continue
                if any(test(child) for test in tests):  # type: ignore[operator]
                    yield child
                else:
                    waiting.append(child)
