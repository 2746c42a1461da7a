"""Every folder here is a case: an app as text and what must come out. A new case needs no code; `make accept` rewrites, people read.

`case.yml` has a `story`, and perhaps `app` (of `fixtures/apps`; else `input/` holds an app, or a `sketch.yml` of one), `category`,
`operator`, `policy`, `runs`, `review`, `previous`, `twin` (the case that differs in what decides) and `packs` (`all`, or a list; else the
pack that is judged when nobody asks for another). Two headings state what the law says of the app before the tool is asked: `violated`,
every clause of the case that is, each with its reason, and `clears`, the clauses that come out satisfied, or do not apply. A case with
`packs` keeps its statements, its verdicts and what holds of that which is violated; whole reports of all packs nobody would read."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

import mingjian
from fixtures.builder import build
from fixtures.scenario import record
from fixtures.sketch import draw
from mingjian.judge import load, shipped_packs
from mingjian.model.codec import dump_report, load_report
from mingjian.model.line import format_line
from mingjian.model.types import Report, Tool, Why
from mingjian.scan import Options

HERE = Path(__file__).parent
APPS = HERE.parents[1] / "fixtures" / "apps"
CASES = {path.parent.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(HERE.glob("*/case.yml"))}
STATED = [name for name, case in CASES.items() if "violated" in case or "clears" in case]
RULES = [(pack, rule) for pack in map(load, shipped_packs()) for rule in pack.rules]
STABLE = {rule.clause.id: rule.golden for _, rule in RULES if rule.clause.status == "stable"}


def inspect(folder: Path, workdir: Path) -> Report:
    """The report of a case, without what differs from run to run and machine to machine."""
    case = CASES[folder.name]
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
    sketch = app / "sketch.yml"
    if sketch.exists():
        app = draw(yaml.safe_load(sketch.read_text(encoding="utf-8")), workdir / "source")
    package = build(app, workdir / f"{app.parent.name}-{app.name}.apk").path
    given = {key: case[key] for key in ("category", "operator") if key in case}
    for key in ("policy", "review"):
        given[key] = [_source(name, folder, app) for name in case.get(key, [])]
    given["runs"] = [_run(_source(name, folder, app), workdir) for name in case.get("runs", [])]
    if "packs" in case:
        given["options"] = Options(packs=shipped_packs() if case["packs"] == "all" else tuple(case["packs"]))
    return mingjian.scan(package, previous=earlier, **given)


def _source(name: str, folder: Path, app: Path) -> Path:
    """What the case brings itself stands before what lies beside the app."""
    own = folder / "input" / name
    return own if own.exists() else app / name


def _run(source: Path, workdir: Path) -> Path:
    """A recording as its tool would have written it; what is told as a scenario becomes a run file."""
    if source.suffix != ".yml":
        return source
    file = workdir / f"{source.stem}.jsonl"
    file.write_bytes(record(yaml.safe_load(source.read_text(encoding="utf-8"))))
    return file


def files(report: Report, case: dict[str, Any]) -> dict[str, str]:
    """What is compared, by file name."""
    observations = sorted({f"{format_line(item)}  # {item.extractor} ×{item.sites}" for item in report.observations})
    coverage = [f"{row.channel} {row.status} {row.extractor}: {row.reason.en if row.reason else '-'}" for row in report.coverage]
    findings = [
        f"{finding.clause} {finding.verdict}" + "".join(f"\n    {hit.fingerprint}" for hit in finding.hits) for finding in report.findings
    ]
    told = [finding for finding in report.findings if "packs" not in case or finding.verdict == "violated"]
    tops = [(finding.clause, _holding(finding.why) if "packs" in case else finding.why) for finding in told if finding.why]
    why = [line for clause, top in tops for line in (clause, *tree(top, 1))]
    found = {
        "observations.txt": "\n".join(observations) + "\n",
        "coverage.txt": "\n".join(coverage) + "\n",
        "findings.txt": "\n".join(findings) + "\n",
        "why.txt": "".join(f"{line}\n" for line in why),
    }
    return found if "packs" in case else {**found, "report.json": dump_report(report).decode()}


def _holding(node: Why) -> Why:
    """The reason without what did not hold."""
    return replace(node, children=tuple(_holding(child) for child in node.children if child.value == "yes"))


def tree(node: Why, depth: int) -> list[str]:
    return [f"{'  ' * depth}{node.value} {node.label}", *(line for child in node.children for line in tree(child, depth + 1))]


@pytest.mark.parametrize("name", CASES)
def test_case_comes_out_as_accepted(name: str, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    folder = HERE / name
    found = files(inspect(folder, tmp_path), CASES[name])
    expected = folder / "expect"
    if pytestconfig.getoption("accept"):
        expected.mkdir(exist_ok=True)
        for file, content in found.items():
            (expected / file).write_text(content, encoding="utf-8")
    for file, content in found.items():
        assert content == (expected / file).read_text(encoding="utf-8"), f"{name}/expect/{file}"


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "packs" not in case])
def test_accepted_report_still_opens(name: str) -> None:
    text = (HERE / name / "expect" / "report.json").read_bytes()
    assert json.loads(dump_report(load_report(text))) == json.loads(text)


def test_there_are_cases() -> None:
    assert len(CASES) >= 8


@pytest.mark.parametrize("name", CASES)
def test_a_positive_case_has_a_twin_without_its_hits(name: str) -> None:
    """A twin differs in the decisive fact: it states a fact less, and does not raise what the case raises by it."""
    case = CASES[name]
    raised = _raised(name)
    if "twin" not in case:
        assert "violated" not in raised.values()
        return
    twin = _raised(case["twin"])
    assert _facts(name) - _facts(case["twin"])
    assert set(raised) - set(twin) or not raised
    assert all(twin.get(clause) != "violated" for clause in raised)


@pytest.mark.parametrize("name", STATED)
def test_what_the_law_says_of_a_case_is_what_comes_out(name: str) -> None:
    """Every clause that is violated is stated with its reason, and no other; what clears the app leaves nothing to ask."""
    case, verdicts = CASES[name], _verdicts(name)
    violated = case.get("violated", {})
    assert all(isinstance(reason, str) and len(reason) > 10 for reason in violated.values())
    assert {clause for clause, verdict in verdicts.items() if verdict == "violated"} == set(violated)
    assert [clause for clause in case.get("clears", []) if verdicts[clause] not in ("satisfied", "not_applicable")] == []


@pytest.mark.parametrize("clause", STABLE)
def test_a_stable_clause_is_shown_violated_by_its_case_and_cleared_by_a_twin(clause: str) -> None:
    case = CASES[STABLE[clause] or ""]
    assert clause in case["violated"]
    assert clause in CASES[case["twin"]]["clears"]


def test_a_clause_that_is_shown_both_ways_is_stable() -> None:
    """What stays a preview is capped, or no case shows it: nothing is held back in silence."""
    shown = {
        clause
        for case in CASES.values()
        for clause in set(case.get("violated", ())) & set(CASES.get(case.get("twin"), {}).get("clears", ()))
    }
    assert shown == set(STABLE)


def _facts(name: str) -> set[str]:
    return set((HERE / name / "expect" / "observations.txt").read_text(encoding="utf-8").splitlines())


def _verdicts(name: str) -> dict[str, str]:
    lines = (HERE / name / "expect" / "findings.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split(maxsplit=1) for line in lines if not line.startswith(" "))


def _raised(name: str) -> dict[str, str]:
    return {clause: verdict for clause, verdict in _verdicts(name).items() if verdict in ("violated", "suspected")}
