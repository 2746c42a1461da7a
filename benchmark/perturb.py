"""The same dossier made harder to read: nothing that the law asks about changes, so that its label holds.

On the app and its recording: `renamed` packages, calls through `reflection`, an SDK behind a `wrapper`, code that is `packed`, a
`split` package. On the policy: statements as a `table`, the text as a `picture`, the list of SDKs behind a link (`linked`),
`traditional` characters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from benchmark.cases import Case

APP = ("renamed", "reflection", "wrapper", "packed", "split")
POLICY = ("table", "picture", "linked", "traditional")
PERTURBATIONS = (*APP, *POLICY)
_STUB = """
class Lcom/stub/StubApp; : Application
method static constructor <clinit>()V
const-string v0, "jiagu"
invoke-static {v0}, LSystem;->loadLibrary(LString;)V
"""
_LOADER = {"name": "libjiagu.so", "abis": ["armeabi-v7a", "arm64-v8a"], "imports": ["dlopen", "mmap"], "exports": ["JNI_OnLoad"]}
_EXTRA = {"name": "libextra.so", "abis": ["arm64-v8a"], "exports": ["extra_version"]}
_WRAPPER = "cn.bridgekit.hub.Hub"
_STATIC_CALL = re.compile(r"invoke-static \{(?P<given>[^}]*)\}, (?P<cls>L(?:com|cn|io|org)/[\w/$]+;)->(?P<name>\w+)\((?P<types>[^)]*)\)V")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def fits(case: Case, change: str) -> bool:
    """Whether a perturbation leaves the label of a case as it is, and has something to change."""
    sources = case.sources
    if change in POLICY:
        if "policy" not in sources or "form" in sources["policy"]:
            return False
        if change in ("picture", "traditional"):  # who can read the policy, and in which characters, is what items 1.1, 1.4 and 2.4 ask
            return case.behaviour not in ("1.1", "1.4", "2.4")
        if change == "linked":
            return bool(set(sources["policy"].get("linked", ())) & set(sources["policy"]["parts"]))
        return any(isinstance(part, Mapping) and "statements" in part for part in sources["policy"]["parts"].values())
    code = sources["app"].get("code")
    return bool(code) and "bundle" not in sources["app"] and (change not in ("renamed", "wrapper") or bool(_foreign(sources["app"])))


def perturbed(sources: Mapping[str, Any], change: str) -> dict[str, Any]:
    """The sources after a perturbation."""
    out = dict(sources)
    match change:
        case "table" | "picture" | "linked":
            out["policy"] = {**sources["policy"], "form": change}
        case "traditional":
            out["policy"] = {**sources["policy"], "script": "traditional", "lang": "zh-Hant"}
        case "renamed":
            names = {name: f"{_LETTERS[number % 26]}0.{_LETTERS[number // 26]}" for number, name in enumerate(_foreign(sources["app"]))}
            out["app"] = {
                **sources["app"],
                **{key: _renamed(sources["app"][key], names) for key in ("code", "components") if key in sources["app"]},
            }
            out |= {"run": _renamed(sources["run"], names)} if "run" in sources else {}
        case "reflection":
            out["app"] = {**sources["app"], "calls": "reflected"}
            out |= {"run": _stacks(sources["run"], lambda frames: ["java.lang.reflect.Method.invoke", *frames])} if "run" in sources else {}
        case "wrapper":
            out["app"] = _wrapped(sources["app"])
            own = str(sources["app"]["package"])
            out |= {"run": _stacks(sources["run"], lambda frames: _between(frames, own))} if "run" in sources else {}
        case "packed":
            app = sources["app"]
            parts = {name: words for name, words in app.get("components", {}).items() if words != "application"}
            libraries = [*app.get("libraries", []), _LOADER]
            stub = {"code": {"stub": _STUB}, "hidden": app["code"], "components": {"com.stub.StubApp": "application", **parts}}
            out["app"] = {**app, **stub, "libraries": libraries}
        case "split":
            app = sources["app"]
            splits = [{"name": "config.arm64_v8a", "abi": "arm64-v8a"}]
            out["app"] = {**app, "libraries": [*app.get("libraries", []), _EXTRA], "splits": splits, "bundle": "splits"}
        case _:
            raise ValueError(f"no perturbation {change}")
    return out


def _foreign(app: Mapping[str, Any]) -> list[str]:
    """The packages of code that is not the app's own, as `com.umeng.commonsdk`: as far as three parts."""
    own = str(app["package"]).replace(".", "/")
    found = re.findall(r"^class L([\w/]+)/\w+[;$]", "\n".join(app.get("code", {}).values()), re.MULTILINE)
    return sorted({".".join(path.split("/")[:3]) for path in found if not path.startswith(own)}, key=lambda name: (-len(name), name))


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    def text(old: str) -> str:
        for name, new in names.items():
            old = old.replace(name.replace(".", "/") + "/", new.replace(".", "/") + "/").replace(f"{name}.", f"{new}.")
        return old

    return _strings(value, text)


def _strings(value: Any, change: Any) -> Any:
    """Every string in a value changed; of mappings the keys that hold a dot too, which are names of classes."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {change(key) if "." in str(key) else key: _strings(each, change) for key, each in value.items()}
    return [_strings(each, change) for each in value] if isinstance(value, list | tuple) else value


def _stacks(run: Mapping[str, Any], change: Any) -> dict[str, Any]:
    events = {}
    for name, event in run["events"].items():
        by = event.get("by")
        frames = [by] if isinstance(by, str) else by
        events[name] = {**event, "by": change(frames)} if ("api" in event or "file" in event) and frames else event
    return {**run, "events": events}


def _between(frames: list[str], own: str) -> list[str]:
    """The wrapper's frame between those of an SDK and the first of the app; acts of the app itself do not pass through it."""
    ours = [number for number, frame in enumerate(frames) if frame.startswith(f"{own}.")]
    place = ours[0] if ours else len(frames)
    return [*frames[:place], f"{_WRAPPER}.call", *frames[place:]] if place else frames


def _wrapped(app: Mapping[str, Any]) -> dict[str, Any]:
    """Static calls from the app into an SDK go through one class in between."""
    path = f"L{_WRAPPER.replace('.', '/')};"
    methods: list[str] = []

    def through(match: re.Match[str]) -> str:
        name = f"call{len(methods)}"
        count = len([part for part in match["given"].split(",") if part.strip()])
        given = ", ".join(f"p{number}" for number in range(count))
        methods.append(
            f"method static {name}({match['types']})V\ninvoke-static {{{given}}}, {match['cls']}->{match['name']}({match['types']})V"
        )
        return f"invoke-static {{{match['given']}}}, {path}->{name}({match['types']})V"

    own = str(app["package"]).replace(".", "/")
    code = {}
    for name, text in app["code"].items():
        foreign = re.search(r"^class L(?!" + re.escape(own) + r")", text, re.MULTILINE)
        code[name] = text if foreign else _STATIC_CALL.sub(through, text)
    return {**app, "code": {**code, "wrapper": "\n".join([f"class {path}", *methods]) + "\n"}}
