"""Structured content as single values: JSON, forms, XML, loose text, protocol buffers."""

import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import unquote_plus

import msgspec

from mingjian.extract.payload import protobuf
from mingjian.extract.payload.leaf import Budget, Leaf, Leaves
from mingjian.extract.payload.names import gathers, speaks
from mingjian.model.shipped import catalog

_MOST_DEPTH = 100
_SHORTEST = 6
_PAIR = 2
_SHOWN_ITEMS = 3
_LONGEST_WHERE = 300
_LONGEST_LOOSE = 1 << 20
_FORM = re.compile(r"[^\s=&<>{}\"]{1,128}=[^&\s]*(?:&[^\s=&]{0,128}(?:=[^&\s]*)?)*")
_ELEMENT = re.compile(r"<([A-Za-z_][\w:.-]{0,63})([^<>]{0,4096})>([^<]{0,65536})")
_ATTRIBUTE = re.compile(r"([A-Za-z_][\w:.-]{0,63})=[\"']([^\"'<>]{0,4096})[\"']")
_PROPERTY = re.compile(r"([A-Za-z_\u4e00-\u9fff][\w.-]{0,63})[\"']?[ \t]{0,4}[:=：][ \t]{0,4}[\"']?([^\s\"'&,;{}\[\]<>()，；]{3,256})")


class DepthError(ValueError):
    """Content that is nested more deeply than anybody reads."""


def as_json(content: str | bytes) -> Any:
    """The value of a JSON text. Raises `ValueError`, `DepthError` for one that is nested too deeply."""
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    except RecursionError as error:
        raise DepthError("depth") from error
    try:
        return json.loads(content)
    except RecursionError as error:
        raise DepthError("depth") from error


def tells(name: str, text: str) -> bool:
    """Whether a single value can be evidence: most of large content is switches, counters and short words under names that say nothing."""
    return len(text) >= _SHORTEST or speaks(name)


def json_leaves(value: Any, at: Leaf, budget: Budget, wants: Callable[[str, str], bool] = tells) -> Leaves:
    """Every single value in `value`, which stands at the place `at` and of whose name and text `wants` holds. An object that pairs a label
    with a value is a field of that name."""
    waiting: list[tuple[Any, str, str, str, int]] = [(value, at.where, at.name, at.group, 0)]
    while waiting:
        item, where, name, group, depth = waiting.pop()
        if isinstance(item, dict):
            if depth < _MOST_DEPTH:
                pairs = [
                    (inner, f"{where}.{key}"[:_LONGEST_WHERE], str(key), where, depth + 1)
                    for key, inner in item.items()
                    if inner is not None and inner is not True and inner is not False
                ]
                label = _label(item)
                if label is not None:
                    pairs.append((label[1], f"{where}.{label[0]}"[:_LONGEST_WHERE], label[0], where, depth + 1))
                waiting.extend(reversed(pairs))
            else:
                budget.faults.add("too_large")
        elif isinstance(item, list):
            if item and gathers(name) and budget.leaf():
                yield Leaf(where, name, json.dumps(item[:_SHOWN_ITEMS], ensure_ascii=False), group, at.forms)
            if depth < _MOST_DEPTH:
                named = item[0] if len(item) == _PAIR and isinstance(item[0], str) and speaks(item[0]) else name
                inner_items = [(inner, f"{where}.{number}"[:_LONGEST_WHERE], named, where, depth + 1) for number, inner in enumerate(item)]
                waiting.extend(reversed(inner_items))
            else:
                budget.faults.add("too_large")
        elif item is not None and not isinstance(item, bool):
            text = item if isinstance(item, str) else repr(item)
            if wants(name, text):
                if not budget.leaf():
                    return
                yield Leaf(where, name, text, group, at.forms)


def form_leaves(text: str, at: Leaf, budget: Budget) -> Leaves:
    """The fields of `a=b&c=d`, percent signs resolved once."""
    for pair in text.split("&"):
        name, _, value = pair.partition("=")
        if not budget.leaf():
            return
        name = unquote_plus(name)
        if value:
            yield Leaf(f"{at.where}.{name}"[:_LONGEST_WHERE], name, unquote_plus(value), at.where, at.forms)
        elif name:
            yield Leaf(at.where, at.name, name, at.where, at.forms)


