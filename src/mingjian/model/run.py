"""The run format `run/1`: what was recorded while an app ran, one JSON object a line. docs/runs.md describes it for people.

Times are milliseconds since 1970 on the clock of the device, as far as the clock of the recording tool could be related to it
(`Clock`). What a tool does not say stays none: an importer never guesses. Values of the user or the device are never written in
full: `Value` and `Match` hold a salted hash and a mask."""

from typing import Literal

import msgspec

SCHEMA = "run/1"

Tier = Literal["hook", "os_record", "proxy", "capture", "ui", "operator"]
"""How close a tool stands to the act: a hook in the process, the system's own records, a proxy, a packet capture, the screen, a person."""

Result = Literal["value", "empty", "denied", "error"]
Visibility = Literal["plain", "decrypted", "opaque", "refused"]
"""Of traffic: sent in clear text, encrypted but read, encrypted and not read, given up because the app refused the proxy."""

MarkName = Literal[
    "install",
    "update",
    "launch",
    "prompt_shown",
    "no_prompt",
    "declined",
    "accepted",
    "withdrawn",
    "permission_asked",
    "permission_granted",
    "permission_denied",
    "item_denied",
    "cancel_done",
    "foreground",
    "background",
    "closed",
    "user_action",
    "end",
]


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What all records share: strangers' fields are passed over, so that a later writer may add some."""


class App(Record, frozen=True, kw_only=True):
    """The app that was watched. `sha256` is that of the package file that was installed, where the tool knows it."""

    package: str
    version: str | None = None
    sha256: str | None = None


class Device(Record, frozen=True, kw_only=True):
    """The device: its model, its API level, the offset of its zone from UTC in minutes."""

    model: str | None = None
    system: str | None = None
    api: int | None = None
    zone_minutes: int | None = None


class Clock(Record, frozen=True, kw_only=True):
    """How times of a tool became times of the device: `offset_ms` (tool minus device) was subtracted, the remainder is within
    `error_ms`. An unknown error means that the two clocks were never compared."""

    offset_ms: float = 0.0
    error_ms: float | None = None


class Missing(Record, frozen=True, kw_only=True):
    """A hook that is not in place. `absent`: the platform of this device has no such member, so that nobody can call it."""

    hook: str
    why: Literal["absent", "failed"] = "failed"
    detail: str = ""


class Hooks(Record, frozen=True, kw_only=True):
    """Which hooks watched, by id of the catalogue. `canary`: a call made on purpose before the app was resumed was seen."""

    placed: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()
    canary: bool = False


class Part(Record, frozen=True, kw_only=True):
    """One tool's share of a session, and the file it came from. It watched from `started` to `ended` (milliseconds); where these are
    none and the session has no other part, from the session's beginning to its end. `apart`: none of its events are in this file; they
    are in the file of that digest, which may be given beside it. `all_traffic`, of a proxy: whoever set it up says that the device had no
    other way into the network."""

    tool: str
    version: str | None = None
    tier: Tier
    format: str
    name: str = ""
    sha256: str = ""
    clock: Clock = msgspec.field(default_factory=Clock)
    hooks: Hooks | None = None
    started: float | None = None
    ended: float | None = None
    apart: bool = False
    all_traffic: bool = False


class Session(Record, frozen=True, kw_only=True, tag_field="kind", tag="session", omit_defaults=False):
    """The first line, which names its schema even where that is the default. `events` is the number of lines that follow, where the
    writer knew it: fewer mean that the file was cut. `fresh` says whether the app's data were empty at the beginning (none: not known).
    `salt` (hex) goes into every hash; without it values can be compared within the session and no further."""

    schema: str = SCHEMA
    app: App | None = None
    device: Device | None = None
    parts: tuple[Part, ...] = ()
    started: float | None = None
    ended: float | None = None
    fresh: bool | None = None
    salt: str | None = None
    events: int | None = None


class Event(Record, frozen=True, kw_only=True, tag_field="kind"):
    """What every later line has: a number that is unique in the file, the moment, the part it comes from, and its place in the file
    of that part. `told` is what the recording tool itself stamped on the event; it counts only where no mark tells."""

    seq: int
    ts: float | None = None
    part: int = 0
    at: str | None = None
    told: Literal["before_consent", "after_consent"] | None = None


class Mark(Event, frozen=True, kw_only=True, tag="mark"):
    """A moment that decides the phase of others. `data` is the permission or item asked for or denied; `error_ms` how far the true
    moment may lie from `ts`. One that a reviewer replaced stays, with `void`."""

    name: MarkName
    by: Literal["operator", "ui", "script", "system", "reviewer"] = "script"
    error_ms: float = 0.0
    data: str | None = None
    note: str = ""
    void: bool = False


class Member(Record, frozen=True, kw_only=True):
    """A method as the recording tool names it: dotted class, name, dotted parameter types where known."""

    cls: str
    method: str
    sig: tuple[str, ...] | None = None


