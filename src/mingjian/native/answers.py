"""The answers of the core, key for key as `docs/boundary.md` gives them."""

from typing import Any, Literal, NotRequired, TypedDict

Level = Literal["full", "partial", "none"]


class Fault(TypedDict):
    """A place that could not be read, or (in `anomalies`) that no ordinary tool writes."""

    where: str
    code: str
    what: str


class Missing(TypedDict):
    """A layer of confinement that the system lacks."""

    part: str
    reason: str


class Confinement(TypedDict):
    """How far the reading process was confined. `landlock` is the version of the kernel's interface."""

    level: Level
    rlimits: bool
    no_new_privs: bool
    parent_death: bool
    landlock: int | None
    seccomp: bool
    missing: list[Missing]


class Container(TypedDict):
    """One APK of the package."""

    path: str
    sha256: str
    size: int
    split: str | None
    entries: int
    inflated: int


class DexFile(TypedDict):
    """One DEX file by its header. `checksum_ok` and `signature_ok` compare the header with the bytes."""

    path: str
    container: str
    version: str
    size: int
    sha256: str
    checksum_ok: bool
    signature_ok: bool


class Certificate(TypedDict):
    """A signer's certificate; digests are of its DER form."""

    sha256: str
    sha1: str
    subject: str
    issuer: str
    serial: str
    not_before: str
    not_after: str
    algorithm: str
    digests: list[str]


class Scheme(TypedDict):
    """One signature scheme; `verified` is none when it was not checked, and `reason` then says why."""

    scheme: str
    verified: bool | None
    reason: str | None
    signers: list[Certificate]
    lineage: NotRequired[list[str]]


class Signing(TypedDict):
    """The schemes present and the one that a current Android goes by."""

    schemes: list[Scheme]
    effective: str | None
    verified: bool | None


class Identity(TypedDict):
    """What the package is."""

    format: str
    sha256: str
    size: int
    containers: list[Container]
    dex: list[DexFile]
    signing: Signing
    anomalies: list[Fault]
    faults: list[Fault]
    complete: bool


class Permission(TypedDict):
    """A permission asked for; `max_sdk` is the last Android version it is asked on."""

    name: str
    max_sdk: int | None
    min_sdk_only: bool | None
    locator: str


class DefinedPermission(TypedDict):
    """A permission the package defines."""

    name: str
    protection: str
    locator: str


class Feature(TypedDict):
    """A feature of the device."""

    name: str
    required: bool
    locator: str


class QueriedIntent(TypedDict):
    """An intent whose receivers the package asks to see."""

    actions: list[str]
    data: list[str]


class Queries(TypedDict):
    """Which other packages the package asks to see."""

    packages: list[str]
    intents: list[QueriedIntent]
    providers: list[str]


class Application(TypedDict):
    """The application element; `cleartext` is none when the manifest is silent."""

    name: str | None
    debuggable: bool
    allow_backup: bool
    cleartext: bool | None
    network_security_config: str | None
    process: str | None
    locator: str


class Filter(TypedDict):
    """An intent filter."""

    actions: list[str]
    categories: list[str]
    schemes: list[str]
    hosts: list[str]
    priority: int


class Meta(TypedDict):
    """A `meta-data` element; only those of the application have a locator."""

    name: str
    value: str | None
    locator: NotRequired[str]


class Component(TypedDict):
    """A component; `exported` is Android's effective value, `target` the activity behind an alias."""

    kind: Literal["activity", "alias", "service", "receiver", "provider"]
    name: str
    target: str | None
    exported: bool
    exported_explicit: bool
    enabled: bool
    permission: str | None
    process: str | None
    authorities: list[str]
    init_order: int | None
    direct_boot: bool
    foreground_service_types: list[str]
    filters: list[Filter]
    meta: list[Meta]
    launcher: bool
    locator: str


class Manifest(TypedDict):
    """The manifest as Android's installer would read it, all splits merged."""

    package: str
    version_code: int | None
    version_name: str | None
    shared_user_id: str | None
    split: str | None
    min_sdk: int | None
    target_sdk: int | None
    max_sdk: int | None
    min_sdk_codename: str | None
    target_sdk_codename: str | None
    label: dict[str, str]
    permissions: list[Permission]
    defined_permissions: list[DefinedPermission]
    features: list[Feature]
    queries: Queries
    application: Application | None
    components: list[Component]
    meta: list[Meta]
    libraries: list[str]
    anomalies: list[Fault]
    faults: list[Fault]
    complete: bool


