"""SARIF: accepted by the published schema, stable fingerprints, every clause a rule."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from report_sample import report

from mingjian.render.sarif import render


@pytest.fixture(scope="module")
def schema(corpus: Path) -> Any:
    return json.loads((corpus / "jest-sarif-1.0.0-beta.0/package/lib/schemas/sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_published_schema_accepts_it(schema: Any, lang: str) -> None:
    jsonschema.validate(json.loads(render(report(), lang, False)), schema)


def test_the_schema_can_refuse(schema: Any) -> None:
    log = json.loads(render(report(), "en", False))
    log["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(log, schema)


def test_every_clause_is_a_rule_and_has_a_result() -> None:
    run = json.loads(render(report(), "en", False))["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == [clause.id for clause in report().clauses]
    assert {result["ruleId"] for result in run["results"]} == set(rules)


def test_levels_follow_verdicts() -> None:
    results = json.loads(render(report(), "en", False))["runs"][0]["results"]
    levels = {result["ruleId"]: result["level"] for result in results}
    assert levels["cac-2019/3.1"] == "warning"
    assert levels["cac-2019/6.5"] == "none"


def test_fingerprints_survive_a_new_version_and_a_moved_line() -> None:
    old = report()
    moved = tuple(
        replace(item, evidence=(replace(item.evidence[0], locator="dex:classes.dex!La;->b()V+0x1"),)) for item in old.observations
    )
    new = replace(old, subject=replace(old.subject, version="9.9", id="99" * 32), observations=moved)

    def prints(log: bytes) -> list[str]:
        results = json.loads(log)["runs"][0]["results"]
        return [result["partialFingerprints"]["mingjianHit/v1"] for result in results if "partialFingerprints" in result]

    assert prints(render(old, "en", False)) == prints(render(new, "en", False))
    assert prints(render(old, "en", False))
