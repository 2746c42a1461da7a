"""Which row of the catalogue an intercepted call is, and which calls somebody must watch before silence means anything."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from mingjian.extract import catalogue
from mingjian.extract.catalogue import Api
from mingjian.extract.owner import in_platform
from mingjian.model.run import Member
from mingjian.model.shipped import catalog

REQUEST = "request."
"""How ids of hooks begin that tell who opened a connection; their first argument is the address without its query."""

_MOST_CLASSES = 16
_LONGEST_TYPE = 200

_PARAMETER = re.compile(r"\[*(?:L[^;]+;|[ZBSCIJFD])")
_GENERIC = re.compile(r"<[^<>]*>")
_PRIMITIVES = {"Z": "boolean", "B": "byte", "S": "short", "C": "char", "I": "int", "J": "long", "F": "float", "D": "double"}
_MADE = ("$init", "new")


@dataclass(frozen=True, slots=True)
class Watched:
    """The row of an intercepted call; `certain` is false where the recording does not tell enough to be sure that it is this one."""

    row: Api
    certain: bool = True


@dataclass(frozen=True, slots=True)
class _Overload:
    parameters: tuple[str, ...] | None
    row: Api


def required_hooks(called: frozenset[str] = frozenset()) -> dict[str, str]:
    """What must be watched for the silence of a recording to mean something: id of the catalogue, and the member or function. Rows that
    are texts are seen as arguments of these. What SDKs do reaches the platform's members, with exceptions such as identifiers that another
    process hands out: members of SDKs that the package's code calls (`called`) must be watched as well. `hooks.yml` says of
    which others nobody can or need watch the call itself."""
    data = _data()
    rows = {
        row.id: row.signature
        for row in catalogue.apis().values()
        if row.states and row.id not in data["left_out"] and (row.kind == "native_import" or _is_platforms(row) or _is_called(row, called))
    }
    return {**rows, **{id: ", ".join(row["symbols"]) for id, row in data["natives"].items()}}


def watched(member: Member, hook: str | None, arity: int | None = None) -> Watched | None:
    """The row that states what this call does, none for any other call. `arity` is the number of arguments, where it was recorded: it
    tells overloads apart of which the types were not."""
    row = catalogue.apis().get(hook or "")
    if row is not None:
        return Watched(row) if row.states else None
    name, _, listed = member.method.partition("(")
    name = "<init>" if name in _MADE else name
    sig = member.sig if member.sig is not None or not listed else tuple(each for each in listed.rstrip(")").split(",") if each.strip())
    if not member.cls:
        return _by_name_alone(name)
    for cls in _classes(member.cls):
        overloads = _members().get((cls, name))
        if overloads:
            return _chosen(overloads, sig, arity)
    return None


def text_kind(hook: str | None) -> str | None:
    """The kind of texts that a function of the C library reaches by its first argument; none for any other hook."""
    native = _data()["natives"].get(hook or "")
    kind: str | None = native["kind"] if native else None
    return kind


def opens_connection(hook: str | None) -> bool:
    """Whether a hook tells who opened a connection. What it tells is no act by itself."""
    return hook is not None and hook.startswith(REQUEST)


@cache
def parameters_of(signature: str) -> tuple[str, ...] | None:
    """The dotted types of the parameters in a signature as smali writes it, none where it stands for every overload."""
    _, bracket, rest = signature.partition("(")
    return tuple(_typed(each) for each in _PARAMETER.findall(rest.partition(")")[0])) if bracket else None


def returns_nothing(row: Api) -> bool:
    """Whether a call of the row has no result, so that none can come back empty."""
    return row.kind == "constructor" or row.signature.endswith(")V")


def _is_called(row: Api, called: frozenset[str]) -> bool:
    return row.kind in ("method", "constructor") and row.id in called


def _is_platforms(row: Api) -> bool:
    return row.kind in ("method", "constructor") and in_platform(row.signature.partition("->")[0])


def _chosen(overloads: tuple[_Overload, ...], sig: tuple[str, ...] | None, arity: int | None) -> Watched | None:
    if sig is not None:
        types = tuple(_typed(each) for each in sig)
        exact = [each for each in overloads if each.parameters in (types, None)]
        # Some tools write types without their packages.
        short = [
            each for each in overloads if each.parameters is not None and tuple(map(_short, each.parameters)) == tuple(map(_short, types))
        ]
        found = exact or short
        if found:
            return Watched(found[0].row)
        arity = len(sig)
    fitting = [each for each in overloads if arity is None or each.parameters is None or len(each.parameters) == arity] or list(overloads)
    rows = [each.row for each in fitting]
    first = next((row for row in rows if not row.certain), rows[0])
    if len({(row.action, row.data, row.argument, row.starts, row.switch) for row in rows}) > 1:
        return None
    # An overload that nobody has listed reaches the same data, as far as its name tells.
    return Watched(first, certain=sig is None) if sig is None or first.argument is None else None


def _by_name_alone(name: str) -> Watched | None:
    """Some tools tell a method and not its class. A name that stands for one thing alone in the catalogue is probably that."""
    rows = [each.row for (_, method), overloads in _members().items() if method == name for each in overloads]
    if len({(row.action, row.data, row.argument, row.starts, row.switch) for row in rows}) != 1 or rows[0].argument is not None:
        return None
    return Watched(rows[0], certain=False)


def _classes(cls: str) -> Iterator[str]:
    """The class as the catalogue may name it, what it implements, and what it inherits from; nearest first."""
    waiting = [_plain(cls)]
    seen: dict[str, None] = {}
    while waiting and len(seen) < _MOST_CLASSES:
        name = waiting.pop(0)
        if name not in seen:
            seen[name] = None
            yield name
            waiting += _above().get(name, ())


@cache
def _above() -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for abstract, classes in _data()["implementations"].items():
        for cls in classes:
            table[_plain(cls)] = (*table.get(_plain(cls), ()), _plain(abstract))
    for cls, names in catalogue.supers().items():
        table[_plain(cls)] = (*table.get(_plain(cls), ()), *map(_plain, names))
    return table


@cache
def _members() -> dict[tuple[str, str], tuple[_Overload, ...]]:
    table: dict[tuple[str, str], tuple[_Overload, ...]] = {}
    for row in catalogue.apis().values():
        if row.kind in ("method", "constructor", "field", "override") and row.states:
            owner, _, rest = row.signature.partition("->")
            key = (_plain(owner), re.split(r"[(:]", rest, maxsplit=1)[0])
            table[key] = (*table.get(key, ()), _Overload(() if row.kind == "field" else parameters_of(row.signature), row))
    return table


def _plain(cls: str) -> str:
    """A class name in one spelling, whether its parts stand apart by dots, slashes or `$`."""
    if cls.startswith("L") and cls.endswith(";"):
        cls = cls[1:-1]
    return cls.replace("/", ".").replace("$", ".")


def _typed(name: str) -> str:
    """A type in one spelling: `[Ljava.lang.String;`, `java.lang.String...` and `java.lang.String[]` are one."""
    name = name.strip()[:_LONGEST_TYPE]
    while "<" in name and (plainer := _GENERIC.sub("", name)) != name:
        name = plainer
    inner = name.lstrip("[")
    arrays = len(name) - len(inner)
    if arrays or (inner.startswith("L") and inner.endswith(";")) or inner in _PRIMITIVES:
        return (_PRIMITIVES.get(inner) or _plain(inner)) + "[]" * arrays
    return _plain(inner.replace("...", "[]"))


def _short(name: str) -> str:
    return name.rpartition(".")[2]


def _data() -> dict[str, Any]:
    data: dict[str, Any] = catalog("hooks")
    return data
