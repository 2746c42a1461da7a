"""What recording on a device needs, part by part, and what could be recorded as things are."""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version

from mingjian.errors import MingjianError
from mingjian.record.device import Device, connect
from mingjian.record.hooking import frida_device

_PROPERTIES = ("ro.product.model", "ro.build.version.release", "ro.build.version.sdk", "ro.product.cpu.abi")
_SERVER = re.compile(r"^\s*(\d{1,7})\s+\S*frida-server\S*\s*$", re.MULTILINE)
_VERSION = re.compile(r"\d{1,4}(?:\.\d{1,4}){1,3}")
_LOWEST_LEVEL = 24


@dataclass(frozen=True, slots=True)
class Finding:
    """One part: whether it is as it should be, and what of it is told: texts of `record.yml` for the part and for the words."""

    part: str
    good: bool
    words: str
    values: Mapping[str, object] = field(default_factory=dict)


def examine(serial: str | None) -> tuple[Finding, ...]:
    """Looks at this machine and at the device of that serial number, or the only one. Nothing is changed on it. A device that is not there
    or not ready is a finding, not an error."""
    found = [_program("doctor.adb", "adb"), _program("doctor.mitmproxy", "mitmdump"), _frida_here()]
    try:
        device = connect(serial)
        found += _device(device)
    except MingjianError as error:
        return (*found, Finding("doctor.device", False, error.key, error.values))
    return (*found, *_tiers(device, proxied=found[1].good))


def _program(part: str, name: str) -> Finding:
    where = shutil.which(name)
    return Finding(part, where is not None, "doctor.is_there" if where else "doctor.is_missing", {"what": name})


def _frida_here() -> Finding:
    try:
        return Finding("doctor.frida", True, "doctor.version", {"version": version("frida")})
    except PackageNotFoundError:
        return Finding("doctor.frida", False, "doctor.is_missing", {"what": "frida"})


def _device(device: Device) -> list[Finding]:
    told = [device.text(["getprop", name]) for name in _PROPERTIES]
    level = int(told[2]) if told[2].isdecimal() else 0
    traits = {"serial": device.serial, "model": told[0], "system": told[1], "api": told[2], "abi": told[3]}
    root = device.has_root()
    return [
        Finding("doctor.device", level >= _LOWEST_LEVEL, "doctor.traits" if level >= _LOWEST_LEVEL else "doctor.too_old", traits),
        Finding("doctor.root", root, "doctor.rooted" if root else "doctor.not_rooted"),
        _server(device),
    ]


def _server(device: Device) -> Finding:
    """The server of Frida on the device: it and Frida here have to be of one major version."""
    running = _SERVER.search(device.text(["su", "-c", "ps -A -o PID,NAME"]))
    if running is None:
        return Finding("doctor.frida_server", False, "doctor.no_frida_server")
    told = _VERSION.search(device.text(["su", "-c", f"/proc/{running[1]}/exe --version"]))
    there = told[0] if told else "?"
    try:
        here = version("frida")
    except PackageNotFoundError:
        return Finding("doctor.frida_server", False, "doctor.version", {"version": there})
    same = there.split(".")[0] == here.split(".")[0]
    return Finding("doctor.frida_server", same, "doctor.version" if same else "doctor.versions_differ", {"version": there, "here": here})


def _tiers(device: Device, *, proxied: bool) -> list[Finding]:
    hooks = device.has_root() and frida_device(device.serial) is not None
    there = {"ui": True, "os_record": True, "proxy": proxied, "hook": hooks}
    return [Finding(f"doctor.tier_{name}", good, "doctor.recorded" if good else "doctor.not_recorded") for name, good in there.items()]
