"""Measures the flow analysis against DroidBench: precision, recall and F1 by category, and the time each app takes.

The corpus is a checkout of DroidBench, which is not part of this project: `eclipse-project` with the labels in the comments of its
sources, `apk` with the apps, and beside them the list of sources and sinks that its evaluations use (`SourcesAndSinks.txt`, as FlowDroid
distributes it). A leak is a sink site
that gets a tainted value. A value that passes a further sink on its way (an intent that is sent, then received) is one leak, not two."""

import argparse
import json
import re
import struct
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mingjian import _core
from mingjian.extract import flow_rules
from mingjian.extract.flow_rules import descriptor
from mingjian.native.child import clicks, components, inflated

LINE = re.compile(r"<([\w.$]+): ([\w.$\[\]]+) ([\w$<>]+)\(([^)]*)\)>.*-> _(SOURCE|SINK|BOTH)_")
LABEL = re.compile(r"@number_of_leaks\s+(\d+)")
OUTSIDE = ("Landroid/", "Landroidx/", "Lcom/google/android/")
"""Code of the libraries around the platform: not the apps that are asked about."""
PASSWORD_TYPES = (0x81, 0x91, 0xE1, 0x12)
ID, INPUT_TYPE, PASSWORD = 0x010100D0, 0x01010220, 0x0101015C


@dataclass
class Score:
    """Leaks of one category."""

    apps: int = 0
    right: int = 0
    wrong: int = 0
    missed: int = 0
    seconds: list[float] = field(default_factory=list)

    def add(self, other: "Score") -> None:
        """Takes another category in."""
        self.apps += other.apps
        self.right += other.right
        self.wrong += other.wrong
        self.missed += other.missed
        self.seconds += other.seconds

    def row(self, name: str) -> str:
        """One line of the table."""
        precision = self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0
        recall = self.right / (self.right + self.missed) if self.right + self.missed else 1.0
        both = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        figures = f"{self.apps:5} {self.right:6} {self.wrong:6} {self.missed:7} {precision:10.1%} {recall:7.1%} {both:7.1%}"
        return f"{name:28} {figures} {max(self.seconds, default=0):9.2f}"


