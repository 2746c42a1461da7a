"""The program as `pip install mingjian` leaves it, without the extra: each verb of the console says in one line what to install."""

import subprocess
import sys
import tomllib
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import mingjian

PROJECT = Path(__file__).parents[3] / "pyproject.toml"
WRONG_USAGE = 64
VERBS = (
    ["serve", "--port", "0"],
    ["serve", "--demo", "--port", "0"],
    ["worker"],
    ["administrator", "zhang"],
    ["audit", "verify"],
    ["backup", "all.mjb"],
    ["restore", "all.mjb"],
)
TOLD = {
    "zh": "管理台未安装。请执行：pip install 'mingjian[console]'\n",
    "en": "The console is not installed. Run: pip install 'mingjian[console]'\n",
}


def _installed(extra: str = "") -> set[str]:
    """The names of the distributions that the program brings with it, with or without an extra, and what these bring in turn."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    waiting = [Requirement(line) for line in project["dependencies"] + project["optional-dependencies"].get(extra, [])]
    found: set[str] = set()
    while waiting:
        wanted = waiting.pop()
        if wanted.name in found:
            continue
        found.add(wanted.name)
        for line in distribution(wanted.name).requires or []:
            needed = Requirement(line)
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in wanted.extras or {""}):
                waiting.append(needed)
    return found


def _folder(place: Path, names: set[str]) -> Path:
    """A folder to import from, with the program and the distributions, and nothing else."""
    place.mkdir()
    for name in names:
        files = distribution(name).files or []
        for top in {file.parts[0] for file in files if file.parts[0] != ".."}:
            if not (place / top).exists():
                (place / top).symlink_to(distribution(name).locate_file(top))
    (place / "mingjian").symlink_to(Path(mingjian.__file__).parent)
    return place


def _run(folder: Path, words: list[str], home: Path, lang: str) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": str(folder), "MINGJIAN_HOME": str(home), "MINGJIAN_LANG": lang, "PATH": ""}
    # -S: what else is installed beside this Python is out of reach.
    command = [sys.executable, "-S", "-m", "mingjian.cli", *words]
    return subprocess.run(command, cwd=folder.parent, env=environment, input="", capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def without_extra(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _folder(tmp_path_factory.mktemp("without") / "site", _installed())


@pytest.mark.looks
@pytest.mark.parametrize("lang", TOLD)
@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_each_verb_says_what_to_install(without_extra: Path, tmp_path: Path, words: list[str], lang: str) -> None:
    ended = _run(without_extra, words, tmp_path / "home", lang)
    assert (ended.returncode, ended.stdout, ended.stderr) == (WRONG_USAGE, "", TOLD[lang])
    assert not (tmp_path / "home").exists(), "what does not run leaves nothing behind"


@pytest.mark.looks
def test_the_framework_alone_is_not_the_extra(tmp_path: Path) -> None:
    """As where it was installed for something else."""
    folder = _folder(tmp_path / "site", _installed() | {"Django", "asgiref", "sqlparse"})
    ended = _run(folder, ["serve", "--port", "0"], tmp_path / "home", "en")
    assert (ended.returncode, ended.stdout, ended.stderr) == (WRONG_USAGE, "", TOLD["en"])


@pytest.mark.looks
def test_everything_else_works_without_it(without_extra: Path, tmp_path: Path) -> None:
    assert not (without_extra / "django").exists()
    ended = _run(without_extra, ["rules", "--help"], tmp_path, "en")
    assert (ended.returncode, ended.stderr) == (0, "")
