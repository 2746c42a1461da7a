"""What every importer hands on: a session, and its events as often as somebody asks for them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mingjian.model.run import AnyEvent, Mark, Session


@dataclass(frozen=True, slots=True)
class Head:
    """What a format is recognised by: the file's name, and its first bytes (at most 64 KiB)."""

    name: str
    start: bytes


@dataclass(frozen=True, slots=True)
class Payload:
    """The raw content of one request, in memory only. `body` is as sent; `encoding` is its content encoding (`gzip`, `br`) where it is
    still packed; `complete` says whether all of it is here."""

    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    encoding: str = ""
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Carried:
    """An event with raw content that no run file holds: of a request its payload, of a call the value it returned."""

    event: AnyEvent
    payload: Payload | None = None
    raw: str | None = None


Item = AnyEvent | Carried


@dataclass(frozen=True, slots=True)
class Track:
    """One file as it was recognised. `events` begins from the start at each call and never raises for what the file holds; `marks` gives
    the marks alone, for the formats that have any."""

    session: Session
    events: Callable[[], Iterator[Item]]
    marks: Callable[[], tuple[Mark, ...]] = tuple
