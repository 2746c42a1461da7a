"""Every rule of every shipped pack runs over the innocent. A folder here is one subject: a package, mostly with its policy and often with a
run. Nothing may come out `violated`; what is `suspected` stands in `known-fp.csv`, or the build fails."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

import mingjian
from fixtures.builder import build
from fixtures.scenario import record
from fixtures.sketch import draw
from mingjian.judge import load, shipped_packs
from mingjian.model.types import Report
from mingjian.scan import Options, judge_again

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
APPS = ROOT / "fixtures" / "apps"
SUBJECTS: dict[str, dict[str, Any]] = {
    path.parent.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(HERE.glob("*/subject.yml"))
}
WITHOUT_CATEGORY = None
ENOUGH = 40
"""How many of the innocent there are at least, each with its policy; a third of so many with a run."""


@dataclass(frozen=True)
class Known:
    """Clauses known to be suspected of one app, and why that is accepted."""

    app: str
    clauses: frozenset[str]
    reason: str
    date: str


def known() -> tuple[Known, ...]:
    """The rows of `known-fp.csv`, whose second column holds the clauses that one reason speaks for, apart by blanks."""
    with (HERE / "known-fp.csv").open(encoding="utf-8", newline="") as file:
        return tuple(Known(row["app"], frozenset(row["clauses"].split()), row["reason"], row["date"]) for row in csv.DictReader(file))


def package_of(name: str, folder: Path, request: pytest.FixtureRequest) -> Path:
    subject = SUBJECTS[name]
    if "real" in subject:
        real: dict[str, Path] = request.getfixturevalue("real_apks")
        return real[subject["real"]]
    source = APPS / subject["app"] if "app" in subject else HERE / name
    sketch = HERE / name / "sketch.yml"
    if sketch.exists():
        source = draw(yaml.safe_load(sketch.read_text(encoding="utf-8")), folder / "source")
    return build(source, folder / f"{name}.apk").path


def policy_of(name: str) -> Path | None:
    """The policy in the folder, or that of the fixtures which the subject names."""
    return _given(name, "policy", "policy.*")


def run_of(name: str) -> Path | None:
    """The scenario of the recorded run, likewise."""
    return _given(name, "run", "run.yml")


def _given(name: str, key: str, pattern: str) -> Path | None:
    if key in SUBJECTS[name]:
        return ROOT / str(SUBJECTS[name][key])
    return next((HERE / name).glob(pattern), None)


def report_on(name: str, folder: Path, request: pytest.FixtureRequest) -> Report:
    policy, scenario = policy_of(name), run_of(name)
    runs: list[Path] = []
    if scenario:
        runs = [folder / "run.jsonl"]
        runs[0].write_bytes(record(yaml.safe_load(scenario.read_text(encoding="utf-8"))))
    options = Options(packs=shipped_packs())
    return mingjian.scan(package_of(name, folder, request), policy=[policy] if policy else [], runs=runs, options=options)


def in_each_category(report: Report, name: str) -> Iterator[Report]:
    """The report under every type that the app may pass for, and under none; what was seen stays the same."""
    packs = [load(pack) for pack in shipped_packs()]
    for category in (*SUBJECTS[name]["categories"], WITHOUT_CATEGORY):
        yield judge_again(replace(report, subject=replace(report.subject, category=category)), packs)


@pytest.mark.parametrize("name", SUBJECTS)
def test_nothing_is_held_against_the_innocent(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    report = report_on(name, tmp_path, request)
    found = [
        (finding.verdict, finding.clause, judged.subject.category)
        for judged in in_each_category(report, name)
        for finding in judged.findings
        if finding.verdict in ("violated", "suspected")
    ]
    assert [each for each in found if each[0] == "violated"] == []
    accepted = frozenset[str]().union(*(row.clauses for row in known() if row.app == name))
    assert {clause for _, clause, _ in found} == accepted, found


def test_every_suspicion_that_is_accepted_has_its_reason_and_its_date() -> None:
    clauses = {clause.id for pack in shipped_packs() for clause in load(pack).clauses}
    for row in known():
        assert row.app in SUBJECTS
        assert row.clauses and row.clauses <= clauses, row.clauses - clauses
        assert row.reason and row.date


def test_the_innocent_are_many_and_of_many_kinds() -> None:
    with_policy = [name for name in SUBJECTS if policy_of(name)]
    assert len(with_policy) >= ENOUGH
    assert len([name for name in with_policy if run_of(name)]) * 3 >= ENOUGH
    categories = {category for subject in SUBJECTS.values() for category in subject["categories"]}
    assert len(categories) >= 35
    languages = {"zh": 0, "en": 0}
    for name in with_policy:
        policy = policy_of(name)
        assert policy is not None
        text = policy.read_text(encoding="utf-8")
        languages["zh" if sum("\u4e00" <= sign <= "\u9fff" for sign in text) * 5 > len(text) else "en"] += 1
    assert min(languages.values()) >= 8, languages
