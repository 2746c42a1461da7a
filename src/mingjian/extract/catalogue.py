"""The catalogue of `rules/catalog/` as typed values. Each part is read when it is first asked for."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources.abc import Traversable
from typing import Any, Literal

from mingjian.model.shipped import read_yaml, rules_folder
from mingjian.model.terms import within
from mingjian.model.types import Actor, Text
from mingjian.nlp.companies import slug

Kind = Literal[
    "method",
    "constructor",
    "field",
    "override",
    "content_uri",
    "system_property",
    "shell_command",
    "file_path",
    "intent_action",
    "native_import",
]

TEXT_KINDS: frozenset[str] = frozenset({"content_uri", "system_property", "shell_command", "file_path", "intent_action"})
"""Kinds of rows whose signature is a text that stands in code, and no class member."""

RECEIVER = -1
"""The place of the receiver where an argument is asked for."""


@dataclass(frozen=True, slots=True)
class Argument:
    """Which argument of a call decides what it reaches. `at` is 0-based, or `RECEIVER`; `table` names how it is judged;
    `ignored_if_unknown` says that the call does not count when the argument cannot be told."""

    at: int
    table: str
    ignored_if_unknown: bool = False


@dataclass(frozen=True, slots=True)
class Api:
    """One way to personal information. `signature` is a member as smali writes it (without a prototype: any overload) or a text.
    `interval` is the argument that holds the milliseconds between two readings. `starts` is the SDK whose collection the call begins,
    `switch` the one whose consent switch it is."""

    id: str
    kind: Kind
    signature: str
    data: str
    action: str
    argument: Argument | None
    interval: int | None
    certain: bool
    starts: str | None
    switch: str | None
    permission: str | None
    protection: str
    level: str
    unique: bool
    verified: str
    confidence: str
    note: str

    @property
    def states(self) -> bool:
        """Whether a find of this row is an observation by itself."""
        return self.action not in ("corroborate", "none")


@dataclass(frozen=True, slots=True)
class Sdk:
    """A third party's code. `declared_data` is what its vendor or integrators state; `declaration` how far that is known; `aliases` what
    policies call it."""

    id: str
    name: Text
    aliases: tuple[str, ...]
    vendors: tuple[str, ...]
    kinds: tuple[str, ...]
    purposes: tuple[str, ...]
    prefixes: tuple[str, ...]
    declared_data: tuple[str, ...]
    declaration: str
    domains: tuple[str, ...]
    native_libs: tuple[str, ...] = ()
    meta: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    bundled_prefixes: tuple[str, ...] = ()
    prefixes_seen_in: tuple[str, ...] = ()
    prefixes_not_seen: tuple[str, ...] = ()
    libs_seen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SdkVersion:
    """Where packages state the version of an SDK. `artifacts` are `group:artifact`; `confidence` is how far it is known that they do."""

    sdk: str
    confidence: Literal["high", "medium"]
    artifacts: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    meta: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Library:
    """Support code that acts for its caller."""

    id: str
    name: str
    prefixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Packer:
    """A product that hides the DEX. `files` are base names of entries, `*` within a name."""

    id: str
    name: Text
    vendors: tuple[str, ...]
    prefixes: tuple[str, ...]
    files: tuple[str, ...]
    files_seen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Framework:
    """A way to build apps outside DEX. `logic` is where the app's own code lies then, none when it is in DEX all the same."""

    id: str
    name: str
    classes: tuple[str, ...]
    libs: tuple[str, ...]
    entries: tuple[str, ...]
    logic: Text | None
    screens: bool


@dataclass(frozen=True, slots=True)
class PermissionGroup:
    """A group of dangerous permissions and the data it opens. `prefix` claims every permission below it."""

    id: str
    name: Text
    permissions: tuple[str, ...]
    data: tuple[str, ...]
    prefix: str | None = None


@cache
def apis() -> dict[str, Api]:
    """Every row of the list of calls and texts, by id."""
    return {id: _api(id, row) for id, row in _read("android_api.yml").items()}


