"""The connector, against an adb server that speaks the real protocol: adbutils in the recorder, the real adb program beside it."""

import shutil
import socket
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures.adb_server import Server
from fixtures.app_script import script, shortest
from fixtures.played_phone import PlayedPhone
from mingjian.errors import InputError, MingjianError, TryAgainError, UsageError
from mingjian.record import device as devices

Phones = Callable[..., tuple[PlayedPhone, devices.Device, Server]]

needs_adb = pytest.mark.skipif(shutil.which("adb") is None, reason="there is no adb program: apt-get install adb")


@pytest.mark.parametrize("features", ["shell_v2,cmd", "cmd"])
def test_both_shells_tell_output_and_exit_code(phones: Phones, features: str) -> None:
    phone, device, _ = phones(features=features)
    assert device.run(["getprop"]).output.startswith(b"[ro.product.model]: [Played]")
    assert device.run(["pm", "path", phone.package]).code == 1
    assert device.run(["no-such-program"]).code == 127
    png = device.run(["screencap", "-p"]).output
    assert png.startswith(b"\x89PNG\r\n")
    assert png.endswith(b"IEND\xaeB`\x82")


def test_words_reach_the_program_as_they_are(phones: Phones) -> None:
    phone, device, _ = phones()
    device.run(["pm", "path", "a b;'reboot'$HOME"])
    assert phone.commands[-1] == """pm path 'a b;'"'"'reboot'"'"'$HOME'"""


def test_commands_nobody_played_are_told(phones: Phones) -> None:
    _, device, server = phones()
    device.run(["svc", "wifi", "disable"])
    assert server.unmatched == ["svc wifi disable"]


@pytest.mark.parametrize("features", ["shell_v2,cmd", "cmd"])
def test_a_package_is_installed_whole(phones: Phones, features: str, tmp_path: Path) -> None:
    phone, device, _ = phones(features=features)
    package = tmp_path / "app.apk"
    package.write_bytes(b"PK" + bytes(range(256)) * 3000)
    device.install(package)
    assert phone.installed == str(package.stat().st_size)


def test_a_refused_package_is_told_with_the_devices_reason(phones: Phones, tmp_path: Path) -> None:
    _, device, _ = phones()
    package = tmp_path / "app.apk"
    package.write_bytes(b"no package")
    with pytest.raises(InputError) as refused:
        device.install(package)
    assert refused.value.key == "record.install_refused"
    assert "INSTALL_PARSE_FAILED_NOT_APK" in str(refused.value.values["why"])


@pytest.mark.parametrize(("rooted", "root"), [(True, True), (False, False)])
def test_root_is_known(phones: Phones, rooted: bool, root: bool) -> None:
    assert phones(rooted=rooted)[1].has_root() is root


@pytest.mark.parametrize(
    ("state", "key"), [("unauthorized", "record.unauthorized"), ("offline", "record.not_ready"), ("recovery", "record.not_ready")]
)
def test_a_device_that_is_not_ready_is_told(phones: Phones, state: str, key: str) -> None:
    with pytest.raises(TryAgainError) as told:
        phones(state=state)
    assert told.value.key == key


def test_the_only_device_need_not_be_named_and_another_is_refused(phones: Phones) -> None:
    phone, _, _ = phones()
    assert devices.connect(None).serial == phone.serial
    with pytest.raises(TryAgainError) as told:
        devices.connect("OTHER")
    assert told.value.key == "record.no_device"


def test_without_adbutils_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "adbutils", None)
    with pytest.raises(UsageError) as told:
        devices.connect(None)
    assert told.value.key == "record.no_extra"


class _Wire:
    """A server that answers the first requests as adb does, and what `ends` says then."""

    def __init__(self, ends: bytes, *, closes: bool) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._ends = ends
        self._closes = closes
        self._kept: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            asked = connection.recv(4096)
            if b"features" in asked:
                connection.sendall(b"OKAY0008shell_v2")
                connection.close()
                continue
            connection.sendall(b"OKAY")
            connection.recv(4096)
            connection.sendall(b"OKAY" + self._ends)
            if self._closes:
                connection.close()
            self._kept.append(connection)


@pytest.mark.parametrize(
    ("ends", "closes", "key"),
    [
        (b"", False, "record.late"),
        (b"\x01\xff\xff\xff\xff", False, "record.cut_off"),
        (b"\x01\x04\x00\x00\x00ab", True, "record.cut_off"),
        (b"", True, "record.cut_off"),
        (b"\x01\x02\x00\x00\x00ab", False, "record.late"),
    ],
)
def test_a_device_that_hangs_or_floods_is_left(monkeypatch: pytest.MonkeyPatch, ends: bytes, closes: bool, key: str) -> None:
    adbutils = pytest.importorskip("adbutils", reason="adbutils is not installed: it comes with the extra `device`")
    wire = _Wire(ends, closes=closes)
    device = devices.Device(adbutils.AdbClient(host="127.0.0.1", port=wire.port), "ANY")
    with pytest.raises(TryAgainError) as told:
        device.run(["anything"], seconds=0.3)
    assert told.value.key == key


@needs_adb
def test_the_real_program_finds_the_same_device(phones: Phones, tmp_path: Path) -> None:
    phone, _, server = phones()
    package = tmp_path / "app.apk"
    package.write_bytes(b"PK" + b"\0" * 100_000)

    def adb(*words: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(["adb", "-P", str(server.port), "-s", phone.serial, *words], capture_output=True, check=False, timeout=60)

    assert b"PLAYED1\tdevice" in adb("devices").stdout
    assert adb("shell", "wm", "density").stdout == b"Physical density: 420\nOverride density: 400\n"
    assert adb("shell", "pm", "path", phone.package).returncode == 1
    assert adb("push", str(package), "/data/local/tmp/app.apk").returncode == 0
    assert server.files["/data/local/tmp/app.apk"] == package.read_bytes()
    assert adb("exec-out", "screencap", "-p").stdout.startswith(b"\x89PNG\r\n\x1a\n")


def test_a_phone_knows_the_way_that_its_script_tells() -> None:
    assert shortest(PlayedPhone(script("mall")).script, "prompt", "policy") == 1


def test_without_a_server_and_without_adb_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("adbutils", reason="adbutils is not installed: it comes with the extra `device`")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(probe.getsockname()[1]))
    monkeypatch.setenv("ADBUTILS_ADB_PATH", "/no/such/adb")
    monkeypatch.setattr(devices.shutil, "which", lambda _: None)
    with pytest.raises(UsageError) as told:
        devices.connect(None)
    assert told.value.key == "record.no_adb"


@pytest.mark.parametrize(
    "answer", [b"", b"FAIL0004nope", b"OKAYzzzz", b"OKAY", b"OKAY0005ab", b"\0" * 4, b"OKAY0010no tabs in here!!"], ids=str
)
def test_a_server_that_speaks_nonsense_is_told(monkeypatch: pytest.MonkeyPatch, answer: bytes) -> None:
    pytest.importorskip("adbutils", reason="adbutils is not installed: it comes with the extra `device`")
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        connection.recv(4096)
        connection.sendall(answer)
        connection.close()

    threading.Thread(target=serve, daemon=True).start()
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(listener.getsockname()[1]))
    with pytest.raises(MingjianError):
        devices.connect(None)
    listener.close()
