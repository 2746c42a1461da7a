"""What is no law, or law whose text we do not have: a notice of 2023 in part, a standard by its contents, practice of stores, a draft."""

from typing import Any

import pytest

from mingjian.judge import load, shipped_packs
from mingjian.judge.examples import run
from mingjian.judge.rule import Pack
from mingjian.model.shipped import read_yaml, rules_folder

OURS = ("miit-2023-26", "gb41391", "store", "draft-2026")
CONFIDENCES = {"full_text", "read", "reprint", "notices", "recalled", "derived"}


def verdicts(pack: Pack, *clauses: str) -> set[str]:
    """What the examples of some clauses come out as; of all, when none is named."""
    return {str(result.got) for result in run(pack) if result.owner in clauses or (not clauses and result.owner.startswith(f"{pack.id}/"))}


@pytest.mark.parametrize(
    ("name", "nature"), [("miit-2023-26", "law"), ("gb41391", "standard"), ("store", "practice"), ("draft-2026", "draft")]
)
def test_each_pack_says_what_its_instrument_is(name: str, nature: str) -> None:
    assert load(name).nature == nature


@pytest.mark.parametrize("name", ["gb41391", "draft-2026"])
def test_nothing_is_violated_by_contents_or_by_a_draft(name: str) -> None:
    pack = load(name)
    assert all(pack.cap(clause) for clause in pack.clauses)
    assert verdicts(pack) == {"suspected", "satisfied", "inconclusive"}


def test_measures_whose_number_is_uncertain_accuse_nobody_and_the_first_ten_may() -> None:
    pack = load("miit-2023-26")
    capped = {clause.cites.measure for clause in pack.clauses if pack.cap(clause)}
    assert capped == {11, 14, 19}
    assert {clause.cites.measure for clause in pack.clauses} - capped == set(range(1, 11))
    for clause in pack.clauses:
        assert ("violated" in verdicts(pack, clause.id)) is (clause.cites.measure not in capped), clause.id


def test_the_numbers_of_stores_are_practice_and_have_their_source() -> None:
    pack = load("store")
    folder = rules_folder()
    files = [*(folder / "packs" / "store" / "clauses").iterdir(), *(folder / "signals").glob("reads-*.yml")]
    found = [tally for file in files for tally in tallies(read_yaml(file))]
    assert sorted((tally["field"], tally.get("over"), tally.get("under")) for tally in found) == [
        ("count", 3, None),
        ("minute", 3, None),
        ("minute", 3, None),
        ("period", None, 6),
        ("second", 1, None),
        ("second", 3, None),
    ]
    assert {tally["kind"] for tally in found} == {"practice"}
    assert all("rejection notice" in tally["source"].lower() for tally in found)
    assert [clause.cites.point for clause in pack.clauses] == ["1", "2", "3"]


def tallies(node: Any) -> list[dict[str, Any]]:
    """Every tally in a rule file."""
    if isinstance(node, dict):
        inner = [found for value in node.values() for found in tallies(value)]
        return [node["tally"], *inner] if "tally" in node else inner
    return [found for value in node for found in tallies(value)] if isinstance(node, list) else []


@pytest.mark.parametrize("name", OURS)
def test_the_crosswalk_points_from_every_clause_to_named_instruments(name: str) -> None:
    crosswalk: dict[str, Any] = read_yaml(rules_folder() / "packs" / name / "crosswalk.yml")
    assert list(crosswalk["links"]) == [clause.id for clause in load(name).clauses]
    links = [link for links in crosswalk["links"].values() for link in links]
    assert {link["instrument"] for link in links} == set(crosswalk["instruments"])
    for link in links:
        assert set(link) == {"rule", "instrument", "ref", "confidence", "linked"}
        assert link["confidence"] in CONFIDENCES
        assert link["linked"] in ("noted", "ours")
        assert link["rule"].startswith(link["instrument"])


def test_a_question_that_several_clauses_ask_is_worded_once() -> None:
    """An answer goes by the question's id alone, so that one answer serves every pack that asks."""
    asked: dict[str, tuple[str, str]] = {}
    for name in shipped_packs():
        for clause in load(name).clauses:
            for question in clause.checklist:
                words = (question.text.zh, question.text.en)
                assert asked.setdefault(question.id, words) == words, (clause.id, question.id)
