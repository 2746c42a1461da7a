"""A console made of the programs that a house starts, in processes of their own that a test may kill, on the database of the run. Run as a
program with the console's environment, it fills an empty console and says what it made as JSON."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any, TypeVar

import httpx
import psycopg

from mingjian.console.operation import setup
from tests.console.browser import material, seed
from tests.console.browser.house import ROOT, database

APP, OPERATOR = "kuaichi", "快吃科技有限公司"
"""The app that is inspected, and who answers for it."""
CASES = 3
_PATIENCE = 120
"""Seconds that anything may take on a busy machine."""

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Console:
    """A filled console. `url` is that of its PostgreSQL, empty on the embedded database; `told` what `fill` said."""

    folder: Path
    url: str
    log: IO[bytes]
    told: dict[str, Any]
    started: list["subprocess.Popen[str]"] = field(default_factory=list)

    @property
    def material(self) -> Path:
        """The folder of an app to be inspected."""
        return self.folder / "material" / "kuaichi-innocent"

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the database answers to a query, over a connection of its own."""
        if self.url:
            with psycopg.connect(self.url, autocommit=True) as server:
                return list(server.execute(query.encode()))
        with closing(sqlite3.connect(self.folder / "home" / "console.sqlite3", timeout=_PATIENCE)) as file:
            return list(file.execute(query))

    def one(self, query: str) -> Any:
        """The first value of the first row."""
        return self.rows(query)[0][0]

    def start(self, *words: str) -> "subprocess.Popen[str]":
        """A verb of the program, in a process group of its own."""
        command = [sys.executable, "-m", "mingjian.cli", *words, *self._where()]
        program = subprocess.Popen(
            command, cwd=ROOT, env=_environment(), stdout=subprocess.PIPE, stderr=self.log, text=True, start_new_session=True
        )
        self.started.append(program)
        return program

    def run(self, *words: str) -> tuple[int, str]:
        """Exit code and words of a verb that ends by itself."""
        with self.start(*words) as program:
            said, _ = program.communicate(timeout=_PATIENCE)
            return program.returncode, said

    @contextmanager
    def served(self, *options: str) -> Iterator["Server"]:
        """A server that answers; what is left of it and of workers that were started meanwhile is ended afterwards."""
        program = self.start("serve", "--port", "0", "--lang", "en", *options)
        try:
            assert program.stdout is not None
            yield Server(program.pid, next(word for word in program.stdout.readline().split() if word.startswith("http")))
        finally:
            while self.started:
                with self.started.pop() as program:
                    if program.poll() is None:
                        end(program.pid)

    def worker_of(self, server: "Server") -> int:
        """The process of the worker beside a server, once it runs."""
        return until(lambda: children(server.pid, f"worker --while-parent {server.pid}$"))[0]

    def jobs(self, task: str = "", *, running: bool = False) -> int:
        """How many jobs wait or run, of one task or of all; with `running` only those that were begun."""
        if self.url:
            states = "'doing'" if running else "'todo', 'doing'"
            of_task = f" AND args->>'task' = '{task}'" if task else ""
            query = f"SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'mingjian.run' AND status IN ({states}){of_task}"
        else:
            states = "'doing'" if running else "'todo', 'doing'"
            query = f"SELECT count(*) FROM work_job WHERE state IN ({states})" + (f" AND task = '{task}'" if task else "")
        return int(self.one(query))

    def _where(self) -> list[str]:
        return ["--home", str(self.folder / "home"), *(["--database", self.url] if self.url else [])]


@dataclass(frozen=True, slots=True)
class Server:
    """A server: its process, which leads the group of all that it started, and its address with a slash at the end."""

    pid: int
    address: str

    def post(self, path: str, key: str, **request: Any) -> httpx.Response:
        """The answer of the interface for programs."""
        headers = {"Authorization": f"Bearer {key}"}
        return httpx.post(f"{self.address}api/v1/{path}", headers=headers, timeout=_PATIENCE, **request)


