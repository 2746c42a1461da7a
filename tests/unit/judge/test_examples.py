from pathlib import Path

from rule_files import clause, signal, write_pack

from mingjian.judge import load
from mingjian.judge.examples import run, survivors

LOGIC = """\
violated_if:
  all:
    - seen: {mode: claimed, action: collect, data: device}
    - not: {seen: {mode: claimed, action: complain}}
"""
STRICT = """\
- name: collects, no complaint channel
  covered: [policy]
  given: [claimed collect device.imei]
  expect: violated
- name: collects, complaint channel
  covered: [policy]
  given: [claimed collect device.imei, claimed complain]
  expect: satisfied
- name: collects something else
  covered: [policy]
  given: [claimed collect location.precise, claimed share device.imei, claimed not collect device.imei]
  expect: satisfied
- name: no policy
  given: []
  expect: inconclusive
"""


def test_each_example_says_what_was_expected_and_what_came(tmp_path: Path) -> None:
    examples = STRICT.replace("  expect: satisfied\n", "  expect: violated\n", 1)
    results = run(load(write_pack(tmp_path, {"1.1-a": clause(LOGIC, needs="[policy]", examples=examples)})))
    mine = [(result.example.name, result.example.expect, result.got, result.ok) for result in results if result.owner == "mini/1.1"]
    assert mine == [
        ("collects, no complaint channel", "violated", "violated", True),
        ("collects, complaint channel", "violated", "satisfied", False),
        ("collects something else", "satisfied", "satisfied", True),
        ("no policy", "inconclusive", "inconclusive", True),
    ]


def test_an_example_may_name_the_app_type(tmp_path: Path) -> None:
    logic = "violated_if:\n  some: {of: {mode: declared, action: declare}, as: x, where: {ask: {name: low_relevance, data: $x.data}}}\n"
    line = "  given: [declared declare permission.call_log.READ_CALL_LOG]\n"
    examples = f"- name: a map\n  category: map_navigation\n{line}  expect: violated\n"
    examples += f"- name: nobody said what it is\n{line}  expect: inconclusive\n"
    results = run(load(write_pack(tmp_path, {"1.1-a": clause(logic, needs="[manifest]", examples=examples)})))
    assert all(result.ok for result in results if result.owner == "mini/1.1")


def left(folder: Path, examples: str, logic: str = LOGIC, signals: dict[str, str] | None = None) -> list[tuple[str, str, str]]:
    pack = load(write_pack(folder, {"1.1-a": clause(logic, needs="[policy]", examples=examples)}, signals))
    return [(each.part, each.mutation.kind, each.mutation.where) for each in survivors(pack) if each.owner in ("mini/1.1", "own")]


def test_thorough_examples_let_no_change_of_the_logic_pass(tmp_path: Path) -> None:
    assert left(tmp_path, STRICT) == []


def test_a_part_that_no_example_tests_survives_its_removal(tmp_path: Path) -> None:
    only_first = STRICT.split("- name: collects, complaint channel", maxsplit=1)[0]
    found = left(tmp_path, only_first)
    assert ("violated_if", "drop", "not") in found
    assert ("violated_if", "drop", "seen claimed collect device via policy") in found
    assert ("violated_if", "negate", "all of") not in found


def test_a_signal_is_watched_by_the_clauses_that_use_it(tmp_path: Path) -> None:
    own = signal("own", "seen: {mode: claimed, action: complain}")
    logic = LOGIC.replace("{seen: {mode: claimed, action: complain}}", "{signal: own}")
    assert left(tmp_path / "a", STRICT, logic, {"own": own}) == []
    only_first = STRICT.split("- name: collects, complaint channel", maxsplit=1)[0]
    assert ("when", "constant", "seen claimed complain via policy") in left(tmp_path / "b", only_first, logic, {"own": own})


def test_a_limit_must_be_tested_on_both_sides(tmp_path: Path) -> None:
    logic = "violated_if:\n  tally: {of: {mode: claimed, action: answer}, field: count, over: 15, source: test, kind: law}\n"
    row = "- name: {n} days\n  covered: [policy]\n  given: [claimed answer count {n}]\n  expect: {verdict}\n"
    far = row.format(n=40, verdict="violated") + row.format(n=2, verdict="satisfied")
    near = far + row.format(n=16, verdict="violated") + row.format(n=15, verdict="satisfied")
    numbers = ("violated_if", "constant", "tally count over 15 of claimed answer via policy")
    assert left(tmp_path / "a", far, logic).count(numbers) == 2
    assert numbers not in left(tmp_path / "b", near, logic)
