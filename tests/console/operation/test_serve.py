"""`mingjian serve` and its neighbours as a user runs them, in processes of their own."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

CLI = [sys.executable, "-m", "mingjian.cli"]


def _environment(home: Path) -> dict[str, str]:
    """The user's environment; the database is the embedded one, whatever these tests run on."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MINGJIAN_DATABASE", "DJANGO_"))}
    return kept | {"MINGJIAN_HOME": str(home), "MINGJIAN_LANG": "en"}


def _run(home: Path, *words: str, given: str = "") -> tuple[int, str]:
    done = subprocess.run([*CLI, *words], env=_environment(home), input=given, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout + done.stderr


@contextmanager
def _served(home: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = [*CLI, "serve", "--port", "0", *options]
    with subprocess.Popen(command, env=_environment(home), stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            yield next(word for word in running.stdout.readline().split() if word.startswith("http")), running
        finally:
            running.terminate()
            running.wait(60)


def _health(address: str) -> dict[str, object]:
    with urllib.request.urlopen(f"{address}health", timeout=30) as answer:
        found: dict[str, object] = json.load(answer)
    return found


def _until_worker(address: str) -> dict[str, object]:
    for _ in range(100):
        found = _health(address)
        if found["worker_silent"] is not None:
            return found
        time.sleep(0.2)
    raise AssertionError("no worker gave a sign")


def _workers(parent: int) -> list[int]:
    told = subprocess.run(["pgrep", "-f", f"worker --while-parent {parent}$"], capture_output=True, text=True, check=False).stdout
    return [int(line) for line in told.split()]


def test_it_answers_with_a_worker_beside_it_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with _served(tmp_path / "home") as (address, running):
        assert _until_worker(address)["status"] == "ok"
        (first,) = _workers(running.pid)
        os.kill(first, signal.SIGKILL)
        for _ in range(100):
            if (others := _workers(running.pid)) and others != [first]:
                break
            time.sleep(0.2)
        assert others != [first], "a worker that was killed is started again"
    assert running.returncode == 0
    for _ in range(50):
        if not _workers(running.pid):
            break
        time.sleep(0.2)
    assert _workers(running.pid) == []
    assert (tmp_path / "home").stat().st_mode & 0o077 == 0


def test_the_first_administrator_then_the_chain_then_a_backup_brought_back(tmp_path: Path) -> None:
    assert _run(tmp_path / "a", "administrator", "zhang", given="correct horse battery staple\n")[0] == 0
    code, told = _run(tmp_path / "a", "administrator", "li", given="correct horse battery staple\n")
    assert (code, told.count("\n")) == (64, 1)
    code, told = _run(tmp_path / "a", "audit", "verify")
    assert code == 0, told
    assert _run(tmp_path / "a", "backup", str(tmp_path / "all.mjb"))[0] == 0
    assert _run(tmp_path / "b", "restore", str(tmp_path / "all.mjb"))[0] == 0
    assert _run(tmp_path / "b", "audit", "verify")[0] == 0
    code, told = _run(tmp_path / "b", "audit", "verify", "--head", f"1:{'0' * 64}")
    assert code == 1, told
    assert _run(tmp_path / "b", "audit", "verify", "--head", "nonsense")[0] == 64


def test_a_chain_of_nothing_is_not_told_to_hold(tmp_path: Path) -> None:
    code, told = _run(tmp_path, "audit", "verify")
    assert (code, told.count("\n")) == (65, 1)


def test_an_event_that_the_chain_does_not_know_is_told(tmp_path: Path) -> None:
    assert _run(tmp_path, "administrator", "zhang", given="correct horse battery staple\n")[0] == 0
    with closing(sqlite3.connect(tmp_path / "console.sqlite3")) as database:
        database.execute("INSERT INTO cases_event (case_id, seq, kind, at, data) VALUES (7, 3, 'noted', '2026-03-02 02:00:00', '{}')")
        database.commit()
    code, told = _run(tmp_path, "audit", "verify")
    assert code == 1, told
    assert "Event 3 of case 7" in told


def test_an_address_that_is_taken_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, told = _run(tmp_path, "serve", "--port", str(taken.getsockname()[1]))
    assert code == 64
    assert "--port" in told
    assert told.count("\n") == 1


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:9/none", "postgresql://nobody@/none?host=/nowhere"])
def test_a_database_that_does_not_answer_is_told_in_one_line(tmp_path: Path, url: str) -> None:
    code, told = _run(tmp_path, "audit", "verify", "--database", url)
    assert code == 75, told
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    "url",
    ["nonsense", "mysql://a@b/c", "postgresql://a@b", "postgresql://[a/b", "postgresql://\udcff@b/c", "sqlite:////nowhere/x/y.sqlite3"],
)
def test_an_address_that_names_no_usable_database_is_told_in_one_line(tmp_path: Path, url: str) -> None:
    code, told = _run(tmp_path, "audit", "verify", "--database", url)
    assert code in (64, 75), told
    assert told.count("\n") == 1
    assert "Traceback" not in told


def test_a_worker_without_tables_is_told_to_try_again(tmp_path: Path) -> None:
    code, told = _run(tmp_path, "worker", "--database", f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    assert (code, told.count("\n")) == (75, 1), told


def test_the_demonstration_never_uses_a_house_s_own_database(tmp_path: Path) -> None:
    code, told = _run(tmp_path, "serve", "--demo", "--database", "postgresql://a@b/c")
    assert (code, told.count("\n")) == (64, 1)


def test_a_home_that_cannot_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, told = _run(tmp_path / "file" / "home", "serve", "--port", "0")
    assert code in (64, 65), told
    assert told.count("\n") == 1
