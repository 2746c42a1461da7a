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
    """Reads one request from standard input and writes one response to standard output: first what costs little, then the flows, so
    that whatever ends the search for them takes nothing else along."""
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
    _write(head, answers, lost)
    if queries.get("flows") and "manifest" in answers:
        manifest = answers["manifest"]
        answers.clear()
        try:
            answers["flows"] = _flows(package, queries["flows"], manifest)
            _write({}, answers, {})
        except _core.CoreError as error:
            _write({}, {}, {"flows": _plain(error)})


def _write(head: dict[str, Any], answers: Mapping[str, bytes], lost: Mapping[str, dict[str, str]]) -> None:
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


_KINDS = {"activity": "activity", "alias": "activity", "service": "service", "receiver": "receiver", "provider": "provider"}
_NAMING_TAGS = ("fragment", "view", "androidx.fragment.app.FragmentContainerView")
"""Elements of layouts that name the class in an attribute."""


def components(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The components that are enabled, the application class included, as the flow analysis takes them."""
    found: list[dict[str, Any]] = [{"class": f"L{name.replace('.', '/')};", "kind": "application"} for name in _application(manifest)]
    for each in manifest["components"]:
        if each["enabled"]:
            actions = [action for one in each["filters"] for action in one["actions"]]
            row = {"class": f"L{(each['target'] or each['name']).replace('.', '/')};", "kind": _KINDS[each["kind"]]}
            found.append({**row, "launcher": each["launcher"], "exported": each["exported"], "actions": actions})
    return found


def clicks(package: "_core.Apk") -> list[str]:
    """The methods that layouts call when something is clicked."""
    query = {"files": None, "attributes": ["onClick"], "tags": []}
    elements = json.loads(package.elements(json.dumps(query).encode()))["elements"]
    return sorted({each["attributes"]["onClick"] for each in elements if "onClick" in each["attributes"]})


def inflated(package: "_core.Apk") -> list[str]:
    """The classes of views and fragments that layouts name."""
    query = {"files": None, "attributes": ["layout_width", "name", "class"], "tags": []}
    elements = json.loads(package.elements(json.dumps(query).encode()))["elements"]
    names: set[str] = set()
    for each in elements:
        attributes = each["attributes"]
        by_attribute = each["tag"] in _NAMING_TAGS
        names.add(attributes.get("name") or attributes.get("class") or "" if by_attribute else each["tag"])
    return sorted(f"L{name.replace('.', '/')};" for name in names if "." in name)


def _flows(package: "_core.Apk", query: bytes, manifest: bytes) -> bytes:
    asked = json.loads(query)
    asked["app"] |= {"components": components(json.loads(manifest)), "clicks": clicks(package), "inflated": inflated(package)}
    return package.flows(json.dumps(asked).encode())


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
