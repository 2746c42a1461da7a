"""A phone that is played, behind an adb server of ours, for all tests of the recorder."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from fixtures.adb_server import Server, adb_server
from fixtures.app_script import script
from fixtures.builder import build
from fixtures.played_phone import PlayedPhone
from mingjian.inputs.package import open_package
from mingjian.native import Questions
from mingjian.record import device as devices

APPS = Path(__file__).parents[3] / "fixtures" / "apps"

Phones = Callable[..., tuple[PlayedPhone, devices.Device, Server]]


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real package, installed on phones that are played."""
    return build(APPS / "kuaichi-innocent", tmp_path_factory.mktemp("package") / "app.apk").path


@pytest.fixture(scope="session")
def package_name(package: Path) -> str:
    return str(open_package([package], Questions())[1].manifest["package"])


@pytest.fixture
def phones(monkeypatch: pytest.MonkeyPatch) -> Iterator[Phones]:
    """Plays a script on a phone: the phone, the connector's device, and the adb server between them."""
    pytest.importorskip("adbutils", reason="adbutils is not installed: it comes with the extra `device`")
    with ExitStack() as stack:

        def play(
            changes: dict[str, Any] | None = None, features: str = "shell_v2,cmd", **state: Any
        ) -> tuple[PlayedPhone, devices.Device, Server]:
            phone = PlayedPhone(script("mall", **(changes or {})), **state)
            server = stack.enter_context(adb_server(phone, features))
            monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(server.port))
            return phone, devices.connect(phone.serial), server

        yield play