class Value(Record, frozen=True, kw_only=True):
    """A value that a call returned. `hash` is the SHA-256 of salt and value; `forms` the same of forms that cannot be undone (`md5`,
    `sha1`, `sha256`, each in lower-case hex), so that traffic can be searched for them later."""

    hash: str
    length: int | None = None
    type: str | None = None
    masked: str = ""
    forms: dict[str, str] = msgspec.field(default_factory=dict)


class Api(Event, frozen=True, kw_only=True, tag="api"):
    """One intercepted call. `hook` is the catalogue's id of it; `args` the arguments that decide what is reached (a settings key, a
    content URI, permissions), never personal values; `stack` the frames from the innermost outwards, `cls.method` each, `stack_cut`
    when some are gone."""

    api: Member
    hook: str | None = None
    args: tuple[str | None, ...] | None = None
    result: Result | None = None
    value: Value | None = None
    stack: tuple[str, ...] = ()
    stack_cut: bool = False
    pid: int | None = None
    process: str | None = None
    thread: str | None = None


class OsAccess(Event, frozen=True, kw_only=True, tag="os_access"):
    """What the system itself recorded of an operation: one access, only the last one, or how many there were from `begin` to `end`."""

    op: str
    outcome: Literal["access", "reject"]
    precision: Literal["event", "last", "aggregate"]
    uid: int | None = None
    package: str | None = None
    attribution: str | None = None
    state: Literal["foreground", "background"] | None = None
    proxy: bool | None = None
    count: int | None = None
    duration_ms: float | None = None
    begin: float | None = None
    end: float | None = None


class File(Event, frozen=True, kw_only=True, tag="file"):
    """A file that the app opened. `path` has personal parts masked."""

    op: Literal["read", "write", "delete", "list"]
    path: str
    stack: tuple[str, ...] = ()
    stack_cut: bool = False
    process: str | None = None


class Node(Record, frozen=True, kw_only=True):
    """One element of a screen. `up` is the index of its parent in the list, `bounds` left, top, right, bottom in pixels."""

    cls: str = ""
    text: str = ""
    desc: str = ""
    id: str = ""
    package: str = ""
    bounds: tuple[int, int, int, int] | None = None
    up: int | None = None
    clickable: bool = False
    checkable: bool = False
    checked: bool = False
    enabled: bool = True
    scrollable: bool = False
    password: bool = False


class Shade(Record, frozen=True, kw_only=True):
    """What the picture of a screen shows of one node: its text's height in pixels and the contrast of text to ground."""

    node: int
    height: float | None = None
    contrast: float | None = None


class Ui(Event, frozen=True, kw_only=True, tag="ui"):
    """One screen. `taps` counts taps from the main screen, `by` says what led here, `shot` is the SHA-256 of the picture, `density` the
    pixels of one density-independent pixel. `opaque` screens (web view, game engine) show nothing of their content in the tree."""

    nodes: tuple[Node, ...] = ()
    activity: str | None = None
    package: str | None = None
    taps: int | None = None
    by: str = ""
    shot: str | None = None
    density: float | None = None
    shades: tuple[Shade, ...] = ()
    opaque: bool = False


class Match(Record, frozen=True, kw_only=True):
    """Personal data found in a request. `where` is a place in it (`query.imei`, `header.x-device`, `body.json.device.id`), `form` the chain
    of transformations from the outside in (`base64>md5`), `by` how it was recognised: the value of an earlier call (`event`), a checked
    pattern, or the name of the field alone."""

    data: str
    where: str
    by: Literal["value", "pattern", "name"]
    form: str = ""
    hash: str | None = None
    masked: str = ""
    event: int | None = None


class Net(Event, frozen=True, kw_only=True, tag="net"):
    """One request, or one connection that could not be read. `path` has its values masked. `unread` says why the body was not searched."""

    visibility: Visibility
    proto: str | None = None
    host: str | None = None
    ip: str | None = None
    port: int | None = None
    method: str | None = None
    path: str | None = None
    status: int | None = None
    end: float | None = None
    uid: int | None = None
    package: str | None = None
    process: str | None = None
    sent: int | None = None
    received: int | None = None
    body_sha256: str | None = None
    matches: tuple[Match, ...] = ()
    unread: str | None = None
    error: str | None = None


class Span(Event, frozen=True, kw_only=True, tag="coverage"):
    """How much a part saw of a channel from `begin` to `end` (none: from its first to its last event). `walked`: every screen that can be
    reached was visited; `lost`: something could not be seen, `what` says why in one word, `detail` what exactly."""

    channel: Literal["api", "network", "ui"]
    status: Literal["walked", "lost"]
    what: str = ""
    detail: str = ""
    begin: float | None = None
    end: float | None = None


AnyEvent = Mark | Api | OsAccess | File | Ui | Net | Span
