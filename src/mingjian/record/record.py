"""One recording: a package, a device and a plan -> a session, its events, and a folder with the pictures and the system's own records."""

import re
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from typing import Any

import msgspec

from mingjian.errors import InputError, MingjianError, TryAgainError, UsageError
from mingjian.inputs.files import artifact
from mingjian.inputs.package import open_package
from mingjian.inputs.recording.track import Carried
from mingjian.model.run import AnyEvent, App, Clock, Part, Session
from mingjian.model.run import Device as Traits
from mingjian.model.types import Text
from mingjian.model.version import own_version
from mingjian.native import Questions
from mingjian.record.device import Device
from mingjian.record.hand import Hand
from mingjian.record.hooking import Hooking, frida_device
from mingjian.record.journal import Journal, Moment
from mingjian.record.plans import Play, Stage
from mingjian.record.proxy import FLOWS, REFUSED, find_mitmproxy, proxied
from mingjian.record.screen import Eye
from mingjian.record.system import SystemRecords
from mingjian.record.timing import Timing, compare, zone_minutes

PACKAGE, PICTURES, SYSTEM, TRAFFIC = "app.apk", "screens", "system", "traffic"
"""What a recording's folder holds beside its run file: the package, the pictures by their SHA-256, the system's records, the traffic."""

