"""HTML and XML as a tree with character offsets, read in one pass whose time grows with the size alone, whatever the markup.

Why not html.parser: see docs/decisions/0016-own-markup-reader.md."""

import re
from collections.abc import Iterator
from html import unescape
from itertools import islice

MOST_ELEMENTS = 60_000
MOST_TOKENS = 400_000
"""Tags and stretches of text; what follows is not looked at."""
MOST_DEPTH = 160
"""Elements deeper than this are not told apart from the one that holds them; their text is kept."""
_MOST_TAG = 8_192
"""Of a start tag's characters, those that attributes are read from."""

_SIGN = re.compile(r"<[A-Za-z_/!?]")
_NAME = re.compile(r"[A-Za-z_][^\s/><]{0,63}")
_QUOTED = re.compile(r"=\s{0,9}([\"'])")
_ATTRIBUTE = re.compile(r"""([^\s=/>"']{1,64})(?:\s{0,9}=\s{0,9}("[^"]*"?|'[^']*'?|[^\s>]{1,4096}))?""")
_REFERENCE = re.compile(r"&(?:#[xX][0-9a-fA-F]{1,6}|#\d{1,7}|[A-Za-z][A-Za-z0-9]{1,31});?")
_CLOSES = re.compile(r"</(script|style|xmp|iframe|noembed|noframes|textarea|title)(?=[\s/>])", re.IGNORECASE)

