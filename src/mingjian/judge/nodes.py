"""One YAML file as a tree that knows its places, built from parser events so that no depth or alias of a hostile file costs anything."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import yaml
from yaml import CSafeLoader

from mingjian.errors import RuleError

MAX_BYTES = 1 << 20
MAX_DEPTH = 40
MAX_NODES = 50_000
MAX_QUOTED = 60
"""How much of a wrong value an error repeats."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: line and column count from 1."""

    path: str
    line: int
    column: int

    def error(self, key: str, **values: object) -> RuleError:
        """The error `rules.<key>` at this place."""
        return RuleError(f"rules.{key}", path=self.path, line=self.line, column=self.column, **values)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A word or a text, exactly as written: `no` stays `no`."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Items:
    """A list; `flow` when it is written in brackets."""

    items: "tuple[Node, ...]"
    place: Place
    flow: bool


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping, in the order of the file; no key stands twice. `flow` when it is written in braces."""

    entries: "tuple[tuple[Scalar, Node], ...]"
    place: Place
    flow: bool


Node: TypeAlias = Scalar | Items | Fields


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet."""

    place: Place
    is_list: bool
    flow: bool
    children: list[Node]


def read_file(file: Path, shown: str) -> bytes:
    """The bytes of one rule file, `shown` being its name in errors. Raises `RuleError` when it is no plain file or too large."""
    place = Place(shown, 1, 1)
    try:
        if file.is_symlink() or not file.is_file():
            raise place.error("not_a_file")
        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise place.error("unreadable", reason=error.strerror or type(error).__name__) from error
    if len(content) > MAX_BYTES:
        raise place.error("too_large", limit=MAX_BYTES)
    return content


def parse_yaml(content: bytes, path: str) -> Node:
    """The one document of a rule file. Raises `RuleError` for what is no YAML and for anchors, aliases, tags and excess."""
    start = Place(path, 1, 1)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Place(path, line, 1).error("not_utf8") from error
    try:
        return _build(yaml.parse(text, Loader=CSafeLoader), start)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(path, mark.line + 1, mark.column + 1) if mark is not None else start
        raise place.error("not_yaml", problem=" ".join(str(error.problem or error.context).split())) from error
    except yaml.YAMLError as error:
        raise start.error("not_yaml", problem=" ".join(str(error).split())[:MAX_QUOTED]) from error


def _build(events: Iterable[yaml.Event], start: Place) -> Node:
    stack: list[_Open] = []
    root: Node | None = None
    count = 0
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent) and root is not None:
            raise _place(event, start).error("two_documents")
        if not isinstance(event, yaml.NodeEvent | yaml.CollectionEndEvent):
            continue
        place = _place(event, start)
        finished: Node
        if isinstance(event, yaml.CollectionEndEvent):
            finished = _close(stack.pop())
        else:
            count += 1
            if count > MAX_NODES:
                raise place.error("too_many_nodes", limit=MAX_NODES)
            if event.anchor is not None:
                raise place.error("alias")
            tag = getattr(event, "tag", None)
            if tag is not None:
                raise place.error("tag", tag=str(tag)[:MAX_QUOTED])
            if not isinstance(event, yaml.ScalarEvent):
                if len(stack) >= MAX_DEPTH:
                    raise place.error("too_deep", limit=MAX_DEPTH)
                stack.append(_Open(place, isinstance(event, yaml.SequenceStartEvent), bool(getattr(event, "flow_style", False)), []))
                continue
            finished = Scalar(event.value, place)
        if stack:
            stack[-1].children.append(finished)
        else:
            root = finished
    if root is None:
        raise start.error("empty")
    return root


def _close(opened: _Open) -> Node:
    if opened.is_list:
        return Items(tuple(opened.children), opened.place, opened.flow)
    entries: list[tuple[Scalar, Node]] = []
    seen: set[str] = set()
    for key, value in zip(opened.children[::2], opened.children[1::2], strict=True):
        if not isinstance(key, Scalar):
            raise key.place.error("key_not_text")
        if key.text in seen:
            raise key.place.error("duplicate_key", name=key.text[:MAX_QUOTED])
        seen.add(key.text)
        entries.append((key, value))
    return Fields(tuple(entries), opened.place, opened.flow)


def _place(event: yaml.Event, start: Place) -> Place:
    mark = event.start_mark
    return start if mark is None else Place(start.path, mark.line + 1, mark.column + 1)
