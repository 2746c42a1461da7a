"""The console under load: 100,000 apps, 3 million findings, 50,000 cases on PostgreSQL, 20 users at work.

Prints the median and the 95th percentile of every page, and each median as a ratio to that of the framework's own list of the same 100,000
apps (its admin), which is the peer here: same machine, same database, same server, same run. The users are locust's, each thinking one to
three seconds between two pages; the server is `mingjian serve` as a house runs it."""

import csv
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from mingjian.console.operation import setup
from tests.console.postgres import server

ROOT = Path(__file__).parents[1]
LOCUST = Path(os.environ["MINGJIAN_CACHE"]) / "bench-venv" / "bin" / "locust"
USERS = int(os.environ.get("BENCH_USERS", "20"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "90"))
APPS = int(os.environ.get("BENCH_APPS", "100000"))
CASES = int(os.environ.get("BENCH_CASES", "50000"))
KEPT = os.environ.get("BENCH_DATABASE", "")
_WARMING = 2
PEER = "framework's admin list"
GOAL = 300
"""Milliseconds that the median of a page must stay under."""


def main() -> int:
    """0 when every page's median is under the goal and no answer was a fault."""
    with _house() as (home, url):
        # The plan reads models, which are there once the settings are.
        from tools import bench_pages  # noqa: PLC0415

        plan: dict[str, Any] = {"headers": bench_pages.headers(), "pages": bench_pages.pages()}
        with _console(home, url) as address:
            _warm(address.rstrip("/"), plan["headers"], plan["pages"])
            return _shown(_load(address, plan))


def _warm(address: str, headers: dict[str, dict[str, str]], pages: list[tuple[str, str, str]]) -> None:
    """Opens every page a few times, so that what each process reads once is read before anything is measured."""
    for _ in range(_WARMING):
        for _name, reader, path in pages:
            with suppress(HTTPError), urlopen(Request(address + path, headers=headers[reader])) as answer:  # noqa: S310  our own server
                answer.read()


@contextmanager
def _house() -> Iterator[tuple[str, str]]:
    """Folder and database of a filled console: the kept ones that BENCH_HOME and BENCH_DATABASE name, else new ones that go afterwards."""
    if KEPT:
        setup.ready(Path(os.environ["BENCH_HOME"]), KEPT)
        _work_of_the_day()
        yield os.environ["BENCH_HOME"], KEPT
        return
    with server() as url, tempfile.TemporaryDirectory(prefix="mingjian-bench-") as home:
        setup.ready(Path(home), url)
        setup.migrate()
        from mingjian.console.demo import bulk  # noqa: PLC0415  after the settings

        begun = monotonic()
        counts = bulk.fill(apps=APPS, cases=CASES)
        print(f"filled in {monotonic() - begun:.0f} s: " + ", ".join(f"{count:,} {name}" for name, count in counts.items()))
        _work_of_the_day()
        yield home, url


def _work_of_the_day() -> None:
    """Does what the worker does once a day, which a house has it do before people come."""
    from mingjian.console.work.queue import defer_daily, run_due  # noqa: PLC0415  after the settings

    defer_daily()
    run_due()


@contextmanager
def _console(home: str, url: str) -> Iterator[str]:
    command = [sys.executable, "-m", "mingjian.cli", "serve", "--home", home, "--database", url, "--port", "0", "--lang", "en"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            told = running.stdout.readline()
            yield next(word for word in told.split() if word.startswith("http"))
        finally:
            running.terminate()


def _load(address: str, plan: dict[str, object]) -> list[dict[str, str]]:
    with tempfile.TemporaryDirectory(prefix="mingjian-load-") as name:
        folder = Path(name)
        (folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
        command = [
            LOCUST,
            "--headless",
            "-f",
            ROOT / "tools" / "bench_users.py",
            "-H",
            address.rstrip("/"),
            "-u",
            str(USERS),
            "-r",
            str(USERS),
        ]
        command += ["-t", f"{SECONDS}s", "--csv", folder / "load", "--only-summary", "--loglevel", "ERROR"]
        environment = os.environ | {"BENCH_PLAN": str(folder / "plan.json")}
        subprocess.run(command, env=environment, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with (folder / "load_failures.csv").open(encoding="utf-8") as rows:
            for row in csv.DictReader(rows):
                print(f"failed: {row['Name']}: {row['Error']} ({row['Occurrences']} times)")
        with (folder / "load_stats.csv").open(encoding="utf-8") as rows:
            return list(csv.DictReader(rows))


def _shown(rows: list[dict[str, str]]) -> int:
    pages = {row["Name"]: row for row in rows}
    peer = float(pages[PEER]["Median Response Time"])
    print(f"{USERS} users for {SECONDS} s; median and 95th percentile in ms; ratio to the median of the {PEER}")
    slow = faults = 0
    pages.pop("Aggregated", None)
    for name, row in sorted(pages.items(), key=lambda item: -float(item[1]["Median Response Time"] or 0)):
        median, high, failed = float(row["Median Response Time"] or 0), row["95%"], int(row["Failure Count"])
        told = f", {failed} failed" if failed else ""
        print(f"  {name:46} {median:6.0f} {high:>6} {median / peer:6.2f}  {row['Request Count']:>5} requests{told}")
        slow += median > GOAL
        faults += failed
    print(f"pages over {GOAL} ms: {slow}; failed: {faults}")
    return int(bool(slow or faults))


if __name__ == "__main__":
    sys.exit(main())
