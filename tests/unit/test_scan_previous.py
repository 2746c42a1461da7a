"""A version is scanned against the stored report of an earlier one, named beside the package or in its dossier."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

import mingjian
from fixtures.builder import build
from mingjian.errors import InputError, UsageError
from mingjian.model.codec import dump_report
from mingjian.model.line import format_line
from mingjian.model.types import Report

ROOT = Path(__file__).parents[2]
OLD = ROOT / "fixtures" / "apps" / "tap-reads-id"
NEW = ROOT / "tests" / "golden" / "update-adds-camera-untold" / "input"
POLICY = NEW / "policy.txt"
ADDED = "declared change.add permission.camera.CAMERA by app via manifest"


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Report]:
    """The later package, and the report on the earlier one."""
    folder = tmp_path_factory.mktemp("versions")
    new = build(NEW, folder / "new.apk").path
    return new, mingjian.scan(build(OLD, folder / "old.apk").path, policy=[POLICY], flows=False)


def stored(folder: Path, report: Report) -> Path:
    file = folder / "old.json"
    file.write_bytes(dump_report(report))
    return file


def test_what_is_new_is_a_fact_with_evidence_in_both(versions: tuple[Path, Report], tmp_path: Path) -> None:
    new, old = versions
    report = mingjian.scan(new, policy=[POLICY], previous=stored(tmp_path, old), flows=False)
    (added,) = [item for item in report.observations if item.action == "change.add"]
    assert format_line(added) == ADDED
    artifacts = {artifact.sha256: artifact for artifact in report.subject.artifacts}
    assert [artifacts[each.artifact].kind for each in added.evidence] == ["package", "previous"]
    assert artifacts[added.evidence[1].artifact].context == "cn.example.pocket 1.0.0"
    found = {finding.clause: finding for finding in report.findings}["cac-2019/2.2"]
    assert found.verdict == "suspected"
    assert [report.observations[index].action for index in found.hits[0].observations] == ["change.add"]


def test_without_an_earlier_report_nothing_is_called_new(versions: tuple[Path, Report]) -> None:
    report = mingjian.scan(versions[0], policy=[POLICY], flows=False)
    assert not [item for item in report.observations if item.action.startswith(("change.add", "change.rules.compared"))]
    assert {finding.clause: finding.verdict for finding in report.findings}["cac-2019/2.2"] == "inconclusive"


def test_a_dossier_names_the_earlier_report(versions: tuple[Path, Report], tmp_path: Path) -> None:
    new, old = versions
    (tmp_path / "new.apk").write_bytes(new.read_bytes())
    stored(tmp_path, old)
    (tmp_path / "dossier.yml").write_text(yaml.safe_dump({"package": "new.apk", "previous": "old.json"}), "utf-8")
    assert ADDED in map(format_line, mingjian.scan(tmp_path, flows=False).observations)


def test_a_dossier_names_one_earlier_report_alone(versions: tuple[Path, Report], tmp_path: Path) -> None:
    new, old = versions
    (tmp_path / "new.apk").write_bytes(new.read_bytes())
    stored(tmp_path, old)
    (tmp_path / "dossier.yml").write_text(yaml.safe_dump({"package": "new.apk", "previous": ["old.json", "old.json"]}), "utf-8")
    with pytest.raises(InputError) as raised:
        mingjian.scan(tmp_path, flows=False)
    assert raised.value.key == "input.dossier_wrong"


def told(new: Path, file: Path) -> tuple[int, list[str]]:
    """The exit code of the verb, and its lines on standard error."""
    command = [sys.executable, "-m", "mingjian.cli", "scan", str(new), "--previous", str(file), "--no-flows", "--lang", "en"]
    ended = subprocess.run(command, capture_output=True, check=False)
    return ended.returncode, ended.stderr.decode().strip().splitlines()


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"package": "cn.example.other"}, "previous.other_app"),
        ({"platform": "unknown"}, "previous.other_platform"),
        ({"version": "3.0"}, "previous.later"),
    ],
)
def test_a_report_that_does_not_fit_is_refused(versions: tuple[Path, Report], tmp_path: Path, change: dict[str, str], key: str) -> None:
    new, old = versions
    with pytest.raises(UsageError) as raised:
        mingjian.scan(new, previous=stored(tmp_path, replace(old, subject=replace(old.subject, **change))), flows=False)  # type: ignore[arg-type]
    assert raised.value.key == key


def test_the_verb_says_in_one_line_what_does_not_fit(versions: tuple[Path, Report], tmp_path: Path) -> None:
    new, old = versions
    code, lines = told(new, stored(tmp_path, replace(old, subject=replace(old.subject, package="cn.example.other"))))
    assert (code, len(lines)) == (64, 1)
    assert "another app (cn.example.other; this one is cn.example.pocket)" in lines[0]
    (tmp_path / "none.json").write_text("{}")
    code, lines = told(new, tmp_path / "none.json")
    assert (code, len(lines)) == (65, 1)
