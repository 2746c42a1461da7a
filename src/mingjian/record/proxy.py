"""mitmproxy, a program of its own, between the device and the network as long as a recording lasts."""

import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import resources
from pathlib import Path
from time import monotonic, sleep

from mingjian.errors import MingjianError, TryAgainError, UsageError
from mingjian.record.device import Device

FLOWS, REFUSED = "flows", "refused.jsonl"
"""What mitmproxy writes: requests, and as a run file the connections that nobody could read."""

_START_SECONDS = 30.0
_END_SECONDS = 15.0
_ON_DEVICE = 18877
"""The port at which the device reaches the proxy."""
_NONE = ("", "null", ":0")


def find_mitmproxy() -> str:
    """The program. Raises `UsageError` when it is not installed."""
    program = shutil.which("mitmdump")
    if program is None:
        raise UsageError("record.no_mitmproxy")
    return program


@contextmanager
def proxied(device: Device, folder: Path) -> Iterator[Callable[[], bool]]:
    """Sends the device's traffic through mitmproxy; what the device was set to before is set again at the end. Gives a question: whether
    mitmproxy is still at work.

    Raises `UsageError` when mitmproxy is missing, `TryAgainError` when it does not start."""
    program = find_mitmproxy()
    port = _free_port()
    with resources.as_file(resources.files("mingjian") / "record" / "addon.py") as addon:
        command = [program, "-q", "--listen-host", "127.0.0.1", "-p", str(port), "-w", str(folder / FLOWS), "-s", str(addon)]
        command += ["--set", "connection_strategy=lazy", "--set", f"mingjian_run={folder / REFUSED}"]
        with _running(command, port) as process, device.reversed(_ON_DEVICE, port), _set(device):
            yield lambda: process.poll() is None


@contextmanager
def _running(command: list[str], port: int) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603  found on PATH
    try:
        until = monotonic() + _START_SECONDS
        while not _listens(port):
            if process.poll() is not None or monotonic() > until:
                raise TryAgainError("record.proxy_failed")
            sleep(0.1)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def _set(device: Device) -> Iterator[None]:
    before = device.text(["settings", "get", "global", "http_proxy"])
    device.run(["settings", "put", "global", "http_proxy", f"127.0.0.1:{_ON_DEVICE}"])
    try:
        yield
    finally:
        # `:0` is how a device is told to use none; deleting the setting is noticed only after a restart.
        with suppress(MingjianError):
            device.run(["settings", "put", "global", "http_proxy", ":0" if before in _NONE else before])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0
