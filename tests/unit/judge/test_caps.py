"""A clause whose text nobody has at hand, or that is not in force, accuses nobody by itself."""

from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from rule_files import EXAMPLES, PACK, clause, write_pack

from mingjian.cli.options import exit_code
from mingjian.errors import RuleError
from mingjian.judge import Pack, judge, load
from mingjian.judge.clauses import CONFIDENCES
from mingjian.judge.examples import Result, run, survivors
from mingjian.judge.lint import lint
from mingjian.model.line import parse
from mingjian.model.types import Cap, Coverage, Finding, Report, Subject, Tool
from mingjian.render import FORMATS, renderer
from mingjian.scan import judge_again

READ = parse("observed collect device.android_id by sdk.umeng during before_consent via api")
RECORDED = Coverage("api", "test", "complete", ("before_consent",))
SUBJECT = Subject("0" * 64, "android", "com.example", "1", "Example", None, ())
CAPPED = EXAMPLES.replace("expect: violated", "expect: suspected")
SURE = ("full_text", "read", "reprint", "notices", "derived")


def known_as(confidence: str, folder: Path, head: str = PACK, examples: str = CAPPED) -> str:
    return write_pack(folder, {"1.1-a": clause(examples=examples).replace("confidence: read", f"confidence: {confidence}")}, head=head)


def of_clause(pack: Pack) -> list[Result]:
    return [result for result in run(pack) if result.owner == "mini/1.1"]


def found(pack: str) -> Finding:
    (finding,) = judge(load(pack), [READ], [RECORDED], SUBJECT)
    return finding


@pytest.mark.parametrize("confidence", CONFIDENCES)
def test_how_a_text_is_known_decides_how_strong_its_verdict_can_be(confidence: str, tmp_path: Path) -> None:
    finding = found(known_as(confidence, tmp_path))
    expected = ("violated", None) if confidence in SURE else ("suspected", confidence)
    assert (finding.verdict, finding.capped) == expected
    assert [hit.observations for hit in finding.hits] == [(0,)]


def test_every_cap_is_a_confidence_or_the_draft() -> None:
    assert {*SURE, *get_args(Cap)} - {"draft"} == set(CONFIDENCES)


def test_a_draft_is_capped_however_well_it_is_known(tmp_path: Path) -> None:
    finding = found(known_as("full_text", tmp_path, PACK + "nature: draft\n"))
    assert (finding.verdict, finding.capped) == ("suspected", "draft")


def test_a_cap_touches_no_other_verdict(tmp_path: Path) -> None:
    pack = load(known_as("recalled", tmp_path))
    (quiet,) = judge(pack, [], [RECORDED], SUBJECT)
    (silent,) = judge(pack, [], [], SUBJECT)
    assert [(each.verdict, each.capped) for each in (quiet, silent)] == [("satisfied", None), ("inconclusive", None)]


def test_examples_state_the_verdict_after_the_cap(tmp_path: Path) -> None:
    pack = load(known_as("recalled", tmp_path / "a"))
    assert [(result.ok, result.capped) for result in of_clause(pack)] == [(True, "recalled"), (True, None), (True, None)]
    uncapped = load(known_as("recalled", tmp_path / "b", examples=EXAMPLES))
    assert [result.ok for result in of_clause(uncapped)] == [False, True, True]


def test_breaking_the_logic_is_noticed_behind_a_cap(tmp_path: Path) -> None:
    """Suspected would stay suspected if only the verdict after the cap were watched."""
    suspicion = "suspected_if:\n  seen: {mode: observed, channel: api, action: collect, data: device, phase: before_consent}\n"
    logic = (
        f"violated_if:\n  seen: {{mode: observed, channel: api, action: collect, data: device.imei, phase: before_consent}}\n{suspicion}"
    )
    other = {"android_id": "imei", "name: ": "name: IMEI, "}
    capped, sure = CAPPED, EXAMPLES
    for before, after in other.items():
        capped, sure = capped.replace(before, after), sure.replace(before, after)
    read = load(write_pack(tmp_path / "read", {"1.1-a": clause(logic, examples=CAPPED + sure)}))
    text = clause(logic, examples=CAPPED + capped).replace("confidence: read", "confidence: recalled")
    recalled = load(write_pack(tmp_path / "recalled", {"1.1-a": text}))
    assert all(result.ok for result in of_clause(recalled))
    assert {result.capped for result in of_clause(recalled) if result.got == "suspected"} == {None, "recalled"}
    mutations = [[(each.part, each.mutation) for each in survivors(pack) if each.owner == "mini/1.1"] for pack in (read, recalled)]
    assert mutations[0] == mutations[1]
    assert ("violated_if", "negate") not in {(part, mutation.kind) for part, mutation in mutations[1]}