@cache
def arguments() -> dict[str, dict[Any, Any]]:
    """The tables that say what an argument makes of a call."""
    tables: dict[str, dict[Any, Any]] = _read("arguments.yml")
    return tables


@cache
def sdks() -> dict[str, Sdk]:
    """Every SDK, by id, in the order of the files."""
    files = sorted((file for file in (_folder() / "sdks").iterdir() if file.name.endswith(".yml")), key=lambda file: file.name)
    return {id: Sdk(id, **_named(row)) for file in files for id, row in read_yaml(file).items()}


@cache
def sdk_versions() -> dict[str, SdkVersion]:
    """Where packages state the versions of SDKs, by the SDK's id."""
    return {id: SdkVersion(id, **_tuples(row)) for id, row in _read("sdk_versions.yml").items()}


@cache
def libraries() -> dict[str, Library]:
    """Support libraries that act for their caller, by id."""
    return {id: Library(id, **_tuples(row)) for id, row in _read("libraries.yml").items()}


@cache
def packers() -> dict[str, Packer]:
    """Packers, by id."""
    return {id: Packer(id, **_named(row)) for id, row in _read("packers.yml").items()}


@cache
def frameworks() -> dict[str, Framework]:
    """Frameworks that draw or think outside DEX, by id."""
    return {
        id: Framework(id, **_tuples({**row, "logic": Text(**row["logic"]) if row["logic"] else None}))
        for id, row in _read("hybrid.yml").items()
    }


@cache
def platform_prefixes() -> tuple[str, ...]:
    """Packages of Android and its runtime."""
    return tuple(_read("platform.yml")["prefixes"])


@cache
def supers() -> dict[str, list[str]]:
    """The part of the platform's class tree that matters, class names with dots."""
    tree: dict[str, list[str]] = _read("platform.yml")["supers"]
    return tree


@cache
def self_start() -> dict[str, int | None]:
    """Broadcasts that start an app by its manifest, with the target SDK from which they no longer do."""
    actions: dict[str, int | None] = _read("platform.yml")["self_start"]
    return actions


@cache
def permission_groups() -> dict[str, PermissionGroup]:
    """Groups of dangerous permissions, by id."""
    return {
        id: PermissionGroup(id, Text(row["zh"], row["en"]), tuple(row["permissions"]), tuple(row["data"]), row.get("prefix"))
        for id, row in _read("permissions.yml")["groups"].items()
    }


def group_of(permission: str) -> str | None:
    """The group of a dangerous permission, none for any other."""
    group = _groups_by_permission().get(permission)
    if group is None:
        group = next((each.id for each in permission_groups().values() if each.prefix and permission.startswith(each.prefix)), None)
    return group


def collecting_group(permission: str) -> str | None:
    """The group of a dangerous permission that opens personal information; to show notices opens none."""
    group = group_of(permission)
    return group if group is not None and permission_groups()[group].data else None


def permission_term(permission: str) -> str:
    """The data term of a permission, `permission.<group>.<NAME>`. Outside the dangerous groups the group is `special`, `normal` (the
    platform's own) or `custom`. A name may hold anything that its maker wrote; what is no letter of an identifier becomes `_`."""
    group = group_of(permission)
    if group is None:
        group = "special" if permission in _special() else "normal" if permission.startswith("android.permission.") else "custom"
    return f"permission.{group}.{_NOT_IN_NAMES.sub('_', permission.rpartition('.')[2])[:_LONGEST_NAME]}"


def granted_silently(permission: str) -> bool:
    """Whether the platform grants a permission of its own to every app that declares it, so that asking for it shows nothing."""
    return within(permission_term(permission), "permission.normal")


def actor(term: str) -> Actor | None:
    """What the catalogue knows of `sdk.<id>`, and the legal name of `company.<slug>` that makes one; none for every other actor."""
    sdk = sdks().get(term.removeprefix("sdk.")) if within(term, "sdk") else None
    if sdk is not None:
        return Actor(term, sdk.name, sdk.vendors, sdk.purposes)
    maker = _makers().get(term)
    return Actor(term, Text(maker, maker), (maker,)) if maker else None


