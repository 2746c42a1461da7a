"""`mingjian fleet` as a person uses it: stopped, gone on with, cancelled from beside, tried anew."""

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mingjian.cli.fleet import fleet
from mingjian.fleet.journal import Journal, Progress
from mingjian.fleet.local import JOBS
from mingjian.fleet.run import Run
from mingjian.fleet.sqlite import SqliteJournal
from tests.fleet.local.conftest import Zygote


@pytest.fixture
def market(tmp_path: Path) -> Path:
    return tmp_path / "market"


def state_of(market: Path) -> Journal:
    return SqliteJournal(market / "journal.sqlite3")


def begun(zygote: Zygote, apps: Path, market: Path) -> int:
    """A run over the apps of which some are done and some are not."""
    pid = zygote.start("fleet", "run", str(apps), "--lake", str(market), "--slots", "1")
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if (market / "journal.sqlite3").exists():
            journal = state_of(market)
            if journal.runs() and journal.progress(journal.run()).done:
                return pid
        time.sleep(0.05)
    raise AssertionError(zygote.said())


def to_one(pid: int) -> None:
    os.kill(pid, signal.SIGTERM)


def to_all(pid: int) -> None:
    """As a terminal does, and a service manager."""
    os.killpg(pid, signal.SIGINT)


@pytest.mark.parametrize("send", [to_one, to_all])
def test_a_run_that_is_told_to_stop_does_so_in_order_and_is_gone_on_with(
    zygote: Zygote, few_apps: Path, market: Path, send: Callable[[int], None]
) -> None:
    send(begun(zygote, few_apps, market))
    assert zygote.ended() == 130, zygote.said()
    journal = state_of(market)
    run = journal.run()
    assert run.state == "stopped"
    assert journal.progress(run).open > 0
    # What was at work was stopped by us, which is no fault of the package.
    assert all(job.tries == 0 for job in journal.open_jobs(run))
    assert not (market / JOBS).exists()

    assert zygote.run("fleet", "resume", "--lake", str(market)) == 65, zygote.said()
    progress = journal.progress(run)
    assert (progress.open, progress.done, progress.poison, progress.known) == (0, 10, 1, 1)
    assert journal.run().state == "done"


def test_a_second_signal_ends_the_run_at_once_and_it_is_gone_on_with_all_the_same(zygote: Zygote, few_apps: Path, market: Path) -> None:
    pid = begun(zygote, few_apps, market)
    os.kill(pid, signal.SIGINT)
    os.kill(pid, signal.SIGTERM)
    assert zygote.ended() == 130
    # No time was left to say so.
    assert state_of(market).run().state == "running"
    assert zygote.run("fleet", "resume", "--lake", str(market)) == 65
    assert state_of(market).run().state == "done"


def test_a_run_is_cancelled_from_beside_and_stays_so_and_nobody_else_may_begin_meanwhile(zygote: Zygote, apps: Path, market: Path) -> None:
    begun(zygote, apps, market)
    beside = Zygote(market)
    try:
        assert beside.run("fleet", "run", str(apps), "--lake", str(market), "--lang", "en") == 75
        assert "at work" in beside.said()
        assert beside.said().count("\n") == 1
        assert beside.run("fleet", "cancel", "--lake", str(market)) == 0
        assert zygote.ended() == 130
        assert state_of(market).run().state == "cancelled"
        assert beside.run("fleet", "resume", "--lake", str(market)) == 64
    finally:
        beside.close()


def test_what_was_given_up_is_listed_and_tried_anew(zygote: Zygote, tmp_path: Path, market: Path, app: bytes) -> None:
    manifest = tmp_path / "apps.csv"
    manifest.write_text(f"location,store\n{tmp_path}/one.apk,first\n{tmp_path}/two.apk,second\n", encoding="utf-8")
    (tmp_path / "one.apk").write_bytes(app)
    (tmp_path / "two.apk").write_bytes(b"no package")
    assert zygote.run("fleet", "run", str(manifest), "--lake", str(market)) == 65, zygote.said()

    assert zygote.run("fleet", "status", "--lake", str(market), "--poison", "--format", "json") == 0
    told = json.loads(zygote.said())
    assert (told["state"], told["open"], told["done"], told["poison"], told["verdicts"]) == ("done", 0, 1, 1, {"ok": 1, "refused": 1})
    (poisoned,) = told["poisoned"]
    assert (poisoned["place"], poisoned["location"], poisoned["tries"]) == (1, f"{tmp_path}/two.apk", 1)
    assert "ZIP" in poisoned["reason"]["zh"]
    assert JOBS not in poisoned["reason"]["en"]

    (tmp_path / "two.apk").write_bytes(app + b"")
    assert zygote.run("fleet", "retry", "--lake", str(market)) == 0, zygote.said()
    assert zygote.run("fleet", "status", "--lake", str(market), "--lang", "en") == 0
    assert "2 done (1 of them" in zygote.said()


def test_what_is_no_lake_or_no_run_or_no_input_is_wrong_usage_in_one_line(zygote: Zygote, tmp_path: Path, market: Path) -> None:
    (tmp_path / "empty").mkdir()
    for arguments, code in (
        (("status", "--lake", str(tmp_path / "nowhere")), 64),
        (("run", str(tmp_path / "nothing"), "--lake", str(market)), 65),
        (("run", str(tmp_path / "empty"), "--lake", str(market)), 65),
        (("run", str(tmp_path / "empty"), "--lake", str(market), "--pack", "no-such-pack"), 64),
        (("status", "no-such-run", "--lake", str(market)), 64),
    ):
        assert zygote.run("fleet", *arguments) == code, zygote.said()
        assert "Traceback" not in zygote.said()
        assert len(zygote.said().splitlines()) == 1


def test_a_run_that_is_not_done_does_not_end_as_one_that_is(tmp_path: Path, market: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apps = tmp_path / "apps"
    apps.mkdir()
    (apps / "none.apk").write_bytes(b"PK no package")
    command = ["run", str(apps), "--lake", str(market), "--slots", "1"]

    def stopped_from_beside(journal: SqliteJournal, run: Run, seen: Progress) -> bool:
        journal.mark(run.id, "stopped")
        return False

    with monkeypatch.context() as patch:
        patch.setattr(SqliteJournal, "finish", stopped_from_beside)
        assert fleet.main(command, standalone_mode=False) == 130
    assert state_of(market).progress(state_of(market).run()).open == 0
    assert fleet.main(["resume", "--lake", str(market), "--slots", "1"], standalone_mode=False) == 65
