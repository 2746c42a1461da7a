"""Reading recordings against the limit of the language: a million events, 200 MB of HAR, and mitmproxy's own flows.

Whole processes, file to verdicts, beside what does nothing but parse the same bytes: `json.loads` line by line or over the whole HAR,
and mitmproxy's reader over the same flows (where mitmproxy is in the cache). The recordings are made up and thrown away.
"""

import json
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench_policies import measure

from fixtures.recordings.traffic import write_large_flows, write_large_har
from fixtures.scenario import record

CACHE = Path(os.environ["MINGJIAN_CACHE"])
ANSWERS = Path(__file__).parent / "answers"
EVENTS = 1_000_000
HAR_MEGABYTES = 200
FLOW_MEGABYTES = 60
TURNS = 3


def million(file: Path) -> int:
    """A run of a million calls, by forty callers in turn, with marks. Returns its lines."""
    apis = ("API-0099", "API-0001", "API-0003", "API-0032")
    calls = [
        {
            "at": 5,
            "api": apis[number % len(apis)],
            "args": [None, "android_id"],
            "by": [f"com.vendor{number}.sdk.Reader.read", f"com.vendor{number}.sdk.Task.run", "com.example.market.App.onCreate"],
            "value": f"86000000000{number:04d}",
        }
        for number in range(40)
    ]
    marks = [{"at": 0, "mark": "install"}, {"at": 1, "mark": "launch"}, {"at": 300, "mark": "accepted"}, {"at": 20_000, "mark": "end"}]
    head, *patterns = record({"app": "com.example.market", "events": [*marks, *calls]}).splitlines()
    fixed = [line for line in patterns if b'"mark"' in line]
    events = [json.loads(line) for line in patterns if b'"mark"' not in line]
    with file.open("wb") as out:
        out.write(head + b"\n" + b"\n".join(fixed) + b"\n")
        for number in range(EVENTS):
            event = events[number % len(events)]
            event["seq"] = number + 100
            event["ts"] += 40
            out.write(json.dumps(event, separators=(",", ":")).encode() + b"\n")
    return EVENTS + len(fixed) + 1


def rows(count: int, size: int, commands: dict[str, list[str]]) -> Iterator[str]:
    """A row for each command: per second of CPU, MB per second, peak memory, and the ratio of its CPU to the last command's."""
    costs: dict[str, list[tuple[float, float, float]]] = {name: [] for name in commands}
    for _ in range(TURNS):
        for name, command in commands.items():
            costs[name].append(measure(command))
    middle = {name: [statistics.median(column) for column in zip(*taken, strict=True)] for name, taken in costs.items()}
    yardstick = list(middle.values())[-1][0]
    for name, (cpu, wall, memory) in middle.items():
        yield f"| {name} | {cpu:.2f} | {wall:.2f} | {count / cpu:,.0f} | {size / cpu / 1e6:.1f} | {memory:.0f} | {cpu / yardstick:.2f} |"


def main() -> int:
    """Prints the tables."""
    python = [sys.executable, "-P"]
    mitmproxy = CACHE / "mitmproxy" / "bin" / "python"
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; medians of {TURNS}; ratios to the last row\n")
    with tempfile.TemporaryDirectory() as folder:
        for title, name, make, peer in (
            ("events of a run", "run.jsonl", million, [*python, str(ANSWERS / "json_lines.py")]),
            (
                "requests of a HAR",
                "traffic.har",
                lambda file: write_large_har(file, HAR_MEGABYTES),
                [*python, str(ANSWERS / "json_whole.py")],
            ),
            (
                "flows of mitmproxy",
                "traffic.flow",
                lambda file: write_large_flows(file, FLOW_MEGABYTES),
                [str(mitmproxy), str(ANSWERS / "flows.py")],
            ),
        ):
            file = Path(folder) / name
            count = make(file)
            commands = {"mingjian": [*python, str(ANSWERS / "runs.py"), str(file)]}
            if Path(peer[0]).exists():
                commands[Path(peer[-1]).stem] = [*peer, str(file)]
            print(f"\n{count:,} {title}, {file.stat().st_size / 1e6:.0f} MB\n")
            print("| whole process | CPU s | wall s | per CPU second | MB per CPU second | memory MiB | CPU ratio |")
            print("|---|---|---|---|---|---|---|")
            print("\n".join(rows(count, file.stat().st_size, commands)), flush=True)
            file.unlink()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