VOID = frozenset(
    [
        "area",
        "base",
        "basefont",
        "bgsound",
        "br",
        "col",
        "embed",
        "frame",
        "hr",
        "img",
        "input",
        "keygen",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)
_RAW = frozenset(["script", "style", "xmp", "iframe", "noembed", "noframes", "textarea", "title"])
BLOCK = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "hr",
        "html",
        "legend",
        "li",
        "listing",
        "main",
        "menu",
        "nav",
        "ol",
        "optgroup",
        "option",
        "p",
        "plaintext",
        "pre",
        "search",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
_ENDS_PARAGRAPH = BLOCK - {"body", "caption", "html", "option", "optgroup", "tbody", "td", "tfoot", "th", "thead", "tr"}
_IMPLIED = {
    "li": ({"li"}, {"ul", "ol", "menu", "dir", "table", "td", "th"}),
    "dt": ({"dt", "dd"}, {"dl", "table", "td", "th"}),
    "dd": ({"dt", "dd"}, {"dl", "table", "td", "th"}),
    "option": ({"option"}, {"select", "datalist"}),
    "tr": ({"tr", "td", "th", "caption"}, {"table"}),
    "td": ({"td", "th", "caption"}, {"tr", "table"}),
    "th": ({"td", "th", "caption"}, {"tr", "table"}),
    "tbody": ({"tbody", "thead", "tfoot", "tr", "td", "th", "caption"}, {"table"}),
}
_IMPLIED |= dict.fromkeys(("thead", "tfoot"), _IMPLIED["tbody"])
"""The elements that a start tag ends, up to those that it does not look beyond."""
_WALLS = frozenset({"table", "td", "th", "caption", "html", "body"})


class Element:
    """An element with its children: elements, and stretches of source as (start, end)."""

    __slots__ = ("attributes", "children", "start", "tag")

    def __init__(self, tag: str, start: int, attributes: dict[str, tuple[int, int]]) -> None:
        self.tag = tag
        self.start = start
        self.attributes = attributes
        self.children: list[Element | tuple[int, int]] = []


class Markup:
    """A decoded file and the tree of its elements. `complete` is false when there were more elements than are read."""

    def __init__(self, source: str, *, xml: bool = False) -> None:
        self.source = source
        self.complete = True
        self._xml = xml
        self._next: dict[str, int] = {}
        self._never_ended: set[str] = set()
        self.root = self._tree()

    def attribute(self, element: Element, name: str) -> str:
        """The value of an attribute with its references resolved; empty where there is none."""
        if name not in element.attributes:
            return ""
        start, end = element.attributes[name]
        value = self.source[start:end]
        return unescape(value) if "&" in value else value

    def stretches(self, start: int, end: int) -> Iterator[tuple[str, int]]:
        """The text of a stretch of source: pieces that stand there one for one, and resolved references, each with its offset."""
        at = start
        for reference in _REFERENCE.finditer(self.source, start, end):
            resolved = unescape(reference[0])
            if resolved == reference[0]:
                continue
            if reference.start() > at:
                yield self.source[at : reference.start()], at
            yield resolved, reference.start()
            at = reference.end()
        if at < end:
            yield self.source[at:end], at

    def _tree(self) -> Element:
        root = Element("", 0, {})
        stack = [root]
        open_tags: dict[str, int] = {}
        count = 0
        tokens = self._tokens()
        # Elements that are not told apart any more still begin a line.
        gap = Element("br", 0, {})
        for kind, name, start, end in islice(tokens, MOST_TOKENS):
            if kind == "text":
                stack[-1].children.append((start, end))
                continue
            if kind == "close":
                if open_tags.get(name):
                    self._close(name, stack, open_tags)
                elif name == "br" and not self._xml:
                    stack[-1].children.append(Element("br", start, {}))
                continue
            if not self._xml:
                self._end_implied(name, stack, open_tags)
            empty = (name in VOID) if not self._xml else self.source[end - 2 : end] == "/>"
            inside = stack[-1].children
            if len(stack) > MOST_DEPTH and not empty:
                if name not in BLOCK or (inside and isinstance(inside[-1], Element)):
                    continue
                inside.append(gap)
                continue
            count += 1
            if count > MOST_ELEMENTS:
                self.complete = False
                if name in BLOCK or name == "br":
                    inside.append(gap)
                continue
            element = Element(name, start, self._attributes(start + 1 + len(name), end))
            inside.append(element)
            if not empty:
                stack.append(element)
                open_tags[name] = open_tags.get(name, 0) + 1
        self.complete &= next(tokens, None) is None
        return root

    def _close(self, name: str, stack: list[Element], open_tags: dict[str, int]) -> None:
        """Ends the nearest open element of this name, unless something in between keeps it open."""
        for index in range(len(stack) - 1, 0, -1):
            tag = stack[index].tag
            if tag == name:
                for element in stack[index:]:
                    open_tags[element.tag] -= 1
                del stack[index:]
                return
            if not self._xml and (
                (tag in _WALLS and name not in _WALLS | {"tr", "tbody", "thead", "tfoot"}) or (tag in BLOCK and name not in BLOCK)
            ):
                return

    def _end_implied(self, name: str, stack: list[Element], open_tags: dict[str, int]) -> None:
        if name in _ENDS_PARAGRAPH and open_tags.get("p"):
            self._end_up_to({"p"}, _ENDS_PARAGRAPH - {"p"} | _WALLS, stack, open_tags)
        if name in _IMPLIED:
            ended, walls = _IMPLIED[name]
            self._end_up_to(ended, walls, stack, open_tags)

    @staticmethod
    def _end_up_to(ended: set[str], walls: set[str] | frozenset[str], stack: list[Element], open_tags: dict[str, int]) -> None:
        lowest = 0
        for index in range(len(stack) - 1, 0, -1):
            tag = stack[index].tag
            if tag in ended:
                lowest = index
            elif tag in walls:
                break
        if lowest:
            for element in stack[lowest:]:
                open_tags[element.tag] -= 1
            del stack[lowest:]

    def _attributes(self, start: int, end: int) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        if end - start < 4:
            return found
        for match in _ATTRIBUTE.finditer(self.source, start, min(end - 1, start + _MOST_TAG)):
            name = match[1].lower()
            if name in found:
                continue
            value_start, value_end = match.span(2) if match[2] is not None else (match.end(), match.end())
            if value_end > value_start and self.source[value_start] in "\"'":
                quote = self.source[value_start]
                value_start += 1
                value_end -= self.source[value_end - 1] == quote and value_end > value_start
            found[name] = value_start, value_end
        return found

    def _tokens(self) -> Iterator[tuple[str, str, int, int]]:
        source, at, text = self.source, 0, 0
        while sign_at := _SIGN.search(source, at):
            at, sign = sign_at.start(), sign_at[0][1]
            if sign == "!" and source.startswith("<![CDATA[", at) and self._xml:
                end = self._find("]]>", at)
                yield from self._text(text, at)
                yield "text", "", at + 9, end if end >= 0 else len(source)
                at = text = end + 3 if end >= 0 else len(source)
            elif sign in ("!", "?"):
                yield from self._text(text, at)
                at = text = self._after_note(at)
            elif sign == "/" and (name := _NAME.match(source, at + 2)):
                yield from self._text(text, at)
                end = self._find(">", name.end())
                yield "close", self._fold(name[0]), at, end
                at = text = end + 1 if end >= 0 else len(source)
            elif name := _NAME.match(source, at + 1):
                yield from self._text(text, at)
                end = self._tag_end(name.end())
                tag = self._fold(name[0])
                yield "open", tag, at, end
                at = text = end
                if tag in _RAW and not self._xml:
                    at = self._raw_end(tag, end)
                    yield from self._text(end, at)
                    text = at
            else:
                at += 1
        yield from self._text(text, len(source))

    @staticmethod
    def _text(start: int, end: int) -> Iterator[tuple[str, str, int, int]]:
        if end > start:
            yield "text", "", start, end

    def _fold(self, name: str) -> str:
        return name if self._xml else name.lower()

    def _after_note(self, at: int) -> int:
        """Behind a comment, a declaration or an instruction; one that never ends is taken to end at the next sign for it."""
        end = -1
        if self.source.startswith("<!--", at):
            end = self._find("-->", at + 2)
            if end >= 0:
                return end + 3
        end = self._find(">", at)
        return end + 1 if end >= 0 else len(self.source)

    def _tag_end(self, at: int) -> int:
        while True:
            end = self._find(">", at)
            if end < 0:
                return len(self.source)
            quoted = _QUOTED.search(self.source, at, end)
            if quoted is None:
                return end + 1
            close = self._find(quoted[1], quoted.end())
            if close < 0:
                return end + 1
            at = close + 1

    def _raw_end(self, tag: str, at: int) -> int:
        start = at
        if tag in self._never_ended:
            return start
        while match := _CLOSES.search(self.source, at):
            if match[1].lower() == tag:
                return match.start()
            at = match.end()
        if tag in ("title", "textarea"):
            self._never_ended.add(tag)
            return start
        return len(self.source)

    def _find(self, sign: str, at: int) -> int:
        """The next `sign` from `at` on. Remembered, so that asking again and again for one that is far away costs nothing."""
        known = self._next.get(sign)
        if known is None or 0 <= known < at:
            known = self._next[sign] = self.source.find(sign, at)
        return known
