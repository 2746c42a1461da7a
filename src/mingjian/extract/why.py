"""Who reaches a method of a package, or calls one of the platform, and from where."""

import difflib
import json
import re
import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from mingjian.errors import InputError, UsageError
from mingjian.extract import catalogue, flow_rules
from mingjian.extract.owner import Owners, in_platform
from mingjian.extract.package import PackageFacts
from mingjian.extract.paths import way_of
from mingjian.extract.queries import descriptor
from mingjian.inputs.package import open_package
from mingjian.model.types import Artifact
from mingjian.model.way import Place, Way
from mingjian.native import Limits, PackageReader, Questions
from mingjian.native.answers import Find

MOST_SITES = 1000
"""Places that are told of; the others are counted."""

_LONGEST = 1000
_NAMES_SHOWN = 3
_MOST_NEAR = 2000
_SHORTEST_GUESSED = 4
_LONGEST_GUESSED = 40
_PREFIXES = 64
_LIKE = 0.7
"""How much of two names must be alike for one to be taken for the other."""
_LETTERS = string.ascii_letters + string.digits + "_"
_KINDS = {"call": "call", "instead": "instead", "own": "method", "class": "method"}
_OBJECT = "Ljava/lang/Object;"
_MEMBER = re.compile(r"[^\s\[;/.()<>#:-][^\s\[;/.()<>#:]*|<init>|<clinit>")
_CLASS = re.compile(r"L[^\s\[;.()]+;")
_PROTO = re.compile(r"\((?:\[*(?:[ZBSCIJFD]|L[^\s\[;.()]+;))*\)\[*(?:[VZBSCIJFD]|L[^\s\[;.()]+;)")


@dataclass(frozen=True, slots=True)
class Method:
    """A method that is asked about; without a prototype all of its name are meant."""

    owner: str
    name: str
    proto: str | None = None

    def __str__(self) -> str:
        return f"{self.owner}->{self.name}{self.proto or ''}"


@dataclass(frozen=True, slots=True)
class Site:
    """A place in the package: the method asked about, or a call of it. `locator` is in the grammar of evidence; `owner` holds the place;
    `ways` are those found, none when nothing is known to lead there."""

    kind: str
    place: Place
    locator: str
    owner: str
    ways: tuple[Way, ...] = ()


@dataclass(frozen=True, slots=True)
class Reasons:
    """What is known of who reaches a method. `further_sites` and `further_ways` were found and are not told; `spots` counts what could not
    be followed; `complete` is false when the search ended early or could not read something."""

    artifact: Artifact
    package: str
    asked: Method
    sites: tuple[Site, ...]
    further_sites: int
    further_ways: int
    spots: Mapping[str, int]
    complete: bool


def method_named(text: str) -> Method:
    """The method that a person means: `La/B;->c(I)V`, `La/B;->c`, `a.b.C.method` or `a.b.C#method`, both with or without a prototype.
    Raises `UsageError` for anything else."""
    text = text.strip()
    head, bracket, rest = text[:_LONGEST].partition("(")
    owner, arrow, name = head.partition("->")
    if not arrow:
        owner, _, name = head.rpartition("#" if "#" in head else ".")
        owner = descriptor(owner) if owner else ""
    proto = bracket + rest or None
    whole = len(text) <= _LONGEST and _CLASS.fullmatch(owner) and _MEMBER.fullmatch(name) and (proto is None or _PROTO.fullmatch(proto))
    if not whole:
        raise UsageError("error.no_method_name", method=text[:_LONGEST])
    return Method(owner, name, proto)


def reasons_for(given: Sequence[Path], asked: Method, limits: Limits | None = None) -> Reasons:
    """Who reaches the method, or each call of it when it is the platform's. Raises `InputError` for what is no package, and for a method
    that the package does not hold, nor calls if it is the platform's."""
    artifact, reader = open_package(given, _questions(asked, foreign=in_platform(asked.owner)), limits)
    facts = PackageFacts(reader)
    sites = _sites(reader.found["finds"], asked, facts.owners)
    if not sites:
        raise _nothing(given, asked, reader, limits)
    flows: Mapping[str, Any] = reader.flows or {}
    led = _led(sites, flows.get("ways", ()), facts.owners)
    return Reasons(
        artifact,
        facts.package,
        asked,
        led[:MOST_SITES],
        max(len(led) - MOST_SITES, 0),
        flows.get("further_ways", 0),
        flows.get("spots", {}),
        bool(flows.get("complete")) and reader.found["complete"] and not reader.found["finds_cut"],
    )


def _questions(asked: Method, *, foreign: bool) -> Questions:
    """Where the method is. Of the package's own every method of that name is found, as one of them may be meant; of the platform's its
    calls and the methods that stand in its place."""
    same: dict[str, Any] = {"name": asked.name, "proto": asked.proto}
    find = {
        "calls": [{"id": "call", "class": asked.owner, **same}] if foreign else [],
        "overrides": [{"id": "instead", "class": asked.owner, **same} if foreign else _everywhere(asked.name)],
        "classes": [{"id": "class", "prefix": asked.owner}],
        "supers": _supers(),
    }
    ways = {"ways": True} if foreign else {"methods": [str(asked)]}
    return Questions(find=_bytes(find), flows=_bytes({"app": flow_rules.app(), "flows": {"sources": [], "sinks": []}, **ways}))


