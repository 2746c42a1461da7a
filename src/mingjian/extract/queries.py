"""The questions of the catalogue to the Rust side, as the JSON bytes that `docs/boundary.md` describes."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from mingjian.extract import catalogue, flow_rules, shapes
from mingjian.extract.catalogue import TEXT_KINDS, Api
from mingjian.extract.permission_needs import use_questions
from mingjian.extract.sdk_version import places
from mingjian.model.shipped import catalog
from mingjian.native import Questions

LAYOUT_ATTRIBUTES = ("checked", "text", "hint", "textSize", "textColor", "background", "onClick", "autoLink")
LAYOUT_TAGS = ("CheckBox", "RadioButton", "Switch", "SwitchCompat", "WebView", "ComposeView")

_MADE = ("<init>", "<clinit>")
ENTRY_POINTS = {
    "application": ("attachBaseContext", "onCreate", *_MADE),
    "provider": ("attachInfo", "onCreate", *_MADE),
    "initializer": ("create", *_MADE),
    "launcher": (
        *("attachBaseContext", "onCreate", "onPostCreate", "onStart", "onResume", "onPostResume", "onAttachedToWindow"),
        *("onWindowFocusChanged", *_MADE),
    ),
}
"""The methods that Android calls before anybody can tap."""

URI = "uri"
"""The question id of every field that holds a content URI."""

WEB = "web"
"""The question id of the calls that show a web page."""

LOADS = "loads"
"""The question id of the calls that load further code."""

ADDRESS, CONNECTS, PROGRAM = "address", "connects", "program"
"""The question ids of the calls that name an address on the net, of those that connect to one, and of those that name another app."""


@cache
def questions(*, flows: bool = False, seconds: float | None = None) -> Questions:
    """Everything the extractors ask of a package, at once; with `flows` also where values go and by which ways code is reached,
    the former within so many seconds."""
    if flows:
        return replace(questions(), flows=flow_rules.question(seconds))
    return Questions(_bytes(_find()), _bytes(_elements()), _bytes(_natives()), ENTRY_POINTS, texts=tuple(places()))


def _elements() -> dict[str, Any]:
    return {"files": None, "attributes": LAYOUT_ATTRIBUTES, "tags": LAYOUT_TAGS}


def _find() -> dict[str, Any]:
    rows = [row for row in catalogue.apis().values() if row.states]
    return {
        "calls": [
            *call_questions(rows),
            _any_overload(WEB, "Landroid/webkit/WebView;", "loadUrl"),
            *_loaders(),
            *_addresses(),
            *_uses(),
        ],
        "fields": [_member(row.id, row.signature, "type") for row in rows if row.kind == "field"] + _uri_fields(),
        "strings": [
            {"id": row.id, "value": row.signature, "match": _match(row)} for row in rows if row.kind in TEXT_KINDS and _speaks_alone(row)
        ],
        "classes": _class_questions(),
        "overrides": [_member(row.id, row.signature, "proto") for row in rows if row.kind == "override"],
        "supers": {descriptor(name): [descriptor(above) for above in names] for name, names in catalogue.supers().items()},
        "excerpts": True,
        "shapes": _shapes(),
    }


def call_questions(rows: Iterable[Api]) -> list[dict[str, Any]]:
    """One question for each method and constructor among the rows."""
    return [_member(row.id, row.signature, "proto") for row in rows if row.kind in ("method", "constructor")]


def _natives() -> dict[str, Any]:
    strings = []
    for row in catalogue.apis().values():
        if row.action != "collect" or not (row.unique or row.data in _NATIVE_DATA):
            continue
        if row.kind in ("system_property", "file_path"):
            strings.append({"id": row.id, "value": row.signature, "match": "contains" if row.kind == "file_path" else "exact"})
        elif row.kind == "method" and row.signature.startswith("Landroid/telephony/"):
            strings.append({"id": row.id, "value": row.signature.partition("->")[2].partition("(")[0], "match": "exact"})
    strings += [{"id": row.id, "value": "android_id", "match": "exact"} for row in (catalogue.apis()["API-0099"],)]
    distinct: dict[str, dict[str, str]] = {}
    for entry in strings:
        distinct.setdefault(entry["value"], entry)
    imports = [{"id": row.id, "name": row.signature} for row in catalogue.apis().values() if row.kind == "native_import"]
    return {"strings": list(distinct.values()), "imports": imports}


def descriptor(name: str) -> str:
    """`a.b.C` as `La/b/C;`."""
    return f"L{name.replace('.', '/')};"


_NATIVE_DATA = ("device.android_id", "network.bssid")


def _bytes(query: Mapping[str, Any]) -> bytes:
    return json.dumps(query, ensure_ascii=False, separators=(",", ":")).encode()


def _member(id: str, signature: str, last: str) -> dict[str, Any]:
    owner, _, rest = signature.partition("->")
    if last == "type":
        name, _, kind = rest.partition(":")
        return {"id": id, "class": owner, "name": name, "type": kind}
    name, bracket, proto = rest.partition("(")
    return {"id": id, "class": owner, "name": name, "proto": bracket + proto or None}


def _any_overload(id: str, owner: str, name: str) -> dict[str, Any]:
    return {"id": id, "class": owner, "name": name, "proto": None}


def _loaders() -> list[dict[str, Any]]:
    return [_any_overload(LOADS, f"Ldalvik/system/{loader};", "<init>") for loader in ("DexClassLoader", "InMemoryDexClassLoader")]


def _addresses() -> list[dict[str, Any]]:
    groups = ((ADDRESS, "addresses"), (CONNECTS, "connects"), (PROGRAM, "programs"))
    return [
        {"id": id, "class": descriptor(row["class"]), "name": row["name"], "proto": row["proto"]}
        for id, group in groups
        for row in catalog("flow_sinks")[group]
    ]


def _uses() -> list[dict[str, Any]]:
    return [_any_overload(*question) for question in use_questions()]


def _uri_fields() -> list[dict[str, Any]]:
    names = (source.partition("->") for source in catalogue.arguments()["uri_sources"])
    return [{"id": URI, "class": owner, "name": name, "type": "Landroid/net/Uri;"} for owner, _, name in names if name.isupper()]


def _match(row: Api) -> str:
    return "prefix" if row.kind in ("content_uri", "file_path") else "exact"


def _speaks_alone(row: Api) -> bool:
    """Whether the text is so particular that finding it anywhere means something; `ps` or `top` in a constant pool does not."""
    if row.action not in ("collect", "probe"):
        return False
    return row.kind != "shell_command" or "/" in row.signature or row.signature.count(" ") > 1


def _class_questions() -> list[dict[str, str]]:
    owners = [
        *((f"sdk:{sdk.id}", sdk.prefixes) for sdk in catalogue.sdks().values()),
        *((f"packer:{packer.id}", packer.prefixes) for packer in catalogue.packers().values()),
        *((f"hybrid:{framework.id}", framework.classes) for framework in catalogue.frameworks().values()),
    ]
    return [
        {"id": f"{owner}:{prefix}{end}", "prefix": f"L{prefix.replace('.', '/')}{end}"}
        for owner, prefixes in owners
        for prefix in prefixes
        for end in _ends(prefix)
    ]


def _shapes() -> dict[str, Any] | None:
    """Which classes hold code that is known; those that a name tells are not asked about, since recognition is for the others."""
    if not shapes.known():
        return None
    named = [
        *(prefix for library in catalogue.libraries().values() for prefix in library.prefixes),
        *(prefix for sdk in catalogue.sdks().values() for prefix in sdk.prefixes),
        *(prefix for packer in catalogue.packers().values() for prefix in packer.prefixes),
    ]
    skipped = [f"L{prefix.replace('.', '/')}/" for prefix in sorted(set(named))]
    return {**shapes.settings_of_query(), "skipped": skipped, "known": [digest for digest, _ in shapes.known()]}


def _ends(prefix: str) -> tuple[str, ...]:
    # A last name in capitals may be a class or, in some SDKs, a package.
    return ("/", ";") if prefix.rpartition(".")[2][:1].isupper() else ("/",)
