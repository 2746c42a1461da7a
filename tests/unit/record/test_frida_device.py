"""A server of Frida elsewhere, for real: a portal on this machine, with a token, and a process of ours that joined it."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import pytest

from mingjian.record.hooking import TOKEN, frida_device

frida = pytest.importorskip("frida", reason="frida is not installed: it comes with the extra `device`")


@dataclass(frozen=True)
class Portal:
    """Where clients connect, and the process behind it."""

    address: str
    pid: int


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_it_runs(process: "subprocess.Popen[bytes]") -> None:
    # Who goes into a process that is still being loaded may end it.
    assert process.stdin
    assert process.stdout
    process.stdin.write(b"ready\n")
    process.stdin.flush()
    assert process.stdout.readline() == b"ready\n"


@pytest.fixture
def portal() -> Iterator[Portal]:
    inside, outside = free_port(), free_port()
    service = frida.PortalService(
        frida.EndpointParameters(address="127.0.0.1", port=inside),
        frida.EndpointParameters(address="127.0.0.1", port=outside, authentication=("token", "let-me-in")),
    )
    service.start()
    process = subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        _wait_until_it_runs(process)
        frida.attach(process.pid).join_portal(f"127.0.0.1:{inside}")
        yield Portal(f"127.0.0.1:{outside}", process.pid)
    finally:
        with suppress(frida.InvalidArgumentError):
            # It leaves by itself when it let nobody in.
            frida.get_device_manager().remove_remote_device(f"127.0.0.1:{outside}")
        service.stop()
        process.kill()
        process.communicate()


def test_its_processes_are_listed_entered_and_run_a_script(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, "let-me-in")
    device = frida_device("ANY", portal.address)
    assert device is not None
    assert [process.pid for process in device.enumerate_processes()] == [portal.pid]
    session = device.attach(portal.pid)
    script = session.create_script("rpc.exports = { pid() { return Process.id; } };")
    script.load()
    assert script.exports_sync.pid() == portal.pid
    session.detach()


@pytest.mark.parametrize("token", [None, "wrong"])
def test_without_its_token_nobody_gets_in(portal: Portal, monkeypatch: pytest.MonkeyPatch, token: str | None) -> None:
    monkeypatch.delenv(TOKEN, raising=False)
    if token:
        monkeypatch.setenv(TOKEN, token)
    assert frida_device("ANY", portal.address) is None


def test_where_nothing_answers_there_is_no_device() -> None:
    assert frida_device("ANY", f"127.0.0.1:{free_port()}") is None
