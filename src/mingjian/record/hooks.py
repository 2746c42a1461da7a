"""What the agent hooks: the rows of the catalogue, as classes and members that exist on a device."""

import re
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from mingjian.extract import catalogue
from mingjian.extract.catalogue import RECEIVER, Api
from mingjian.extract.owner import in_platform
from mingjian.model.shipped import catalog

CANARY = "canary"

_MEMBER = re.compile(r"(L[^;]+;)->([^(]+)(?:\((.*)\)(.+))?")
_TYPE = re.compile(r"\[*(?:L[^;]+;|[ZBSCIJFD])")
_PRIMITIVES = {"Z": "boolean", "B": "byte", "S": "short", "C": "char", "I": "int", "J": "long", "F": "float", "D": "double"}


@dataclass(frozen=True, slots=True)
class Only:
    """Which values of the argument that decides are reported: these, and paths below these."""

    texts: tuple[str, ...] = ()
    below: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hook:
    """One member to watch. `classes` are those that carry the call out; `parameters` as Java's reflection names types (`[I`,
    `java.lang.String`), none for every overload; `args` pairs of an argument's place (`RECEIVER` for the receiver, which is then reported
    before all arguments) and how it is read; `platform` whether the system owns the class: where it lacks it, nobody can call it."""

    id: str
    classes: tuple[str, ...]
    method: str
    parameters: tuple[str, ...] | None
    returns: str
    platform: bool
    args: tuple[tuple[int, str], ...] = ()
    only: Only | None = None


@dataclass(frozen=True, slots=True)
class Native:
    """A function of the C library to watch; places are those of its arguments."""

    id: str
    symbols: tuple[str, ...]
    only: Only | None = None
    name_at: int | None = None
    flags_at: int | None = None
    value_at: int | None = None
    quiet: bool = False


@cache
def hooks() -> tuple[Hook, ...]:
    """Every member that is watched, by the catalogue's id, and those beside the catalogue."""
    return tuple(_hook(row) for row in catalogue.apis().values() if hookable(row)) + tuple(
        _member(id, row["signature"], ((row["at"], row["read"]),), None, "none") for id, row in _data()["beside"].items()
    )


@cache
def natives() -> tuple[Native, ...]:
    """Functions of the C library that are watched, and those native calls of the catalogue that reach data by themselves."""
    fixed = (_native(id, **row) for id, row in _data()["natives"].items())
    imports = (row for row in catalogue.apis().values() if row.kind == "native_import" and row.states)
    return *fixed, *(Native(row.id, (row.signature,), quiet=True) for row in imports)


def hookable(row: Api) -> bool:
    """Whether a call of this row can be watched by itself; texts are seen as arguments of the members that reach them."""
    return row.kind in ("method", "constructor") and row.states and row.id not in _data()["left_out"]


def plan() -> dict[str, Any]:
    """What the agent is told, as JSON can hold it."""
    canary = _data()["canary"]
    limits = {**_data()["limits"], "placeholders": _data()["placeholders"]}
    return {
        "hooks": [asdict(hook) for hook in hooks()],
        "natives": [asdict(native) for native in natives()],
        "canary": {**asdict(_member(CANARY, canary["signature"], (), None, "none")), "argument": canary["argument"]},
        "platform": list(catalogue.platform_prefixes()),
        "limits": limits,
    }


def java_type(descriptor: str) -> str:
    """`I`, `La/B;` and `[I` as Java's reflection names them: `int`, `a.B`, `[I`."""
    if descriptor.startswith("["):
        return descriptor.replace("/", ".")
    return _PRIMITIVES.get(descriptor) or descriptor[1:-1].replace("/", ".")


def _hook(row: Api) -> Hook:
    at = () if row.argument is None else ((row.argument.at, _argument_reading(row)),)
    *_, result = _parts(row.signature)
    reading = _data()["results"].get(row.id) or _result_reading(result or "")
    return _member(row.id, row.signature, at, _only(row), reading)


def _member(id: str, signature: str, args: tuple[tuple[int, str], ...], only: Only | None, reading: str) -> Hook:
    owner, name, parameters, _ = _parts(signature)
    cls = java_type(owner)
    return Hook(
        id=id,
        classes=tuple(_data()["implementations"].get(cls, (cls,))),
        method="$init" if name == "<init>" else name,
        parameters=None if parameters is None else tuple(map(java_type, parameters)),
        returns=reading,
        platform=in_platform(owner),
        args=args,
        only=only,
    )


def _parts(signature: str) -> tuple[str, str, tuple[str, ...] | None, str | None]:
    """Owner, name, parameter types and result type of a member as smali writes it."""
    found = _MEMBER.fullmatch(signature)
    assert found is not None, signature
    owner, name, parameters, result = found.groups()
    return owner, name, None if parameters is None else tuple(_TYPE.findall(parameters)), result


def _argument_reading(row: Api) -> str:
    assert row.argument is not None
    owner, _, parameters, _ = _parts(row.signature)
    if parameters is None:
        return "texts"
    declared = owner if row.argument.at == RECEIVER else parameters[row.argument.at]
    reading: str = _data()["arguments"][declared]
    return "command" if row.argument.table == "command" and reading == "texts" else reading


def _result_reading(descriptor: str) -> str:
    reading: str = _data()["returns"].get(descriptor) or ("array" if descriptor.startswith("[") else "object")
    return reading


def _only(row: Api) -> Only | None:
    if row.argument is None:
        return None
    table = row.argument.table
    narrowed = _data()["tables"].get(table)
    if narrowed is not None:
        return _only_texts(narrowed)
    keys = catalogue.arguments().get(table)
    return Only(tuple(str(key) for key in keys)) if keys is not None and table not in _BITS else None


_BITS = ("phone_state_mask",)


def _native(id: str, symbols: list[str], kind: str, below: list[str] | None = None, **places: Any) -> Native:
    return Native(id, tuple(symbols), _only_texts({"kind": kind}) if below is None else Only(below=tuple(below)), **places)


def _only_texts(row: dict[str, Any]) -> Only:
    texts = tuple(each.signature for each in catalogue.apis().values() if "kind" in row and each.kind == row["kind"])
    below = texts if row.get("kind") == "file_path" else ()
    return Only(texts, (*below, *(_data()["shared_roots"] if row.get("shared") else ())))


@cache
def _data() -> dict[str, Any]:
    content: dict[str, Any] = catalog("hooks")
    return content
