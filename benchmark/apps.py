"""The app of a dossier: permissions, components and code in short form, written as the folder that the builder takes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import yaml

from fixtures.builder import build
from fixtures.pairs import components, shorts, smali

HERE = Path(__file__).parent


def package(app: Mapping[str, Any], work: Path, out: Path) -> list[str]:
    """Builds the app into `out` from sources written to `work`; the names of the files, one unless it is a split set.

    Raises `FixtureError` when something in the sources is wrong."""
    for path, text in sources(app).items():
        file = work / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    bundle = app.get("bundle", "apk")
    built = build(work, out / ("app.apk" if bundle == "apk" else "splits" if bundle == "splits" else f"app.{bundle}")).path
    return [f"splits/{part.name}" for part in sorted(built.iterdir())] if built.is_dir() else [built.name]


def sources(app: Mapping[str, Any]) -> dict[str, str]:
    """The files of the app's folder, by path."""
    own = str(app["package"])
    files = {"AndroidManifest.xml": _manifest(app)}
    files |= {f"smali/{name}.smali": text for name, text in _smali(app.get("code") or {}, own, app.get("calls", "calls")).items()}
    hidden = _smali(app.get("hidden") or {}, own, app.get("calls", "calls"))
    files |= {f"hidden/{name}.smali": text for name, text in hidden.items()}
    files |= {f"res/{path}": text for path, text in (app.get("resources") or {}).items()}
    files |= {f"files/{path}": text for path, text in (app.get("files") or {}).items()}
    version = app.get("version", {"code": 100, "name": "1.0.0"})
    values: dict[str, Any] = {"package": own, "version": version, "sdk": {"min": 21, "target": app.get("target", 34)}, "dex": ["smali"]}
    values["files"] = {path: f"files/{path}" for path in app.get("files") or {}}
    values |= {"resources": "res"} if app.get("resources") else {}
    if hidden:
        values["payloads"] = [{"path": "assets/core.dat", "smali": ["hidden"], "xor": "not-plain"}]
    values |= {key: app[key] for key in ("libraries", "splits", "bundle") if key in app}
    return {**files, "app.yml": yaml.safe_dump(values, allow_unicode=True)}


@cache
def _shorts(calls: str) -> Mapping[str, Any]:
    """The short forms of the pairs and ours; `calls` is `calls`, or `reflected` for the same through reflection."""
    shared, ours = shorts(), yaml.safe_load((HERE / "short.yml").read_text(encoding="utf-8"))
    known = {**shared["calls"], **ours["calls"], **(ours[calls] if calls != "calls" else {})}
    return {"names": {**shared["names"], **ours["names"]}, "calls": known, "classes": {}}


def _smali(code: Mapping[str, str], own: str, calls: str) -> dict[str, str]:
    out: dict[str, str] = {}
    for name, text in code.items():
        classes, _ = smali(text.splitlines(), _shorts(calls), own)
        out |= {f"{name}-{each}": smali_text for each, smali_text in classes.items()}
    return out


def _manifest(app: Mapping[str, Any]) -> str:
    parts = [f"{kind} {name}{rest}" for name, words in (app.get("components") or {}).items() for kind, rest in [_words(words)]]
    application, rows = components(parts)
    names = [_permission(name) for name, given in (app.get("permissions") or {}).items() if given]
    asked = "".join(f"  <uses-permission android:name={quoteattr(name)}/>\n" for name in names)
    label, clear = quoteattr(str(app["label"])), quoteattr(str(bool(app.get("cleartext", False))).lower())
    inside = "\n    ".join(rows)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<manifest xmlns:android="http://schemas.android.com/apk/res/android">\n'
        f"{asked}  <application{application} android:label={label} android:usesCleartextTraffic={clear}>\n"
        f"    {inside}\n  </application>\n</manifest>\n"
    )


def _words(words: str) -> tuple[str, str]:
    kind, _, rest = words.partition(" ")
    return kind, f" {rest}" if rest else ""


def _permission(name: str) -> str:
    return name if "." in name else f"android.permission.{name}"