def test_a_suspicion_of_another_kind_is_no_example_of_what_the_cap_lowers(tmp_path: Path) -> None:
    suspicion = "violated_if:\n  seen: {mode: observed, channel: api, action: share, phase: before_consent}\n"
    suspicion += "suspected_if:\n  seen: {mode: observed, channel: api, action: collect, data: device, phase: before_consent}\n"
    text = clause(suspicion, examples=CAPPED).replace("confidence: read", "confidence: recalled")
    assert "no_capped" in [problem.code for problem in lint(write_pack(tmp_path, {"1.1-a": text}))]


def test_a_sound_capped_clause_has_no_problem(tmp_path: Path) -> None:
    assert lint(known_as("uncertain", tmp_path)) == ()


@pytest.mark.parametrize(
    ("place", "number"),
    [
        ("article: 17", "17"),
        ("article: 17, paragraph: 2", "17.2"),
        ("article: 17", "17a"),
        ("measure: 8", "8"),
        ("point: II.5", "5"),
        ("annex: E", "E"),
    ],
)
def test_a_clause_bears_the_number_of_its_place(place: str, number: str, tmp_path: Path) -> None:
    text = clause().replace("chapter: 1, item: 1", place).replace("mini/1.1", f"mini/{number}")
    assert lint(write_pack(tmp_path, {f"{number}-a": text})) == ()
    assert "id_path" in [
        problem.code for problem in lint(write_pack(tmp_path / "b", {f"9{number}-a": text.replace(number, f"9{number}", 1)}))
    ]


@pytest.mark.parametrize(
    ("place", "key"),
    [
        ("chapter: 1", "rules.bad_citation"),
        ("paragraph: 1", "rules.bad_citation"),
        ("chapter: 1, item: 1, article: 2", "rules.bad_citation"),
        ("measure: 1, annex: A", "rules.bad_citation"),
        ("annex: AB", "rules.bad_point"),
        ("point: second", "rules.bad_point"),
        ("section: 3", "rules.unknown_key"),
    ],
)
def test_a_place_is_one_way_of_counting(place: str, key: str, tmp_path: Path) -> None:
    with pytest.raises(RuleError) as error:
        load(write_pack(tmp_path, {"1.1-a": clause().replace("chapter: 1, item: 1", place)}))
    assert error.value.key == key


def test_a_label_travels_with_the_clause(tmp_path: Path) -> None:
    text = clause().replace("cites:", "label: {zh: 违规收集, en: Unlawful collection}\ncites:")
    (labelled,) = load(write_pack(tmp_path, {"1.1-a": text})).clauses
    assert labelled.label is not None
    assert (labelled.label.zh, labelled.label.en) == ("违规收集", "Unlawful collection")


@pytest.fixture
def report(tmp_path: Path) -> Report:
    empty = Report(
        tool=Tool("1", "c", "none"),
        subject=SUBJECT,
        packs=(),
        clauses=(),
        coverage=(RECORDED,),
        observations=(READ,),
        findings=(),
        created_at="2026-01-01T00:00:00+08:00",
    )
    return judge_again(empty, [load(known_as("recalled", tmp_path))])


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_says_why_a_verdict_is_no_stronger(name: str, report: Report) -> None:
    shown = renderer(name)(report, "en", True).decode()
    assert ('"capped": "recalled"' if name == "json" else "only suspected: the text of the clause is recalled") in shown
    if name != "json":
        bare = replace(report, findings=tuple(replace(each, capped=None) for each in report.findings))
        assert "only suspected" not in renderer(name)(bare, "en", True).decode()


def test_a_draft_raises_no_exit_code(report: Report) -> None:
    assert exit_code(report) == 2
    draft = replace(report, packs=tuple(replace(pack, nature="draft") for pack in report.packs))
    assert [exit_code(draft, word) for word in ("violated", "suspected", "inconclusive")] == [0, 0, 0]
