"""What the child says of a bundle, typed: it met hostile bytes, so its answer is checked as it is taken in."""

from typing import Literal

import msgspec

Platform = Literal["ios", "harmony"]


class Fault(msgspec.Struct, frozen=True):
    """A place that could not be read; `code` is a key below `bundle.fault` of the texts."""

    where: str
    code: str
    detail: str = ""


class Permission(msgspec.Struct, frozen=True):
    """A permission, a usage description or a background mode, as the package names it. `of` is the extension or module that declares it,
    empty for the app itself; `scene` when and where it is used, as HarmonyOS packages say."""

    name: str
    reason: str
    scene: str
    of: str
    locator: str


class Collected(msgspec.Struct, frozen=True):
    """A kind of data that a privacy manifest says is collected, in Apple's terms."""

    type: str
    purposes: list[str]
    linked: bool
    tracking: bool


class Accessed(msgspec.Struct, frozen=True):
    """A category of interfaces that need a reason, and the codes of the reasons given."""

    type: str
    reasons: list[str]


class Privacy(msgspec.Struct, frozen=True):
    """One privacy manifest. `of` is the part that it lies in, empty for the app itself."""

    path: str
    of: str
    kind: str
    tracking: bool | None
    domains: list[str]
    collected: list[Collected]
    accessed: list[Accessed]


class Part(msgspec.Struct, frozen=True):
    """A framework, extension, bundle of resources, library or package inside the app; `version` is empty where none is stated."""

    kind: Literal["framework", "appex", "bundle", "app", "dylib", "package", "library"]
    name: str
    path: str
    version: str


class Declared(msgspec.Struct, frozen=True):
    """Everything that a bundle says of itself outside its code. `info` is the file that says who it is."""

    platform: Platform
    package: str
    version: str
    label: str
    permissions: list[Permission]
    schemes: list[str]
    queried: list[str]
    info: str
    privacy: list[Privacy]
    parts: list[Part]
    faults: list[Fault]


class Hit(msgspec.Struct, frozen=True):
    """A name that was asked for. `library` is the one that an imported symbol comes from; `offset` counts bytes of the entry."""

    kind: Literal["import", "class", "text", "library"]
    value: str
    offset: int | None
    library: str


class Binary(msgspec.Struct, frozen=True):
    """One file of code that could be read; `encrypted`: its texts could not."""

    path: str
    kind: Literal["macho", "abc"]
    size: int
    hits: list[Hit]
    classes: int
    encrypted: bool


class Code(msgspec.Struct, frozen=True):
    """All files of code, and what could not be read of them."""

    binaries: list[Binary]
    faults: list[Fault]


class Refusal(msgspec.Struct, frozen=True):
    """Why nothing could be read; a code as in `Fault`."""

    code: str
    detail: str


class Head(msgspec.Struct, frozen=True):
    """The first line of the child: `declared` or `error`."""

    confinement: str
    declared: Declared | None = None
    error: Refusal | None = None
