"""SARIF: accepted by the published schema, stable fingerprints, every clause a rule."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from report_sample import report

from mingjian.model.codec import load_report
from mingjian.model.types import Finding, Proposal, Report
from mingjian.render.sarif import render
from mingjian.scan import judge_again


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


def judged(*packs: str) -> Report:
    lines = ("observed collect device.android_id by sdk.umeng_analytics during before_consent via api",)
    return judge_again(report(lines=lines), packs)


def test_a_result_names_the_data_and_the_owner_of_its_hit() -> None:
    results = json.loads(render(judged("cac-2019"), "en", False))["runs"][0]["results"]
    (found,) = (result["properties"] for result in results if result["ruleId"] == "cac-2019/3.1")
    assert found == {"verdict": "violated", "data": "device.android_id", "owner": "sdk.umeng_analytics"}


def test_a_draft_only_informs_and_nothing_it_raises_counts_as_a_failure() -> None:
    found = judged("cac-2019", "draft-2026")
    raised = {finding.clause for finding in found.findings if finding.verdict in ("violated", "suspected")}
    assert "draft-2026/1" in raised
    run = json.loads(render(found, "en", False))["runs"][0]
    drafts = [result for result in run["results"] if result["ruleId"] == "draft-2026/1"]
    assert {(result["kind"], result["level"]) for result in drafts} == {("informational", "none")}
    assert {result["properties"]["verdict"] for result in drafts} == {"suspected"}
    assert {result["properties"]["capped"] for result in drafts} == {"draft"}
    assert {result["ruleId"] for result in run["results"] if result["kind"] == "fail"} == {
        id for id in raised if id.startswith("cac-2019/")
    }
    (rule,) = (rule for rule in run["tool"]["driver"]["rules"] if rule["id"] == "draft-2026/1")
    assert "draft" in rule["properties"]["tags"]


@pytest.mark.parametrize(("lang", "words"), [("zh", "程序推测，未经人工确认"), ("en", "proposed by the program, not confirmed")])
def test_a_proposed_type_is_told_as_proposed(lang: str, words: str) -> None:
    known = report()
    proposed = replace(known, subject=replace(known.subject, category=None, proposed=Proposal("proposed", "food_delivery")))
    told = json.loads(render(proposed, lang, False))["runs"][0]["properties"]
    assert "category" not in told
    assert told["proposedCategory"] == "food_delivery"
    assert words in told["proposal"][0]
    named = replace(known, subject=replace(proposed.subject, category="hotel"))
    assert json.loads(render(named, lang, False))["runs"][0]["properties"] == {"category": "hotel"}


def absent(found: Report) -> Finding:
    """A clause that was raised because something is missing."""
    return next(
        each for each in found.findings if each.verdict in ("violated", "suspected") and not any(hit.observations for hit in each.hits)
    )


def test_a_fault_by_absence_says_so() -> None:
    stored = Path(__file__).parents[2] / "golden" / "food-app-runs-breaking-rules" / "expect" / "report.json"
    found = load_report(stored.read_bytes())
    clause = absent(found).clause
    results = json.loads(render(found, "en", False))["runs"][0]["results"]
    assert all("missing: " in result["message"]["text"] for result in results if result["ruleId"] == clause)
    assert not [result for result in results if result["message"]["text"].endswith(": ")]


@pytest.mark.parametrize(("platform", "file"), [("android", "AndroidManifest.xml"), ("ios", "Info.plist"), ("harmony", "module.json")])
def test_what_has_no_entry_of_its_own_is_placed_at_the_platforms_manifest(platform: Any, file: str) -> None:
    known = report()
    results = json.loads(render(replace(known, subject=replace(known.subject, platform=platform)), "en", False))["runs"][0]["results"]
    (place,) = next(result["locations"] for result in results if result["kind"] == "open")
    assert place["physicalLocation"]["artifactLocation"]["uri"] == f"a%20b.apk/{file}"
