"""What the calls of a run say: acts by data, owner and phase, how often, and how completely they were watched."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

from mingjian.extract import catalogue
from mingjian.extract.call_arguments import Act, acts_of_call, acts_of_text
from mingjian.extract.call_coverage import Watch, coverage_of, losses_of
from mingjian.extract.denials import Denials
from mingjian.extract.frames import Caller, Callers
from mingjian.extract.frequency import Readings
from mingjian.extract.hooks import opens_connection, returns_nothing, text_kind, watched
from mingjian.extract.known_values import KnownValues
from mingjian.extract.places import reach_of_path
from mingjian.extract.recorded import Gained, Known, Source
from mingjian.extract.sysops import act_of_start, acts_of_access, owner_of_access, phases_of_access
from mingjian.extract.timeline import Phases
from mingjian.extract.told_acts import Told, ToldActs
from mingjian.inputs.recording.track import Carried
from mingjian.model.run import AnyEvent, Api, File, OsAccess, Result, Span
from mingjian.model.shipped import catalog
from mingjian.model.terms import within
from mingjian.model.types import UNKNOWN, Evidence, Observation
from mingjian.model.values import sealed_hash

name = "runtime"

_MOST_KNOWN = 1 << 14
_MOST_FRAMES = 40
_LONGEST_FRAME = 300
_LARGEST = 1 << 24
_NOTHING: tuple[Act, ...] = ()
_ACTS = (File, OsAccess)
_DECIDING = 12
"""Innermost frames by which a place in the code is known again; whose act it is shows mostly in fewer."""


@dataclass(slots=True)
class _Route:
    """Where a call of one kind, result, owner and phase is told: the statements and their readings. `shown` once all of them have as
    many places as they show."""

    told: list[tuple[Told, Readings]]
    shown: bool = False


@dataclass(frozen=True, slots=True)
class _Called:
    """A kind of call with its arguments: what it does, the row that says so (none for a text), and the method's own frame. `asks`: the
    user is asked for permissions. `override`: the method is the caller's own, which the platform calls."""

    acts: tuple[Act, ...]
    row: catalogue.Api | None = None
    cls: str = ""
    method: str = ""
    asks: bool = False
    override: bool = False


@dataclass(frozen=True, slots=True)
class _Site:
    """A kind of call from one place in the code. `inner`: whether the platform made it to carry out another one that states the same, of a
    tool that keeps the method's own frame, and of one that drops it."""

    called: _Called
    caller: Caller
    inner: tuple[bool, bool]


