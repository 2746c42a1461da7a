"""The answers of the built core have exactly the keys and types that Python declares for them."""

import json
import types
import typing
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints, is_typeddict

import pytest

import fixtures.builder
from mingjian.extract import flow_rules, questions
from mingjian.native import PackageReader, Questions, read_package, reader

pytest.importorskip("mingjian._core", reason="the core is not built")

APPS = Path(__file__).parents[2] / "fixtures" / "apps"


def _differences(kind: Any, value: Any, path: str) -> list[str]:
    origin = get_origin(kind)
    if kind is Any:
        return []
    if is_typeddict(kind):
        return _of_keys(kind, value, path)
    if origin is list:
        return [found for index, item in enumerate(value) for found in _differences(get_args(kind)[0], item, f"{path}[{index}]")]
    if origin is dict:
        return [found for name, item in value.items() for found in _differences(get_args(kind)[1], item, f"{path}.{name}")]
    if origin in (types.UnionType, typing.Union):
        inner = [choice for choice in get_args(kind) if choice is not type(None)]
        return [] if value is None and len(inner) < len(get_args(kind)) else _differences(inner[0], value, path)
    if origin is Literal:
        return [] if value in get_args(kind) else [f"{path}: {value!r} is none of {get_args(kind)}"]
    if kind is float:
        kind = (float, int)
    return [] if isinstance(value, kind) else [f"{path}: {value!r} is no {kind}"]


def _of_keys(kind: Any, value: Any, path: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path}: {value!r} is no object"]
    hints = get_type_hints(kind)
    missing = [f"{path}.{name} is missing" for name in kind.__required_keys__ - value.keys()]
    unknown = [f"{path}.{name} is not declared" for name in value.keys() - hints.keys()]
    inside = [found for name in value.keys() & hints.keys() for found in _differences(hints[name], value[name], f"{path}.{name}")]
    return missing + unknown + inside


def _check(read: PackageReader) -> None:
    hints = get_type_hints(PackageReader)
    names = [name for name in hints if name != "core"]
    assert [found for name in names for found in _differences(hints[name], getattr(read, name), name)] == []
    assert _differences(get_type_hints(type(read.core))["confinement"], read.core.confinement, "confinement") == []


@pytest.mark.parametrize(
    ("app", "bundle"), [("kuaichi", "apk"), ("kuaichi", "splits"), ("kuaichi", "aab"), ("hidden-payload", "apk"), ("flutter", "apk")]
)
def test_every_answer_is_as_declared(app: str, bundle: str, tmp_path: Path) -> None:
    path = fixtures.builder.build(APPS / app, tmp_path / "app", bundle=bundle).path
    files = tuple(sorted(path.iterdir())) if path.is_dir() else (path,)
    _check(read_package(files, questions()))


def test_flows_and_ways_are_as_declared(tmp_path: Path) -> None:
    path = fixtures.builder.build(APPS / "kuaichi", tmp_path / "app.apk").path
    source = {"id": "s", "class": "Landroid/provider/Settings$Secure;", "name": "getString", "what": "result"}
    sink = {"id": "t", "class": "Ljava/io/OutputStream;", "name": "write"}
    flows = {"sources": [source], "sinks": [sink], "models": flow_rules.models()}
    asked = json.dumps({"app": flow_rules.app(), "flows": flows, "ways": True}).encode()
    read = read_package((path,), replace(questions(), flows=asked))
    assert read.flows is not None
    assert read.flows["flows"]
    assert read.flows["ways"]
    _check(read)


def test_an_answer_that_is_lost_is_as_declared(tmp_path: Path) -> None:
    path = fixtures.builder.build(APPS / "kuaichi", tmp_path / "app.apk").path
    read = read_package((path,), Questions(b"?", b"?", b"?"))
    assert [read.found["complete"], read.elements["complete"], read.natives["complete"]] == [False, False, False]
    _check(read)


@pytest.mark.parametrize("name", sorted(reader._BLANK))
def test_every_answer_that_can_be_lost_has_its_empty_form(name: str) -> None:
    kind = get_type_hints(PackageReader)[name]
    assert _differences(kind, {**reader._BLANK[name], "faults": [], "complete": False}, name) == []


def test_no_answer_is_without_an_empty_form() -> None:
    assert set(get_type_hints(PackageReader)) - {"entries", "entry_points", "texts", "core"} == set(reader._BLANK)
