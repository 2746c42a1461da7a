"""The demo app as files that somebody uploads, and its report, both made once."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from fixtures.builder import build
from fixtures.scenario import record
from mingjian.console.accounts.models import User
from mingjian.console.inspections.file import About, Files, receive
from mingjian.console.inspections.ingest import file_report
from mingjian.console.inspections.models import Inspection
from mingjian.model.codec import load_report
from mingjian.model.types import Report

ROOT = Path(__file__).parents[3]
APP = ROOT / "fixtures" / "apps" / "kuaichi"
ACCEPTED = ROOT / "tests" / "golden" / "food-app-runs-breaking-rules" / "expect" / "report.json"
"""The report on the demo app with its run, as people accepted it."""


@pytest.fixture(scope="session")
def demo_files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    package = build(APP, tmp_path_factory.mktemp("demo") / "kuaichi.apk").path
    run = record(yaml.safe_load((APP / "run.yml").read_text(encoding="utf-8")))
    return {
        "package": [("kuaichi.apk", [package.read_bytes()])],
        "policy": [("policy.html", [(APP / "policy.html").read_bytes()])],
        "run": [("run.jsonl", [run])],
    }


@pytest.fixture(scope="session")
def demo_report() -> Report:
    return load_report(ACCEPTED.read_bytes())


@pytest.fixture
def inspector(person: Callable[..., User]) -> User:
    return person("inspector", name="wang")


@pytest.fixture
def reviewer(person: Callable[..., User]) -> User:
    return person("reviewer", name="li")


@pytest.fixture
def inspected(inspector: User, demo_report: Report, noon: Any) -> Iterator[Callable[..., Inspection]]:
    """Makes an inspection that is done, with the report given or the demo app's; nothing is scanned."""

    def make(report: Report = demo_report, *, by: User = inspector, body: str = "", about: About | None = None) -> Inspection:
        inspection = receive(by, {"package": [("app.apk", [b"PK\x03\x04" + b"\0" * 26])]}, about, body=body)
        file_report(inspection, report)
        inspection.refresh_from_db()
        return inspection

    yield make
