from pathlib import Path

import pytest
from rule_files import EXAMPLES, PACK, VIOLATED_IF, clause, signal, write_pack

from mingjian.judge.lint import lint

QUESTION = "checklist:\n  - {id: misled, text: {zh: 误导, en: Misled}}\n"
REVIEWED = """\
- {name: yes, given: [shown attest.misled via review], expect: violated}
- {name: no, near_miss: true, given: [shown not attest.misled via review], expect: satisfied}
- {name: silence, given: [], expect: inconclusive}
"""


def codes(pack: str) -> list[tuple[str, int]]:
    return [(problem.code, problem.place.line) for problem in lint(pack)]


def test_a_sound_pack_has_no_problem(tmp_path: Path) -> None:
    clauses = {"1.1-a": clause(), "1.2-b": clause(QUESTION, "1.2", "[review]", REVIEWED)}
    assert codes(write_pack(tmp_path, clauses)) == []


@pytest.mark.parametrize(
    ("before", "after", "code", "line"),
    [
        ("id: mini/1.1", "id: mini/1.2", "id_path", 1),
        ("id: mini/1.1", "id: other/1.1", "id_path", 1),
        ("item: 1,", "item: 2,", "id_path", 1),
        ("instrument: MINI", "instrument: OTHER", "instrument", 3),
        ("status: preview", "status: stable", "golden", 5),
        ("confidence: read", "confidence: recalled", "no_example", 11),
        ("confidence: read}\nseverity: high\nstatus: preview", "confidence: titles}\nseverity: high\nstatus: stable", "capped", 5),
        ("cites:", "label: {zh: Label, en: Label}\ncites:", "languages", 3),
        ("needs: [api@before_consent]", "needs: [api@foreground]", "channels", 6),
        ("needs: [api@before_consent]", "needs: [api@before_consent, api@before_consent]", "channels", 6),
        ("needs: [api@before_consent]", "needs: [api@before_consent]\nhelps: [code]", "channels", 7),
        ("zh: 标题", "zh: Title", "languages", 2),
        ("en: Title", "en: 标题", "languages", 2),
        ("en: Message", 'en: "Message {data}"', "placeholder", 9),
        ("    near_miss: true\n", "", "near_miss", 11),
        ("name: read after consent", "name: read before consent", "example_name", 17),
        ("during foreground", "during before_consent", "example", 17),
    ],
)
def test_a_fault_is_found_at_its_line(before: str, after: str, code: str, line: int, tmp_path: Path) -> None:
    text = clause()
    assert before in text
    assert (code, line) in codes(write_pack(tmp_path, {"1.1-a": text.replace(before, after, 1)}))


@pytest.mark.parametrize("verdict", ["violated", "satisfied", "inconclusive"])
def test_each_outcome_needs_an_example(verdict: str, tmp_path: Path) -> None:
    kept = "".join(f"- name:{each}" for each in EXAMPLES.split("- name:")[1:] if f"expect: {verdict}" not in each)
    assert ("no_example", 11) in codes(write_pack(tmp_path, {"1.1-a": clause(examples=kept)}))


def test_stable_with_a_golden_case_is_sound(tmp_path: Path) -> None:
    text = clause(status="stable").replace("examples:", "golden: umeng-reads-id-first\nexamples:")
    assert codes(write_pack(tmp_path, {"1.1-a": text})) == []


def test_helps_are_what_only_suspicion_reads(tmp_path: Path) -> None:
    logic = (
        "helps: [code]\nviolated_if:\n  " + VIOLATED_IF + "\nsuspected_if:\n  any:\n    - seen: {mode: possible, action: collect}\n"
        "    - " + VIOLATED_IF + "\n"
    )
    assert codes(write_pack(tmp_path, {"1.1-a": clause(logic)})) == []


def test_a_phase_taken_from_a_join_is_read_in_every_phase_of_the_join(tmp_path: Path) -> None:
    logic = (
        "violated_if:\n  some: {of: {mode: observed, channel: api, action: collect, phase: [foreground, background]}, as: x, "
        "where: {not: {seen: {mode: shown, action: prompt, phase: $x.phase}}}}\n"
    )
    needs = "[api@foreground, api@background, ui@foreground, ui@background]"
    assert "channels" not in [code for code, _ in codes(write_pack(tmp_path, {"1.1-a": clause(logic, needs=needs)}))]


def test_a_file_is_named_after_its_number_and_fault(tmp_path: Path) -> None:
    assert codes(write_pack(tmp_path, {"collects": clause()})) == [("id_path", 1)]


def test_a_retired_id_is_not_used_again(tmp_path: Path) -> None:
    assert codes(write_pack(tmp_path, {"1.1-a": clause()}, head=PACK + "retired: [mini/1.1]\n")) == [("id_reused", 1)]


def test_a_pack_is_called_like_its_folder(tmp_path: Path) -> None:
    assert ("pack_id", 1) in codes(write_pack(tmp_path, {}, head=PACK.replace("id: mini", "id: maxi")))


def test_question_ids_are_unique_in_the_pack(tmp_path: Path) -> None:
    clauses = {f"1.{item}-a": clause(QUESTION, f"1.{item}", "[review]", REVIEWED) for item in (1, 2)}
    assert [code for code, _ in codes(write_pack(tmp_path, clauses))] == ["question_id"]


def test_ask_stays_the_exception(tmp_path: Path) -> None:
    logic = "violated_if:\n  some: {of: {mode: declared, action: declare}, as: x, where: {signal: own}}\n"
    asks = "some: {of: {mode: declared}, as: y, where: {ask: {name: low_relevance, data: $y.data}}}"
    pack = write_pack(tmp_path, {"1.1-a": clause(logic, needs="[manifest]")}, {"own": signal("own", asks)})
    assert "ask_share" in [code for code, _ in codes(pack)]


def test_a_signal_of_the_pack_must_be_used_and_proved(tmp_path: Path) -> None:
    found = codes(write_pack(tmp_path, {"1.1-a": clause()}, {"own": signal("own", "seen: {mode: claimed, action: complain}")}))
    assert found == [("unused_signal", 1), ("no_example", 5), ("no_example", 5), ("no_example", 5)]


def test_every_fault_of_every_file_is_told_and_each_is_one_line(tmp_path: Path) -> None:
    broken = {"1.1-a": clause().replace("severity: high", "severity: worst"), "1.2-b": "[", "1.3-c": clause(number="1.3", needs="[]")}
    problems = lint(write_pack(tmp_path, broken))
    assert [problem.code for problem in problems] == ["unknown_word", "not_yaml", "channels"]
    for problem in problems:
        for lang in ("zh", "en"):
            line = problem.message(lang)
            assert line.startswith(f"{problem.place.path}:{problem.place.line}:{problem.place.column}: {problem.code} ")
            assert "\n" not in line
            assert line.count(problem.place.path) == 1