def owner_of_host(host: str) -> str:
    """Whom a host belongs to: `sdk.<id>` when exactly one SDK's domains hold the longest suffix of it, `company.<slug>` when several do
    whose makers include the same one, else `host.<host>`."""
    labels = host.lower().rstrip(".").split(".")
    shared = _shared_hosts()
    for start in range(len(labels)):
        suffix = ".".join(labels[start:])
        if suffix in shared:
            break
        owners = _sdks_by_domain().get(suffix)
        if owners:
            return f"sdk.{owners[0]}" if len(owners) == 1 else _maker_of(owners) or f"host.{host}"
    return f"host.{host}"


@cache
def digest() -> str:
    """SHA-256 over every file of the catalogue and its vocabularies, names and bytes, in order of their paths."""
    total = hashlib.sha256()
    for path, file in sorted((*_files(_folder(), "catalog"), *_files(rules_folder() / "terms", "terms")), key=lambda item: item[0]):
        content = file.read_bytes()
        total.update(f"{path}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()


def _folder() -> Traversable:
    return rules_folder() / "catalog"


@cache
def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = read_yaml(_folder() / name)
    return content


def _api(id: str, row: Mapping[str, Any]) -> Api:
    argument = row.get("argument")
    return Api(
        id=id,
        kind=row.get("kind", "method"),
        signature=row["signature"],
        data=row["data"],
        action=row.get("action", "collect"),
        argument=_argument(argument) if argument else None,
        interval=row.get("interval"),
        certain=row.get("certain", True),
        starts=row.get("starts"),
        switch=row.get("switch"),
        permission=row.get("permission"),
        protection=row.get("protection", "none"),
        level=row["level"],
        unique=row.get("unique", False),
        verified=row["verified"],
        confidence=row.get("confidence", "high"),
        note=row.get("note", ""),
    )


def _argument(row: Mapping[str, Any]) -> Argument:
    at = RECEIVER if row["at"] == "receiver" else int(row["at"])
    return Argument(at, row["table"], row.get("unknown") == "none")


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with its name as a text: one form where both languages write it alike, else `{zh, en}`."""
    name = row["name"]
    return {**_tuples(row), "name": Text(name, name) if isinstance(name, str) else Text(**name)}


def _tuples(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}


_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_]")
_LONGEST_NAME = 100


@cache
def _groups_by_permission() -> dict[str, str]:
    return {permission: group.id for group in permission_groups().values() for permission in group.permissions}


@cache
def _special() -> frozenset[str]:
    return frozenset(row["permission"] for row in _read("permissions.yml")["special"].values())


@cache
def _sdks_by_domain() -> dict[str, list[str]]:
    owners: dict[str, list[str]] = {}
    for sdk in sdks().values():
        for domain in sdk.domains:
            owners.setdefault(domain, []).append(sdk.id)
    return owners


def _maker_of(owners: Sequence[str]) -> str | None:
    """The company that is a maker of all these SDKs."""
    first, *others = (sdks()[owner].vendors for owner in owners)
    maker = next((vendor for vendor in first if all(vendor in vendors for vendors in others)), None)
    return _company(maker) if maker else None


@cache
def _makers() -> dict[str, str]:
    """The legal names of the makers of SDKs, by the term that policies are read with."""
    return {_company(vendor): vendor for sdk in sdks().values() for vendor in sdk.vendors}


def _company(name: str) -> str:
    return f"company.{slug(name)}"


@cache
def _shared_hosts() -> frozenset[str]:
    return frozenset(_read("hosts.yml"))


def _files(folder: Traversable, path: str) -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _files(entry, f"{path}/{entry.name}")
        elif entry.name.endswith(".yml"):
            yield f"{path}/{entry.name}", entry
