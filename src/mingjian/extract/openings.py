"""Who opened connections, as the hooks `request.*` tell: with that a request that somebody else recorded has an owner."""

from bisect import bisect_right, insort
from dataclasses import dataclass

from mingjian.extract.frames import Callers
from mingjian.extract.hooks import opens_connection
from mingjian.extract.owner import Owners
from mingjian.extract.recipients import host_name
from mingjian.extract.recorded import Source
from mingjian.inputs.recording.web_address import masked_target, web_address
from mingjian.model.run import Api, Net, Span
from mingjian.model.shipped import catalog
from mingjian.model.types import UNKNOWN, Evidence

Address = tuple[str, str]
"""A host and a path without its query, what personal it may hold masked alike in calls and requests."""

_SCHEMES = ("http", "https", "ws", "wss")
_MOST = 1 << 15
_MOST_ALIKE = 256
_MOST_MISSED = 256
_MOST_TAKEN = 1 << 17
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Opening:
    """One call that opens a connection: whose act it is, and where it can be seen."""

    owner: str
    at: Evidence


@dataclass(frozen=True, slots=True)
class _Opened:
    """An opening, and from when to when its request may be seen."""

    opening: Opening
    begin: float
    end: float
    port: int | None
    number: int


class Openings:
    """The calls of one recording that open connections. One call makes one request, whether or not its connection was used before; a
    request that none is left for (a redirect to the same address, a second try, a client that no hook sees) has no owner."""

    def __init__(self, owners: Owners) -> None:
        self._callers = Callers(owners)
        self._opened: dict[Address, list[_Opened]] = {}
        self._undated: set[Address] = set()
        self._count = 0
        self._missed: list[tuple[float, float]] = []
        self._taken: set[tuple[int, int]] = set()
        self._overfull = False

    def begin(self) -> None:
        """A new file follows: what it saw of a request another may have seen as well."""
        self._taken.clear()

    def add(self, event: Api, source: Source) -> None:
        """A call that opens a connection."""
        address = opened_address(event.args)
        if address is None or self._overfull:
            return
        self._count += 1
        self._overfull = self._count >= _MOST
        during = _during(event.ts, event.ts, source, event)
        if during is None:
            self._undated.add(address)
            return
        caller = self._callers.of(event.stack, event.api.cls, event.api.method)
        url = (event.args or ("",))[0] or ""
        what = f"{event.api.cls}.{event.api.method}({url})"
        at = Evidence(source.artifact, source.locator(event), f"{what[:_LONGEST]}\n→ {caller.frame[:_LONGEST]}")
        opened = _Opened(Opening(caller.owner, at), *during, web_address(url).port, self._count)
        insort(self._opened.setdefault(address, []), opened, key=_begin)

    def miss(self, event: Span, source: Source) -> None:
        """A loss of the channel `api`: while calls that open connections were not told, nobody knows who else opened one."""
        if not opens_connection(event.detail):
            return
        during = _during(event.begin, event.end, source, event)
        if during is None or len(self._missed) >= _MOST_MISSED:
            self._overfull = True
        else:
            self._missed.append(during)

    def of(self, request: Net, source: Source) -> Opening | None:
        """The call that made a request: one owner alone opened its address in the time before it, by clocks that were compared. None where
        that cannot be said. Each request is to be asked for once."""
        if not self._opened or self._overfull or request.ts is None or request.path is None:
            return None
        part, host = source.part(request), host_name(request.host or "")
        if part is None or part.clock.error_ms is None or host is None:
            return None
        address = (host, _path(request.path))
        begin, end = request.ts - part.clock.error_ms, request.ts + part.clock.error_ms
        before = self._before(address, begin, end, request.port)
        left = next((each for each in reversed(before) if (request.part, each.number) not in self._taken), None)
        if left is None or address in self._undated or len(self._taken) >= _MOST_TAKEN:
            return None
        self._taken.add((request.part, left.number))
        alone = len({each.opening.owner for each in before}) == 1 and left.opening.owner != UNKNOWN
        missed = any(first <= end and begin <= last for first, last in self._missed)
        return left.opening if alone and not missed else None

    def _before(self, address: Address, begin: float, end: float, port: int | None) -> list[_Opened]:
        """The openings of an address that a request between two moments can come from; none where they are too many to be told apart."""
        opened = self._opened.get(address, [])
        last = bisect_right(opened, end, key=_begin)
        near = [each for each in opened[max(0, last - _MOST_ALIKE) : last] if begin <= each.end]
        return [each for each in near if port is None or each.port in (None, port)] if len(near) < _MOST_ALIKE else []


def opened_address(args: tuple[str | None, ...] | None) -> Address | None:
    """What a call that opens a connection names in its first argument; none where it names no host."""
    text = args[0] if args else None
    if not text:
        return None
    address = web_address(text)
    host = host_name(address.host)
    known = address.scheme in _SCHEMES and host is not None and "*" not in host
    return (host or "", _path(masked_target(address.target))) if known else None


def _path(target: str) -> str:
    """The path of a masked target. Writers mask what is personal in their own ways, at least a part of the path whole or in piece."""
    return "/".join("*" if "*" in part else part for part in target.partition("?")[0].split("/"))


def _during(first: float | None, last: float | None, source: Source, event: Api | Span) -> tuple[float, float] | None:
    """From when to when requests of calls between two moments may be seen; none where nobody knows."""
    part = source.part(event)
    error = None if part is None else part.clock.error_ms
    if first is None or last is None or error is None:
        return None
    seconds: float = catalog("hooks")["opening_seconds"]
    return first - error, last + error + seconds * 1000


def _begin(opened: _Opened) -> float:
    return opened.begin
