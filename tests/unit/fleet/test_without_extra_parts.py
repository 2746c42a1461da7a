"""The fleet needs libraries that the program alone does not bring: without them it says what to install, and nothing else suffers."""

import subprocess
import sys
from pathlib import Path

import pytest

RUN = "import sys; sys.modules[{module!r}] = None; sys.argv = ['mingjian', *{words!r}]; from mingjian.cli import main; main()"


def ended(module: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", RUN.format(module=module, words=list(words))]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env={"PYTHONPATH": ":".join(sys.path), "MINGJIAN_LANG": "en"}
    )


@pytest.mark.parametrize(
    ("module", "words"),
    [
        ("pebble", ("fleet", "run", "apps.csv", "--lake", "market", "--slots", "2")),
        ("obstore", ("fleet", "--help")),
    ],
)
def test_a_verb_that_lacks_its_extra_says_what_to_install(module: str, words: tuple[str, ...]) -> None:
    told = ended(module, *words)
    assert (told.returncode, told.stdout) == (64, "")
    assert told.stderr == f"mingjian {words[0]} is not installed. Run: pip install 'mingjian[fleet]'\n"


def test_the_list_of_verbs_is_there_without_it() -> None:
    told = ended("pebble", "--help")
    assert (told.returncode, told.stderr) == (0, "")
    assert "fleet" in told.stdout


def test_verbs_are_named_and_lists_are_read_without_duckdb(tmp_path: Path) -> None:
    told = ended("duckdb", "fleet", "--help")
    assert (told.returncode, told.stderr) == (0, "")
    assert "judge" in told.stdout
    (tmp_path / "apps.csv").write_text("location\na.apk\n", encoding="utf-8")
    given = str(tmp_path / "apps.csv")
    reading = f"import sys; sys.modules['duckdb'] = None; from mingjian.fleet.inputs import listings; list(listings({given!r}))"
    assert subprocess.run([sys.executable, "-c", reading], timeout=60, check=False).returncode == 0