def is_form(text: str) -> bool:
    """Whether the whole text is `a=b&c=d`. Padded Base64 looks alike and is none."""
    return "=" in text.rstrip("=") and _FORM.fullmatch(text) is not None


def xml_leaves(text: str, at: Leaf, budget: Budget) -> Leaves:
    """The texts and attributes of XML or HTML, taken as they stand: entities are never expanded from declarations."""
    key = ""
    for found in _ELEMENT.finditer(text.replace("<![CDATA[", "").replace("]]>", "")):
        tag, attributes, content = found.groups()
        if tag == "key":
            # A property list names a value by the element before it.
            key = content.strip()
            continue
        where = f"{at.where}.{tag}"
        pairs = {**_attributes(attributes)}
        if content.strip():
            pairs[tag] = content.strip()
            called = key or next((value for key, value in pairs.items() if key in _keys("label_keys")), None)
            if called:
                # <string name="imei">…</string>
                pairs[called] = content.strip()
        key = ""
        label = _label(pairs)
        if label is not None:
            pairs[label[0]] = label[1]
        for name, value in pairs.items():
            if not budget.leaf():
                return
            yield Leaf(where if name == tag else f"{where}.{name}"[:_LONGEST_WHERE], name, html.unescape(value), where, at.forms)


def loose_leaves(text: str, at: Leaf, budget: Budget) -> Leaves:
    """What a text without structure sets beside a name: `imei: 86…`, `imei="86…"`."""
    for found in _PROPERTY.finditer(text[:_LONGEST_LOOSE]):
        if not budget.leaf():
            return
        yield Leaf(f"{at.where}.{found[1]}", found[1], found[2], at.where, at.forms)


def table_leaves(lines: Sequence[str], at: Leaf, budget: Budget) -> Leaves:
    """The cells of a text of which the first line names the columns, when any of these names says anything."""
    for separator in ("\t", ",", "|", ";"):
        names = [name.strip(' "') for name in lines[0].split(separator)]
        if len(names) < _PAIR or not any(speaks(name) for name in names):
            continue
        for number, line in enumerate(lines[1:], 1):
            cells = line.split(separator)
            if len(cells) != len(names):
                continue
            for name, cell in zip(names, cells, strict=True):
                if not budget.leaf():
                    return
                yield Leaf(f"{at.where}.{number}.{name}"[:_LONGEST_WHERE], name, cell.strip(' "'), f"{at.where}.{number}", at.forms)


def protobuf_leaves(content: bytes, at: Leaf, budget: Budget) -> tuple[list[Leaf], list[bytes]]:
    """The values of a message, and those of its bytes that are neither text nor message. Raises `WireError`."""
    leaves: list[Leaf] = []
    strange: list[bytes] = []
    for field in protobuf.fields(content):
        if not budget.leaf():
            break
        text = protobuf.readable(field.value)
        path = ".".join(map(str, field.path))
        if text is None:
            strange.append(field.value if isinstance(field.value, bytes) else b"")
        else:
            group = f"{at.where}.{'.'.join(map(str, field.path[:-1]))}"
            leaves.append(Leaf(f"{at.where}.{path}", "", text, group, at.forms))
    return leaves, strange


def _attributes(text: str) -> Mapping[str, str]:
    return {found[1]: found[2] for found in _ATTRIBUTE.finditer(text)} if "=" in text else {}


def _label(item: Mapping[Any, Any]) -> tuple[str, Any] | None:
    """Name and value of an object such as `{"key": "imei", "value": "86…"}`."""
    if not 2 <= len(item) <= 6 or _label_keys().isdisjoint(item):
        return None
    name = next((item[key] for key in _keys("label_keys") if isinstance(item.get(key), str)), None)
    value = next((item[key] for key in _keys("value_keys") if item.get(key) is not None), None)
    return (name, value) if name and value is not None else None


@cache
def _label_keys() -> frozenset[str]:
    return frozenset(_keys("label_keys"))


@cache
def _keys(name: str) -> tuple[str, ...]:
    return tuple(catalog("payload")[name])
