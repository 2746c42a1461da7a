"""The ministries' lists, the necessary information of the 39 types, the rules on algorithms and on minors: complete and careful."""

from dataclasses import replace
from typing import Any

import pytest

from mingjian.judge import load, shipped_packs
from mingjian.judge.evaluate import Evaluation
from mingjian.judge.examples import evaluation_of
from mingjian.judge.parse import CHANNELS
from mingjian.judge.rule import Pack
from mingjian.judge.verdict import find, judge
from mingjian.model.line import parse
from mingjian.model.shipped import read_yaml, rules_folder
from mingjian.model.types import Coverage, Subject, Verdict

CLAUSES = {
    "miit-164": "1 2 3 4 5 6 7 8 9 10",
    "miit-337": "1 2 3 4 5 6 7 8",
    "nec-2021": "3 4 5",
    "algorithm-2022": "16 17a 17b 26",
    "minors-2024": "24 31 32 34 37 43",
}
LABELLED = ("miit-164", "miit-337")
"""Packs whose problems public lists print under names of their own."""

EVERY_PHASE = ("before_consent", "after_refusal", "after_denial", "foreground", "background", "closed")
CONFIDENCES = {"full_text", "read", "reprint", "notices", "recalled", "derived", "contents", "titles"}

HONEST = """
claimed publish.rules by app count 6000
claimed collect location.precise by app for service.location
claimed collect basic.phone_number by app for service.account
claimed account.cancel by app
claimed correct by app
claimed delete by app
declared declare permission.location.ACCESS_FINE_LOCATION by app via manifest
possible collect location.precise by app during ui via code
possible ask permission.location.ACCESS_FINE_LOCATION by app during ui via code
shown prompt.policy during before_consent
shown refuse during before_consent
shown account during foreground
shown account.cancel during foreground
shown prompt.purpose permission.location.ACCESS_FINE_LOCATION by app during foreground
shown ask permission.location.ACCESS_FINE_LOCATION by app during foreground
observed ask permission.location.ACCESS_FINE_LOCATION by app during foreground via api
observed collect location.precise by app during foreground via api count 1 second 1
observed share.plain location.precise to operator by app during foreground via network
""".strip().splitlines()
"""A map that tells what it does, asks when it must, and does no more."""


@pytest.fixture(scope="module", params=CLAUSES)
def pack(request: pytest.FixtureRequest) -> Pack:
    return load(request.param)


def subject(category: str | None) -> Subject:
    return Subject("0", "android", "com.example.map", "1.0", "地图", None, (), category=category)


def covered(names: str) -> list[Coverage]:
    found: list[Coverage] = []
    for name in names.split():
        channel, _, phase = name.partition("@")
        found += [Coverage(known, "test", "complete", (phase,) if phase else ()) for known in CHANNELS if known == channel]
    return found


def verdicts(pack: Pack, lines: list[str], channels: str, category: str | None = "map_navigation") -> dict[str, Verdict]:
    given = [parse(line) for line in lines]
    return {found.clause.rpartition("/")[2]: found.verdict for found in judge(pack, given, covered(channels), subject(category))}


def everything() -> str:
    recorded = [f"{channel}@{phase}" for channel in ("api", "network", "ui") for phase in EVERY_PHASE]
    return " ".join(["policy", "manifest", "layout", "code", "flow", *recorded])


def test_every_provision_has_its_clause(pack: Pack) -> None:
    assert [clause.id for clause in pack.clauses] == [f"{pack.id}/{number}" for number in CLAUSES[pack.id].split()]


@pytest.mark.parametrize("name", LABELLED)
def test_problems_bear_the_names_that_public_lists_print(name: str) -> None:
    labels = [clause.label for clause in load(name).clauses]
    assert all(label is not None for label in labels)
    assert len({label.zh for label in labels if label}) == len(labels)


def test_an_app_nobody_looked_at_is_inconclusive_throughout(pack: Pack) -> None:
    assert set(verdicts(pack, [], "", category=None).values()) == {"inconclusive"}


def test_package_and_policy_alone_acquit_of_nothing(pack: Pack) -> None:
    still = [line for line in HONEST if line.split()[0] in ("claimed", "declared", "possible")]
    found = verdicts(pack, still, "policy manifest layout code flow")
    assert set(found.values()) <= {"inconclusive", "not_applicable"}, found


def test_a_map_that_keeps_its_word_is_not_even_suspected(pack: Pack) -> None:
    found = verdicts(pack, HONEST, everything())
    assert {number: verdict for number, verdict in found.items() if verdict in ("violated", "suspected")} == {}


def test_the_same_map_with_one_early_read_is_found_out() -> None:
    lines = [*HONEST, "observed collect location.precise by app during before_consent via api count 1 second 1"]
    assert verdicts(load("miit-164"), lines, everything())["1"] == "violated"
    assert verdicts(load("miit-337"), lines, everything())["1"] == "violated"


@pytest.mark.parametrize(("name", "number"), [("miit-164", "5"), ("miit-337", "5"), ("nec-2021", "4")])
def test_the_same_map_that_quits_without_the_call_log_is_suspected_until_a_person_judges_the_need(name: str, number: str) -> None:
    """Which permissions a type can do without is our own table and no law's, so that it convicts nobody by itself."""
    lines = [*HONEST, "shown block permission.call_log.READ_CALL_LOG during after_denial"]
    assert verdicts(load(name), lines, everything())[number] == "suspected"
    assert verdicts(load(name), [*lines, "shown attest.unneeded via review"], everything())[number] == "violated"


def test_a_map_that_quits_without_the_address_book_breaks_the_laws_own_list() -> None:
    lines = [*HONEST, "shown block contacts.address_book during after_denial"]
    assert verdicts(load("nec-2021"), lines, everything())["4"] == "violated"
    assert verdicts(load("minors-2024"), lines, everything())["32"] not in ("violated", "suspected")


def test_doubt_never_convicts(pack: Pack) -> None:
    """The facts that convict in an example no longer do so once the extractor is unsure of each of them."""
    for rule in pack.rules:
        for example in rule.examples:
            sure = find(rule, evaluation_of(example, pack.whens), example.given)
            if sure.verdict != "violated":
                continue
            unsure = tuple(replace(fact, certain=False) for fact in example.given)
            found = find(rule, Evaluation(unsure, [], subject(example.category), pack.whens), unsure)
            assert found.verdict != "violated", (rule.clause.id, example.name)


def test_one_question_has_one_wording_in_every_pack() -> None:
    """An answer is known by its question alone, so that one answer serves every pack that asks the same."""
    asked: dict[str, set[tuple[str, str]]] = {}
    for name in shipped_packs():
        for clause in load(name).clauses:
            for question in clause.checklist:
                asked.setdefault(question.id, set()).add((question.text.zh, question.text.en))
    assert {question: wordings for question, wordings in asked.items() if len(wordings) > 1} == {}


def test_crosswalk_points_from_every_clause_to_named_instruments(pack: Pack) -> None:
    crosswalk: dict[str, Any] = read_yaml(rules_folder() / "packs" / pack.id / "crosswalk.yml")
    assert list(crosswalk["links"]) == [clause.id for clause in pack.clauses]
    links = [link for links in crosswalk["links"].values() for link in links]
    assert {link["instrument"] for link in links} == set(crosswalk["instruments"])
    for link in links:
        assert set(link) == {"rule", "instrument", "ref", "confidence", "linked"}
        assert link["confidence"] in CONFIDENCES
        assert link["linked"] in ("noted", "ours")
        assert link["rule"].startswith(link["instrument"])
    for names in crosswalk["instruments"].values():
        assert set(names) == {"zh", "en"}
