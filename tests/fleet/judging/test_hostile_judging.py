"""What may befall judging again: packs that are none, damaged reports, kills. One clear line each, and the lake stays whole."""

import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from mingjian import lake
from mingjian.errors import InputError
from mingjian.fleet.judging import Question, judge, loaded
from mingjian.judge import pack_folder
from mingjian.lake import again
from mingjian.lake.manifest import PACK, load
from tests.fleet.judging.making import golden, key, pack_b, quiet, stored
from tests.unit.lake.test_lake_verbs import mingjian

ROOT = Path(__file__).parents[3]
CLAUSE = "clauses/1.1-no-policy.yml"


def _malformed(pack: Path) -> None:
    (pack / CLAUSE).write_text("id: [")


def _huge(pack: Path) -> None:
    with (pack / CLAUSE).open("wb") as file:
        file.truncate(1 << 40)


def _cyclic(pack: Path) -> None:
    (pack / "signals").mkdir()
    for name, other in (("one", "two"), ("two", "one")):
        (pack / "signals" / f"{name}.yml").write_text(f"name: {name}\ntitle: {{zh: 甲, en: A}}\nwhen: {{signal: {other}}}\nexamples: []\n")


def _piped(pack: Path) -> None:
    (pack / CLAUSE).unlink()
    os.mkfifo(pack / CLAUSE)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [(_malformed, "not YAML"), (_huge, "larger than"), (_cyclic, "leads back to itself"), (_piped, "not a plain file")],
)
def test_a_pack_that_is_none_is_one_line_and_no_judgement(spoil: Callable[[Path], None], told: str, tmp_path: Path) -> None:
    folder = stored(tmp_path, {"one": golden("target-22-grants-at-install")})
    pack = tmp_path / "pack"
    shutil.copytree(pack_folder("cac-2019"), pack)
    spoil(pack)
    run = mingjian("fleet", "judge", folder, "--pack", pack, "--adopt")
    assert (run.returncode, run.stdout, len(run.stderr.splitlines())) == (66, "", 1), run.stderr
    assert told in run.stderr
    assert not (folder / again.FOLDER).exists()


