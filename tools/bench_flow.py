"""What the flow analysis costs beside the plain scan: fresh processes, one run, ratios.

`scan` is the whole command with and without `--no-flows`: CPU (user and system) of it and of the reading process that it starts, as the
operating system accounts them. `reader` is that of the confined reading process alone, whose peak memory stands beside. `cut` counts
sources whose budget ended.

With `--seconds` the sources share that time (`--flow-budget` of the command) instead of what the steps allow."""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mingjian.extract import questions
from mingjian.native.reader import read_package

CACHE = Path(os.environ["MINGJIAN_CACHE"])
APKS = {
    "settings": "io.appium.settings-8.0.10/package/apks/settings_apk-debug.apk",
    "apidemos": "android-apidemos-5.0.0/package/apks/ApiDemos-debug.apk",
    "espresso": "appium-espresso-driver-9.3.6/package/espresso-server/app/build/outputs/apk/androidTest/debug/app-debug-androidTest.apk",
    "uiautomator2": "appium-uiautomator2-server-10.6.6/package/apks/appium-uiautomator2-server-v10.6.6.apk",
}
"""The last is the largest app that the registries hold."""
MOST_TIMES, MOST_MEMORY = 5.0, 2048.0
"""The goal: times the CPU of the plain scan, MiB."""
LAST_VERDICT = 3
"""The last exit code that stands for a verdict."""
RUNS = 5
TOLD = ("methods", "sources", "flows", "steps", "cut", "complete")


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of CPU and of the clock, MiB of peak memory, and what was answered."""

    cpu: float
    wall: float
    memory: float
    told: dict[str, Any]


def answer(apk: Path, *, flows: bool, seconds: float | None) -> None:
    """Reads one package as a scan does and prints what it cost."""
    started = time.perf_counter()
    read = read_package((apk,), questions(flows=flows, seconds=seconds))
    wall = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    told: dict[str, Any] = {}
    if found := read.flows:
        told = {"methods": found["methods"], "sources": found["sources"], "flows": len(found["flows"]), "steps": found["steps"]}
        told |= {"cut": len(found["cut"]), "complete": found["complete"]}
    print(json.dumps([used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024, told]))


def read(apk: Path, seconds: float | None, *, flows: bool) -> Cost:
    """The reading process, started by a fresh one."""
    command = [sys.executable, __file__, "--answer", "flows" if flows else "plain", "--apk", str(apk)]
    if seconds is not None:
        command += ["--seconds", str(seconds)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return Cost(*json.loads(done.stdout))


def scan(apk: Path, seconds: float | None, *, flows: bool) -> Cost:
    """The whole command."""
    command = [sys.executable, "-c", "from mingjian.cli import main; main()", "scan", str(apk), "--format", "json", "-o", os.devnull]
    command += [] if flows else ["--no-flows"]
    if flows and seconds is not None:
        command += ["--flow-budget", str(seconds)]
    started = time.perf_counter()
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode > LAST_VERDICT:
        raise SystemExit(f"bench: {apk.name} was not scanned: exit code {process.returncode}")
    return Cost(used.ru_utime + used.ru_stime, time.perf_counter() - started, used.ru_maxrss / 1024, {})


def median(costs: list[Cost]) -> Cost:
    """The median of each figure on its own; the answers are the same every time."""
    return Cost(*(statistics.median(getattr(cost, name) for cost in costs) for name in ("cpu", "wall", "memory")), costs[0].told)


def main() -> int:
    """Prints the table; 1 when an app is over a limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--seconds", type=float, help="a budget in seconds for the flows of one app")
    parser.add_argument("--answer", choices=("plain", "flows"), help=argparse.SUPPRESS)
    parser.add_argument("--apk", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.answer:
        answer(options.apk, flows=options.answer == "flows", seconds=options.seconds)
        return 0
    goal = f"a scan at most {MOST_TIMES:g}, memory at most {MOST_MEMORY:g} MiB"
    print(f"{platform.machine()}, {os.cpu_count()} cores; ratios are of CPU; {goal}\n")
    heads = ("package", "scan plain s", "scan flows s", "ratio", "wall s", "reader plain s", "reader flows s", "ratio", "MiB")
    print(f"| {' | '.join((*heads, *TOLD))} |")
    print("|---" * (len(heads) + len(TOLD)) + "|")
    over = []
    for name, path in APKS.items():
        apk = CACHE / "corpus" / path
        costs: dict[tuple[str, bool], list[Cost]] = {}
        for _ in range(options.runs):
            for flows in (False, True):
                costs.setdefault(("scan", flows), []).append(scan(apk, options.seconds, flows=flows))
                costs.setdefault(("reader", flows), []).append(read(apk, options.seconds, flows=flows))
        found = {key: median(row) for key, row in costs.items()}
        cells = []
        for what in ("scan", "reader"):
            plain, deep = found[what, False], found[what, True]
            cells += [f"{plain.cpu:.2f}", f"{deep.cpu:.2f}", f"{deep.cpu / plain.cpu:.1f}"]
            cells += [f"{deep.wall:.2f}"] if what == "scan" else [f"{deep.memory:.0f}"]
        deep = found["reader", True]
        if found["scan", True].cpu > MOST_TIMES * found["scan", False].cpu or deep.memory > MOST_MEMORY:
            over.append(name)
        cells += [str(deep.told[key]) for key in TOLD]
        print(f"| {name} ({apk.stat().st_size / 1e6:.1f} MB) | {' | '.join(cells)} |", flush=True)
    for name in over:
        print(f"bench: flows of {name} are over the limit", file=sys.stderr)
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