class Calls:
    """Collects from intercepted calls, opened files, the system's own records of operations, and losses of the channel `api`. Values that
    came back are learned into `values`, so that they can be found in traffic."""

    def __init__(self, known: Known, values: KnownValues) -> None:
        self._known_package = self._package = known.package
        self._values = values
        self._callers = Callers(known.owners)
        self._acts = ToldActs()
        self._called: dict[tuple[object, ...], _Called] = {}
        self._sites: dict[tuple[object, ...], _Site] = {}
        self._routes: dict[tuple[object, ...], _Route] = {}
        self._watches: list[Watch] = []
        self._learned: set[tuple[str, int]] = set()
        self._size = 0

    def begin(self, source: Source) -> None:
        """A new file follows."""
        self._source = source
        self._watch = Watch(source)
        self._watches.append(self._watch)
        self._withheld = _withheld(source.session.salt)
        self._denials = Denials(source.timeline.marks)
        self._dropping: set[int] = set()
        app = source.session.app
        self._package = self._known_package or (app.package if app is not None else "")
        self._forget()

    def add(self, event: AnyEvent, carried: Carried | None) -> None:
        """One event; those of other channels say only until when their part was there."""
        if isinstance(event, Api):
            self._watch.note(event.part, event.ts, act=True)
            self._call(event, carried.raw if carried is not None else None)
            return
        self._watch.note(event.part, event.ts, act=isinstance(event, _ACTS))
        if isinstance(event, File):
            self._file(event)
        elif isinstance(event, OsAccess):
            self._access(event)
        elif isinstance(event, Span):
            self._watch.note_span(event)

    def end(self) -> Gained:
        """Everything that the calls say."""
        overfull = self._acts.overfull
        return Gained(
            self._acts.observations(),
            coverage_of(self._watches, name, overfull=overfull),
            [*self._acts.moments(), *losses_of(self._watches)],
        )

    def _forget(self) -> None:
        """Empties the caches, whose keys hold on to each other by identity."""
        self._called.clear()
        self._sites.clear()
        self._routes.clear()
        self._learned.clear()
        self._size = 0

    def _call(self, event: Api, raw: str | None) -> None:
        member = event.api
        key = (member.cls, member.method, member.sig, event.hook, event.args, event.stack[:_DECIDING])
        site = self._sites.get(key) or self._site(event, key)
        called = site.called
        if not called.acts:
            return
        caller = site.caller
        part = event.part
        value = event.value
        result = event.result
        if result != "value" or raw is not None or (value is not None and value.hash in self._withheld):
            result = self._result(event, called, raw)
        phases = self._source.phases(event)
        beside = self._beside(event, called, result, phases) if "after_denial" in phases else _NOTHING
        route_key = (id(called), result, caller.owner, phases, part, beside)
        route = self._routes.get(route_key)
        if route is None:
            stated = (each for act in (*called.acts, *beside) for each in _stated(act, result))
            route = self._route(route_key, stated, caller.owner, phases, part)
        came = result in ("value", None)
        hash = value.hash if came and value is not None else None
        inner = site.inner[part in self._dropping]
        if not caller.passed and caller.frame:
            self._dropping.add(part)
        for told, readings in route.told:
            told.sites += 1
            if not inner:
                readings.add(event.ts, hash)
        if not route.shown:
            self._show(route, event, _excerpt(event, caller))
        if hash is not None or (came and raw is not None):
            self._learn(event, called, caller, raw)

    def _show(self, route: _Route, event: AnyEvent, excerpt: str) -> None:
        for told, _ in route.told:
            told.show(self._source, event, excerpt)
        route.shown = all(told.shown for told, _ in route.told)

    def _site(self, event: Api, key: tuple[object, ...]) -> _Site:
        innermost = event.stack[:_DECIDING]
        # A hostile recording may have new and long frames in every line.
        self._size += sum(map(len, innermost))
        if len(self._sites) >= _MOST_KNOWN or self._size > _LARGEST:
            self._forget()
        kind = key[:-1]
        called = self._called.get(kind)
        if called is None:
            called = self._called[kind] = self._what(event)
        caller = self._caller(event, called)
        inner = [_is_inner(called, caller, event.api.method, dropped=dropped) for dropped in (False, True)]
        site = _Site(called, caller, (inner[0], inner[1]))
        # Of a deeper stack the innermost frames do not tell who called.
        if len(event.stack) <= _DECIDING or (caller.frame and caller.frame in innermost):
            self._sites[key] = site
        return site

    def _what(self, event: Api) -> _Called:
        self._size += sum(len(each) for each in (event.api.cls, event.api.method, *(event.api.sig or ()), *(event.args or ())) if each)
        # A hostile recording may have new and long arguments in every line.
        if len(self._called) >= _MOST_KNOWN or self._size > _LARGEST:
            self._forget()
        if opens_connection(event.hook):
            return _Called(_NOTHING)
        first = event.args[0] if event.args else None
        method = "<init>" if event.api.method == "$init" else event.api.method
        kind = text_kind(event.hook)
        if kind is not None:
            return _Called(acts_of_text(kind, first, self._package))
        found = watched(event.api, event.hook, None if event.args is None else len(event.args))
        if found is None:
            return _Called(_NOTHING)
        row = found.row
        return _Called(
            acts_of_call(found, event.args, self._package), row, event.api.cls, method, row.action == "ask", row.kind == "override"
        )

    def _caller(self, event: Api, called: _Called) -> Caller:
        if called.override:
            return self._callers.of((f"{called.cls}.{called.method}", *event.stack))
        return self._callers.of(event.stack, called.cls, called.method)

    def _beside(self, event: Api, called: _Called, result: Result | None, phases: Phases) -> tuple[Act, ...]:
        """What a call states because of what the user denied before. That it got through says so less surely than the system's own word."""
        if called.asks:
            return self._denials.again(called.acts, event.ts)
        permission = called.row.permission if called.row is not None else None
        if permission is None or result != "value" or "after_update" not in phases:
            return _NOTHING
        name = permission if "." in permission else f"android.permission.{permission}"
        reset = self._denials.reset(catalogue.permission_term(name), event.ts)
        return () if reset is None else (replace(reset, certain=False),)

    def _result(self, event: Api, called: _Called, raw: str | None) -> Result | None:
        """What came back. What the system gives instead of a value is none; a method without a result cannot return an empty one."""
        result = event.result
        if result == "empty":
            return None if called.row is not None and returns_nothing(called.row) else "empty"
        if result in ("value", None) and (
            (event.value is not None and event.value.hash in self._withheld) or (raw is not None and raw.strip() in _placeholders())
        ):
            return "empty"
        return "value" if result is None and event.value is not None else result

    def _route(self, key: tuple[object, ...], acts: Iterable[Act], owner: str, phases: Phases, part: int, kind: str = "") -> _Route:
        """A new route, found again by its key. What one tool gives in records of several kinds is counted apart by kind."""
        if len(self._routes) >= _MOST_KNOWN:
            self._routes.clear()
        route = self._routes[key] = _Route([])
        for act in acts:
            for phase in phases:
                statement = Observation(
                    "observed", "api", act.action, act.data, act.actor or owner, phase=phase, certain=act.certain, extractor=name
                )
                told = self._acts.of(statement)
                if told is not None:
                    if act.groups is not None:
                        told.groups = max(act.groups, told.groups or 0)
                    route.told.append((told, self._acts.readings(told, self._source, part, kind)))
        return route

    def _learn(self, event: Api, called: _Called, caller: Caller, raw: str | None) -> None:
        """Remembers what came back, for whoever looks for it in traffic, with the place of the first call that gave it."""
        value = event.value
        key = (value.hash if value is not None else sealed_hash(raw or "", None), id(called))
        if key in self._learned:
            return
        if len(self._learned) >= _MOST_KNOWN:
            self._learned.clear()
        self._learned.add(key)
        at = Evidence(self._source.artifact, self._source.locator(event), _excerpt(event, caller))
        for data in dict.fromkeys(act.data for act in called.acts if act.action == "collect" and act.data not in (None, UNKNOWN)):
            self._values.learn(value, raw, data or "", event.seq, event.ts, self._source.session.salt, at)

    def _file(self, event: File) -> None:
        # Without the app's name nobody can tell which folders are its own.
        reach = reach_of_path(event.path, event.op, self._package) if self._package else None
        if reach is None:
            return
        caller = self._callers.of(event.stack)
        phases = self._source.phases(event)
        key = (reach.action, reach.data, reach.certain, caller.owner, phases, event.part)
        route = self._routes.get(key)
        if route is None:
            data = None if reach.action == "store.outside" else reach.data
            route = self._route(key, (Act(reach.action, data, reach.certain),), caller.owner, phases, event.part)
        for told, readings in route.told:
            told.sites += 1
            readings.add(event.ts)
        if not route.shown:
            self._show(route, event, f"{event.op} {event.path}\n{_frames(event.stack, caller, event.stack_cut)}")

    def _access(self, event: OsAccess) -> None:
        app = self._source.session.app
        package = event.package or (app.package if app is not None else None)
        if not package or package != self._package:
            return
        phases = phases_of_access(event, self._phases_of(event))
        start = act_of_start(event, phases)
        if start is not None and "closed" in phases:
            self._watch.note_start(event.ts)
        device = self._source.session.device
        acts = (start,) if start is not None else acts_of_access(event, device.api if device is not None else None)
        if not acts:
            return
        if "after_denial" in phases and event.precision != "aggregate":
            reset = (self._denials.reset(act.data or "", event.ts) for act in acts if act.action == "open")
            acts = (*acts, *(act for act in reset if act is not None))
        owner = owner_of_access(event)
        key = (event.precision, acts, owner, phases, event.part)
        route = self._routes.get(key) or self._route(key, acts, owner, phases, event.part, event.precision)
        count = max(event.count or 1, 1) if event.precision == "aggregate" else 1
        for told, readings in route.told:
            told.sites += count
            # Of an operation's last access nobody knows how many were before it.
            readings.add(event.ts if event.precision == "event" else None, count=count)
        if not route.shown:
            self._show(route, event, _record(event))

    def _phases_of(self, event: OsAccess) -> Phases:
        """The phases of a record. A count belongs to a phase only where all the time that it was taken over does; what the system still
        knows from before the session is of none."""
        timeline = self._source.timeline
        if event.precision != "aggregate":
            started = self._source.session.started
            first = timeline.marks[0].ts if started is None and timeline.marks else started
            earlier = event.ts is not None and first is not None and event.ts < first
            return (UNKNOWN,) if earlier else self._source.phases(event)
        if event.begin is None or event.end is None or not timeline.dates(event.part):
            return (UNKNOWN,)
        found = {each.phases for each in timeline.stretches() if each.begin < event.end and each.end > event.begin}
        ends = {timeline.phases(event.begin, event.part), timeline.phases(event.end, event.part)}
        return found.pop() if found == ends and len(found) == 1 else (UNKNOWN,)


