"""The command line started quickly, and small apps to scan."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.builder import build

APP = Path(__file__).parents[3] / "fixtures" / "apps" / "old-target"


class Zygote:
    """Starts `mingjian` one after another, see the module `zygote`; what it says, standard error too, is in `output`."""

    def __init__(self, folder: Path) -> None:
        self.output = folder / "output.txt"
        command = [sys.executable, "-m", "tests.fleet.local.zygote"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def start(self, *arguments: str) -> int:
        """The id of the process, which leads a group."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps([arguments, str(self.output)]) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def ended(self) -> int:
        """Waits for it, and gives its exit code, or minus the signal that ended it."""
        return self._answer()

    def run(self, *arguments: str) -> int:
        """Both."""
        self.start(*arguments)
        return self.ended()

    def said(self) -> str:
        """What the last one wrote."""
        return self.output.read_text(encoding="utf-8")

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()

    def _answer(self) -> int:
        assert self._process.stdout
        return int(self._process.stdout.readline())


@pytest.fixture
def zygote(tmp_path: Path) -> Iterator[Zygote]:
    started = Zygote(tmp_path)
    yield started
    started.close()


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small app."""
    return build(APP, tmp_path_factory.mktemp("app") / "app.apk").path.read_bytes()


@pytest.fixture
def apps(tmp_path: Path, app: bytes) -> Path:
    """36 apps, four of them listed twice, and one file that is no package."""
    return folder_of(tmp_path / "apps", app, 36)


@pytest.fixture
def few_apps(tmp_path: Path, app: bytes) -> Path:
    """Nine apps, one of them listed twice, and one file that is no package."""
    return folder_of(tmp_path / "few", app, 9)


def folder_of(folder: Path, app: bytes, count: int) -> Path:
    """So many apps that differ in the comment of their archive alone, every ninth listed twice, and one file that is no package."""
    folder.mkdir()
    for number in range(count):
        comment = b"%04d" % number
        (folder / f"{number:02}.apk").write_bytes(app[:-2] + len(comment).to_bytes(2, "little") + comment)
    for number in range(0, count, 9):
        (folder / f"{number:02}-again.apk").write_bytes((folder / f"{number:02}.apk").read_bytes())
    (folder / "none.apk").write_bytes(b"PK no package")
    return folder
