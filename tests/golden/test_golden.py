"""Every folder here is a case: an app as text and what must come out. A new case needs no code; `make accept` rewrites, people read."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

import mingjian
from fixtures.builder import build
from fixtures.scenario import record
from mingjian.model.codec import dump_report, load_report
from mingjian.model.line import format_line
from mingjian.model.types import Report, Tool, Why

HERE = Path(__file__).parent
APPS = HERE.parents[1] / "fixtures" / "apps"
CASES = sorted(path.parent.name for path in HERE.glob("*/case.yml"))


def inspect(folder: Path, workdir: Path) -> Report:
    """The report of a case, without what differs from run to run and machine to machine."""
    case: dict[str, Any] = yaml.safe_load((folder / "case.yml").read_text(encoding="utf-8"))
    earlier = None
    if "previous" in case:
        earlier = workdir / "previous.json"
        earlier.write_bytes(dump_report(_settled(_scan(case["previous"], folder, workdir, None))))
    return _settled(_scan(case, folder, workdir, earlier))


def _settled(report: Report) -> Report:
    return replace(report, created_at="2026-01-01T00:00:00+08:00", tool=Tool("0", "0" * 64, "full"))


def _scan(case: dict[str, Any], folder: Path, workdir: Path, earlier: Path | None) -> Report:
    """The report of a case, or of the earlier version that a case tells of under `previous`."""
    app = APPS / case["app"] if "app" in case else folder / "input"
    package = build(app, workdir / f"{app.parent.name}-{app.name}.apk").path
    given = {key: case[key] for key in ("category", "operator") if key in case}
    for key in ("policy", "review"):
        given[key] = [app / name if (app / name).exists() else folder / "input" / name for name in case.get(key, [])]
    given["runs"] = [_run(app / name if (app / name).exists() else folder / "input" / name, workdir) for name in case.get("runs", [])]
    return mingjian.scan(package, previous=earlier, **given)


def _run(source: Path, workdir: Path) -> Path:
    """A recording as its tool would have written it; what is told as a scenario becomes a run file."""
    if source.suffix != ".yml":
        return source
    file = workdir / f"{source.stem}.jsonl"
    file.write_bytes(record(yaml.safe_load(source.read_text(encoding="utf-8"))))
    return file


def files(report: Report) -> dict[str, str]:
    """What is compared, by file name."""
    observations = sorted({f"{format_line(item)}  # {item.extractor} ×{item.sites}" for item in report.observations})
    coverage = [f"{row.channel} {row.status} {row.extractor}: {row.reason.en if row.reason else '-'}" for row in report.coverage]
    findings = [
        f"{finding.clause} {finding.verdict}" + "".join(f"\n    {hit.fingerprint}" for hit in finding.hits) for finding in report.findings
    ]
    why = [line for finding in report.findings if finding.why for line in (finding.clause, *tree(finding.why, 1))]
    return {
        "observations.txt": "\n".join(observations) + "\n",
        "coverage.txt": "\n".join(coverage) + "\n",
        "findings.txt": "\n".join(findings) + "\n",
        "why.txt": "\n".join(why) + "\n",
        "report.json": dump_report(report).decode(),
    }


def tree(node: Why, depth: int) -> list[str]:
    return [f"{'  ' * depth}{node.value} {node.label}", *(line for child in node.children for line in tree(child, depth + 1))]


@pytest.mark.parametrize("name", CASES)
def test_case_comes_out_as_accepted(name: str, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    folder = HERE / name
    found = files(inspect(folder, tmp_path))
    expected = folder / "expect"
    if pytestconfig.getoption("accept"):
        expected.mkdir(exist_ok=True)
        for file, content in found.items():
            (expected / file).write_text(content, encoding="utf-8")
    for file, content in found.items():
        assert content == (expected / file).read_text(encoding="utf-8"), f"{name}/expect/{file}"


@pytest.mark.parametrize("name", CASES)
def test_accepted_report_still_opens(name: str) -> None:
    text = (HERE / name / "expect" / "report.json").read_bytes()
    assert json.loads(dump_report(load_report(text))) == json.loads(text)


def test_there_are_cases() -> None:
    assert len(CASES) >= 8


@pytest.mark.parametrize("name", CASES)
def test_a_positive_case_has_a_twin_without_its_hits(name: str) -> None:
    """A twin differs in the decisive fact: it states a fact less, and does not raise what the case raises by it."""
    case = yaml.safe_load((HERE / name / "case.yml").read_text(encoding="utf-8"))
    raised = _raised(name)
    if "twin" not in case:
        assert "violated" not in raised.values()
        return
    twin = _raised(case["twin"])
    assert _facts(name) - _facts(case["twin"])
    assert set(raised) - set(twin) or not raised
    assert all(twin.get(clause) != "violated" for clause in raised)


def _facts(name: str) -> set[str]:
    return set((HERE / name / "expect" / "observations.txt").read_text(encoding="utf-8").splitlines())


def _raised(name: str) -> dict[str, str]:
    report = load_report((HERE / name / "expect" / "report.json").read_bytes())
    return {finding.clause: finding.verdict for finding in report.findings if finding.verdict in ("violated", "suspected")}
