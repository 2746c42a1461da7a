"""The agent in one process: from its loading until it is taken out, and what it reports as events of a run."""

import contextlib
import itertools
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mingjian.errors import InputError, TryAgainError, UsageError
from mingjian.inputs.recording.track import Carried
from mingjian.model.run import Api, File, Hooks, Member, Missing, Span
from mingjian.model.values import sealed_value
from mingjian.record import hooks
from mingjian.record.bundle import agent_script

_NOT_ENTERED: tuple[type[Exception], ...] = ()
_NOT_HOOKED: tuple[type[Exception], ...] = ()
try:
    import frida
except ImportError:
    frida = None
else:
    _NOT_ENTERED = (
        frida.ProcessNotFoundError,
        frida.PermissionDeniedError,
        frida.ServerNotRunningError,
        frida.TransportError,
        frida.TimedOutError,
    )
    _NOT_HOOKED = (frida.NotSupportedError, frida.InvalidOperationError, frida.core.RPCException)

if TYPE_CHECKING:
    from frida.core import Device

Sink = Callable[[Carried], None]

_FIRST = 2
_PERSONAL = re.compile(r"\d{5,}|(?!\d{1,4}@)[^/:@\s]{1,64}@[^/\s]{1,255}")
_PRIMITIVE_ARRAYS = {"Z": "boolean", "B": "byte", "S": "short", "C": "char", "I": "int", "J": "long", "F": "float", "D": "double"}


class Agent:
    """A process with the agent in it. Events come on a thread of Frida's and begin with the first call after `attach` returned, at the
    latest; those that come before somebody asked for them are kept. `ready` grows when the hooks of code in the package were placed, which
    a spawned app allows only after `resume`."""

    def __init__(self, device: "Device", pid: int, spawned: bool, salt: str | None) -> None:
        self.pid = pid
        self.process: str | None = None
        self.ready = Hooks()
        self.gone = threading.Event()
        self._device = device
        self._spawned = spawned
        self._salt = salt
        self._sinks: list[Sink] = []
        self._kept: list[Carried] = []
        self._lock = threading.Lock()
        self._numbers = itertools.count(_FIRST)
        self._stopping = False
        self._session = device.attach(pid)
        self._session.on("detached", self._detached)
        self._script = self._session.create_script(agent_script(), name="mingjian")
        self._script.on("message", self._message)

    def events(self, callback: Sink) -> None:
        """Hands every event to `callback`, those that came before included, in the order in which they came. Values travel beside their
        sealed form, in memory only."""
        with self._lock:
            kept, self._kept = self._kept, []
            for item in kept:
                callback(item)
            self._sinks.append(callback)

    def resume(self) -> None:
        """Lets a spawned app run; nothing for one that ran before."""
        if self._spawned:
            self._spawned = False
            self._device.resume(self.pid)

    def stop(self) -> None:
        """Takes the agent out; what it had already seen has arrived when this returns. The app goes on."""
        self._stopping = True
        # The app may have ended by itself, and the agent with it.
        with contextlib.suppress(frida.InvalidOperationError, frida.TransportError):
            self._script.exports_sync.finish()
            self._script.unload()
            self._session.detach()

    def load(self, plan: Mapping[str, Any]) -> None:
        """Loads the agent and waits until its hooks are in place and a call made on purpose was seen."""
        self._script.load()
        answer = self._script.exports_sync.install(plan)
        self._add_placed(answer, canary=answer["canary"])

    def _add_placed(self, answer: Mapping[str, Any], *, canary: bool = False) -> None:
        placed = [id for id in answer["placed"] if id != hooks.CANARY]
        missing = [Missing(hook=each["hook"], why=each["why"], detail=each["detail"]) for each in answer["missing"]]
        # The answer to `install` and the message of hooks placed later come on two threads.
        with self._lock:
            self.ready = Hooks(
                placed=tuple(sorted((*self.ready.placed, *placed))),
                missing=tuple(sorted((*self.ready.missing, *missing), key=lambda each: each.hook)),
                canary=self.ready.canary or canary,
            )

    def _message(self, message: Mapping[str, Any], data: bytes | None) -> None:
        del data
        if message["type"] != "send":
            self._hand_on(Carried(self._lost("fault", str(message.get("description", ""))[:200])))
            return
        told = message["payload"]
        match told["kind"]:
            case "package":
                self.process = told["process"]
                self._add_placed(told)
            case "api" if told["hook"] != hooks.CANARY:
                self._hand_on(self._api(told))
            case "file":
                self._hand_on(Carried(self._file(told)))
            case "dropped":
                detail = f"{told['hook']}: {told['count']}"
                self._hand_on(Carried(self._lost("flood", detail, told["begin"], told["end"])))
            case "fault":
                self._hand_on(Carried(self._lost("fault", f"{told['hook']}: {told['error']}"[:200], told["ts"], told["ts"])))

    def _api(self, told: Mapping[str, Any]) -> Carried:
        raw = told.get("raw")
        event = Api(
            seq=next(self._numbers),
            ts=told["ts"],
            api=Member(cls=told["cls"], method=told["method"], sig=_dotted(told["parameters"])),
            hook=told["hook"],
            args=tuple(None if each is None else impersonal(each) for each in told["args"]),
            result=told["result"],
            value=None if raw is None else sealed_value(raw, self._salt, told.get("type")),
            stack=tuple(told["stack"]),
            stack_cut=told["cut"],
            pid=self.pid,
            process=self.process,
            thread=told["thread"],
        )
        return Carried(event, raw=raw)

    def _file(self, told: Mapping[str, Any]) -> File:
        return File(
            seq=next(self._numbers),
            ts=told["ts"],
            op=told["op"],
            path=impersonal(told["path"]),
            stack=tuple(told["stack"]),
            stack_cut=told["cut"],
            process=self.process,
        )

    def _lost(self, what: str, detail: str, begin: float | None = None, end: float | None = None) -> Span:
        return Span(seq=next(self._numbers), ts=begin, channel="api", status="lost", what=what, detail=detail, begin=begin, end=end)

    def _hand_on(self, item: Carried) -> None:
        with self._lock:
            if not self._sinks:
                self._kept.append(item)
            for sink in self._sinks:
                sink(item)

    def _detached(self, reason: str, crash: object) -> None:
        del crash
        # An app that ended made no more calls; any other end leaves a process that nobody watches.
        if not self._stopping and reason != "process-terminated":
            self._hand_on(Carried(self._lost("detached", reason)))
        self.gone.set()


