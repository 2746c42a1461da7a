"""Reads one package in a confined child process that can be killed, and gives all answers at once.

Request: a line of JSON (paths, limits, confinement, rules for entry points, sizes of the queries), then the queries.
Response: a line of JSON (version, confinement reached, error or sizes of the answers), then the answers. When flows were asked the same
again with them alone: a search that ends the process takes nothing else along."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

from mingjian.errors import InputError, MingjianError
from mingjian.model.texts import known_words
from mingjian.native import kept
from mingjian.native.answers import (
    Confinement,
    Elements,
    Entry,
    EntryPoint,
    Finds,
    Identity,
    Manifest,
    Natives,
    Packages,
    Resources,
)
from mingjian.native.flow_answers import Flows, Reach
from mingjian.native.kept import KnownCode
from mingjian.native.process import Ended, program, run

ERROR_KEYS: Mapping[str, str] = {
    "not_a_package": "input.not_a_package",
    "unreadable": "input.unreadable",
    "limit": "input.over_limit",
    "no_entry": "input.no_entry",
    "internal": "input.fault",
    "memory": "input.memory",
    "bad_query": "core.bad_query",
    "confine": "core.confine",
}
"""The text for each code of `CoreError`, and for want of memory. Those of `core` are no fault of the input."""

_START = program("mingjian.native.child", ("mingjian", "mingjian.native"))
_BLANK: Mapping[str, Any] = {
    "identity": {"format": "", "sha256": "", "size": 0, "containers": [], "dex": [], "anomalies": []}
    | {"signing": {"schemes": [], "effective": None, "verified": None}},
    "manifest": dict.fromkeys(("version_code", "version_name", "shared_user_id", "split", "min_sdk", "target_sdk", "max_sdk"))
    | dict.fromkeys(("min_sdk_codename", "target_sdk_codename", "application"))
    | {"package": "", "label": {}, "queries": {"packages": [], "intents": [], "providers": []}}
    | {name: [] for name in ("permissions", "defined_permissions", "features", "components", "meta", "libraries", "anomalies")},
    "resources": {"languages": [], "files": {}, "strings": [], "strings_cut": False, "anomalies": []},
    "packages": {"packages": []},
    "elements": {"elements": [], "files": 0},
    "natives": {"libraries": []},
    "found": {"finds": [], "dex": [], "payloads": [], "strings": 0, "finds_cut": False, "shapes": [], "shapes_cut": False, "anomalies": []},
    "reached": {"reached": [], "methods": 0},
    "flows": {"flows": [], "sources": 0, "sinks": 0, "steps": 0, "cut": []} | {"ways": [], "further_ways": 0, "methods": 0, "spots": {}},
}


@dataclass(frozen=True, slots=True)
class Questions:
    """What to ask of a package: queries as JSON bytes in the shapes of the boundary page, and for each way in (`application`,
    `provider`, `launcher`) the methods by which Android enters it; `texts` names the entries whose content is wanted."""

    find: bytes = b"{}"
    elements: bytes = b'{"files": null, "attributes": [], "tags": []}'
    natives: bytes = b"{}"
    entry_points: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    flows: bytes | None = None
    """The question for flows without what the package itself tells of the app; none: it is not asked."""
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one package may cost: seconds of time, bytes of memory, bytes of answers. `package` overrides limits of the core;
    with `known` the code of a package is not read again when it was read before."""

    timeout: float = 300
    memory: int = 1 << 30
    output: int = 128 << 20
    package: Mapping[str, int] = field(default_factory=dict)
    known: KnownCode | None = None


@dataclass(frozen=True, slots=True)
class CoreState:
    """The version of the core and how far it is confined on this machine."""

    version: str
    confinement: Confinement


@dataclass(frozen=True, slots=True)
class PackageReader:
    """All answers about one package. An answer that was lost is empty, incomplete, and says so in its faults. `texts` has, by name, the
    content of the entries asked for that are there, can be read and are small."""

    identity: Identity
    manifest: Manifest
    resources: Resources
    entries: list[Entry]
    packages: Packages
    elements: Elements
    natives: Natives
    found: Finds
    entry_points: list[EntryPoint]
    reached: Reach
    core: CoreState
    flows: Flows | None = None
    """None when it was not asked."""
    texts: dict[str, str] = field(default_factory=dict)


def read_package(paths: tuple[Path, ...], questions: Questions, limits: Limits | None = None) -> PackageReader:
    """All answers about the package in `paths`: one file, or the files of one split set.

    Raises `InputError` when it cannot be read at all, takes too long, takes too much memory, or crashes the reading process;
    `MingjianError` when the core is not built."""
    limits = limits or Limits()
    shown = str(paths[0]) if len(paths) == 1 else str(paths[0].parent)
    files = tuple(str(path.absolute()) for path in paths)
    head, answers = _run(files, questions, limits, shown)
    if limits.known and not _completed(head, answers, limits, limits.known):
        head, answers = _run(files, questions, limits, shown, look=False)
        _completed(head, answers, limits, limits.known)
    values = {name: json.loads(answer) for name, answer in answers.items()}
    for name, error in head["lost"].items():
        fault = {"where": error["where"], "code": error["code"], "what": error["message"]}
        values[name] = [] if name == "entries" else {**_BLANK[name], "faults": [fault], "complete": False}
    return PackageReader(**values, core=CoreState(head["version"], head["confinement"]))


