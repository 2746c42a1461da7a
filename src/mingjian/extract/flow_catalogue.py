"""What is followed through the code, and to where: rows of `flow_sources.yml`, `flow_sinks.yml` and of the catalogue of calls."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from mingjian.extract import catalogue
from mingjian.extract.catalogue import Api
from mingjian.model.shipped import catalog
from mingjian.model.terms import IDENTIFYING, within
from mingjian.model.types import Text

What = Literal["result", "receiver", "field"] | dict[str, int]


@dataclass(frozen=True, slots=True)
class Source:
    """A place where data come into the code. `api` is the row of the catalogue of calls, if it has one; `when` holds conditions on
    constant arguments in the words of the flows query; `certain` is false where the call counts only under a condition."""

    data: str
    member: tuple[str, str, str]
    what: What
    api: str | None = None
    when: tuple[Mapping[str, Any], ...] = ()
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Kind:
    """What goes out by sinks of one kind states. `recipient` says whether somebody gets it."""

    id: str
    action: str
    recipient: bool
    name: Text


@dataclass(frozen=True, slots=True)
class Needs:
    """What must be known of the receiver or the argument for a call to be a sink: one of `origins`, and none of `unless`."""

    of: Literal["receiver", "argument"]
    origins: tuple[str, ...]
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sink:
    """Calls by which values go out. `arguments` counts without the receiver, none for all."""

    id: str
    kind: str
    owner: str
    names: tuple[str, ...]
    arguments: tuple[int, ...] | None = None
    receiver: bool = False
    needs: Needs | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """A call that says what an object is; `texts` is how its first argument begins."""

    id: str
    owner: str
    names: tuple[str, ...]
    what: Literal["result", "receiver"] = "result"
    proto: str = ""
    texts: tuple[str, ...] = field(default=())


THIRD_PARTY = "third_party"
"""The kind of sink that a call into code of another owner is."""


@cache
def kinds() -> dict[str, Kind]:
    """Every kind of sink, by id."""
    rows = catalog("flow_sinks")["kinds"]
    return {id: Kind(id, row["action"], row["recipient"], Text(row["zh"], row["en"])) for id, row in rows.items()}


@cache
def sinks() -> tuple[Sink, ...]:
    """Every sink but those of third parties, in the order of the file, which numbers them."""
    return tuple(_sink(row) for row in catalog("flow_sinks")["sinks"])


@cache
def origins() -> tuple[Origin, ...]:
    """Every call that says what an object is."""
    return tuple(
        Origin(row["id"], row["class"], tuple(row["names"]), row.get("what", "result"), row.get("proto", ""), tuple(row.get("texts", ())))
        for row in catalog("flow_sinks")["origins"]
    )


@cache
def sources() -> tuple[Source, ...]:
    """Every source, rows of the catalogue of calls first; the order numbers them."""
    return (*_called(), *_own())


def _sink(row: Mapping[str, Any]) -> Sink:
    needs = row.get("needs")
    return Sink(
        id=row["id"],
        kind=row["kind"],
        owner=row["class"],
        names=tuple(row["names"]),
        arguments=tuple(row["arguments"]) if "arguments" in row else None,
        receiver=row.get("receiver", False),
        needs=Needs(needs["of"], tuple(needs["origins"]), tuple(needs.get("unless", ()))) if needs else None,
    )


def _own() -> Iterator[Source]:
    rows = catalog("flow_sources")
    for group, word in (("callbacks", "parameter"), ("filled", "argument"), ("results", None)):
        for row in rows[group]:
            for name in row["names"]:
                yield Source(row["data"], (row["class"], name, ""), {word: row["at"]} if word else "result")


def _called() -> Iterator[Source]:
    handles = catalog("flow_sources")["handles"]
    for row in catalogue.apis().values():
        if row.action != "collect" or row.id in handles or row.starts or row.kind not in ("method", "field"):
            continue
        owner, _, rest = row.signature.partition("->")
        if row.kind == "field":
            if within(row.data, IDENTIFYING):
                yield Source(row.data, (owner, rest.partition(":")[0], ""), "field", row.id, certain=row.certain)
            continue
        name, bracket, proto = rest.partition("(")
        # A truth value and nothing at all hold no data.
        if proto.endswith((")V", ")Z")):
            continue
        for data, when in _conditions(row):
            if within(data, IDENTIFYING):
                yield Source(data, (owner, name, bracket + proto), "result", row.id, when, row.certain)


def _conditions(row: Api) -> Iterator[tuple[str, tuple[Mapping[str, Any], ...]]]:
    """The data that a call gives, with the constants of the argument that decides them; nothing where constants cannot tell."""
    argument = row.argument
    if argument is None:
        yield row.data, ()
    elif argument.table == "content_uri":
        for data, texts, fields in _uris():
            yield data, ({"argument": argument.at, "texts": texts, "fields": fields},)
    elif argument.table == "property":
        for data, texts in _by_data((each.signature, each.data) for each in _rows("system_property")):
            yield data, ({"argument": argument.at, "texts": texts},)
    elif argument.table in catalogue.arguments() and argument.at >= 0:
        keys = catalogue.arguments()[argument.table].items()
        for data, texts in _by_data((key, data) for key, data in keys if isinstance(key, str) and isinstance(data, str)):
            yield data, ({"argument": argument.at, "texts": texts},)


@cache
def _uris() -> tuple[tuple[str, list[str], list[str]], ...]:
    texts = dict(_by_data((each.signature, each.data) for each in _rows("content_uri")))
    fields = dict(_by_data(catalogue.arguments()["uri_sources"].items()))
    return tuple((data, texts.get(data, []), fields.get(data, [])) for data in dict.fromkeys([*texts, *fields]))


def _rows(kind: str) -> Iterator[Api]:
    return (row for row in catalogue.apis().values() if row.kind == kind and row.action == "collect")


def _by_data(pairs: Any) -> Iterator[tuple[str, list[str]]]:
    table: dict[str, list[str]] = {}
    for text, data in pairs:
        table.setdefault(data, []).append(text)
    yield from table.items()
