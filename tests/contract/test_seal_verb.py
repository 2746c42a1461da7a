"""`seal` and `verify` as a user meets them: exit codes, one line for what goes wrong, and no claim about who sealed without a key."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def run(*arguments: object, lang: str = "en") -> subprocess.CompletedProcess[bytes]:
    environment = {name: value for name, value in os.environ.items() if name not in ("LC_ALL", "LANG", "MINGJIAN_DEBUG")}
    command = [sys.executable, "-m", "mingjian.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, env=environment | {"MINGJIAN_LANG": lang}, check=False)


@pytest.fixture
def dossier(tmp_path: Path) -> Path:
    folder = tmp_path / "dossier"
    folder.mkdir()
    (folder / "run.jsonl").write_text("{}\n")
    return folder


def test_a_dossier_from_its_sealing_to_a_change(dossier: Path, tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    sealed = run("seal", dossier, "--key", key, "--new-key", "--by", "A\x1b[31m Inspector")
    assert sealed.returncode == 0, sealed.stderr
    mark = sealed.stdout.decode().split("public key: ")[1].split()[0]
    without = run("verify", dossier)
    assert without.returncode == 0
    assert b"not who sealed" in without.stdout
    assert b"\x1b" not in without.stdout
    for chosen in (("--key", key), ("--fingerprint", mark.upper())):
        found = run("verify", dossier, *chosen)
        assert found.returncode == 0
        assert b"not who sealed" not in found.stdout
    other = run("verify", dossier, "--fingerprint", "0" * 64)
    assert other.returncode == 1
    assert b"another key" in other.stdout
    (dossier / "run.jsonl").write_text("{} \n")
    changed = run("verify", dossier, "--key", key, lang="zh")
    assert changed.returncode == 1
    assert "内容已改变：run.jsonl" in changed.stdout.decode()


def test_sealing_again_needs_the_same_key_and_overwrites_none(dossier: Path, tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    assert run("seal", dossier, "--key", key, "--new-key").returncode == 0
    before = key.read_bytes()
    assert run("seal", dossier, "--key", key, "--new-key").returncode == 65
    assert key.read_bytes() == before
    assert run("seal", dossier, "--key", key).returncode == 0


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("seal", "{dossier}"), 64),
        (("seal", "{dossier}", "--key", "{dossier}/key.pem", "--new-key"), 64),
        (("seal", "{dossier}", "--key", "no-such-key.pem"), 65),
        (("seal", "{dossier}", "--key", "{dossier}/../dossier/run.jsonl"), 64),
        (("verify", "{dossier}"), 65),
        (("verify", "no-such-folder"), 65),
        (("verify", "{dossier}", "--fingerprint", "abc"), 64),
        (("verify", "{dossier}", "--fingerprint", "abc", "--key", "x"), 64),
    ],
)
def test_what_goes_wrong_is_one_line(arguments: tuple[str, ...], code: int, lang: str, dossier: Path) -> None:
    found = run(*(argument.format(dossier=dossier) for argument in arguments), lang=lang)
    assert found.returncode == code, found.stderr.decode()
    assert len(found.stderr.decode().strip().splitlines()) == 1
    assert b"Traceback" not in found.stderr
