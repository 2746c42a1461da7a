"""The stub, the built core and the reader agree."""

import ast
import inspect
from pathlib import Path

import pytest

import mingjian
from mingjian.model import texts
from mingjian.native.reader import ERROR_KEYS

_core = pytest.importorskip("mingjian._core", reason="the core is not built")

STUB = Path(mingjian.__file__).with_name("_core.pyi")


def _stub() -> dict[str, ast.FunctionDef | ast.ClassDef]:
    nodes = ast.parse(STUB.read_text(encoding="utf-8")).body
    return {node.name: node for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def _methods(node: ast.ClassDef) -> dict[str, ast.FunctionDef]:
    return {item.name: item for item in node.body if isinstance(item, ast.FunctionDef)}


def _public(names: object) -> set[str]:
    return {name for name in dir(names) if not name.startswith("_")}


def _parameters(function: ast.FunctionDef) -> list[str]:
    return [argument.arg for argument in function.args.args]


def test_the_module_has_exactly_the_names_of_the_stub() -> None:
    assert _public(_core) == set(_stub())


def test_the_package_class_has_exactly_the_methods_of_the_stub() -> None:
    stub = _stub()["Apk"]
    assert isinstance(stub, ast.ClassDef)
    assert _public(_core.Apk) == set(_methods(stub))


def test_parameters_have_the_names_and_order_of_the_stub() -> None:
    stub = _stub()
    apk = stub["Apk"]
    assert isinstance(apk, ast.ClassDef)
    functions = [(node, getattr(_core, name)) for name, node in stub.items() if isinstance(node, ast.FunctionDef)]
    functions += [(node, getattr(_core.Apk, name)) for name, node in _methods(apk).items()]
    assert len(functions) > 10
    for node, built in functions:
        assert list(inspect.signature(built).parameters) == _parameters(node), node.name


def test_a_failure_carries_what_the_stub_promises() -> None:
    stub = _stub()["CoreError"]
    assert isinstance(stub, ast.ClassDef)
    promised = {item.target.id for item in stub.body if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)}
    with pytest.raises(_core.CoreError) as caught:
        _core.Apk.open([], b"")
    assert promised == {"code", "message", "where"}
    assert all(isinstance(getattr(caught.value, name), str) for name in promised)
    assert caught.value.code == "not_a_package"


def test_every_code_of_the_core_has_a_text_in_both_languages() -> None:
    assert set(_core.error_codes()) <= set(ERROR_KEYS)
    for key in ERROR_KEYS.values():
        assert key in texts.keys()  # noqa: SIM118 - a function of the module, not of a mapping
        assert texts.say(key, "zh") != texts.say(key, "en")


def test_only_the_children_import_the_core() -> None:
    source = Path(mingjian.__file__).parent
    importing = {
        str(file.relative_to(source))
        for file in source.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if (isinstance(node, ast.ImportFrom) and any(name.name == "_core" for name in node.names))
        or (isinstance(node, ast.Import) and any(name.name == "mingjian._core" for name in node.names))
    }
    assert importing == {"native/child.py", "native/confined.py"}
