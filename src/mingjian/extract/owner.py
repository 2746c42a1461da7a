"""Whose code a class is: exact, or unknown."""

from collections.abc import Mapping
from functools import cache

from mingjian.extract import catalogue
from mingjian.model.types import UNKNOWN

_MOST_PARTS = 8
_MOST_KNOWN = 1 << 18
_SDK, _PACKER, _LIBRARY, _PLATFORM = "sdk", "packer", "library", "platform"


class Owners:
    """Answers for one package. `namespaces` are the Java packages that are the app's own beyond doubt: its package name, and where its
    Application and launcher classes stand; a namespace of one part, one inside code of others, or one that holds code of others
    is not believed. `renamed` names the SDK of each Java package in which one was recognised under another name."""

    def __init__(self, package: str, entry_classes: tuple[str, ...], renamed: Mapping[str, str] | None = None) -> None:
        spaces = (name.rpartition(".")[0] for name in entry_classes)
        believed = (space for space in spaces if "." in space and _longest(space) is None and space not in _shared_namespaces())
        # The package name was chosen by the app's maker, whoever else's prefix it begins with.
        self.namespaces = tuple(dict.fromkeys([*([package] if "." in package else []), *believed]))
        self._renamed = renamed or {}
        self._known: dict[str, str] = {}

    def of(self, descriptor: str) -> str:
        """`app`, `sdk.<id>` or `unknown`, for a class as `La/b/C;`. Support libraries act for a caller whom code alone does not show."""
        return self.of_name(class_name(descriptor))

    def of_name(self, name: str) -> str:
        """The same for a class as `a.b.C`."""
        owner = self._known.get(name)
        if owner is None:
            # Names that a recording brings along have no end.
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            owner = self._known[name] = self._decide(name)
        return owner

    def _decide(self, name: str) -> str:
        found = _longest(name)
        # What code is weighs more than the name it was given: builds move code of others below the app's own name.
        if found is None and (id := self._renamed.get(name.rpartition(".")[0])):
            return f"sdk.{id}"
        mine = max((len(space) for space in self.namespaces if name.startswith(space + ".")), default=0)
        if mine and (found is None or mine >= len(found[0])):
            return "app"
        if found is not None and found[1] == _SDK:
            return f"sdk.{found[2]}"
        return UNKNOWN


def in_library(descriptor: str) -> bool:
    """Whether a class is support code, which acts only when somebody calls it."""
    found = _longest(class_name(descriptor))
    return found is not None and found[1] == _LIBRARY


def in_platform(descriptor: str) -> bool:
    """Whether a class belongs to Android or its runtime, and not to the package."""
    found = _longest(class_name(descriptor))
    return found is not None and found[1] == _PLATFORM


def class_name(descriptor: str) -> str:
    """`La/b/C;` as `a.b.C`."""
    return descriptor.removeprefix("L").removesuffix(";").replace("/", ".")


def sdk_of(name: str) -> str | None:
    """The id of the SDK that a dotted class or package name belongs to, by the longest prefix of all that the catalogue knows."""
    found = _longest(name)
    return found[2] if found is not None and found[1] == _SDK else None


def packer_of(name: str) -> str | None:
    """The id of the packer that a dotted class name belongs to."""
    found = _longest(name)
    return found[2] if found is not None and found[1] == _PACKER else None


def _longest(name: str) -> tuple[str, str, str] | None:
    """Prefix, kind and id of the longest known prefix of a dotted name; whole parts only."""
    known = _prefixes()
    # A hostile name may have thousands of parts; no prefix has more than a few.
    prefix = ".".join(name.split(".", _MOST_PARTS)[:_MOST_PARTS])
    while prefix:
        if prefix in known:
            return (prefix, *known[prefix])
        prefix = prefix[: max(prefix.rfind("."), 0)]
    return None


@cache
def _prefixes() -> dict[str, tuple[str, str]]:
    table: dict[str, tuple[str, str]] = dict.fromkeys(catalogue.platform_prefixes(), (_PLATFORM, "android"))
    for packer in catalogue.packers().values():
        table.update(dict.fromkeys(packer.prefixes, (_PACKER, packer.id)))
    for library in catalogue.libraries().values():
        table.update(dict.fromkeys(library.prefixes, (_LIBRARY, library.id)))
    # The engine of an app is nobody's act, even where its classes are the first that Android starts.
    for framework in catalogue.frameworks().values():
        table.update(dict.fromkeys(framework.classes, (_LIBRARY, framework.id)))
    for sdk in catalogue.sdks().values():
        table.update(dict.fromkeys(sdk.prefixes, (_SDK, sdk.id)))
    return table


@cache
def _shared_namespaces() -> frozenset[str]:
    """Every dotted name above a known prefix: `com.tencent` is a vendor's, and no app's alone."""
    return frozenset(
        prefix[:at] for prefix, (kind, _) in _prefixes().items() if kind != _PLATFORM for at in range(len(prefix)) if prefix[at] == "."
    )
