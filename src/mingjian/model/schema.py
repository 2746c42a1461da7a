"""The JSON Schemas of reports and run files, made from the values themselves, so that they cannot disagree with them."""

import types
import typing
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from mingjian.model.codec import DERIVED, SCHEMA
from mingjian.model.run import SCHEMA as RUN_SCHEMA
from mingjian.model.run import AnyEvent, Session
from mingjian.model.types import Conduct, Report

_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean"}


def report_schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12, of the current report format."""
    definitions: dict[str, Any] = {}
    _object(Report, definitions)
    definitions["Report"]["properties"]["schema"] = {"const": SCHEMA}
    definitions["Report"]["required"].append("schema")
    definitions["Report"]["properties"][DERIVED] = {"type": "array", "items": _object(Conduct, definitions)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": SCHEMA,
        "$ref": "#/$defs/Report",
        "$defs": dict(sorted(definitions.items())),
    }


def run_schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12, of one line of the current run format; the first is a `Session`, all others are events."""
    schema = msgspec.json.schema(Session | AnyEvent)
    session = schema["$defs"]["Session"]
    session["properties"]["schema"] = {"const": RUN_SCHEMA}
    session["required"].append("schema")
    for definition in schema["$defs"].values():
        definition["description"] = " ".join(definition["description"].split())
    # What a union's tag stands for is a dialect of OpenAPI; the constants of `kind` say the same.
    schema.pop("discriminator", None)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": RUN_SCHEMA,
        **schema,
        "$defs": dict(sorted(schema["$defs"].items())),
    }


def _object(kind: type, definitions: dict[str, Any]) -> dict[str, Any]:
    name = kind.__name__
    if name not in definitions:
        definitions[name] = {}
        hints = get_type_hints(kind)
        members = fields(typing.cast(Any, kind))
        definitions[name] = {
            "description": (kind.__doc__ or "").strip(),
            "type": "object",
            "properties": {member.name: _of(hints[member.name], definitions) for member in members},
            "required": [member.name for member in members if member.default is MISSING],
            "additionalProperties": False,
        }
    return {"$ref": f"#/$defs/{name}"}


def _of(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    origin = get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [_of(choice, definitions) for choice in get_args(kind)]}
    if origin is typing.Literal:
        return {"enum": list(get_args(kind))}
    if origin is tuple:
        return {"type": "array", "items": _of(get_args(kind)[0], definitions)}
    if kind is type(None):
        return {"type": "null"}
    if is_dataclass(kind) and isinstance(kind, type):
        return _object(kind, definitions)
    return {"type": _PLAIN[kind]}