def test_a_damaged_report_is_told_and_kept_and_nothing_is_adopted_over_it(tmp_path: Path) -> None:
    beside = next(name for name in map(str, range(1000)) if key(name)[0] == key("bad")[0])
    folder = stored(tmp_path, dict.fromkeys(("bad", beside), golden("target-22-grants-at-install")))
    state = load(folder)
    (part,) = (part for part in state.parts if part.prefix == key("bad")[0] and PACK in part.files)
    pack = folder / part.path(PACK)
    with lake.open(folder) as opened:
        ((offset, size),) = opened.query('select "offset", size from files.subjects where report = ?', [key("bad")]).rows
    content = bytearray(pack.read_bytes())
    content[offset + size // 2] ^= 0x55
    pack.write_bytes(content)
    new = pack_b(tmp_path / "new")
    run = mingjian("fleet", "judge", folder, "--pack", new)
    assert run.returncode == 1
    assert f"  {key('bad')}  cannot be read" in run.stdout
    assert "Judged 1 reports" in run.stdout
    run = mingjian("fleet", "judge", folder, "--pack", new, "--adopt", "--format", "json")
    assert (run.returncode, json.loads(run.stdout)["adopted"]) == (65, False)
    lines = run.stderr.splitlines()
    assert lines[-1] == f"{pack} is damaged. mingjian lake check tells everything that is."
    assert {line.partition(" reports ")[0] for line in lines[:-1]} == {"2 of 2"}, "what was gone through before, and nothing else"
    assert load(folder) == state


def test_a_fault_that_another_process_found_arrives_as_it_was() -> None:
    found = pickle.loads(pickle.dumps(InputError("lake.damaged", path=Path("a/b"))))
    assert (type(found), found.key, found.values) == (InputError, "lake.damaged", {"path": Path("a/b")})


_KILLED = """
    import os, signal, sys
    from pathlib import Path
    from mingjian.fleet.judging import Question, judge, loaded

    def tell(done, total):
        if 0 < done < total:
            os.kill(os.getpid(), signal.SIGKILL)

    if __name__ == "__main__":
        judge(Question(Path(sys.argv[1]), loaded([sys.argv[2]]), processes=2), tell)
"""


def test_a_judging_that_was_killed_goes_on_and_says_the_same(tmp_path: Path) -> None:
    report = golden("target-22-grants-at-install")
    names = ("one", "two", "three", "four")
    folder = stored(tmp_path, dict.fromkeys(names, report))
    shutil.copytree(folder, tmp_path / "undisturbed")
    pack, script = str(pack_b(tmp_path / "new")), tmp_path / "killed.py"
    script.write_text(textwrap.dedent(_KILLED))
    killed = subprocess.run([sys.executable, script, folder, pack], cwd=ROOT, capture_output=True, check=False, timeout=100)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    before = load(folder)
    (begun,) = again.judgements(folder)
    done = {part.path(begun.id): (folder / part.path(begun.id)).stat().st_mtime_ns for part in begun.parts}
    assert 0 < len(done) < len({key(name)[0] for name in names})
    after = judge(Question(folder, loaded([pack])), quiet)
    undisturbed = judge(Question(tmp_path / "undisturbed", loaded([pack])), quiet)
    assert set(after.parts) == set(undisturbed.parts)
    assert after.reports == len(names)
    assert {path: (folder / path).stat().st_mtime_ns for path in done} == done, "what was done is not done again"
    assert load(folder) == before
    assert not list((folder / again.FOLDER).rglob("*.ndjson"))


_WATCH = """
    import os, sys

    def heard(event, arguments):
        if event in ("open", "import"):
            with os.fdopen(os.open(f"{folder}/{os.getpid()}.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT), "a") as log:
                log.write(f"{event} {arguments[0]}\\n")

    folder = os.environ["WATCHED"]
    busy = []

    def once(event, arguments):
        if not busy:
            busy.append(1)
            try:
                heard(event, arguments)
            finally:
                busy.clear()

    sys.addaudithook(once)
"""


def test_no_package_is_opened_by_any_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = stored(tmp_path, {name: golden("target-22-grants-at-install") for name in ("one", "two", "three")})
    pack, watch, logs = pack_b(tmp_path / "new"), tmp_path / "watch", tmp_path / "logs"
    watch.mkdir()
    logs.mkdir()
    (watch / "sitecustomize.py").write_text(textwrap.dedent(_WATCH))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(watch), *filter(None, [os.environ.get("PYTHONPATH")])]))
    monkeypatch.setenv("WATCHED", str(logs))
    run = mingjian("fleet", "judge", folder, "--pack", pack, "--slots", "2", "--adopt")
    assert run.returncode == 0, run.stderr
    heard = [log.read_text().splitlines() for log in logs.iterdir()]
    assert len(heard) >= 3, "the verb and two that judge"
    assert any(str(folder / "packs") in line for lines in heard for line in lines), "the watch sees what is opened"
    judging = [lines for lines in heard if "import mingjian.fleet.verdicts" in lines and "import mingjian.cli" not in lines]
    assert judging, "the processes that judge are watched too"
    assert not [lines for lines in judging if "import mingjian._core" in lines], "what reads packages is not even loaded"
    opened = {Path(line.removeprefix("open ")) for lines in heard for line in lines if line.startswith("open /")}
    data = {path for path in opened if path.suffix not in (".py", ".pyc", ".pyi", ".yml", ".so") and path.is_relative_to(tmp_path)}
    assert {path for path in data if not path.is_relative_to(folder) and not path.is_relative_to(logs)} <= {
        pack / "clauses",
        pack / "signals",
    }
    assert not [path for path in opened if path.suffix in (".apk", ".xapk", ".apks", ".aab", ".dex")]
