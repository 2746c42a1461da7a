"""Every rule runs over the innocent. A folder here is one subject; whatever comes out `violated` or `suspected` stands in
`known-fp.csv`, or the build fails."""

import csv
from pathlib import Path
from typing import Any

import pytest
import yaml

import mingjian
from fixtures.builder import build

HERE = Path(__file__).parent
APPS = HERE.parents[1] / "fixtures" / "apps"
SUBJECTS: dict[str, dict[str, Any]] = {
    path.parent.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(HERE.glob("*/subject.yml"))
}
WITHOUT_CATEGORY = ""


def known() -> dict[str, set[str]]:
    """By subject the clauses that are known to come out against it."""
    with (HERE / "known-fp.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(row["reason"] and row["date"] for row in rows)
    assert {row["app"] for row in rows} <= set(SUBJECTS)
    return {name: {row["clause"] for row in rows if row["app"] == name} for name in SUBJECTS}


def package_of(name: str, request: pytest.FixtureRequest) -> Path:
    subject = SUBJECTS[name]
    if "real" in subject:
        real: dict[str, Path] = request.getfixturevalue("real_apks")
        return real[subject["real"]]
    source = APPS / subject["app"] if "app" in subject else HERE / name
    folder: Path = request.getfixturevalue("tmp_path")
    return build(source, folder / f"{name}.apk").path


@pytest.mark.parametrize("name", SUBJECTS)
def test_nothing_is_held_against_the_innocent(name: str, request: pytest.FixtureRequest) -> None:
    package = package_of(name, request)
    against: dict[str, str] = {}
    for category in (*SUBJECTS[name]["categories"], WITHOUT_CATEGORY):
        report = mingjian.scan(package, category=category or None)
        against |= {finding.clause: category for finding in report.findings if finding.verdict in ("violated", "suspected")}
    assert set(against) == known()[name], against