def _everywhere(name: str) -> dict[str, Any]:
    """The question for the methods of a name in all classes, which all descend from one."""
    return {"id": "own", "class": _OBJECT, "name": name, "proto": None}


@cache
def _supers() -> dict[str, list[str]]:
    """The platform's class tree, as far as it is known; the other classes of the platform that are known stand right below the root, so
    that a class of the package which extends one is seen to be a class."""
    tree: dict[str, list[str]] = dict(flow_rules.platform()["supers"])
    named = {above for row in tree.values() for above in row} | {row.signature.partition("->")[0] for row in catalogue.apis().values()}
    tree |= {name: [_OBJECT] for name in sorted(named) if name not in tree and name != _OBJECT and _CLASS.fullmatch(name)}
    return tree


def _bytes(query: Mapping[str, Any]) -> bytes:
    return json.dumps(query, ensure_ascii=False, separators=(",", ":")).encode()


def _sites(finds: Iterable[Find], asked: Method, owners: Owners) -> list[Site]:
    """The places that the finds are, each once: calls and methods of the platform's, the method itself of the package's own."""
    found: dict[str, Site] = {}
    for each in finds:
        method = f"{each['class']}->{each['method']}{each['proto']}"
        unit, offset = each["offset"] or 0, ""
        if each["q"] == "call":
            offset = f"+0x{unit:x}"
        elif each["q"] == "own" and (each["class"] != asked.owner or asked.proto not in (None, each["proto"])):
            continue
        elif each["q"] == "class":
            # What makes objects is found by its class alone.
            if not asked.name.startswith("<"):
                continue
            method = str(asked)
        locator = f"dex:{each['dex']}!{method}{offset}"
        found.setdefault(locator, Site(_KINDS[each["q"]], Place(method, unit), locator, owners.of(each["class"])))
    return list(found.values())


def _led(sites: Sequence[Site], rows: Iterable[Mapping[str, Any]], owners: Owners) -> tuple[Site, ...]:
    """The places with their ways, those first that a way leads to."""
    ways: dict[tuple[str, int | None], list[Way]] = {}
    for row in rows:
        way = way_of(row, owners)
        for method in dict.fromkeys((row["method"], row["method"].partition("(")[0])):
            ways.setdefault((method, row["unit"]), []).append(way)
    led = [replace(site, ways=tuple(ways.get((site.place.method, site.place.unit), ()))) for site in sites]
    return tuple(sorted(led, key=lambda site: not site.ways))


def _nothing(given: Sequence[Path], asked: Method, reader: PackageReader, limits: Limits | None) -> InputError:
    """That the package does not hold the method, with what may be meant."""
    told = {"path": given[0], "method": asked}
    if in_platform(asked.owner):
        return InputError("error.method_not_called", **told)
    same = [each for each in reader.found["finds"] if each["kind"] == "override"]
    near = _nearest(asked, same) or _nearest(asked, _guessed(given, asked, limits))
    return InputError("error.no_such_method_near", **told, near=", ".join(near)) if near else InputError("error.no_such_method", **told)


def _nearest(asked: Method, finds: Iterable[Find]) -> list[str]:
    """The names of found methods, or else classes, that look most like what was asked for."""
    methods: dict[str, None] = {}
    classes: dict[str, None] = {}
    for each in finds:
        if each["kind"] == "class":
            classes[each["target"]] = None
        elif len(methods) < _MOST_NEAR:
            methods[f"{each['class']}->{each['method']}"[:_LONGEST]] = None
    near = difflib.get_close_matches(f"{asked.owner}->{asked.name}", list(methods), _NAMES_SHOWN, _LIKE)
    return near or difflib.get_close_matches(asked.owner, list(classes), _NAMES_SHOWN, _LIKE)


def _guessed(given: Sequence[Path], asked: Method, limits: Limits | None) -> list[Find]:
    """What the class asked for holds under names that differ in one letter, and the first classes whose names begin alike."""
    names = _slips(asked.name) if _SHORTEST_GUESSED <= len(asked.name) <= _LONGEST_GUESSED else ()
    owner = asked.owner[:-1]
    start = owner.rfind("/") + 2
    prefixes = [owner[:end] for end in range(max(start, len(owner) - _PREFIXES), len(owner) + 1)]
    find = {
        "overrides": [_everywhere(name) for name in names],
        "classes": [{"id": f"class{number}", "prefix": prefix} for number, prefix in enumerate(prefixes)],
        "supers": _supers(),
    }
    _, reader = open_package(given, Questions(find=_bytes(find)), limits)
    return [each for each in reader.found["finds"] if each["kind"] == "class" or each["class"] == asked.owner]


def _slips(name: str) -> list[str]:
    """The names that one slip of the hand makes of a name: a letter more, less, another, or two in the other order."""
    halves = [(name[:at], name[at:]) for at in range(len(name) + 1)]
    found = [left + right[1:] for left, right in halves if right]
    found += [left + right[1] + right[0] + right[2:] for left, right in halves if len(right) > 1]
    found += [left + letter + right[1:] for left, right in halves if right for letter in _LETTERS]
    found += [left + letter + right for left, right in halves for letter in _LETTERS]
    return sorted({slip for slip in found if slip != name})
