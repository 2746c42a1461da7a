"""One way to write a rule file. Only the layout changes: words, order, comments and the choice between braces and lines stay."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from yaml import CSafeLoader

from mingjian.judge.load import pack_files, shown_path
from mingjian.judge.nodes import Fields, Items, Node, Scalar, parse_yaml, read_file

WIDTH = 140
"""Braces and brackets that would pass this column are written as lines."""

_QUOTED = re.compile(r"^[-?:,\[\]{}#&*!|>'\"%@`\s]|^\.\.\.|: |:$| #|\s$|[^\S ]|[\x00-\x1f\x7f-\xa0\ufeff\u2028\u2029]")
_SPECIAL = re.compile(r"[\x7f-\xa0\ufeff\u2028\u2029]")
_QUOTED_IN_FLOW = re.compile(r"[,\[\]{}]|:[,\]}]")


def formatted(content: bytes, path: str) -> str:
    """The file in its one layout; the same again gives the same. Raises `RuleError` when it is not YAML as rule files are."""
    root = parse_yaml(content, path)
    layout = _Layout(_comments(content.decode("utf-8").removeprefix("\ufeff")))
    layout.write(root)
    return layout.text()


def format_pack(folder: Path, check: bool = False) -> tuple[str, ...]:
    """Brings the files of a pack into their layout, or only looks when `check`; the paths of those that were not. Raises `RuleError`."""
    changed: list[str] = []
    for file in pack_files(folder):
        content = read_file(file, shown_path(file))
        text = formatted(content, shown_path(file))
        if text.encode() == content:
            continue
        changed.append(shown_path(file))
        if not check:
            file.write_bytes(text.encode())
    return tuple(changed)


@dataclass(slots=True)
class _Layout:
    """The lines so far, and the comments, by source line, that have not found their place yet."""

    comments: list[tuple[int, str]]
    lines: list[str] = field(default_factory=list)

    def text(self) -> str:
        return "".join(f"{line}\n" for line in (*self.lines, *(comment for _, comment in self.comments)))

    def write(self, root: Node) -> None:
        match root:
            case Fields(entries) if entries:
                self._fields(root, 0, "")
            case Items(items) if items:
                self._items(root, 0, "")
            case _:
                self._line("", _inline(root, False), root.place.line)

    def _line(self, start: str, rest: str, source: int) -> None:
        """One line; the comments above it in the source go above it, those beside it beside it."""
        while self.comments and self.comments[0][0] < source:
            self.lines.append(" " * (len(start) - len(start.lstrip())) + self.comments.pop(0)[1])
        line = start + rest
        while self.comments and self.comments[0][0] == source:
            line += " " + self.comments.pop(0)[1]
        self.lines.append(line)

    def _fields(self, node: Fields, indent: int, start: str) -> None:
        for key, value in node.entries:
            head = f"{start}{_inline(key, False)}:"
            inline = _inline(value, False)
            if _one_line(value, len(head) + 1 + len(inline)):
                self._line(head, f" {inline}", key.place.line)
            else:
                self._line(head, "", key.place.line)
                self._below(value, indent + 2)
            start = " " * indent

    def _items(self, node: Items, indent: int, start: str) -> None:
        for item in node.items:
            head = f"{start}- "
            inline = _inline(item, False)
            if _one_line(item, len(head) + len(inline)):
                self._line(head, inline, item.place.line)
            elif isinstance(item, Fields):
                self._fields(item, indent + 2, head)
            elif isinstance(item, Items):
                self._items(item, indent + 2, head)
            start = " " * indent

    def _below(self, node: Node, indent: int) -> None:
        if isinstance(node, Fields):
            self._fields(node, indent, " " * indent)
        elif isinstance(node, Items):
            self._items(node, indent, " " * indent)


def _one_line(node: Node, width: int) -> bool:
    match node:
        case Scalar():
            return True
        case Items(items, _, flow):
            return not items or (flow and width <= WIDTH)
        case Fields(entries, _, flow):
            return not entries or (flow and width <= WIDTH)


def _inline(node: Node, in_flow: bool) -> str:
    match node:
        case Scalar(text):
            return _word(text, in_flow)
        case Items(items):
            return f"[{', '.join(_inline(item, True) for item in items)}]"
        case Fields(entries):
            return f"{{{', '.join(f'{_inline(key, True)}: {_inline(value, True)}' for key, value in entries)}}}"


def _word(text: str, in_flow: bool) -> str:
    if not text or _QUOTED.search(text) or (in_flow and _QUOTED_IN_FLOW.search(text)):
        return _SPECIAL.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))
    return text


def _comments(text: str) -> list[tuple[int, str]]:
    """Source line, counted from 1, and words of every comment: what follows the last token of a line and begins with `#`."""
    ends: dict[int, int] = {}
    lines = text.splitlines()
    for token in yaml.scan(text, Loader=CSafeLoader):
        start, end = token.start_mark, token.end_mark
        for line in range(start.line, end.line):
            ends[line] = len(lines[line])
        ends[end.line] = max(ends.get(end.line, 0), end.column)
    found = ((number, line[ends.get(number - 1, 0) :].strip()) for number, line in enumerate(lines, 1))
    return [(number, rest) for number, rest in found if rest.startswith("#")]
