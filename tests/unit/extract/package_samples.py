"""Hand-written answers in the shapes of docs/boundary.md."""

from typing import Any

from mingjian.native import CoreState, PackageReader

PACKAGE = "com.example.food"


def reader(**answers: Any) -> PackageReader:
    """A package that was read without loss and holds one DEX; `answers` overrides keys of single answers."""
    common = {"anomalies": [], "faults": [], "complete": True}
    shapes: dict[str, dict[str, Any]] = {
        "identity": {
            "format": "apk",
            "sha256": "0" * 64,
            "size": 1,
            "containers": [{"path": "base.apk", "split": None}],
            "dex": [],
            **common,
        },
        "manifest": {
            "package": PACKAGE,
            "target_sdk": 33,
            "permissions": [],
            "application": {"name": f"{PACKAGE}.App", "locator": "/application"},
            "components": [component("activity", f"{PACKAGE}.ui.MainActivity", launcher=True)],
            "meta": [],
            **common,
        },
        "resources": {"languages": [], "files": {}, "strings": [], "strings_cut": False, **common},
        "packages": {
            "packages": [
                {"name": PACKAGE, "dex": "classes.dex", "classes": 9},
                {"name": f"{PACKAGE}.ui", "dex": "classes.dex", "classes": 5},
            ],
            **common,
        },
        "elements": {"elements": [], "files": 3, **common},
        "natives": {"libraries": [], **common},
        "found": {
            "finds": [],
            "dex": [dex()],
            "payloads": [],
            "strings": 0,
            "finds_cut": False,
            "shapes": [],
            "shapes_cut": False,
            **common,
        },
        "reached": {"reached": [], "methods": 0, **common},
    }
    entries = answers.pop("entries", [])
    flows = answers.pop("flows", None)
    texts = answers.pop("texts", {})
    for name, keys in answers.items():
        shapes[name] |= keys
    state = CoreState(
        "0",
        {
            "level": "none",
            "rlimits": False,
            "no_new_privs": False,
            "parent_death": False,
            "landlock": None,
            "seccomp": False,
            "missing": [],
        },
    )
    listed = [entry(name) for name in entries]
    return PackageReader(**shapes, entries=listed, entry_points=[], core=state, flows=flows, texts=texts)  # type: ignore[arg-type]


def flows(*ways: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The answer of a flow analysis that was finished and found these ways."""
    counts = {"sources": 0, "sinks": 0, "steps": 0, "methods": 9, "further_ways": 0}
    return {"flows": [], "cut": [], "ways": list(ways), "spots": {"budget": 0}, "faults": [], "complete": True, **counts, **more}


def way(*chain: str, phase: str = "app_start", **more: Any) -> dict[str, Any]:
    """A way to code unit 0 of method 1, `chain` as text."""
    links = [{"method": method, "unit": 0} for method in chain]
    known = {"triggers": [], "certain": True, "guard": None, "component": "Lcom/example/food/App;", "kind": "application"}
    return {"method_id": 1, "method": chain[-1], "unit": 0, "phase": phase, "chain": links, **known, **more}


def component(kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "kind": kind, "name": name, "target": None, "exported": False, "enabled": True, "process": None,
        "filters": [], "meta": [], "launcher": False, "locator": f"/application/{kind}[1]", **more,
    }  # fmt: skip


def permission(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "max_sdk": None, "min_sdk_only": False, "locator": "/uses-permission[1]", **more}


def dex(**more: Any) -> dict[str, Any]:
    return {
        "path": "classes.dex",
        "classes": 10,
        "shadowed": 0,
        "methods": 9,
        "code_items": 9,
        "instructions": 99,
        "faulty_methods": 0,
        **more,
    }


def entry(name: str) -> dict[str, Any]:
    return {"container": "base.apk", "name": name, "size": 1, "packed": 1, "method": "stored", "crc_ok": None}


def call(question: str, *args: Any, within: str = "Lcom/example/food/Shop;", method_id: int = 1, **more: Any) -> dict[str, Any]:
    """A find of a call; args are value trees, or a plain text or number for a constant."""
    return {
        "q": question, "kind": "call", "dex": "classes.dex", "class": within, "method": "open", "proto": "()V", "offset": 26, "line": None,
        "via": "exact", "target": "", "args": [tree(arg) for arg in args], "method_id": method_id, "source_file": None,
        "excerpt": ["001a: invoke-virtual {v0}"], **more,
    }  # fmt: skip


def class_found(question: str, found: str, count: int, **more: Any) -> dict[str, Any]:
    return call(
        question, within=found, kind="class", method=None, proto=None, offset=None, method_id=None, target=found, count=count, **more
    )


def tree(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        return {"k": "str", "v": value}
    if isinstance(value, int):
        return {"k": "int", "v": value}
    if isinstance(value, list):
        return {"k": "array", "v": [tree(each) for each in value]}
    return dict(value)


UNKNOWN = {"k": "?"}


def element(tag: str, locator: str, file: str = "res/layout/login.xml", **attributes: str) -> dict[str, Any]:
    return {"file": file, "container": "base.apk", "locator": locator, "tag": tag, "attributes": attributes}
