"""What an answer is worth: wrong fact, wrong owner and wrong clause are told apart, and inconclusive is neither hit nor miss."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import benchmark.__main__
from benchmark.cases import Case, Label
from benchmark.claims import Answer, Claim, read
from benchmark.score import figures, outcome

CLAUSE = "cac-2019/3.1"
POSITIVE = Case("3.1/p", "3.1", "positive", "", {}, Label(True, "", ("device.android_id",), "sdk.umeng_analytics", ("5.1",)))
INNOCENT = Case("3.1/n", "3.1", "negative", "", {}, Label(False, ""))


def said(*claims: Claim) -> Answer:
    return Answer(claims)


@pytest.mark.parametrize(
    ("claims", "kind", "owner"),
    [
        ([Claim(CLAUSE, "violated", "device.android_id", "sdk.umeng_analytics")], "hit", "right"),
        ([Claim(CLAUSE, "suspected", "device.android_id", "sdk.umeng_analytics")], "hit", "right"),
        ([Claim(CLAUSE, "violated", "device.android_id", "sdk.jpush")], "hit", "wrong"),
        ([Claim(CLAUSE, "violated", "device.android_id", "unknown")], "hit", "unknown"),
        ([Claim(CLAUSE, "violated")], "hit", "unknown"),
        ([Claim(CLAUSE, "violated", "device.imei", "sdk.umeng_analytics")], "wrong_fact", None),
        ([Claim("cac-2019/4.1", "violated", "device.android_id"), Claim(CLAUSE, "satisfied")], "wrong_clause", None),
        ([Claim("cac-2019/5.1", "violated", "device.android_id"), Claim(CLAUSE, "satisfied")], "missed", None),
        ([Claim(CLAUSE, "satisfied")], "missed", None),
        ([Claim(CLAUSE, "not_applicable")], "missed", None),
        ([], "missed", None),
        ([Claim(CLAUSE, "inconclusive")], "open", None),
    ],
)
def test_a_positive(claims: list[Claim], kind: str, owner: str | None) -> None:
    found = outcome(POSITIVE, said(*claims))
    assert (found.kind, found.owner) == (kind, owner)


@pytest.mark.parametrize(
    ("claims", "kind"),
    [
        ([Claim(CLAUSE, "suspected", "device.imei")], "false_alarm"),
        ([Claim(CLAUSE, "violated")], "false_alarm"),
        ([Claim(CLAUSE, "satisfied")], "quiet"),
        ([Claim(CLAUSE, "not_applicable")], "quiet"),
        ([Claim(CLAUSE, "inconclusive")], "open"),
        ([], "quiet"),
    ],
)
def test_an_innocent_dossier(claims: list[Claim], kind: str) -> None:
    assert outcome(INNOCENT, said(*claims)).kind == kind


def test_what_a_tool_does_not_speak_of_is_open_and_so_is_a_dossier_that_it_fails_on() -> None:
    assert outcome(POSITIVE, Answer((), frozenset({"cac-2019/2.1"}))).kind == "open"
    assert outcome(INNOCENT, Answer((), frozenset({"cac-2019/2.1"}))).kind == "open"
    assert outcome(INNOCENT, Answer((), failed="InputError")).kind == "open"


def test_clauses_called_violated_that_the_label_does_not_name_are_counted() -> None:
    claims = [Claim(each, "violated") for each in (CLAUSE, "cac-2019/5.1", "cac-2019/4.4", "pipl/17")]
    assert outcome(POSITIVE, said(*claims, Claim("cac-2019/6.1", "suspected"))).elsewhere == ("cac-2019/4.4",)


def test_a_fact_within_the_data_of_the_label_is_the_right_one_and_a_wider_one_is_not() -> None:
    narrow = Case("3.1/l", "3.1", "positive", "", {}, Label(True, "", ("location",)))
    assert outcome(narrow, said(Claim(CLAUSE, "violated", "location.precise"))).kind == "hit"
    assert outcome(narrow, said(Claim(CLAUSE, "violated", "locations"))).kind == "wrong_fact"


def test_inconclusive_lowers_the_coverage_and_nothing_else() -> None:
    stored: list[dict[str, Any]] = [
        {"kind": "hit", "owner": "right"},
        {"kind": "hit", "owner": "wrong"},
        {"kind": "quiet"},
        {"kind": "missed"},
    ]
    before, after = figures(stored), figures([*stored, {"kind": "open"}])
    assert (before.precision, before.recall, before.coverage, before.owner) == (1.0, 2 / 3, 1.0, 0.5)
    assert (after.precision, after.recall, after.coverage, after.owner) == (1.0, 2 / 3, 0.8, 0.5)


def test_every_kind_of_error_lowers_what_it_should() -> None:
    assert figures([{"kind": "hit"}, {"kind": "false_alarm"}]).precision == 0.5
    assert figures([{"kind": "hit"}, {"kind": "wrong_fact"}]).precision == 0.5
    assert figures([{"kind": "hit"}, {"kind": "wrong_fact"}]).recall == 0.5
    assert figures([{"kind": "hit"}, {"kind": "wrong_clause"}]).recall == 0.5
    assert figures([{"kind": "quiet"}]).precision is None


def test_a_report_of_ours_is_read_with_the_facts_of_its_hits() -> None:
    report = {
        "observations": [{"data": "device.imei", "actor": "app"}, {"data": "device.android_id", "actor": "sdk.jpush"}],
        "findings": [
            {"clause": CLAUSE, "verdict": "violated", "hits": [{"observations": [1]}]},
            {"clause": "cac-2019/1.2", "verdict": "satisfied"},
        ],
    }
    assert read(json.dumps(report).encode()).claims == (
        Claim(CLAUSE, "violated", "device.android_id", "sdk.jpush"),
        Claim("cac-2019/1.2", "satisfied"),
    )


def test_sarif_of_any_tool_is_read_by_rule_kind_and_level() -> None:
    results = [
        {"ruleId": CLAUSE, "kind": "fail", "level": "error", "properties": {"data": "device.imei", "owner": "app"}},
        {"ruleId": "cac-2019/1.1", "level": "warning"},
        {"ruleId": "cac-2019/1.2", "kind": "open", "level": "none"},
        {"ruleId": "cac-2019/1.3", "kind": "pass"},
        {"ruleId": "cac-2019/1.4", "kind": "notApplicable"},
    ]
    found = read(json.dumps({"version": "2.1.0", "runs": [{"results": results}]}).encode()).claims
    assert [claim.verdict for claim in found] == ["violated", "suspected", "inconclusive", "satisfied", "not_applicable"]
    assert found[0] == Claim(CLAUSE, "violated", "device.imei", "app")


def test_anything_else_is_refused() -> None:
    with pytest.raises(ValueError, match="neither"):
        read(b'{"results": []}')


DAMAGED = (
    b"",
    b"[" * 100_000,
    b"\xff\xfe",
    b'{"runs": [1]}',
    b'{"runs": [{"results": [7]}]}',
    b'{"runs": [{"results": [{"kind": ["fail"]}]}]}',
    b'{"findings": [{"clause": "cac-2019/3.1"}], "observations": []}',
    b'{"findings": [{"clause": "cac-2019/3.1", "verdict": "guilty"}], "observations": []}',
    b'{"findings": [{"clause": "cac-2019/3.1", "verdict": "violated", "hits": [{"observations": [4]}]}], "observations": []}',
)


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_answer_is_refused_and_nothing_else_happens(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"Expecting|deep|decode|damaged|no verdict"):
        read(content)


def test_a_damaged_answer_is_one_line_and_open_and_the_others_are_scored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark.__main__, "cases", lambda: (POSITIVE, INNOCENT))
    (tmp_path / "3.1").mkdir()
    (tmp_path / "3.1/p.sarif").write_bytes(b'{"runs": [1]}')
    (tmp_path / "3.1/n.json").write_text(json.dumps({"observations": [], "findings": [{"clause": CLAUSE, "verdict": "satisfied"}]}))
    found = CliRunner().invoke(benchmark.__main__.main, ["score", str(tmp_path)])
    assert found.exit_code == 0
    assert "p.sarif: cannot be read: damaged" in found.output
    assert "3.1/p: open\n3.1/n: quiet\n" in found.stdout
