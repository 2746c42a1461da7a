"""The proxy of a recording: the device is sent through it and set back, whatever happens meanwhile. mitmproxy is played by a small program;
the real one is exercised with the agent."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

import pytest

from fixtures.adb_server import Server
from fixtures.played_phone import PlayedPhone
from mingjian.errors import TryAgainError
from mingjian.record.device import Device
from mingjian.record.proxy import FLOWS, proxied

Phones = Callable[..., tuple[PlayedPhone, Device, Server]]

LISTENS = """
import pathlib, signal, socket, sys, time
def value(name):
    return sys.argv[sys.argv.index(name) + 1]
listener = socket.create_server(("127.0.0.1", int(value("-p"))))
pathlib.Path(value("-w")).write_bytes(b"")
signal.signal(signal.SIGTERM, lambda *_: (pathlib.Path(value("-w")).write_bytes(b"ended"), sys.exit(0)))
while True:
    time.sleep(0.1)
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a program in the place of mitmdump."""

    def put(source: str) -> None:
        folder = tmp_path / "bin"
        folder.mkdir()
        file = folder / "mitmdump"
        file.write_text(f"#!{sys.executable}\n{source}")
        file.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    return put


@pytest.mark.parametrize(("before", "after"), [("null", ":0"), ("10.0.0.1:3128", "10.0.0.1:3128"), (":0", ":0")])
def test_the_device_is_sent_through_it_and_set_back(
    phones: Phones, program: Callable[[str], None], tmp_path: Path, before: str, after: str
) -> None:
    program(LISTENS)
    phone, device, server = phones(proxy=before)
    with proxied(device, tmp_path) as works:
        assert works()
        host, port = phone.proxy.split(":")
        assert host == "127.0.0.1"
        assert any(asked.startswith(f"reverse:forward:tcp:{port};tcp:") for asked in server.forwards)
        assert (tmp_path / FLOWS).read_bytes() == b""
    assert phone.proxy == after
    assert server.forwards[-1] == f"reverse:killforward:tcp:{port}"
    # It was asked to end, so that it could write what it still held.
    assert (tmp_path / FLOWS).read_bytes() == b"ended"


def test_it_is_set_back_when_the_recording_fails(phones: Phones, program: Callable[[str], None], tmp_path: Path) -> None:
    program(LISTENS)
    phone, device, _ = phones(proxy="null")
    with pytest.raises(ZeroDivisionError), proxied(device, tmp_path):
        raise ZeroDivisionError
    assert phone.proxy == ":0"


def test_one_that_ends_meanwhile_is_told(phones: Phones, program: Callable[[str], None], tmp_path: Path) -> None:
    program(LISTENS.replace("while True:", "for _ in range(20):"))
    _, device, _ = phones(proxy="null")
    with proxied(device, tmp_path) as works:
        until = monotonic() + 60
        while works() and monotonic() < until:
            sleep(0.1)
        assert not works()


def test_one_that_does_not_start_is_told_and_changes_nothing(phones: Phones, program: Callable[[str], None], tmp_path: Path) -> None:
    program("raise SystemExit(1)\n")
    phone, device, _ = phones(proxy="null")
    with pytest.raises(TryAgainError) as told, proxied(device, tmp_path):
        pass
    assert told.value.key == "record.proxy_failed"
    assert phone.proxy == "null"