@contextmanager
def console(folder: Path) -> Iterator[Console]:
    """A console in the folder, filled, with no program running; on a PostgreSQL with a database of its own."""
    with database() as url, (folder / "programs.log").open("wb") as log:
        environment = _environment() | {"MINGJIAN_HOME": str(folder / "home")} | ({"MINGJIAN_DATABASE": url} if url else {})
        (folder / "material").mkdir()
        material.make(folder / "material")
        command = [sys.executable, "-m", "tests.console.operation.programs", str(folder / "material")]
        said = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
        yield Console(folder, url, log, json.loads(said))
    faults = (folder / "programs.log").read_text(encoding="utf-8")
    assert "Traceback" not in faults, faults


def until(look: Callable[[], Found | None], pause: float = 0.01) -> Found:
    """The first thing that `look` finds. Fails when it finds nothing for long."""
    last = time.monotonic() + _PATIENCE
    while not (found := look()):
        assert time.monotonic() < last, "it never happened"
        time.sleep(pause)
    return found


def children(parent: int, command: str = "") -> list[int]:
    """The processes that one has started and whose command line fits the pattern."""
    told = subprocess.run(["pgrep", "-P", str(parent), "-f", command], stdout=subprocess.PIPE, text=True, check=False).stdout
    return [int(line) for line in told.split()]


def end(leader: int) -> None:
    """Kills a process with all of its group, as when the machine fails."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return


def fill(folder: Path) -> dict[str, Any]:
    """Two persons with their keys, and cases of an app and of others like it, in each of which the one has proposed an order that the other
    may confirm. Nothing waits in the queue."""
    from mingjian.console import clock  # noqa: PLC0415  after the settings
    from mingjian.console.accounts import first, invitations  # noqa: PLC0415
    from mingjian.console.api import tokens  # noqa: PLC0415
    from mingjian.console.cases import ledger  # noqa: PLC0415
    from mingjian.console.cases.projection import state_of  # noqa: PLC0415
    from mingjian.console.inspections import ingest  # noqa: PLC0415
    from mingjian.console.inspections.models import Inspection  # noqa: PLC0415
    from mingjian.console.inspections.reports import report_of  # noqa: PLC0415
    from mingjian.console.work.queue import run_due  # noqa: PLC0415

    administrator = first.make("zhang", seed.PASSWORD)
    people, keys = {}, {}
    for role in ("inspector", "reviewer"):
        _, token = invitations.invite(administrator, f"{role}@house.example", role)
        people[role] = invitations.accept(token, f"the-{role}", seed.PASSWORD)
        _, keys[role] = tokens.make(people[role], "test", frozenset({"inspections:write", "cases:write"}), 1)
    inspection = seed.inspected(folder / APP, people["inspector"], OPERATOR)
    report = report_of(inspection)
    assert report is not None
    cases = []
    for number in range(CASES):
        if number:
            inspection = Inspection.objects.create(created_at=clock.now(), created_by=people["inspector"])
            subject = replace(report.subject, package=f"{report.subject.package}{number}")
            ingest.file_report(inspection, replace(report, subject=subject))
        seed.sign(inspection, people["inspector"], people["reviewer"])
        inspection.refresh_from_db()
        case = ledger.open_case(inspection, "cac", people["inspector"])
        order = {"act": "order", "body": "cac", "term": {"unit": "working_days", "amount": 15}}
        problems = [each.id for each in state_of(case).unresolved]
        event = ledger.append(case, "proposed", {**order, "problems": problems}, people["inspector"], case.seq)
        cases.append({"id": case.pk, "proposed": event.seq})
    run_due()
    return {"keys": keys, "cases": cases}


def _environment() -> dict[str, str]:
    """The user's environment, without what is named by options."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("MINGJIAN_", "DJANGO_"))} | {
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    }


if __name__ == "__main__":
    setup.ready()
    setup.migrate()
    print(json.dumps(fill(Path(sys.argv[1]))))
