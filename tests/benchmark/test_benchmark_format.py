"""The collection is complete and sound, as far as it goes; nothing is built here."""

from pathlib import Path

import pytest

from benchmark.cases import BEHAVIOURS, Case, CaseError, Label, base, cases, changed, differences
from benchmark.lint import faults

ALL = list(cases())
CHAPTERS = max(case.chapter for case in ALL)
THERE = [each for each in BEHAVIOURS if int(each.partition(".")[0]) <= CHAPTERS]


def test_every_behaviour_has_its_dossiers_every_positive_its_twin_every_label_a_reason() -> None:
    assert list(faults(ALL, THERE)) == []


def test_bases_are_fewer_than_cases_and_each_is_used() -> None:
    used = {case.sources["app"]["package"] for case in ALL}
    assert {base(name)["app"]["package"] for name in ("market", "weather")} <= used


def test_ids_do_not_repeat() -> None:
    assert len({case.id for case in ALL}) == len(ALL)


def test_the_lint_sees_a_positive_without_a_twin_and_a_label_without_a_reason() -> None:
    lonely = Case("3.1/lonely", "3.1", "positive", "story", {"app": {}}, Label(True, "too short"))
    found = "\n".join(faults([lonely], ["3.1"]))
    assert "3.1/lonely: a positive needs its twin" in found
    assert "3.1/lonely: a label needs its reason" in found
    assert "3.1: 0 near_miss, at least 2" in found


def test_the_lint_sees_a_twin_that_differs_in_more_than_the_decisive_fact() -> None:
    reason = "A reason that is long enough to be one, as the lint asks for."
    positive = Case("3.1/far", "3.1", "positive", "", {str(n): n for n in range(20)}, Label(True, reason), "3.1/far~twin")
    twin = Case("3.1/far~twin", "3.1", "negative", "", {}, Label(False, reason), "3.1/far")
    assert any("differs from its twin in 20 places" in fault for fault in faults([positive, twin], []))
    same = Case("3.1/far~twin", "3.1", "negative", "", positive.sources, Label(False, reason), "3.1/far")
    assert any("differs from its twin in 0 places" in fault for fault in faults([positive, same], []))


def test_changes_merge_mappings_and_replace_everything_else() -> None:
    below = {"a": {"b": 1, "c": [1, 2]}, "d": 4}
    assert changed(below, {"a": {"c": [3]}, "e": {"f": 1}}) == {"a": {"b": 1, "c": [3]}, "d": 4, "e": {"f": 1}}
    assert changed(below, {"a": {"b": None}}) == {"a": {"c": [1, 2]}, "d": 4}
    assert below == {"a": {"b": 1, "c": [1, 2]}, "d": 4}


def test_taking_away_what_is_not_there_is_a_fault_of_the_case() -> None:
    with pytest.raises(CaseError, match="no 'x' to take away"):
        changed({"a": {}}, {"a": {"x": None}})


def test_a_name_that_yaml_reads_as_something_else_is_a_fault_of_the_case() -> None:
    with pytest.raises(CaseError, match="no text"):
        changed({}, {"nodes": {False: "Button! 取消"}})


def test_what_stands_on_one_side_only_is_one_place() -> None:
    assert list(differences({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}, "d": {"e": 1, "f": 2}})) == ["/a/c", "/d"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("base: [", "not YAML"),
        ("- a", "not a mapping"),
        ("base: market\nstory: s\nlabel: {verdict: violated, reason: r}\nwhere: x", "unknown field where"),
        ("base: market\nstory: s\nlabel: {verdict: guilty, reason: r}", "violated or innocent"),
        ("base: nowhere\nstory: s\nlabel: {verdict: innocent, reason: r}", "no such base"),
        ("base: market\nstory: s\nkind: near_miss\nlabel: {verdict: violated, reason: r}", "cannot have this verdict"),
    ],
)
def test_a_case_that_is_not_in_the_format_is_told_with_its_file(tmp_path: Path, text: str, fault: str) -> None:
    file = tmp_path / "1.1" / "bad.yml"
    file.parent.mkdir()
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CaseError, match=fault):
        list(cases(tmp_path))
