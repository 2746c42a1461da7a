"""Values to JSON and back. One generic walk over the dataclasses; older schema versions are lifted by a chain of small converters."""

import json
import types
import typing
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, TypeVar, get_args, get_origin

from mingjian.model.printable import printable_json
from mingjian.model.types import Report

SCHEMA = "mingjian-report/1"
DERIVED = "conducts"
"""A part of a written report on several packs that repeats its findings, conduct by conduct."""
CONVERTERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""From the schema a converter reads to the function that lifts a document by one version."""

T = TypeVar("T")


class DecodeError(ValueError):
    """A document that is not what it says. `path` is the place in it, such as `findings[3].verdict`."""

    def __init__(self, path: str, what: str) -> None:
        super().__init__(f"{path or 'document'}: {what}")
        self.path = path
        self.what = what


def encode(value: Any) -> Any:
    """JSON-ready form of a value; fields that hold their default are left out."""
    if is_dataclass(value) and not isinstance(value, type):
        out: dict[str, Any] = {}
        for field in fields(value):
            item = getattr(value, field.name)
            if field.default is not MISSING and item == field.default and field.name != "schema":
                continue
            out[field.name] = encode(item)
        return out
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    return value


def decode(kind: type[T], value: Any, path: str = "") -> T:
    """The value of type `kind` that a JSON form stands for. Raises `DecodeError` for a missing, unknown or ill-typed field."""
    return typing.cast(T, _decode(kind, value, path))


def dump_report(report: Report) -> bytes:
    """A report as one JSON document, UTF-8, stable order."""
    return (printable_json(json.dumps(encode(report), ensure_ascii=False, indent=1)) + "\n").encode()


def load_report(text: bytes) -> Report:
    """The report of a JSON document of this or an older schema. Raises `DecodeError`."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DecodeError("", f"not JSON ({error})") from error
    if not isinstance(document, dict) or not str(document.get("schema", "")).startswith("mingjian-report/"):
        raise DecodeError("schema", "not a Mingjian report")
    while document["schema"] != SCHEMA:
        convert = CONVERTERS.get(document["schema"])
        if convert is None:
            raise DecodeError("schema", f"{document['schema']} is unknown to this version, which writes {SCHEMA}")
        document = convert(document)
    # What follows from the findings is never read back: it is told anew from them.
    document.pop(DERIVED, None)
    try:
        return decode(Report, document)
    except RecursionError as error:
        raise DecodeError("", "nested too deeply") from error


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _decode(kind: Any, value: Any, path: str) -> Any:
    origin = get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return _decode_union(kind, value, path)
    if origin is typing.Literal:
        if value not in get_args(kind):
            raise DecodeError(path, f"{value!r} is none of {', '.join(map(str, get_args(kind)))}")
        return value
    if origin is tuple:
        if not isinstance(value, list):
            raise DecodeError(path, "a list is expected")
        item = get_args(kind)[0]
        return tuple(_decode(item, entry, f"{path}[{index}]") for index, entry in enumerate(value))
    if is_dataclass(kind):
        return _decode_fields(kind, value, path)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise DecodeError(path, f"{kind.__name__} is expected")
    return value


def _decode_union(kind: Any, value: Any, path: str) -> Any:
    if value is None:
        return None
    (inner,) = (choice for choice in get_args(kind) if choice is not type(None))
    return _decode(inner, value, path)


def _decode_fields(kind: Any, value: Any, path: str) -> Any:
    if not isinstance(value, dict):
        raise DecodeError(path, "an object is expected")
    hints = _hints(kind)
    unknown = value.keys() - hints.keys()
    if unknown:
        raise DecodeError(path, f"unknown field {sorted(unknown)[0]!r}")
    given = {name: _decode(hints[name], item, f"{path}.{name}".lstrip(".")) for name, item in value.items()}
    for field in fields(kind):
        if field.default is MISSING and field.name not in given:
            raise DecodeError(f"{path}.{field.name}".lstrip("."), "is missing")
    return kind(**given)
