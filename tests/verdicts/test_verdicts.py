"""For every clause that a run can decide: a positive, its twin, a near miss; and with hooks missing, clocks not compared, marks moved.

Each file is one clause. A case changes the base session (`with`, `without`, `moved`, `set`), says what else is known (`given` lines,
`covered` channels), and states by reasoning what must come out: the verdict of the clause, and the acts with owner and phase."""

from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from fixtures.scenario import record
from mingjian.extract import network, runtime, ui
from mingjian.extract.context import Context
from mingjian.extract.owner import Owners
from mingjian.extract.recorded import Known
from mingjian.inputs import open_recording
from mingjian.judge import judge, load
from mingjian.model.line import format_line, parse
from mingjian.model.types import Coverage, Observation, Subject

HERE = Path(__file__).parent
KINDS = ("positive", "twin", "near_miss", "hooks_missing", "clock_skewed", "marks_moved")
FILES = sorted((HERE / "cases").glob("*.yml"))
PACK = load("cac-2019")


def read(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return content


CASES = [(file.stem, number, case["kind"]) for file in FILES for number, case in enumerate(read(file)["cases"])]


def scenario(case: dict[str, Any]) -> dict[str, Any]:
    """The base session with the changes of a case."""
    told = deepcopy(read(HERE / "base.yml"))
    for pattern in case.get("without", ()):
        left = [event for event in told["events"] if not pattern.items() <= event.items()]
        assert len(left) < len(told["events"]), f"{pattern} takes nothing away"
        told["events"] = left
    for event in told["events"]:
        if event.get("mark") in case.get("moved", {}):
            event["at"] = case["moved"][event["mark"]]
    told["events"] += case.get("with", [])
    return {**told, **case.get("set", {})}


def observed(case: dict[str, Any], folder: Path) -> tuple[list[Observation], list[Coverage]]:
    """What the run of a case says."""
    told = scenario(case)
    file = folder / "run.jsonl"
    file.write_bytes(record(told))
    artifacts, recording = open_recording([file])
    known = Known(
        Owners("com.example.market", ("com.example.market.MarketApp",)),
        "com.example.market",
        operator_hosts=tuple(told.get("operator", ())),
    )
    context = Context(artifacts[0].sha256, known=known)
    observations: list[Observation] = []
    coverage: list[Coverage] = []
    for extractor in (runtime, network, ui):
        seen, rows = extractor.extract(recording, context)
        observations += seen
        coverage += rows
    return observations, coverage


@pytest.mark.parametrize(("clause", "number", "kind"), CASES)
def test_the_run_decides_the_clause(clause: str, number: int, kind: str, tmp_path: Path) -> None:
    told = read(HERE / "cases" / f"{clause}.yml")
    case = told["cases"][number]
    observations, coverage = observed(case, tmp_path)
    stated = {format_line(replace(item, tally=None)): item for item in observations}
    for act in case.get("acts", ()):
        line = parse(act)
        bare = format_line(replace(line, tally=None))
        assert bare in stated, f"{kind}: {bare} is not among\n" + "\n".join(sorted(stated))
        if line.tally is not None:
            assert any(item.tally == line.tally for item in observations if format_line(replace(item, tally=None)) == bare)
    for act in case.get("no_acts", ()):
        assert format_line(parse(act)) not in stated
    given = [parse(line) for line in case.get("given", told.get("given", ()))]
    covered = [Coverage(channel, "given", "complete") for channel in case.get("covered", told["covered"])]
    subject = Subject("0" * 64, "android", "com.example.market", "1", "集市", None, (), category=case.get("category", told.get("category")))
    findings = judge([PACK], [*given, *observations], [*covered, *coverage], subject)
    [finding] = [each for each in findings if each.clause == told["clause"]]
    assert finding.verdict == case["expect"], f"{kind} ({case['story']}): missing {finding.missing}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_clause_has_every_kind_of_case(file: Path) -> None:
    assert set(KINDS) <= {case["kind"] for case in read(file)["cases"]}