def _is_inner(called: _Called, caller: Caller, method: str, *, dropped: bool) -> bool:
    """Whether the platform made this call to carry out another one that states the same: it is told, and not counted again. Tools leave
    the method's own frame at the top or drop it; that of a tool which was seen without it is the frame of an outer call."""
    own_left = bool(caller.passed) and caller.passed[0].method == method and not dropped
    outer = caller.passed[1:] if own_left else caller.passed
    return any(frame.row is not None and _states(frame.row, act) for frame in outer for act in called.acts)


def _states(row: catalogue.Api, act: Act) -> bool:
    """Whether a call of the row states the same, as far as can be told without its arguments."""
    return row.data == act.data or (row.action not in ("collect", "probe") and within(act.action, row.action))


def _stated(act: Act, result: Result | None) -> tuple[Act, ...]:
    """What a call that does this states, given what came back. Calls that ask, start or probe do so whatever they return."""
    if act.action != "collect":
        failed = result in ("denied", "error") and act.action in ("start.other", "start.self", "consent.sdk_switch")
        return () if failed else (act,)
    attempt = Act("attempt", act.data, act.certain, act.actor)
    match result:
        case "value":
            return (act,)
        case None:
            return (Act("collect", act.data, False, act.actor), attempt)
        case _:
            return (attempt,)


