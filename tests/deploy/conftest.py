"""What stands in `deploy/` and in the pages about it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
MANIFESTS = sorted(file for file in (DEPLOY / "kubernetes").rglob("*.yaml") if file.name != "kustomization.yaml")
PAGES = [ROOT / "docs" / name for name in ("deploying.md", "deploying.zh-CN.md")]


def resources() -> list[tuple[str, dict[str, Any]]]:
    """Each resource of Kubernetes, with the file that it stands in."""
    return [(file.name, each) for file in MANIFESTS for each in yaml.safe_load_all(file.read_text(encoding="utf-8"))]


def pods() -> dict[str, dict[str, Any]]:
    """What each workload says of its pods, by the name of the workload."""
    found = {}
    for _, each in resources():
        spec = each.get("spec", {})
        spec = spec.get("jobTemplate", each).get("spec", spec)
        if "template" in spec:
            found[each["metadata"].get("name") or each["metadata"]["generateName"].rstrip("-")] = spec["template"]["spec"]
    return found


@pytest.fixture(scope="session")
def compose() -> dict[str, Any]:
    """The compose file with the values that it has of itself."""
    told = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", told))
    return found


def sections(unit: Path) -> dict[str, list[tuple[str, str]]]:
    """A unit file's settings by section, in their order."""
    found: dict[str, list[tuple[str, str]]] = {}
    for line in unit.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            rows = found.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            name, _, value = line.partition("=")
            rows.append((name, value))
    return found


def service(unit: Path) -> dict[str, str]:
    """What a unit says of its service; of a setting that stands there several times, all values."""
    found: dict[str, str] = {}
    for name, value in sections(unit)["Service"]:
        found[name] = f"{found[name]} {value}" if name in found else value
    return found


def texts() -> Iterator[tuple[str, str]]:
    """Every file of `deploy/` and every page about it, by name."""
    for file in (*sorted(each for each in DEPLOY.rglob("*") if each.is_file()), *PAGES):
        yield file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")
