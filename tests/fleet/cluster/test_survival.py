"""Three nodes and a database, each on a network of its own, while nodes, the coordinator and the database are killed: every good package
comes to exactly one report, every bad one to exactly one poison entry."""

import hashlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest

from mingjian import lake as lakes
from mingjian.fleet.listing import Listing
from tests.fleet.cluster.network import Database, Machine, available, network
from tests.fleet.cluster.packages import WRONG, make

pytestmark = pytest.mark.cluster

NUMBER, BAD = 600, 30
_VERDICTS = {"crash": "crash", "hang": "timeout", "memory": "memory", "no-package": "refused"}
_CUT = 25
_PATIENCE = 600


class Theatre:
    """The machines with what runs on them, and the moments at which something is done to them."""

    def __init__(self, folder: Path, database: Database, machines: dict[str, Machine]) -> None:
        self.folder, self.database, self.machines = folder, database, machines
        self.lake = folder / "lake"
        self.nodes = {name: self.node(name) for name in ("one", "two", "three")}
        self.met_death: set[str] = set()
        """Packages that were begun when a node was killed."""
        self.coordinator = self.lead("run", str(folder / "apps"), "--engine", "cluster", "--timeout", "8")

    def node(self, name: str) -> "subprocess.Popen[bytes]":
        command = ("-m", "tests.fleet.cluster.machine", self.database.far, str(self.lake), "2")
        return self.machines[name].start(self.folder / f"{name}.log", sys.executable, *command)

    def lead(self, verb: str, *more: str) -> "subprocess.Popen[bytes]":
        command = ("-m", "mingjian.cli", "fleet", verb, *more, "--lake", str(self.lake), "--database", self.database.far, "--lang", "en")
        return self.machines["lead"].start(self.folder / "lead.log", sys.executable, *command)

    def asked(self, query: LiteralString, *given: Any) -> list[Any]:
        with psycopg.connect(self.database.near, options="-c search_path=mingjian_fleet") as connection:
            return connection.execute(query, given).fetchall()

    def ended(self) -> int:
        """How many jobs are done or given up."""
        try:
            return int(self.asked("SELECT count(*) FROM fleet_job WHERE state <> 'open'")[0][0])
        except psycopg.Error:
            return 0

    def until(self, number: int) -> None:
        """Waits until so many jobs ended, and takes up the run again when whoever leads it gave up."""
        until = time.monotonic() + _PATIENCE
        while self.ended() < number:
            assert time.monotonic() < until, self.said()
            if self.coordinator.poll() is not None:
                self.coordinator = self.lead("resume")
            time.sleep(0.3)

    def kill_node(self) -> None:
        dead = self.nodes["two"]
        dead.kill()
        dead.wait()
        # Until others take them over, its jobs carry its name, in which its process has its number.
        begun = self.asked("SELECT listing FROM fleet_job WHERE state = 'open' AND node LIKE %s", f"%-{dead.pid}-%")
        self.met_death = {Listing.from_json(listing).location for (listing,) in begun}

    def cut_node(self) -> None:
        self.nodes["two"] = self.node("two")
        self.machines["three"].cut(off=True)
        self.cut_since = time.monotonic()

    def kill_coordinator(self) -> None:
        self.coordinator.kill()
        self.coordinator.wait()

    def kill_database(self) -> None:
        time.sleep(max(0.0, self.cut_since + _CUT - time.monotonic()))
        self.machines["three"].cut(off=False)
        self.database.kill()
        time.sleep(2)
        self.database.run()

    def finish(self) -> int:
        """The exit code of the run, led to its end, after which the nodes are told to stop."""
        self.until(NUMBER)
        code = self.coordinator.wait(_PATIENCE)
        for node in self.nodes.values():
            node.send_signal(signal.SIGTERM)
        assert [node.wait(60) for node in self.nodes.values()] == [0, 0, 0], self.said()
        return code

    def said(self) -> str:
        return "\n".join(f"--- {log.name}\n{log.read_text()[-2000:]}" for log in self.folder.glob("*.log"))

    def account(self, locations: set[str]) -> str:
        """What the journal has of these packages, and what the programs said last."""
        rows = self.asked(
            "SELECT job.place, job.state, verdict, tries, node, suspected, ended, finished_at, left(job.key, 8), compacted, job.listing "
            "FROM fleet_job AS job LEFT JOIN (SELECT key, compacted FROM fleet_result) AS result ON result.key = job.key ORDER BY place"
        )
        told = [f"{row}" for *row, listing in rows if Listing.from_json(listing).location in locations]
        return "\n".join([f"{self.asked('SELECT id, state FROM fleet_run')}", *told[:20], self.said()])


def test_nothing_is_lost_and_nothing_is_twice(tmp_path: Path, tiny_apk: bytes) -> None:
    if why := available():
        pytest.skip(why)
    every = NUMBER // BAD
    bad = make(tmp_path / "apps", tiny_apk, [WRONG[place // every % len(WRONG)] if place % every == 1 else "" for place in range(NUMBER)])
    with network(("one", "two", "three", "lead")) as (database, machines):
        theatre = Theatre(tmp_path, database, machines)
        acts: tuple[tuple[int, Callable[[], None]], ...] = (
            (NUMBER // 10, theatre.kill_node),
            (NUMBER // 4, theatre.cut_node),
            (NUMBER // 2, theatre.kill_coordinator),
            (NUMBER * 7 // 10, theatre.kill_database),
            # What is at work now is the last of the run.
            (NUMBER * 97 // 100, theatre.kill_database),
        )
        for number, act in acts:
            theatre.until(number)
            act()
        assert theatre.finish() == 65, theatre.said()

        with lakes.open(theatre.lake) as lake:
            reports = lake.query("SELECT location, report, package_sha256 FROM listings JOIN reports USING (report)").rows
            poison = dict(lake.query("SELECT location, verdict FROM poison").rows)
            entries = lake.query(
                "SELECT (SELECT count(*) FROM reports), (SELECT count(*) FROM listings), (SELECT count(*) FROM poison)"
            ).rows
        digests = {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in (tmp_path / "apps").iterdir()}
        wrong = {str(tmp_path / "apps" / name): _VERDICTS[kind] for name, kind in bad.items()}
        good = {location: digest for location, digest in digests.items() if location not in wrong}
        differing = poison.keys() ^ wrong.keys()
        assert not differing, theatre.account(differing)
        # A node that was killed under it may have been taken along by it.
        unlike = {location for location, verdict in poison.items() if verdict != wrong[location]}
        assert {poison[location] for location in unlike} <= {"crash"}, theatre.account(unlike)
        assert unlike <= theatre.met_death, theatre.account(unlike)
        listed = {location: digest for location, _, digest in reports}
        assert listed == good, theatre.account({location for location, digest in good.items() if listed.get(location) != digest})
        assert entries == [(len(good), len(good), len(wrong))]
        assert theatre.asked("SELECT state FROM fleet_run") == [("done",)]
        assert theatre.asked("SELECT key FROM fleet_result WHERE NOT compacted") == []
        assert theatre.asked("SELECT count(*) FROM procrastinate_jobs") == [(0,)]

    assert [path for path in (theatre.lake / "staging").rglob("*") if path.is_file()] == []
    assert [path for path in (theatre.lake / "nodes").rglob("*") if path.is_dir()] == []
