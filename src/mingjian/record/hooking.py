"""Starting an app with the agent in it. Where that cannot be, the app is started as from its icon, and what is then not seen is told."""

import re
from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from mingjian.errors import MingjianError
from mingjian.inputs.recording.track import Carried
from mingjian.model.run import Hooks
from mingjian.record.device import Device
from mingjian.record.hand import Hand
from mingjian.record.journal import Journal

if TYPE_CHECKING:
    from mingjian.record.hooked import Agent

_STANDS = 5.0
"""Seconds that an app has to live with the agent in it before it counts as one that bears it."""
_PROCESSES = re.compile(r"^\s*\S*\s*([\w.]+:[\w.]+)\s*$", re.MULTILINE)


def has_frida() -> bool:
    """Whether this machine has Frida."""
    return find_spec("frida") is not None


def frida_device(serial: str) -> Any:
    """The device as Frida knows it, none where Frida or its server on the device is missing."""
    if not has_frida():
        return None
    import frida  # noqa: PLC0415  an extra

    try:
        found = frida.get_device(serial, timeout=5)
        found.query_system_parameters()
    except (frida.InvalidArgumentError, frida.ServerNotRunningError, frida.TransportError, frida.TimedOutError, frida.NotSupportedError):
        return None
    return found


class Hooking:
    """The agent in the processes of one app, one after the other. `events` are all that were reported, by the device's clock; `hooks`
    what watched the whole time, none when no process was ever hooked."""

    def __init__(self, behind: Any, salt: str, journal: Journal, wait: Callable[[float], None]) -> None:
        self._behind = behind
        self._salt = salt
        self._journal = journal
        self._wait = wait
        self._agent: Agent | None = None
        self.events: list[Carried] = []
        self.hooks: Hooks | None = None

    def start(self, hand: Hand) -> None:
        """Starts the app with the agent in it, or without when it does not bear it."""
        if self._behind is None:
            hand.start()
            return
        from mingjian.record import hooked, hooks  # noqa: PLC0415  an extra

        try:
            agent = hooked.attach(self._behind, hand.package, hooks.plan(), self._salt)
        except MingjianError as error:
            self._give_up("no_agent", str(error.values.get("why", error.key)))
            hand.start()
            return
        self._agent = agent
        agent.events(self.events.append)
        agent.resume()
        self._wait(_STANDS)
        self.hooks = agent.ready if self.hooks is None else _both(self.hooks, agent.ready)
        if agent.gone.is_set() and not hand.runs():
            self._give_up("ended_with_agent", hand.package)
            hand.start()

    def stop(self) -> None:
        """Takes the agent out."""
        if self._agent is not None:
            self._agent.stop()
            if self.hooks is not None:
                self.hooks = _both(self.hooks, self._agent.ready)
            self._agent = None

    def unwatched(self, device: Device, package: str) -> None:
        """Tells of processes of the app beside the first: the agent is not in them."""
        if self.hooks is None:
            return
        names = {name for name in _PROCESSES.findall(device.text(["ps", "-A", "-o", "NAME"])) if name.startswith(f"{package}:")}
        if names:
            self._journal.lost("api", "other_process", ", ".join(sorted(names)))

    def _give_up(self, what: str, why: str) -> None:
        self._journal.lost("api", what, why)
        self._journal.note(f"hooks: {what}")
        self._behind = None
        self._agent = None


def _both(one: Hooks, other: Hooks) -> Hooks:
    """What two processes had both."""
    missing = {each.hook: each for each in (*one.missing, *other.missing)}
    placed = tuple(sorted(set(one.placed) & set(other.placed)))
    return Hooks(placed=placed, missing=tuple(missing[hook] for hook in sorted(missing)), canary=one.canary and other.canary)
