"""This program against its peers: one question, whole processes, one run, ratios.

The question is that of an inspection: the manifest, every call site of the catalogue's methods with its caller and arguments, and the
strings. Each answer is made by a fresh process running one file of `tools/answers`. CPU (user and system) is what the operating system
accounts to that process when it is reaped; peak memory is what the process reads of itself at its end, because the figure at reaping
still holds that of the program which started it. `bare` is an interpreter that does nothing.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mingjian
from mingjian.extract import catalogue, questions

CACHE = Path(os.environ["MINGJIAN_CACHE"])
ANSWERS = Path(__file__).parent / "answers"
METHODS, QUERY = CACHE / "bench-methods.json", CACHE / "bench-query.json"
APKS = {
    "settings": "io.appium.settings-8.0.10/package/apks/settings_apk-debug.apk",
    "apidemos": "android-apidemos-5.0.0/package/apks/ApiDemos-debug.apk",
    "uiautomator2": "appium-uiautomator2-server-10.6.6/package/apks/appium-uiautomator2-server-v10.6.6.apk",
    "espresso": "appium-espresso-driver-9.3.6/package/espresso-server/app/build/outputs/apk/androidTest/debug/app-debug-androidTest.apk",
}
RUNS = {"mingjian": 7, "floor": 7, "bare": 7, "dexllm": 3, "androguard": 1}
"""How often each answer is made; the median is shown. androguard takes minutes, so it runs once."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of CPU and of the clock, MiB of peak memory, and how many call sites the answer holds."""

    cpu: float
    wall: float
    memory: float
    sites: int


def command(peer: str, apk: Path) -> Sequence[str]:
    """What one answering process runs. Ours and the floor need no site-packages; the peers live in their own environment."""
    answer = str(ANSWERS / f"{peer}.py")
    match peer:
        case "bare" | "floor":
            return (sys.executable, "-I", "-S", answer, str(apk))
        case "mingjian":
            return (sys.executable, "-I", "-S", answer, str(Path(mingjian.__file__).parent), str(apk), str(QUERY))
        case _:
            return (str(CACHE / "bench-venv" / "bin" / "python"), answer, str(apk), str(METHODS))


def measure(peer: str, apk: Path) -> Cost:
    """One fresh process answering once."""
    started = time.perf_counter()
    child = subprocess.Popen(command(peer, apk), stdout=subprocess.PIPE)
    output = child.stdout.read() if child.stdout else b""
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - started
    if status != 0:
        raise SystemExit(f"bench: {peer} failed on {apk.name}")
    sites, peak = map(int, output.split())
    return Cost(usage.ru_utime + usage.ru_stime, wall, peak / 1024, sites)


def median(costs: list[Cost]) -> Cost:
    """The median of each figure on its own."""
    return Cost(*(statistics.median(getattr(cost, name) for cost in costs) for name in ("cpu", "wall", "memory")), costs[0].sites)


def prepare() -> None:
    """Writes the questions where every answering process finds them."""
    rows = [row.signature for row in catalogue.apis().values() if row.states and row.kind in ("method", "constructor")]
    METHODS.write_text(json.dumps(rows), encoding="utf-8")
    query: dict[str, Any] = json.loads(questions().find)
    QUERY.write_text(json.dumps(query | {"excerpts": False}), encoding="utf-8")


def rows(peers: Sequence[str], name: str, apk: Path) -> list[str]:
    """The rows of one package; the answers alternate, so that a slower minute of the machine meets all of them."""
    costs: dict[str, list[Cost]] = {peer: [] for peer in peers}
    for turn in range(max(RUNS[peer] for peer in peers)):
        for peer in peers:
            if turn < RUNS[peer]:
                costs[peer].append(measure(peer, apk))
    ours = median(costs["mingjian"])
    lines = []
    for peer in peers:
        cost = median(costs[peer])
        ratios = f"{cost.cpu / ours.cpu:.2f} | {cost.wall / ours.wall:.2f} | {cost.memory / ours.memory:.2f}"
        figures = f"{cost.cpu:.3f} | {cost.wall:.3f} | {cost.memory:.0f} | {cost.sites or ''}"
        lines.append(f"| {name} ({apk.stat().st_size / 1e6:.1f} MB) | {peer} | {figures} | {ratios} |")
    return lines


def main() -> int:
    """Prints the table, a package at a time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", default=",".join(RUNS), help="which answers to measure, by name")
    peers = parser.parse_args().peers.split(",")
    prepare()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; ratios are of each row to ours\n")
    print("| package | answer | CPU s | wall s | memory MiB | call sites | CPU ratio | wall ratio | memory ratio |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, path in APKS.items():
        print("\n".join(rows(peers, name, CACHE / "corpus" / path)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