def listed(path: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The sources and sinks of a list."""
    sources: list[dict[str, Any]] = []
    sinks: list[dict[str, Any]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        match = LINE.match(line.strip())
        if match is None:
            continue
        class_name, result, name, parameters, kind = match.groups()
        types = [descriptor(each) for each in parameters.split(",") if each.strip()]
        row = {
            "id": f"{class_name}.{name}",
            "class": descriptor(class_name),
            "name": name,
            "proto": f"({''.join(types)}){descriptor(result)}",
        }
        if kind in ("SOURCE", "BOTH"):
            sources.append({**row, "what": "result"})
        if kind in ("SINK", "BOTH"):
            # A sink without parameters sends what its object holds.
            sinks.append({**row, "receiver": not types})
    # The list leaves starting an activity to an analysis of components of its own.
    for class_name in ("android.content.Context", "android.app.Activity"):
        sinks.append({"id": f"{class_name}.startActivity", "class": descriptor(class_name), "name": "startActivity", "receiver": False})
    return sources, sinks


def labels(corpus: Path) -> dict[tuple[str, str], int]:
    """How many leaks each project has, by category and name."""
    found: dict[tuple[str, str], int] = {}
    for path in sorted((corpus / "eclipse-project").rglob("*.java")):
        match = LABEL.search(path.read_text(encoding="utf-8", errors="replace"))
        if match:
            parts = path.relative_to(corpus / "eclipse-project").parts
            key = (
                (parts[0].casefold(), parts[parts.index("src") - 1].casefold())
                if "src" in parts
                else (parts[0].casefold(), parts[1].casefold())
            )
            found.setdefault(key, int(match.group(1)))
    return found


def attributes(data: bytes) -> Iterator[dict[int, int]]:
    """The attributes of each element of a binary XML file: value by resource number."""
    numbers: list[int] = []
    at = 8
    while at + 8 <= len(data):
        kind, _, size = struct.unpack_from("<HHI", data, at)
        if kind == 0x0180:
            numbers = list(struct.unpack_from(f"<{(size - 8) // 4}I", data, at + 8))
        elif kind == 0x0102:
            start, each, count = struct.unpack_from("<HHH", data, at + 24)
            rows = (struct.unpack_from("<IIIHBBI", data, at + 16 + start + each * row) for row in range(count))
            yield {numbers[row[1]]: row[6] for row in rows if row[1] < len(numbers)}
        at += max(size, 8)


def password_fields(package: "_core.Apk") -> list[int]:
    """The ids of fields that take passwords."""
    query = {"files": None, "attributes": ["inputType", "password"], "tags": []}
    elements = json.loads(package.elements(json.dumps(query).encode()))["elements"]
    ids = []
    for name in sorted({each["file"] for each in elements}):
        for values in attributes(package.read(name)):
            if values.get(INPUT_TYPE, 0) & 0xFFF in PASSWORD_TYPES or values.get(PASSWORD):
                ids.append(values.get(ID, 0))
    return ids


def site(row: Mapping[str, Any]) -> tuple[str, int]:
    """Where a statement stands."""
    return row["method"], row["unit"]


def leaks(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One flow for each leak: the shortest to each sink that no flow only passes."""
    shortest: dict[tuple[str, int], dict[str, Any]] = {}
    for flow in answer["flows"]:
        known = shortest.setdefault(site(flow["sink"]), flow)
        if len(flow["path"]) < len(known["path"]):
            shortest[site(flow["sink"])] = flow
    passed = {(site(flow["source"]), site(step)) for flow in answer["flows"] for step in flow["path"][1:-1] if step["what"] != "return"}
    return [flow for sink, flow in shortest.items() if (site(flow["source"]), sink) not in passed]


def main() -> None:
    """Runs the analysis on every app and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--list", type=Path, help="the list of sources and sinks; SourcesAndSinks.txt of the corpus")
    parser.add_argument("--only", default="", help="a part of the path of the apps")
    parser.add_argument("--explicit", action="store_true", help="leave implicit flows out")
    parser.add_argument("--apps", action="store_true", help="print every app that differs from its label")
    parser.add_argument("--paths", action="store_true", help="print every leak")
    options = parser.parse_args()
    sources, sinks = listed(options.list or options.corpus / "SourcesAndSinks.txt")
    rules = flow_rules.app(), flow_rules.models()
    expected = labels(options.corpus)
    scores: dict[str, Score] = {}
    for path in sorted((options.corpus / "apk").rglob("*.apk")):
        category = path.relative_to(options.corpus / "apk").parts[0]
        if options.only not in str(path):
            continue
        wanted = expected.get((category.casefold(), path.stem.casefold()))
        if wanted is None:
            print(f"{category}/{path.stem}: no label")
            continue
        start = time.perf_counter()
        answer = inspect(path, (sources, sinks), rules, implicit=not options.explicit)
        took = time.perf_counter() - start
        found = leaks(answer)
        right = min(len(found), wanted)
        score = Score(1, right, len(found) - right, wanted - right, [took])
        scores.setdefault(category, Score()).add(score)
        if (options.apps and (score.wrong or score.missed)) or options.paths:
            print(
                f"{category}/{path.stem}: {len(found)} found, {wanted} labelled, {took:.2f} s{'' if answer['complete'] else ', incomplete'}"
            )
            for fault in answer["faults"]:
                print("   ", fault)
        if options.paths:
            for flow in found:
                print("   ", flow["source"]["id"], "->", flow["sink"]["id"], flow["via"])
                for step in flow["path"]:
                    print(f"        {step['what']:8} {step['method']} {step['unit']:#x} {step['named']}")
    print(f"{'':28}  apps  right  wrong  missed  precision  recall      F1  slowest s")
    total = Score()
    for name, score in sorted(scores.items()):
        print(score.row(name))
        total.add(score)
    print(total.row("all"))
    print(f"mean {sum(total.seconds) / max(len(total.seconds), 1):.2f} s")


def inspect(path: Path, ends: tuple[list[Any], list[Any]], rules: tuple[dict[str, Any], list[Any]], *, implicit: bool) -> dict[str, Any]:
    """The flows of one app."""
    package = _core.Apk.open([str(path)], b"{}")
    ids = password_fields(package)
    sources = list(ends[0])
    if ids:
        view = {"id": "password field", "name": "findViewById", "what": "result", "when": [{"argument": 0, "numbers": ids}]}
        sources += [{**view, "class": descriptor(each)} for each in ("android.app.Activity", "android.view.View")]
    asked = sorted({f"{row['class']}->{row['name']}{row.get('proto', '')}" for row in (*sources, *ends[1])})
    platform = {**rules[0]["platform"], "known": asked}
    told = {"components": components(json.loads(package.manifest())), "clicks": clicks(package), "inflated": inflated(package)}
    app = {**rules[0], **told, "platform": platform}
    query = {"app": app, "flows": {"sources": sources, "sinks": ends[1], "models": rules[1], "outside": OUTSIDE, "implicit": implicit}}
    return dict(json.loads(package.flows(json.dumps(query).encode())))


if __name__ == "__main__":
    main()