_SECONDS = 60.0
_PROPERTY = re.compile(r"^\[([\w.]{1,100})\]: \[([^\]\n]{0,200})\]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Order:
    """What to record: the package, the plan, and for the plan `upgrade` the older package. `replace` deletes the app's data where it is
    on the device already; `proxy` also records the traffic; without `hooks` nothing goes into the app's processes; `frida` is the
    address of its server where it is not reached through adb."""

    package: Path
    plan: str
    older: Path | None = None
    replace: bool = False
    proxy: bool = False
    hooks: bool = True
    frida: str | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """A recording: its events in order of time, those of hooks with the value that came back, in memory only. `clock` is that of this
    machine, by which tools on it tell the time. `stopped` says what ended it before its plan did; what came before stands."""

    session: Session
    items: tuple[Carried, ...]
    clock: Clock
    notes: tuple[Text, ...]
    stopped: MingjianError | KeyboardInterrupt | None = None

    @property
    def events(self) -> tuple[AnyEvent, ...]:
        """The events alone."""
        return tuple(item.event for item in self.items)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the package says of itself."""

    package: str
    version: str | None
    code: int | None
    sha256: str


def record(order: Order, device: Device, folder: Path, timing: Timing) -> Taken:
    """Plays the plan and takes down what happens. The folder is made, or has to be empty.

    Raises `InputError` and `UsageError` before anything was done to the device, `TryAgainError` when it does not answer at all."""
    known = _inspected(order)
    _refuse_used(folder)
    behind = _behind(order, device)
    if order.proxy:
        find_mitmproxy()
    _begin_fresh(device, known.package, replace=order.replace)
    _make_room(folder)
    apart = compare(device, timing)
    traits = _traits(device)
    shutil.copyfile(order.package, folder / PACKAGE)
    eye = Eye(device, folder / PICTURES)
    journal = Journal(timing, eye.density)
    salt = secrets.token_hex(16)
    hooking = Hooking(behind, salt, journal)
    system = SystemRecords(device, known.package, folder / SYSTEM, journal)
    stage = Stage(device, Hand(device, known.package), eye, journal, hooking, order.package, order.older)
    started = timing.now()
    system.keep("before")
    system.follow()
    stopped: MingjianError | KeyboardInterrupt | None = None
    with _proxied(order, device, folder / TRAFFIC) as works:
        proxied_from = timing.now()
        try:
            for step in Play(stage).steps(order.plan):
                step()
                hooking.check(stage.hand)
                system.follow()
        except MingjianError as error:
            stopped = error
            journal.lost("ui", "stopped", error.key)
        except KeyboardInterrupt as interrupt:
            stopped = interrupt
            journal.lost("ui", "stopped", "interrupted")
        # Every part was still there, and each of them ends at its own pace.
        over = timing.now()
        to_the_end = works()
    if not to_the_end:
        journal.lost("network", "proxy_ended")
        journal.note("record.note.proxy_ended")
    with suppress(MingjianError):
        hooking.stop()
    later = None
    with suppress(MingjianError):
        later = compare(device, timing)
        system.keep("after")
    # Unless they were compared at both ends, nothing says that the clocks kept step.
    apart = apart.joined(later) if apart is not None and later is not None else None
    journal.mark("end", Moment(over, over), note=in_words(journal.notes))
    clock = apart.clock() if apart is not None else Clock()
    session = Session(
        app=App(package=known.package, version=known.version, sha256=known.sha256),
        device=traits,
        parts=(
            *_parts(clock, hooking, (started, over)),
            *_files_of_traffic(folder / TRAFFIC, clock, (proxied_from, over) if to_the_end else None),
        ),
        started=_on_device(started, clock),
        ended=_on_device(timing.now(), clock),
        fresh=True,
        salt=salt,
    )
    items = _numbered((*map(Carried, journal.events(clock)), *_of_hooks(hooking)))
    return Taken(session, items, clock, tuple(journal.notes), stopped)


def in_words(notes: Sequence[Text]) -> str:
    """The notes as files keep them, in both languages."""
    return "; ".join(f"{note.zh} / {note.en}" for note in notes)


def _inspected(order: Order) -> _Known:
    """What is recorded. Raises `UsageError` when what is called its older version is none."""
    known = _known(order.package)
    if order.older is not None:
        older = _known(order.older)
        if older.package != known.package or (older.code or 0) >= (known.code or 0):
            raise UsageError("record.not_older", older=f"{older.package} {older.version}", package=f"{known.package} {known.version}")
    return known


def _known(package: Path) -> _Known:
    taken, reader = open_package([package], Questions())
    code = reader.manifest["version_code"]
    name = reader.manifest["version_name"]
    return _Known(reader.manifest["package"], name or (str(code) if code is not None else None), code, taken.sha256)


def _refuse_used(folder: Path) -> None:
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UsageError("record.folder_in_use", path=folder)
    except OSError as error:
        raise InputError("error.cannot_write", path=str(folder), why=error.strerror or type(error).__name__) from error


def _make_room(folder: Path) -> None:
    try:
        # What an app shows and sends is nobody else's business.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in (PICTURES, SYSTEM):
            (folder / name).mkdir()
    except OSError as error:
        raise InputError("error.cannot_write", path=str(folder), why=error.strerror or type(error).__name__) from error


def _begin_fresh(device: Device, package: str, *, replace: bool) -> None:
    if device.run(["pm", "path", package]).code != 0:
        return
    if not replace:
        raise UsageError("record.installed", package=package)
    told = device.run(["pm", "uninstall", package], _SECONDS)
    # The device keeps apps of the system and of its administrator, and with them their data.
    if device.run(["pm", "path", package]).code == 0:
        raise InputError("record.kept", package=package, why=" ".join(told.text.split())[:200] or "?")


def _traits(device: Device) -> Traits:
    told = dict(_PROPERTY.findall(device.text("getprop")))
    level = told.get("ro.build.version.sdk", "")
    return Traits(
        model=told.get("ro.product.model"),
        system=told.get("ro.build.version.release"),
        api=int(level) if level.isdecimal() else None,
        zone_minutes=zone_minutes(device),
    )


def _behind(order: Order, device: Device) -> Any:
    """The device as Frida knows it, where the agent may and can go into its processes."""
    if not order.hooks or not (order.frida or device.has_root()):
        return None
    found = frida_device(device.serial, order.frida)
    if found is None and order.frida:
        raise TryAgainError("record.no_frida", address=order.frida)
    return found


@contextmanager
def _proxied(order: Order, device: Device, folder: Path) -> Iterator[Callable[[], bool]]:
    if not order.proxy:
        yield lambda: True
        return
    folder.mkdir()
    with proxied(device, folder) as works:
        yield works


def _parts(clock: Clock, hooking: Hooking, during: tuple[float, float]) -> tuple[Part, ...]:
    ours = _watching(Part(tool="mingjian", version=own_version(), tier="ui", format="run", clock=clock), clock, during)
    if hooking.hooks is None or hooking.began is None:
        return (ours,)
    # The agent tells the device's own time.
    agent = Part(tool="mingjian-agent", version=own_version(), tier="hook", format="run", clock=Clock(error_ms=0.0), hooks=hooking.hooks)
    return ours, _watching(agent, clock, (hooking.began, during[1]))


def _files_of_traffic(folder: Path, clock: Clock, during: tuple[float, float] | None) -> Iterator[Part]:
    """What the proxy wrote, as parts whose events are in files of their own. It is to have ended; `during` is none where nobody knows how
    long it was at work."""
    for name, format in ((FLOWS, "mitmproxy"), (REFUSED, "run")):
        file = folder / name
        if file.is_file() and file.stat().st_size:
            part = Part(
                tool="mitmproxy", tier="proxy", format=format, name=name, sha256=artifact(file, "run").sha256, clock=clock, apart=True
            )
            yield part if during is None else _watching(part, clock, during)


def _watching(part: Part, clock: Clock, during: tuple[float, float]) -> Part:
    """The part, with the time during which it watched where the clocks were compared. By the clock of this machine nobody could tell
    which of the device's moments that are."""
    if clock.error_ms is None:
        return part
    return msgspec.structs.replace(part, started=_on_device(during[0], clock), ended=_on_device(during[1], clock))


def _on_device(seconds: float, clock: Clock) -> float:
    return round(seconds * 1000 - clock.offset_ms, 3)


def _of_hooks(hooking: Hooking) -> Iterator[Carried]:
    for item in hooking.events:
        yield replace(item, event=msgspec.structs.replace(item.event, part=1))


def _numbered(items: Iterable[Carried]) -> tuple[Carried, ...]:
    """In order of time, numbered as the lines of a run file are."""
    ordered = sorted(items, key=lambda item: inf if item.event.ts is None else item.event.ts)
    return tuple(replace(item, event=msgspec.structs.replace(item.event, seq=number)) for number, item in enumerate(ordered, start=2))
