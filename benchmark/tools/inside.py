"""Runs within the peers' own environment: one package through one peer, its findings as JSON on the last line of the standard output.

`python inside.py exodus|mobsf|quark PACKAGE RULES-FOLDER`"""

from __future__ import annotations

import json
import re
import sys
from collections import namedtuple
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any


def exodus(package: str, rules: Path) -> dict[str, Any]:
    """exodus-core as it is, with the list of trackers that MobSF's package carries where its own address is not to be reached."""
    from exodus_core.analysis.static_analysis import StaticAnalysis  # noqa: PLC0415  only this peer has it

    analysis = StaticAnalysis(package)
    try:
        analysis.load_trackers_signatures()
    except Exception:  # noqa: BLE001  no way to the network, whatever its library raises
        analysis.signatures = list(_trackers(rules))
        analysis._compile_signatures()
    classes = [name.replace("/", ".") for name in analysis.get_embedded_classes()]
    found = analysis.detect_trackers_in_list(classes)
    return {"trackers": [_first(tracker, classes) for tracker in found], "acts": []}


def mobsf(package: str, rules: Path) -> dict[str, Any]:
    """MobSF's list of trackers over the classes, and its rules over source that androguard decompiles (MobSF uses jadx)."""
    import yaml  # noqa: PLC0415  the peers' environment has it
    from androguard.misc import AnalyzeAPK  # noqa: PLC0415  as above

    _, _, analysis = AnalyzeAPK(package)
    sources = {}
    for each in analysis.get_internal_classes():
        try:
            sources[each.name[1:-1].replace("/", ".")] = each.get_vm_class().get_source()
        except Exception:  # noqa: BLE001  a class that the decompiler fails on is one that the peer does not see
            sources[each.name[1:-1].replace("/", ".")] = ""
    trackers = [_first(tracker, list(sources)) for tracker in _trackers(rules) if _is_in(tracker, sources)]
    acts = []
    for file in ("android_apis.yaml", "behaviour_rules.yaml"):
        for rule in yaml.safe_load((rules / file).read_text(encoding="utf-8")):
            labels = [str(rule["id"]), *rule.get("metadata", {}).get("label", ())]
            acts += [{"class": name, "labels": labels} for name, text in sources.items() if _fits(rule["type"], rule["pattern"], text)]
    return {"trackers": trackers, "acts": acts}


def quark(package: str, rules: Path) -> dict[str, Any]:
    """quark-engine with its rules; what it is wholly sure of counts."""
    from quark.core.quark import Quark  # noqa: PLC0415  only this peer has it
    from quark.core.struct.ruleobject import RuleObject  # noqa: PLC0415  as above

    engine = Quark(package, "androguard")
    acts = []
    for file in sorted((rules / "quark-rules" / "rules").glob("*.json")):
        rule = RuleObject(str(file))
        engine.run(rule)
        if all(rule.check_item):
            methods = [method for method, *_ in engine.quark_analysis.parent_wrapper_mapping.items()] or [""]
            owners = {re.sub(r"^L|;.*$", "", str(method).split(" ", maxsplit=1)[0]).replace("/", ".") for method in methods}
            acts += [{"class": name, "labels": list(rule.label)} for name in sorted(owners)]
        engine.quark_analysis.clean_result()
    return {"trackers": [], "acts": acts}


def _trackers(rules: Path) -> Iterator[Any]:
    told = json.loads((rules / "exodus_trackers").read_text(encoding="utf-8"))["trackers"]
    for row in told.values():
        if len(row["code_signature"]) > 3:
            yield namedtuple("Tracker", row.keys())(*row.values())


def _first(tracker: Any, classes: list[str]) -> dict[str, str]:
    name = next((each for each in sorted(classes) if re.search(tracker.code_signature, each)), "")
    return {"name": tracker.name, "class": name}


def _is_in(tracker: Any, classes: Any) -> bool:
    return any(re.search(tracker.code_signature, each) for each in classes)


def _fits(kind: str, pattern: Any, text: str) -> bool:
    every = pattern if isinstance(pattern, list) else [pattern]
    match kind:
        case "Regex" | "RegexAnd":
            return all(re.search(each, text) for each in every)
        case "RegexOr":
            return any(re.search(each, text) for each in every)
        case "RegexAndOr":
            return bool(re.search(every[0], text)) and any(re.search(each, text) for each in every[1])
        case "RegexAndNot":
            return bool(re.search(every[0], text)) and not re.search(every[1], text)
    return False


PEERS: dict[str, Callable[[str, Path], dict[str, Any]]] = {"exodus": exodus, "mobsf": mobsf, "quark": quark}

if __name__ == "__main__":
    print(json.dumps(PEERS[sys.argv[1]](sys.argv[2], Path(sys.argv[3]))))
