"""What the traffic of a run says: which personal data went to whom, and what of it nobody could read."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from math import inf

from mingjian.extract.context import MOST_EVIDENCE
from mingjian.extract.frequency import Readings, Room
from mingjian.extract.gather import MOST_STATEMENTS
from mingjian.extract.known_values import KnownValues
from mingjian.extract.network_coverage import Watch
from mingjian.extract.openings import Opening, Openings
from mingjian.extract.payload import is_hashed, search
from mingjian.extract.recipients import OPERATOR, Recipients, abroad, host_name, kind_of_host
from mingjian.extract.recorded import Gained, Known, Source
from mingjian.inputs.recording.track import Carried
from mingjian.model.run import AnyEvent, Api, Match, Net, Session, Span
from mingjian.model.types import UNKNOWN, Evidence, Moment, Observation

name = "network"

_MOST_MOMENTS = 200
_MOST_UIDS = 1 << 12
_FIRST_APP_UID = 10_000
_USER_UIDS = 100_000
_LONGEST = 400
_MOST_WAITING = 64


@dataclass
class _Moments:
    """The places for the timeline, so many of one kind; the rest is counted."""

    listed: list[Moment] = field(default_factory=list)
    more: int = 0

    def add(self, moment: Moment) -> None:
        if len(self.listed) < _MOST_MOMENTS:
            self.listed.append(moment)
        else:
            self.more += 1

    def told(self) -> list[Moment]:
        """What was listed, and how many more there were, at the place of the last."""
        if not self.more:
            return self.listed
        last = self.listed[-1]
        return [*self.listed, Moment(None, last.what, f"+{self.more}", UNKNOWN, last.artifact, last.locator)]


@dataclass
class _Statement:
    """Where one statement was seen, and when."""

    readings: Readings
    evidence: dict[Evidence, None] = field(default_factory=dict)
    sites: int = 0


class Traffic:
    """Collects from requests, calls that open connections, and losses. `values` are what calls of the recording returned; requests that
    come with their raw content are searched for them."""

    def __init__(self, known: Known, values: KnownValues) -> None:
        self._known = known
        self._values = values
        self._recipients = Recipients(known.package, known.operator_hosts)
        self._openings = Openings(known.owners)
        self._statements: dict[Observation, _Statement] = {}
        self._room = Room()
        self._overfull = False
        self._packages: dict[int, str] = {}
        self._watches: list[Watch] = []
        self._requests = _Moments()
        self._lost = _Moments()
        self._source: Source | None = None
        self._waiting: deque[tuple[Net, Carried | None]] = deque()
        self._patience = 0.0

    def begin(self, source: Source) -> None:
        """A new file follows."""
        self._settle(inf)
        self._source = source
        self._patience = _patience(source.session)
        self._watches.append(Watch(source))
        self._openings.begin()

    def add(self, event: AnyEvent, carried: Carried | None) -> None:
        """One event."""
        if self._source is None:
            return
        watch = self._watches[-1]
        watch.saw(event)
        match event:
            case Net() if self._patience:
                self._waiting.append((event, carried))
            case Net():
                self._net(event, carried, self._source, watch)
            case Api():
                self._openings.add(event, self._source)
            case Span(channel="api", status="lost"):
                self._openings.miss(event, self._source)
            case Span(channel="network", status="lost"):
                self._lose(event, f"gap:{event.what}", f"{event.what} {event.detail}".strip(), source=self._source)
            case _:
                pass
        self._settle(-inf if event.ts is None else event.ts)

    def end(self) -> Gained:
        """Everything that the traffic of all files says."""
        self._settle(inf)
        gained = Gained(moments=[*self._requests.told(), *self._lost.told()])
        for statement, seen in self._statements.items():
            evidence = tuple(seen.evidence)
            gained.observations.append(replace(statement, tally=seen.readings.tally(), evidence=evidence, sites=seen.sites))
        walked = any(watch.walked for watch in self._watches)
        overfull = self._overfull or self._values.overfull
        for watch in self._watches:
            gained.coverage.extend(watch.coverage(name, walked=walked, overfull=overfull))
        return gained

    def _settle(self, until: float) -> None:
        """Takes in the requests of which no opening can follow any more in a file that was read up to this moment."""
        while self._waiting and self._source is not None:
            event, carried = self._waiting[0]
            if len(self._waiting) <= _MOST_WAITING and event.ts is not None and event.ts + self._patience >= until:
                break
            self._waiting.popleft()
            self._net(event, carried, self._source, self._watches[-1])

    def _net(self, event: Net, carried: Carried | None, source: Source, watch: Watch) -> None:
        self._owner_of_uid(event.uid, event.package)
        if self._is_others(event):
            watch.others += 1
            return
        host = host_name(event.host or event.ip or "")
        if host is not None and kind_of_host(host) == "platform":
            return
        watch.requests += 1
        if event.visibility in ("opaque", "refused"):
            self._lose(event, event.visibility, event.host or event.ip or "?", source)
            return
        opening = self._openings.of(event, source)
        matches, unread = self._matches(event, carried, source)
        if unread is not None:
            self._lose(event, f"unread:{unread}", event.host or event.ip or "?", source)
        if matches:
            self._state(event, matches, host, opening, source)

    def _matches(self, event: Net, carried: Carried | None, source: Source) -> tuple[tuple[Match, ...], str | None]:
        if carried is None or carried.payload is None:
            return event.matches, event.unread
        part = source.part(event)
        error = part.clock.error_ms if part is not None else None
        # Where the clocks were never compared, nobody knows which came first, the call or the request.
        latest = event.ts + error if event.ts is not None and error is not None else None
        matches, unread = search(carried.payload, self._values, latest)
        return (matches or event.matches), unread or event.unread

    def _state(self, event: Net, matches: Iterable[Match], host: str | None, opening: Opening | None, source: Source) -> None:
        recipient = self._recipients.of(event.host, event.ip)
        declared = self._is_declared(event, source, recipient)
        away = abroad(host) if host is not None else None
        actor = opening.owner if opening is not None else UNKNOWN
        phases = source.phases(event)
        for match in matches:
            sure = match.by != "name" and (declared or match.event is not None)
            acts = {_share(match): sure}
            if event.visibility == "plain":
                acts["transmit.clear"] = sure
            if away is not None:
                acts["abroad"] = sure and away.certain
            places = self._places(event, match, opening, source)
            for action, certain in acts.items():
                for phase in phases:
                    statement = Observation(
                        "observed", "network", action, match.data, actor, recipient, phase=phase, certain=certain, extractor=name
                    )
                    self._add(statement, event.ts, match.hash, places)
        self._requests.add(Moment(event.ts, "request", _request(event), phases[0], source.artifact, source.locator(event)))

    def _add(self, statement: Observation, ts: float | None, hash: str | None, places: tuple[Evidence, ...]) -> None:
        seen = self._statements.get(statement)
        if seen is None:
            if len(self._statements) >= MOST_STATEMENTS:
                self._overfull = True
                return
            seen = self._statements[statement] = _Statement(Readings(self._room))
        # One request that holds several values of one kind was sent once.
        if places[-1] not in seen.evidence or seen.sites >= MOST_EVIDENCE:
            seen.sites += 1
            seen.readings.add(ts, hash)
        if len(seen.evidence) + len(places) <= MOST_EVIDENCE:
            seen.evidence.update(dict.fromkeys(places))

    def _lose(self, event: Net | Span, reason: str, example: str, source: Source) -> None:
        self._watches[-1].lost(event, reason, example)
        what = f"{example} ({reason.rpartition(':')[2]})" if isinstance(event, Net) else example
        self._lost.add(Moment(event.ts, "lost", what, source.phases(event)[0], source.artifact, source.locator(event)))

    def _places(self, event: Net, match: Match, opening: Opening | None, source: Source) -> tuple[Evidence, ...]:
        """The call that read the value and the one that opened the connection, where they are known, and the request."""
        form = f" ({match.form})" if match.form else ""
        request = Evidence(source.artifact, source.locator(event), f"{_request(event)}: {match.where} = {match.masked}{form}"[:_LONGEST])
        opened = opening.at if opening is not None else None
        call = self._values.read_at(match)
        if call is None and match.event is not None and source.own:
            call = Evidence(source.artifact, f"run:{match.event}")
        return (*(each for each in (call, opened) if each is not None), request)

    def _is_declared(self, event: Net, source: Source, recipient: str) -> bool:
        """Whether the request is the app's beyond doubt: a tool says so, the recording was made of this app, or its operator receives.
        A proxy sees a whole device; without any of these another app may have sent what it saw."""
        app = source.session.app
        return event.package == self._known.package or (app is not None and app.package == self._known.package) or recipient == OPERATOR

    def _is_others(self, event: Net) -> bool:
        """Whether a tool says that another app, or the system, sent the request."""
        package = event.package or (self._packages.get(event.uid) if event.uid is not None else None)
        if package is not None:
            return package != self._known.package
        return event.uid is not None and event.uid % _USER_UIDS < _FIRST_APP_UID

    def _owner_of_uid(self, uid: int | None, package: str | None) -> None:
        if uid is not None and package and len(self._packages) < _MOST_UIDS:
            # Apps that share a user cannot be told apart by it.
            self._packages[uid] = package if self._packages.get(uid, package) in (package, self._known.package) else self._packages[uid]


def _patience(session: Session) -> float:
    """For how many milliseconds calls may stand behind a request in a file that holds both and yet have come before it."""
    own = [part for part in session.parts if not part.apart]
    if not any(part.tier == "hook" for part in own) or not any(part.tier in ("proxy", "capture") for part in own):
        return 0.0
    return 2 * max((part.clock.error_ms for part in own if part.clock.error_ms is not None), default=0.0)


def _share(match: Match) -> str:
    """What a match is: the value itself or a digest of it, as far as can be told where only the name of a field is known."""
    return "share.hashed" if is_hashed(match) else "share.plain"


def _request(event: Net) -> str:
    address = f"{event.host or event.ip or '?'}{event.path or ''}"
    return f"{event.method} {address}"[:_LONGEST] if event.method else address[:_LONGEST]
