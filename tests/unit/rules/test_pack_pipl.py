"""The shipped pack `pipl`: every article of the list has its clause, and what only a person can know convicts nobody."""

from dataclasses import replace
from typing import Any

import pytest

from mingjian.judge import load
from mingjian.judge.rule import Pack
from mingjian.judge.verdict import judge
from mingjian.model.line import parse
from mingjian.model.shipped import read_yaml, rules_folder
from mingjian.model.types import Channel, Coverage, Subject, Verdict

NUMBERS = "6 13 14 15 16 17 19 21 23 24 24a 28 29 30 31 38 39 44 45 46 47 50 50a 54 55 66"

HUMAN = {"pipl/21", "pipl/24a", "pipl/31", "pipl/44", "pipl/50a", "pipl/54", "pipl/55", "pipl/66"}
"""The clauses that no machine can decide: of children the policy gives no more than a clue."""

READ: tuple[Channel, ...] = ("manifest", "layout", "code", "flow", "policy")

PHASES = ("before_consent", "after_refusal", "foreground", "background", "after_denial", "after_update", "after_cancel", "closed")


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load("pipl")


def verdicts(pack: Pack, lines: list[str], *, recorded: bool = False) -> dict[str, Verdict]:
    coverage = [Coverage(channel, "test", "complete") for channel in READ]
    if recorded:
        channels: tuple[Channel, ...] = ("api", "network", "ui")
        coverage += [Coverage(channel, "test", "complete", PHASES) for channel in channels]
    subject = Subject("0", "android", "com.example.waimai", "1.0", "外卖", None, (), category="food_delivery")
    return {finding.clause: finding.verdict for finding in judge(pack, [parse(line) for line in lines], coverage, subject)}


def test_every_article_of_the_list_has_its_clause(pack: Pack) -> None:
    assert [clause.id for clause in pack.clauses] == [f"pipl/{number}" for number in NUMBERS.split()]


def test_the_law_is_known_in_full_and_every_clause_is_shown_by_a_golden_case(pack: Pack) -> None:
    assert {clause.cites.confidence for clause in pack.clauses} == {"full_text"}
    assert {clause.status for clause in pack.clauses} == {"stable"}


def test_the_clauses_that_no_machine_decides_need_a_person_alone(pack: Pack) -> None:
    assert {clause.id for clause in pack.clauses if clause.needs == ("review",)} == HUMAN
    nobody_asked = verdicts(pack, [], recorded=True)
    assert {nobody_asked[clause] for clause in HUMAN} == {"inconclusive"}


@pytest.mark.parametrize(
    ("line", "suspected"),
    [
        ("observed collect device.android_id by sdk.umeng_analytics during before_consent via api count 1 second 1", "pipl/13"),
        ("observed share.plain contacts.address_book to sdk.umeng_analytics by unknown during foreground via network", "pipl/23"),
        ("observed collect health.physiology by app during before_consent via api count 1 second 1", "pipl/29"),
        ("observed abroad device.oaid to host.facebook.com by unknown during foreground via network", "pipl/38"),
        ("observed abroad device.oaid to host.facebook.com by unknown during foreground via network", "pipl/39"),
    ],
)
def test_basis_recipient_and_documents_are_suspected_until_a_person_has_answered(pack: Pack, line: str, suspected: str) -> None:
    """The law leaves other bases, agents and documents that no recording shows."""
    assert verdicts(pack, [line], recorded=True)[suspected] == "suspected"


def test_cancelling_the_account_counts_as_a_way_to_deletion(pack: Pack) -> None:
    facts = ["claimed account by app", "claimed correct by app", "shown not attest.still-stored via review"]
    assert verdicts(pack, facts, recorded=True)["pipl/47"] == "violated"
    assert verdicts(pack, [*facts, "claimed account.cancel by app"], recorded=True)["pipl/47"] == "satisfied"


def test_package_and_policy_alone_convict_only_where_the_policy_holds_no_rules(pack: Pack) -> None:
    code = [
        "possible collect health.physiology by app during app_start via code",
        "possible share contacts.address_book to sdk.umeng_analytics by app during app_start via flow",
        "possible block permission.camera.CAMERA by app during ui via code",
        "possible target by sdk.gdt via code",
    ]
    assert {clause for clause, verdict in verdicts(pack, code).items() if verdict == "violated"} == {"pipl/17"}
    assert "violated" not in verdicts(pack, [*code, "claimed publish.rules by app count 6000"]).values()


def test_doubt_never_convicts(pack: Pack) -> None:
    for rule in pack.rules:
        for example in rule.examples:
            if example.expect != "violated" or not example.given:
                continue
            unsure = tuple(replace(fact, certain=False) for fact in example.given)
            subject = Subject("0", "android", "example", "1", "example", None, (), category=example.category)
            found = {finding.clause: finding.verdict for finding in judge(pack, unsure, [], subject)}
            assert found[rule.clause.id] != "violated", (rule.clause.id, example.name)


def test_crosswalk_points_from_every_clause_to_named_instruments(pack: Pack) -> None:
    crosswalk: dict[str, Any] = read_yaml(rules_folder() / "packs" / "pipl" / "crosswalk.yml")
    assert list(crosswalk["links"]) == [clause.id for clause in pack.clauses]
    links = [link for links in crosswalk["links"].values() for link in links]
    assert {link["instrument"] for link in links} == set(crosswalk["instruments"])
    assert {link["linked"] for link in links} == {"noted", "ours"}
    assert all(link["rule"].startswith(link["instrument"]) for link in links)


def test_a_policy_that_tells_everything_acquits_of_incomplete_notice_alone(pack: Pack) -> None:
    policy = [
        "claimed publish.rules by app count 6000",
        "claimed publish.handler by app",
        "claimed publish.contact by app",
        "claimed publish.minors by app",
        "claimed store.period by app count 365",
        "claimed collect location.precise by app for service.location",
        "claimed collect health.physiology by app for service.content",
        "claimed account by app",
        "claimed account.cancel by app",
        "claimed access by app",
        "claimed correct by app",
        "claimed delete by app",
        "claimed withdraw by app",
        "claimed complain by app",
        "claimed prompt.change by app",
        "claimed target by app",
        "claimed target.switch by app",
    ]
    found = verdicts(pack, policy)
    assert {clause for clause, verdict in found.items() if verdict == "satisfied"} == {"pipl/17"}
    assert set(found.values()) == {"satisfied", "inconclusive"}
