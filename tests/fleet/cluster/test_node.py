"""Real nodes, started and stopped, on a database of their own."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import pytest

from mingjian import lake as lakes
from mingjian.errors import MingjianError, TryAgainError
from mingjian.fleet import cluster
from mingjian.fleet.cluster import Cluster, leading
from mingjian.fleet.limits import Limits
from mingjian.fleet.listing import Listing
from mingjian.fleet.order import new_run
from mingjian.fleet.outcome import Outcome
from mingjian.fleet.postgres import PostgresJournal
from mingjian.fleet.run import Run
from mingjian.model.texts import say
from tests.fleet.cluster.machine import TIMING
from tests.fleet.cluster.packages import make

_PATIENCE = 120
_FLEET = (sys.executable, "-m", "mingjian.cli", "fleet")


class Ground:
    """A database, a lake, packages, and the nodes that were started; all of them end with the test."""

    def __init__(self, database: str, folder: Path, template: bytes) -> None:
        self.database, self.folder, self.lake = database, folder, folder / "lake"
        self.template = template
        self.where = ("--lake", str(self.lake), "--database", database)
        self.nodes: list[subprocess.Popen[bytes]] = []
        self.journal = PostgresJournal(database)
        lakes.found(self.lake)

    def node(self, grace: float = 10) -> "subprocess.Popen[bytes]":
        with (self.folder / "log").open("ab") as log:
            command = [sys.executable, "-m", "tests.fleet.cluster.machine", self.database, str(self.lake), "1", str(grace)]
            self.nodes.append(subprocess.Popen(command, stderr=log))
        return self.nodes[-1]

    def run(self, *kinds: str, private: bool = False, insecure: bool = False, **changed: str) -> Run:
        """A run over packages of these kinds that goes on and whose jobs wait."""
        number = len(self.journal.runs())
        limits = Limits(timeout=60, private=private, insecure=insecure)
        run = new_run(str(number), ("cac-2019",), limits, lakes.found(self.lake))
        run = Run(**{**{name: getattr(run, name) for name in run.__slots__}, "id": f"run-{number}", "state": "running", **changed})
        make(self.folder / f"apps-{number}", self.template, kinds)
        self.journal.begin(run)
        self.journal.plan(
            run, [(place, Listing(str(file))) for place, file in enumerate(sorted((self.folder / f"apps-{number}").iterdir()))]
        )
        return run

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with self.journal.connection() as connection:
            return connection.execute(query).fetchall()

    def until(self, true: Callable[[], object]) -> None:
        until = time.monotonic() + _PATIENCE
        while not true():
            assert time.monotonic() < until, self.said()
            time.sleep(0.1)

    def said(self) -> str:
        return (self.folder / "log").read_text()

    def close(self) -> None:
        for node in self.nodes:
            node.kill()
            node.wait()
        self.journal.close()


@pytest.fixture
def ground(database: str, tmp_path: Path, tiny_apk: bytes) -> Iterator[Ground]:
    made = Ground(database, tmp_path, tiny_apk)
    yield made
    made.close()


def outcomes(ground: Ground, run: Run, stop: Event | None = None) -> list[Outcome]:
    with leading(ground.database, run.id) as lead:
        return list(Cluster(ground.journal, ground.lake, lead, TIMING).run(run, lambda folder, task: None, stop or Event()))


def test_a_run_is_done_by_a_node_and_the_next_one_knows_it(ground: Ground) -> None:
    run = ground.run("", "no-package", "crash")
    ground.node()
    ended = outcomes(ground, run)
    assert sorted((outcome.place, outcome.verdict) for outcome in ended) == [(0, "ok"), (1, "refused"), (2, "crash")]
    assert len(list((ground.lake / "staging").rglob("*.json"))) == 1
    again = ground.run("")
    (known,) = outcomes(ground, again)
    assert (known.verdict, known.known) == ("ok", True)


def test_a_node_that_is_told_to_stop_gives_back_what_does_not_end_in_time(ground: Ground) -> None:
    run = ground.run("hang", "hang", "hang")
    cluster.fill(ground.journal, run)
    node = ground.node(grace=1)
    ground.until(lambda: ground.rows("SELECT FROM fleet_job WHERE tries = 1"))
    node.send_signal(signal.SIGTERM)
    assert node.wait(_PATIENCE) == 0
    assert ground.rows("SELECT state, tries FROM fleet_job") == [("open", 0)] * 3
    assert ground.rows("SELECT status FROM procrastinate_jobs") == [("todo",)] * 3
    assert ground.rows("SELECT FROM procrastinate_workers") == []
    assert list((ground.lake / "nodes").iterdir()) == []


def test_a_second_signal_ends_a_node_at_once(ground: Ground) -> None:
    cluster.fill(ground.journal, ground.run("hang"))
    node = ground.node(grace=_PATIENCE)
    ground.until(lambda: ground.rows("SELECT FROM fleet_job WHERE tries = 1"))
    node.send_signal(signal.SIGTERM)
    ground.until(lambda: "stopping" in ground.said())
    node.send_signal(signal.SIGTERM)
    assert node.wait(_PATIENCE) == 130
    assert ground.rows("SELECT status FROM procrastinate_jobs") == [("doing",)]


def test_a_node_of_another_version_leaves_a_run_alone_and_says_so_once(ground: Ground) -> None:
    run, mine = ground.run("", tool="0.0"), ground.run("")
    cluster.fill(ground.journal, run)
    ground.node()
    ground.until(lambda: "waits for nodes of version 0.0" in ground.said())
    assert [outcome.verdict for outcome in outcomes(ground, mine)] == ["ok"]
    time.sleep(2 * TIMING.heartbeat)
    assert ground.said().count("waits for nodes of version 0.0") == 1
    assert ground.rows("SELECT tries FROM fleet_job WHERE run = 'run-0'") == [(0,)]


def test_a_lake_that_is_not_there_is_waited_for(ground: Ground) -> None:
    run = ground.run("")
    (ground.lake / "lake.json").rename(ground.folder / "away")
    cluster.fill(ground.journal, run)
    ground.node()
    ground.until(lambda: ground.rows("SELECT FROM procrastinate_jobs WHERE attempts > 0"))
    (ground.folder / "away").rename(ground.lake / "lake.json")
    assert [outcome.verdict for outcome in outcomes(ground, run)] == ["ok"]


def test_who_would_lead_into_another_lake_is_refused_up_front_and_makes_none(ground: Ground) -> None:
    ground.run("")
    apps, other = str(ground.folder / "apps-0"), ground.folder / "mount"
    other.mkdir()

    def said(*arguments: str) -> str:
        where = ("--lake", str(other), "--database", ground.database, "--lang", "en")
        refused = subprocess.run([*_FLEET, *arguments, *where], check=False, capture_output=True, text=True)
        assert (refused.returncode, len(refused.stderr.splitlines())) == (64, 1), refused.stderr
        return refused.stderr

    assert "no lake" in said("run", apps)
    assert "no lake" in said("resume")
    assert list(other.iterdir()) == []
    id = lakes.found(other)
    assert id in said("run", apps)
    assert id in said("retry")
    assert len(ground.journal.runs()) == 1


def test_a_run_of_which_only_jobs_are_left_at_which_nodes_failed_does_not_wait_for_ever(ground: Ground) -> None:
    run = ground.run("")
    cluster.fill(ground.journal, run)
    ground.rows("SELECT 1 FROM procrastinate_finish_job_v1(1, 'failed', false)")
    with pytest.raises(MingjianError) as broken:
        outcomes(ground, run)
    assert broken.value.key == "fleet.broken_jobs"
    ground.journal.mark(run.id, "stopped")
    ground.journal.mark(run.id, "running")
    assert cluster.fill(ground.journal, run) == 1


def test_a_server_that_is_down_keeps_no_other_job_back_and_the_run_not_open(ground: Ground) -> None:
    with socket.socket() as closed:
        # Bound and not listening: nobody answers here, and nobody else gets the number.
        closed.bind(("127.0.0.1", 0))
        server = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        run = ground.run("", "", private=True, insecure=True)
        ground.journal.plan(run, [(place, Listing(f"{server}{place}.apk")) for place in (2, 3)])
        # All but one are suspects, and those that cannot be had come first among them.
        ground.rows("UPDATE fleet_job SET place = 13 - place, node = CASE WHEN place <> 0 THEN 'dead' END RETURNING 1")
        ground.node()
        ended: list[Outcome] = []
        told: list[TryAgainError] = []
        with leading(ground.database, run.id) as lead, pytest.raises(TryAgainError) as left:
            engine = Cluster(ground.journal, ground.lake, lead, replace(TIMING, patience=4), told.append)
            short = replace(run, limits=replace(run.limits, timeout=1))
            ended.extend(engine.run(short, lambda folder, task: None, Event()))
    assert ground.rows("SELECT place, state FROM fleet_job ORDER BY place") == [(10, "open"), (11, "open"), (12, "done"), (13, "done")]
    assert (left.value.key, left.value.exit_code) == ("fleet.jobs_wait", 75)
    assert server in say(left.value.key, "en", **left.value.values)
    assert [error.key for error in told] == ["fleet.jobs_wait"]
    assert ground.said().count(f"run {run.id} waits") == 1


def test_two_runs_at_once_come_into_one_lake(ground: Ground) -> None:
    ground.node()
    make(ground.folder / "first", ground.template, ["", "", "no-package"])
    make(ground.folder / "second", ground.template, ["no-package", "", "", ""])
    leaders = [
        subprocess.Popen([*_FLEET, "run", str(ground.folder / name), "--engine", "cluster", *ground.where], stderr=subprocess.PIPE)
        for name in ("first", "second")
    ]
    said = [leader.communicate(timeout=_PATIENCE)[1] for leader in leaders]
    assert [leader.returncode for leader in leaders] == [65, 65], said
    with lakes.open(ground.lake) as lake:
        assert lake.query("SELECT count(*), count(DISTINCT run) FROM poison").rows == [(2, 2)]
        # The second of each is the same file.
        assert lake.query("SELECT count(*), count(DISTINCT report) FROM listings").rows == [(5, 4)]


def test_cancelling_from_another_machine_ends_the_run_for_who_leads_it(ground: Ground) -> None:
    run = ground.run("", "")
    ended: list[list[Outcome]] = []
    leader = Thread(target=lambda: ended.append(outcomes(ground, run)))
    leader.start()
    ground.until(lambda: ground.rows("SELECT FROM procrastinate_jobs"))
    subprocess.run([*_FLEET, "cancel", *ground.where], check=True, capture_output=True)
    leader.join(_PATIENCE)
    assert ended == [[]]
    assert ground.rows("SELECT FROM procrastinate_jobs") == []
    told = subprocess.run([*_FLEET, "status", *ground.where, "--format", "json"], check=True, capture_output=True)
    assert json.loads(told.stdout)["state"] == "cancelled"


def test_while_the_disk_is_full_nothing_more_is_queued(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    run, stop, told = ground.run(""), Event(), []

    def full(folder: Path) -> None:
        told.append(folder)
        if len(told) == 2:
            stop.set()
        raise TryAgainError("fleet.disk_full", path=folder, percent=81)

    monkeypatch.setattr(cluster, "check_room", full)
    assert outcomes(ground, run, stop) == []
    assert ground.rows("SELECT FROM procrastinate_jobs") == []