@cache
def _placeholders() -> frozenset[str]:
    return frozenset(catalog("hooks")["placeholders"])


def _withheld(salt: str | None) -> frozenset[str]:
    """The hashes, in this session, of what Android answers instead of a value that it withholds."""
    return frozenset(sealed_hash(each, salt) for each in _placeholders())


def _excerpt(event: Api, caller: Caller) -> str:
    args = "" if event.args is None else ", ".join("?" if each is None else each[:_LONGEST_FRAME] for each in event.args)
    masked = f" {event.value.masked}" if event.value is not None and event.value.masked else ""
    call = f"{event.api.cls}.{event.api.method}({args}) = {event.result or '?'}{masked}"
    return f"{call}\n{_frames(event.stack, caller, event.stack_cut)}"


def _frames(stack: tuple[str, ...], caller: Caller, cut: bool) -> str:
    """The stack as an excerpt shows it; an arrow points at the frame that decided whose act it is."""
    decided = stack.index(caller.frame) if caller.frame in stack else -1
    shown = {*range(min(len(stack), _MOST_FRAMES)), *([decided] if decided >= 0 else [])}
    lines = [f"{'→' if index == decided else ' '} {stack[index][:_LONGEST_FRAME]}" for index in sorted(shown)]
    return "\n".join([*lines, "  …"] if cut or len(shown) < len(stack) else lines)


def _record(event: OsAccess) -> str:
    told = (("state", event.state), ("attribution", event.attribution), ("proxy", event.proxy), ("duration_ms", event.duration_ms))
    words = [f"{key}={value}" for key, value in (*told, ("count", event.count)) if value is not None]
    return " ".join([event.op, event.outcome, event.precision, *words])
