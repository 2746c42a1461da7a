"""Asks the core everything about one damaged package after the other, in a process of its own: `sweep.py FOLDER`.

`FOLDER` has one folder for each file, which tells it apart, for the name of the file is part of the answers; `good` is the sound one.
A line of JSON is written before each file (its name) and one after it (the codes of errors, and which answers differ from the good
file's although they claim to be complete). A file that takes too long or too much memory ends the process, so the last name written
is the culprit's."""

import json
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mingjian import _core
from mingjian.extract import questions
from mingjian.native.child import entry_points

FILE = "app.apk"
COMPARED = ("manifest", "resources", "packages", "find", "elements", "natives")
NOT_COMPARED = ("anomalies", "faults", "complete", "strings", "size")
SECONDS = 10
"""Of processor time, so that a busy machine fails no file."""
MOST_BYTES = 1 << 30


def answers(package: Path) -> dict[str, Any]:
    """Every answer of the boundary by its name."""
    asked = questions()
    apk = _core.Apk.open([str(package)], b"")
    methods: dict[str, Callable[[], bytes]] = {
        "manifest": apk.manifest,
        "resources": apk.resources,
        "packages": apk.packages,
        "find": lambda: apk.find(asked.find),
        "elements": lambda: apk.elements(asked.elements),
        "natives": lambda: apk.natives(asked.natives),
        "identity": apk.identity,
        "entries": apk.entries,
    }
    found: dict[str, Any] = {}
    for name, method in methods.items():
        try:
            found[name] = json.loads(method())
        except _core.CoreError as error:
            found[name] = {"complete": False, "error": error.code}
    if "error" not in found["manifest"]:
        rules = {name: list(methods) for name, methods in asked.entry_points.items()}
        query = {"entries": entry_points(found["manifest"], rules)}
        found["reach"] = json.loads(apk.reach(json.dumps(query).encode()))
    return found


def whole(found: dict[str, Any]) -> dict[str, bool]:
    """Which answers claim that nothing is missing. `find` speaks for all code, for it opens the payloads."""
    claimed = {name: answer["complete"] for name, answer in found.items() if isinstance(answer, dict)}
    claimed["packages"] &= claimed["find"]
    claimed["natives"] &= all(library["readable"] for library in found["natives"].get("libraries", ()))
    return claimed


def essence(answer: Any) -> Any:
    """An answer without what may differ although nothing was lost."""
    if isinstance(answer, dict):
        return {key: essence(value) for key, value in answer.items() if key not in NOT_COMPARED}
    return [essence(value) for value in answer] if isinstance(answer, list) else answer


def main(folder: Path) -> None:
    good = answers(folder / "good" / FILE)
    # What the interpreter and the core hold already is not the file's.
    held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + MOST_BYTES, held + MOST_BYTES))
    for name in sorted(each.name for each in folder.iterdir()):
        print(json.dumps({"begun": name}), flush=True)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        ended: dict[str, Any] = {"file": name, "errors": [], "silent": []}
        try:
            found = answers(folder / name / FILE)
        except _core.CoreError as error:
            ended["errors"] = [error.code]
        else:
            ended["errors"] = [answer["error"] for answer in found.values() if "error" in answer]
            ended["complete"] = all(whole(found).values())
            ended["silent"] = [each for each in COMPARED if whole(found)[each] and essence(found[each]) != essence(good[each])]
        signal.setitimer(signal.ITIMER_PROF, 0)
        print(json.dumps(ended), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
