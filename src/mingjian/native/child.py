"""The process that reads one package: confines itself, asks the core, writes the answers and ends.

It is started by `reader`, which explains the two messages. Only this file imports the core, so nothing else needs the Rust build."""

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

from mingjian import _core

MOST_TEXT = 4096
"""Bytes of an entry whose content is told."""


def main() -> None:
    """Reads one request from standard input and writes one response to standard output."""
    request = json.loads(sys.stdin.buffer.readline())
    queries = {name: sys.stdin.buffer.read(size) for name, size in request["queries"].items()}
    head: dict[str, Any] = {"version": _core.version(), "confinement": json.loads(_core.confine(json.dumps(request["confine"]).encode()))}
    answers: dict[str, bytes] = {}
    lost: dict[str, dict[str, str]] = {}
    try:
        if request["paths"]:
            package = _core.Apk.open(request["paths"], json.dumps(request["limits"]).encode())
            answers, lost = _answers(package, queries, request, head)
    except _core.CoreError as error:
        head["error"] = _plain(error)
    except MemoryError:
        head["error"] = {"code": "memory", "message": "", "where": ""}
    head["lost"] = lost
    head["sizes"] = {name: len(answer) for name, answer in answers.items()}
    sys.stdout.buffer.write(b"".join([json.dumps(head).encode(), b"\n", *answers.values()]))
    sys.stdout.buffer.flush()


def entry_points(manifest: Mapping[str, Any], rules: Mapping[str, list[str]]) -> list[dict[str, Any]]:
    """Which methods of which classes Android enters: `rules` names methods for `application`, `provider`, `initializer`
    (a class that App Startup finds in the metadata of its provider) and `launcher`.

    Components that are disabled are not entered, and providers of another process not at the start of the app."""
    classes = [("application", name) for name in _application(manifest)]
    for component in manifest["components"]:
        if component["enabled"]:
            if component["kind"] == "provider" and component["process"] in (None, manifest["package"]):
                classes.append(("provider", component["name"]))
                classes += [("initializer", each["name"]) for each in component["meta"] if each["value"] == "androidx.startup"]
            if component["launcher"]:
                classes.append(("launcher", component["target"] or component["name"]))
    return [
        {"id": f"{rule}:{descriptor}", "class": descriptor, "methods": rules[rule]}
        for rule, descriptor in dict.fromkeys((rule, f"L{name.replace('.', '/')};") for rule, name in classes)
        if rules.get(rule)
    ]


def _application(manifest: Mapping[str, Any]) -> list[str]:
    application = manifest["application"]
    return [application["name"]] if application and application["name"] else []


def _answers(
    package: "_core.Apk", queries: Mapping[str, bytes], request: Mapping[str, Any], head: dict[str, Any]
) -> tuple[dict[str, bytes], dict[str, dict[str, str]]]:
    answers: dict[str, bytes] = {}
    lost: dict[str, dict[str, str]] = {}

    def ask(name: str, question: Callable[[], bytes]) -> None:
        try:
            answers[name] = question()
        except _core.CoreError as error:
            # One answer lost does not lose the others; the reader puts an empty, incomplete one in its place.
            lost[name] = _plain(error)

    ask("manifest", package.manifest)
    ask("resources", package.resources)
    points = entry_points(json.loads(answers["manifest"]), request["entry_points"]) if "manifest" in answers else []
    answers["entry_points"] = json.dumps(points).encode()
    known = False
    if kept := request["kept"]:
        context = {"on": kept["context"], "limits": request["limits"], "entry_points": points}
        key = package.code_key(json.dumps(context, sort_keys=True).encode())
        known = kept["folder"] is not None and _is_there(shelf(kept["folder"], key))
        head["code"] = {"key": key, "known": known}
    if not known:
        ask("packages", package.packages)
        ask("found", lambda: package.find(queries["find"]))
        ask("reached", lambda: package.reach(json.dumps({"entries": points}).encode()))
    ask("elements", lambda: package.elements(queries["elements"]))
    ask("natives", lambda: package.natives(queries["natives"]))
    ask("identity", package.identity)
    answers["texts"] = json.dumps(_texts(package, frozenset(request["texts"]))).encode()
    # Last, when everything that is read has had its checksum compared.
    ask("entries", package.entries)
    return answers, lost


def _texts(package: "_core.Apk", wanted: frozenset[str]) -> dict[str, str]:
    """The content of these entries, by name, of those that are there, can be read and are small."""
    try:
        listed = package.entries() if wanted else b"[]"
        ends = {name.rpartition(".")[2] for name in wanted}
        if not any(f'.{end}"'.encode() in listed for end in ends):
            return {}
        sizes: dict[str, int] = {}
        for entry in json.loads(listed):
            if entry["name"] in wanted:
                sizes[entry["name"]] = max(entry["size"], sizes.get(entry["name"], 0))
    except _core.CoreError:
        return {}
    texts = {}
    for name in sorted(name for name, size in sizes.items() if 0 < size <= MOST_TEXT):
        try:
            content = package.read(name)
        except _core.CoreError:
            continue
        # What comes out need not be as long as was declared.
        if len(content) <= MOST_TEXT:
            texts[name] = content.decode("utf-8", "replace")
    return texts


def shelf(folder: str, key: str) -> str:
    """The file for the answers that have this key."""
    return f"{folder}/{key[:2]}/{key}"


def _is_there(path: str) -> bool:
    try:
        open(path, "rb").close()  # noqa: PTH123 - pathlib would be imported for each package
    except OSError:
        return False
    return True


def _plain(error: "_core.CoreError") -> dict[str, str]:
    return {"code": error.code, "message": error.message, "where": error.where}