class ResourceString(TypedDict):
    """A string resource in every language it has; the empty language is the default."""

    name: str
    id: str
    values: dict[str, str]


class Resources(TypedDict):
    """Languages, files by resource type, and strings."""

    languages: list[str]
    files: dict[str, list[str]]
    strings: list[ResourceString]
    strings_cut: bool
    anomalies: list[Fault]
    faults: list[Fault]
    complete: bool


class Entry(TypedDict):
    """One entry of one container, sizes in bytes; `crc_ok` is none when nobody read it."""

    container: str
    name: str
    size: int
    packed: int
    method: Literal["deflate", "stored"]
    crc_ok: bool | None


class JavaPackage(TypedDict):
    """A Java package of one DEX and its number of classes."""

    name: str
    dex: str
    classes: int


class Packages(TypedDict):
    """All Java packages."""

    packages: list[JavaPackage]
    faults: list[Fault]
    complete: bool


class Element(TypedDict):
    """An element of a binary XML file, its values resolved."""

    file: str
    container: str
    locator: str
    tag: str
    attributes: dict[str, str]


class Elements(TypedDict):
    """The elements asked for; `files` counts the files looked through."""

    elements: list[Element]
    files: int
    faults: list[Fault]
    complete: bool


class NativeHit(TypedDict):
    """A string or import asked for; `offset` counts bytes from the start of the file and is none for imports."""

    q: str
    kind: Literal["string", "import"]
    value: str
    offset: int | None


class Library(TypedDict):
    """One native library; `readable` says whether its dynamic symbols could be read."""

    container: str
    path: str
    abi: str
    size: int
    hits: list[NativeHit]
    jni: list[str]
    readable: bool
    packed: bool


class Natives(TypedDict):
    """All native libraries."""

    libraries: list[Library]
    faults: list[Fault]
    complete: bool


Find = TypedDict(
    "Find",
    {
        "q": str,
        "kind": Literal["call", "field", "string", "class", "override"],
        "dex": str,
        "class": str,
        "method": str | None,
        "proto": str | None,
        "offset": int | None,
        "line": int | None,
        "via": Literal["exact", "inherited"],
        "target": str,
        "args": list[dict[str, Any]],
        "on": NotRequired[dict[str, Any]],
        "method_id": int | None,
        "source_file": str | None,
        "count": NotRequired[int],
        "excerpt": list[str],
    },
)
"""One place in the code that answers a question; `args` and `on` are value trees in the grammar of the boundary page."""


class DexCount(TypedDict):
    """How much code of one DEX was looked at."""

    path: str
    classes: int
    shadowed: int
    methods: int
    code_items: int
    instructions: int
    faulty_methods: int


class Payload(TypedDict):
    """An entry that holds, or seems to hold, code outside what Android loads; `entropy` is in bits per byte."""

    path: str
    kind: Literal["dex", "zip", "apk", "jar", "unknown"]
    status: Literal["read", "encrypted", "over_budget", "unreadable"]
    entropy: float | None
    reason: str | None


class ClassShape(TypedDict):
    """A class with known digests: `hits` are positions in the query, `digests` counts all it has."""

    name: str
    digests: int
    hits: list[int]


class PackageShape(TypedDict):
    """A Java package that holds something known; `digests` counts its distinct methods and texts, `known` has the classes with hits."""

    name: str
    classes: int
    digests: int
    known: list[ClassShape]


class Finds(TypedDict):
    """All answers of the code."""

    finds: list[Find]
    dex: list[DexCount]
    payloads: list[Payload]
    strings: int
    finds_cut: bool
    shapes: list[PackageShape]
    shapes_cut: bool
    anomalies: list[Fault]
    faults: list[Fault]
    complete: bool


EntryPoint = TypedDict("EntryPoint", {"id": str, "class": str, "methods": list[str]})
"""Methods from which Android enters the app; `id` is the rule's name, a colon and the class descriptor."""