def attach(device: "Device", target: str | int, plan: Mapping[str, Any], salt: str | None = None) -> Agent:
    """Starts the package `target` without letting it run, or goes into the running process of that number, and returns when the
    hooks of `plan` (`hooks.plan()`) are in place there. `salt` (hex) seals the values.

    Raises UsageError without frida or npm, TryAgainError when the process is not there or does not let anybody in, InputError when it runs
    no Java that can be hooked."""
    if frida is None:
        raise UsageError("agent.no_frida")
    pid = None
    try:
        pid = device.spawn([target]) if isinstance(target, str) else target
        agent = Agent(device, pid, isinstance(target, str), salt)
        agent.load(plan)
    except _NOT_ENTERED as fault:
        _end_spawned(device, target, pid)
        raise TryAgainError("agent.no_process", target=target, why=str(fault)[:200]) from None
    except _NOT_HOOKED as fault:
        _end_spawned(device, target, pid)
        raise InputError("agent.no_java", target=target, why=str(fault)[:200]) from None
    return agent


def _end_spawned(device: "Device", target: str | int, pid: int | None) -> None:
    """An app that was started for the agent and could not take it would stand still for ever."""
    if isinstance(target, str) and pid is not None:
        with contextlib.suppress(*_NOT_ENTERED, *_NOT_HOOKED):
            device.kill(pid)


def impersonal(text: str) -> str:
    """An argument or a path without runs of digits, such as numbers of people, and without addresses of mail."""
    return _PERSONAL.sub("***", text)


def _dotted(parameters: Sequence[str] | None) -> tuple[str, ...] | None:
    """Types as a run names them (`byte[]`, `a.B[]`), from the names of Java's reflection."""
    return None if parameters is None else tuple(map(_dotted_type, parameters))


def _dotted_type(name: str) -> str:
    inner = name.lstrip("[")
    depth = len(name) - len(inner)
    if depth == 0:
        return name
    return (_PRIMITIVE_ARRAYS.get(inner) or inner.removeprefix("L").removesuffix(";")) + "[]" * depth
