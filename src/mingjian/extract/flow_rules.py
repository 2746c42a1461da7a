"""What the flow analysis is told of the platform (class tree, life cycles, listeners, what methods do to values), and what it is asked."""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from mingjian.extract import catalogue
from mingjian.extract.flow_catalogue import Sink, origins, sinks, sources
from mingjian.model.shipped import catalog, read_yaml, rules_folder

DATA, ORIGIN, SINK, NEEDS, PARTY = "data", "origin", "sink", "needs", "party"
"""How ids of the question begin: sources of data by their number, origins of objects by name; sinks and what they need by number, and
code of an SDK, which others hand values to, by its id."""

_PRIMITIVES: Mapping[str, str] = {
    "void": "V",
    "boolean": "Z",
    "byte": "B",
    "short": "S",
    "char": "C",
    "int": "I",
    "long": "J",
    "float": "F",
    "double": "D",
}

_OF_REFUSALS = ("requests", "answers", "registrations", "states", "same", "equal", "reasons", "buttons", "ends", "opens")


def descriptor(name: str) -> str:
    """The descriptor of a type as Java writes it; a descriptor stays as it is."""
    if name.startswith("L") and name.endswith(";"):
        return name
    plain = name.replace("[]", "").strip()
    return "[" * name.count("[]") + _PRIMITIVES.get(plain, f"L{plain.replace('.', '/')};")


def descriptors(names: Iterable[str]) -> list[str]:
    """The descriptors of types."""
    return [descriptor(name) for name in names]


def models() -> list[dict[str, Any]]:
    """The rows of `flow_models.yml` as the core takes them."""
    groups = _read("flow_models.yml")["groups"]
    return [{**row, "classes": descriptors(row["classes"])} for group in groups for row in group["rows"]]


def platform() -> dict[str, Any]:
    """The platform's classes, as far as they matter."""
    supers = {**_read("platform.yml")["supers"], **_read("lives.yml")["supers"], **_read("flow_models.yml")["supers"]}
    return {"supers": {descriptor(name): descriptors(above) for name, above in supers.items()}}


def lives() -> dict[str, Any]:
    """Life cycles, later calls, listeners, and what the platform may call besides."""
    rows = _read("lives.yml")
    for row in (*rows["lives"], *rows["listeners"]):
        row["class"] = descriptor(row["class"])
    rows["plain"] = descriptors(rows["plain"])
    return {name: rows[name] for name in ("lives", "later", "listeners", "plain", "hooks", "flags")}


def app() -> dict[str, Any]:
    """What is told of every app; the reading process adds the components of the manifest and the clicks of layouts."""
    return {"platform": platform(), **lives()}


@cache
def question(seconds: float | None = None) -> bytes:
    """The whole question for flows, ways and refusals, as the reading process takes it: the same everywhere, as answers are kept under
    it. With `seconds` the answer is what was found by then."""
    asked: dict[str, Any] = {
        "sources": [*_data(), *_origins()],
        "sinks": [row for number, sink in enumerate(sinks()) for row in _sinks(number, sink)],
        "parties": [
            {"id": f"{PARTY}:{sdk.id}", "starts": [start for prefix in sdk.prefixes for start in _starts(prefix)]}
            for sdk in catalogue.sdks().values()
        ],
        "models": [*models(), *({**row, "classes": descriptors(row["classes"])} for row in catalog("flow_sinks")["models"])],
        "outside": [start for library in catalogue.libraries().values() for prefix in library.prefixes for start in _starts(prefix)],
    }
    # Twice as many steps took a half longer on real apps and found one flow in thirty more.
    asked |= {"source_budget": 50_000, "budget": 1_500_000}
    if seconds is not None:
        asked["seconds"] = seconds
    return json.dumps(
        {"app": app(), "flows": asked, "ways": True, "refusals": refusals()}, ensure_ascii=False, separators=(",", ":")
    ).encode()


def refusals() -> dict[str, Any]:
    """The rows of `refusals.yml`: who asks for permissions, who is told, and what is looked for behind a refusal."""
    rows = _read("refusals.yml")
    asked: dict[str, Any] = {name: [{**row, "class": descriptor(row["class"])} for row in rows[name]] for name in _OF_REFUSALS}
    for row in asked["registrations"]:
        row["contracts"] = descriptors(row["contracts"])
    for name, number in rows["fields"].items():
        owner, _, field = name.partition("->")
        asked.setdefault("fields", {})[f"{descriptor(owner)}->{field}"] = number
    # Libraries act for their caller: what a refusal leads to is decided in the code that they call back.
    prefixes = (prefix for library in catalogue.libraries().values() for prefix in library.prefixes)
    asked["outside"] = sorted(f"L{prefix.replace('.', '/')}/" for prefix in prefixes)
    return asked


def _data() -> Iterator[dict[str, Any]]:
    for number, source in enumerate(sources()):
        owner, name, proto = source.member
        row = {"id": f"{DATA}:{number}", "class": descriptor(owner), "name": name, "proto": proto, "what": source.what}
        yield {**row, "when": list(source.when)}


def _origins() -> Iterator[dict[str, Any]]:
    for origin in origins():
        when = [{"argument": 0, "texts": list(origin.texts)}] if origin.texts else []
        for name in origin.names:
            row = {"id": f"{ORIGIN}:{origin.id}", "class": descriptor(origin.owner), "name": name, "proto": origin.proto}
            yield {**row, "what": origin.what, "when": when}


def _sinks(number: int, sink: Sink) -> Iterator[dict[str, Any]]:
    arguments = None if sink.arguments is None else list(sink.arguments)
    for name in sink.names:
        row = {"class": descriptor(sink.owner), "name": name}
        yield {"id": f"{SINK}:{number}", **row, "arguments": arguments, "receiver": sink.receiver}
        if sink.needs is not None:
            on_receiver = sink.needs.of == "receiver"
            yield {"id": f"{NEEDS}:{number}", **row, "arguments": [] if on_receiver else arguments, "receiver": on_receiver}


def _starts(prefix: str) -> tuple[str, ...]:
    """How descriptors of classes below a prefix begin; a last name in capitals may be a class."""
    start = f"L{prefix.replace('.', '/')}"
    return (f"{start}/", f"{start};", f"{start}$") if prefix.rpartition(".")[2][:1].isupper() else (f"{start}/",)


def _read(name: str) -> dict[str, Any]:
    return dict(read_yaml(rules_folder() / "catalog" / name))