def _completed(head: Mapping[str, Any], answers: dict[str, bytes], limits: Limits, known: KnownCode) -> bool:
    """Adds the kept answers where the child found the code to be known, and leaves new ones for later. False when what the child saw there
    is damaged or gone: the child must then read the code."""
    key = str(head["code"]["key"])
    if head["code"]["known"]:
        found = kept.load(known.kept, key, limits.output)
        if found is None:
            return False
        answers.update(found)
        kept.leave_word(known, key)
    elif answers.keys() >= set(kept.ANSWERS):
        kept.leave(known, key, answers)
    return True


def probe() -> CoreState:
    """The state of the core on this machine. Raises `MingjianError` when it is not built."""
    head, _ = _run((), Questions(), Limits(timeout=30), "")
    return CoreState(head["version"], head["confinement"])


def _run(
    paths: tuple[str, ...], questions: Questions, limits: Limits, shown: str, *, look: bool = True
) -> tuple[dict[str, Any], dict[str, bytes]]:
    if find_spec("mingjian._core") is None:
        raise MingjianError("core.missing")
    ended = run(_START, _request(paths, questions, limits, look=look), seconds=limits.timeout, most=limits.output)
    try:
        head, answers, rest = _part(ended.output)
        if "error" in head:
            _refuse(head["error"], shown, limits)
        if questions.flows and "manifest" in answers:
            _add_flows(head, answers, rest, ended)
        elif ended.why is not None:
            raise _unanswered(ended, shown, limits)
        elif questions.flows:
            head["lost"]["flows"] = head["lost"]["manifest"]
        if limits.known and paths:
            head["code"]["key"], head["code"]["known"] = kept.checked(head["code"]["key"]), bool(head["code"]["known"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unanswered(ended, shown, limits) from error
    return head, answers


def _part(output: bytes) -> tuple[dict[str, Any], dict[str, bytes], bytes]:
    """One line with the answers that it tells of, and what follows. Raises `ValueError` where they are not whole."""
    line, _, rest = output.partition(b"\n")
    head = json.loads(line)
    answers = {}
    for name, size in head["sizes"].items():
        answers[name], rest = rest[:size], rest[size:]
        if len(answers[name]) != size:
            raise ValueError(name)
    return head, answers, rest


def _add_flows(head: dict[str, Any], answers: dict[str, bytes], rest: bytes, ended: Ended) -> None:
    if ended.why is None:
        more, flows, _ = _part(rest)
        answers |= flows
        head["lost"] |= more["lost"]
    else:
        why = ended.why.removeprefix("input.")
        head["lost"]["flows"] = {"code": why, "message": f"The reading process ended before the answer: {why}.", "where": "flows:"}


def _unanswered(ended: Ended, shown: str, limits: Limits) -> InputError:
    why = ended.why or "input.crashed"
    return InputError(why, path=shown, seconds=round(limits.timeout), megabytes=limits.memory >> 20, signal=ended.signal)


def _refuse(error: Mapping[str, str], shown: str, limits: Limits) -> NoReturn:
    key = ERROR_KEYS[error["code"]]
    kind = InputError if key.startswith("input.") else MingjianError
    raise kind(key, path=shown, why=known_words(error["message"]), where=error["where"], megabytes=limits.memory >> 20)


def _request(paths: tuple[str, ...], questions: Questions, limits: Limits, *, look: bool) -> bytes:
    queries = {"find": questions.find, "elements": questions.elements, "natives": questions.natives}
    if questions.flows:
        queries["flows"] = questions.flows
    head: dict[str, Any] = {
        "paths": paths,
        "limits": dict(limits.package),
        "confine": {"read": paths, "memory": limits.memory, "cpu": math.ceil(limits.timeout) + 1},
        "entry_points": {name: list(methods) for name, methods in questions.entry_points.items()},
        "queries": {name: len(query) for name, query in queries.items()},
        "texts": questions.texts,
        "kept": None,
    }
    if limits.known:
        # Flows are told for what was found, so then the code is read in any case.
        look = look and limits.known.look and not questions.flows
        folder = str(limits.known.kept.absolute()) if look and limits.known.kept.is_dir() else None
        head["kept"] = {"folder": folder, "context": kept.context(questions.find)}
        head["confine"]["read"] = [*paths, folder] if folder else paths
    return b"".join([json.dumps(head).encode(), b"\n", *queries.values()])
