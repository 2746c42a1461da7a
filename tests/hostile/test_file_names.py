"""Files whose names were chosen to be a nuisance, given on the command line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.builder import build

APP = Path(__file__).parents[2] / "fixtures" / "apps" / "old-target"
NAME = b"\x1b[2J\n[bold]\xe2\x80\xae{0}%s.apk"
"""Commands of a terminal, a line break, markup, turned writing, places to fill in."""
SHOWN = r"\x1b[2J\n[bold]\u202e{0}%s.apk"


@pytest.fixture
def package(tmp_path: Path) -> bytes:
    built = build(APP, tmp_path / "plain.apk").path
    place = os.path.join(os.fsencode(tmp_path), NAME)  # noqa: PTH118  a path of bytes
    os.rename(built, place)  # noqa: PTH104  a path of bytes
    return place


def run(*arguments: str | bytes) -> subprocess.CompletedProcess[bytes]:
    environment = os.environ | {"MINGJIAN_LANG": "en", "PYTHONUTF8": "1"}
    return subprocess.run([sys.executable, "-m", "mingjian.cli", *arguments], capture_output=True, env=environment, check=False)


@pytest.mark.parametrize("format_name", ["text", "json", "html", "sarif"])
def test_it_is_scanned_like_any_other(package: bytes, format_name: str) -> None:
    found = run("scan", package, "--format", format_name, "-v")
    # The app opens all its permissions at install, which 4.6 forbids: suspected, as the words of 4.6 are known from memory only.
    assert found.returncode == 2, found.stderr.decode()
    assert not found.stderr
    shown = found.stdout.decode()
    assert "\x1b" not in shown
    assert "\u202e" not in shown


@pytest.mark.parametrize("verb", ["scan", "facts", "judge"])
def test_what_is_wrong_with_it_is_one_harmless_line(package: bytes, verb: str) -> None:
    with open(package, "wb") as file:  # noqa: PTH123  a path of bytes
        file.write(b"PK\3\4 and no more")
    found = run(verb, package)
    assert found.returncode == 65
    shown = found.stderr.decode()
    assert shown.count("\n") == 1
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert SHOWN in shown


@pytest.mark.parametrize("verb", ["scan", "facts", "judge"])
def test_a_name_that_is_no_utf8_is_one_line_too(package: bytes, verb: str) -> None:
    place = package.removesuffix(b".apk") + b"\xff.apk"
    os.rename(package, place)  # noqa: PTH104  a path of bytes
    found = run(verb, place)
    assert found.returncode == 65
    assert found.stderr.decode().count("\n") == 1
