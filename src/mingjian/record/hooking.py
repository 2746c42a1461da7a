"""Starting an app with the agent in it. Where that cannot be, the app is started as from its icon, and what is then not seen is told."""

import os
import re
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from mingjian.errors import MingjianError
from mingjian.inputs.recording.track import Carried
from mingjian.model.run import Hooks
from mingjian.record.device import Device
from mingjian.record.hand import Hand
from mingjian.record.journal import Journal, Moment

if TYPE_CHECKING:
    from mingjian.record.hooked import Agent

TOKEN = "MINGJIAN_FRIDA_TOKEN"  # noqa: S105  the variable's name
"""The variable of the environment that holds the token of a server of Frida that asks for one."""

_ANSWERS = 5
_STANDS = 5.0
"""Seconds that an app has to live with the agent in it before it counts as one that bears it."""
_PROCESSES = re.compile(r"^ *\d{1,7} +([\w.]{1,200}:[\w.]{1,200})\r?$", re.MULTILINE)


def has_frida() -> bool:
    """Whether this machine has Frida."""
    return find_spec("frida") is not None


def frida_device(serial: str, address: str | None = None) -> Any:
    """The device as Frida knows it: behind adb, or its server at `host:port`, with the token of the environment. None where Frida or the
    server is missing or lets nobody in."""
    if not has_frida():
        return None
    import frida  # noqa: PLC0415  an extra

    try:
        if address is None:
            found = frida.get_device(serial, timeout=_ANSWERS)
        else:
            found = frida.get_device_manager().add_remote_device(address, token=os.environ.get(TOKEN))
        found.enumerate_processes()
    except (
        frida.InvalidArgumentError,
        frida.InvalidOperationError,
        frida.ServerNotRunningError,
        frida.TransportError,
        frida.TimedOutError,
        frida.PermissionDeniedError,
        frida.NotSupportedError,
    ):
        return None
    return found


class Hooking:
    """The agent in the processes of one app, one after the other. `events` are all that were reported, by the device's clock; `hooks`
    what watched the whole time, none when no process was ever hooked, and `began` when it did, in seconds of the journal."""

    def __init__(self, behind: Any, salt: str, journal: Journal) -> None:
        self._behind = behind
        self._salt = salt
        self._journal = journal
        self._agent: Agent | None = None
        self._last_there = 0.0
        self._alone_since: float | None = None
        self.events: list[Carried] = []
        self.hooks: Hooks | None = None
        self.began: float | None = None

    def start(self, hand: Hand) -> Moment:
        """Starts the app with the agent in it, or without when it does not bear it; when its code began to run."""
        self._tell_alone()
        agent = self._attached(hand) if self._behind is not None else None
        begin = self._journal.timing.now()
        if agent is None:
            hand.start()
        else:
            agent.resume()
        when = Moment(begin, self._journal.timing.now())
        if agent is not None:
            self.began = when.begin if self.began is None else self.began
            self._last_there = when.begin
            self._journal.timing.wait(_STANDS)
            self.hooks = agent.ready if self.hooks is None else _both(self.hooks, agent.ready)
            if agent.gone.is_set() and not hand.runs():
                self._give_up("ended_with_agent", hand.package)
                hand.start()
        return when

    def _attached(self, hand: Hand) -> "Agent | None":
        from mingjian.record import hooked, hooks  # noqa: PLC0415  an extra

        try:
            self._agent = hooked.attach(self._behind, hand.package, hooks.plan(), self._salt)
        except MingjianError as error:
            self._give_up("no_agent", str(error.values.get("why", error.key)))
            return None
        self._agent.events(self.events.append)
        return self._agent

    def check(self, hand: Hand) -> None:
        """Looks whether the app runs in a process that nobody went into: it ended, and it or somebody else started it again."""
        if self._agent is None or self._alone_since is not None:
            return
        if not self._agent.gone.is_set():
            self._last_there = self._journal.timing.now()
        elif hand.runs():
            self._alone_since = self._last_there

    def stop(self) -> None:
        """Takes the agent out."""
        self._tell_alone()
        if self._agent is not None:
            self._agent.stop()
            if self.hooks is not None:
                self.hooks = _both(self.hooks, self._agent.ready)
            self._agent = None

    def unwatched(self, device: Device, package: str) -> None:
        """Tells of processes of the app beside the first: the agent is not in them."""
        if self.hooks is None:
            return
        names = {name for name in _PROCESSES.findall(device.text(["ps", "-A", "-o", "PID,NAME"])) if name.startswith(f"{package}:")}
        if names:
            self._journal.lost("api", "other_process", ", ".join(sorted(names)))

    def _tell_alone(self) -> None:
        if self._alone_since is not None:
            self._journal.lost("api", "unhooked_process", "", Moment(self._alone_since, self._journal.timing.now()))
            self._alone_since = None

    def _give_up(self, what: str, why: str) -> None:
        self._journal.lost("api", what, why)
        self._journal.note(f"record.note.{what}")
        self._behind = None
        self._agent = None


def _both(one: Hooks, other: Hooks) -> Hooks:
    """What two processes had both."""
    missing = {each.hook: each for each in (*one.missing, *other.missing)}
    placed = tuple(sorted(set(one.placed) & set(other.placed)))
    return Hooks(placed=placed, missing=tuple(missing[hook] for hook in sorted(missing)), canary=one.canary and other.canary)
