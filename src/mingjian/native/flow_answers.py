"""What the core answers about flows of data and the ways by which code is reached, key for key as `docs/boundary.md` gives it."""

from typing import Literal, NotRequired, TypedDict

from mingjian.native.answers import Fault
from mingjian.native.refusal_answers import Refusal


class Reached(TypedDict):
    """A method that holds a find and is reached from `entry`, an index into the entry points, over `chain`."""

    method_id: int
    entry: int
    chain: list[str]


class Reach(TypedDict):
    """Which finds are reached from the entry points; what is not here is unknown, never unreachable."""

    reached: list[Reached]
    methods: int
    faults: list[Fault]
    complete: bool


class FlowSite(TypedDict):
    """A statement that is a source or a sink; `id` is the row of the query, `named` the method or field concerned, `dex` the path of
    the file that holds the method, empty for code that was made."""

    id: str
    method: str
    unit: int
    named: str
    dex: str


class FlowStep(TypedDict):
    """A step of a flow."""

    method: str
    unit: int
    what: Literal["source", "call", "return", "store", "load", "passes", "decides", "sink"]
    named: str


class Flow(TypedDict):
    """A way from a source to a sink; `via` tells what was done to the value."""

    source: FlowSite
    sink: FlowSite
    via: list[Literal["digest", "truncate", "aggregate"]]
    path: list[FlowStep]


class Link(TypedDict):
    """A method on a way, and the code unit at which it calls the next one; that of the last is the place itself."""

    method: str
    unit: int


class Guard(TypedDict):
    """A branch that decides whether a call is reached: on what was stored before, read under `key`, or on a field. `decides` when it is
    known to keep the call from running as long as nothing is stored; when not, that is not known."""

    flag: Literal["stored", "field"]
    method: str
    unit: int
    reads: str
    key: str | None
    decides: bool


class Way(TypedDict):
    """A way from an entry point of a component to a place; `certain` when every call on it leads to one method only, `guard` when
    every way of that component in that phase passes one."""

    method_id: int | None
    method: str
    unit: int
    phase: Literal["app_start", "ui", "background"]
    component: str
    kind: Literal["application", "provider", "activity", "service", "receiver"]
    triggers: list[str]
    certain: bool
    chain: list[Link]
    guard: Guard | None


class Flows(TypedDict):
    """All flows, and the ways by which code is reached; `sources` and `sinks` count sites in reached code, `cut` lists source sites whose
    budget ended, `further_ways` counts ways not told. The last two are there when refusals were asked about."""

    flows: list[Flow]
    sources: int
    sinks: int
    steps: int
    cut: list[FlowSite]
    ways: list[Way]
    further_ways: int
    methods: int
    spots: dict[str, int]
    faults: list[Fault]
    complete: bool
    refusals: NotRequired[list[Refusal]]
    refusals_complete: NotRequired[bool]
