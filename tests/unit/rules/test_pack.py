"""The shipped pack `cac-2019`: complete, proven by its examples, and careful about what silence may mean."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from mingjian.judge import load
from mingjian.judge.evaluate import Evaluation
from mingjian.judge.examples import evaluation_of, run
from mingjian.judge.lint import lint
from mingjian.judge.rule import Pack, Rule
from mingjian.judge.verdict import find, judge
from mingjian.model.instruments import instruments
from mingjian.model.line import parse
from mingjian.model.shipped import read_yaml, rules_folder
from mingjian.model.types import Channel, Coverage, Observation, Subject, Verdict

ITEMS = {1: 4, 2: 4, 3: 9, 4: 6, 5: 3, 6: 5}
"""How many items each chapter of the identification method has."""

HUMAN = {"cac-2019/2.4", "cac-2019/3.7", "cac-2019/5.2"}
"""The items that no machine can decide."""

RECALLED = ["3.5", "3.7", "3.8", "3.9", "4.1", "4.2", "4.3", "4.4", "4.5", "4.6", "5.2", "5.3", "6.3", "6.4"]
"""The items whose wording nobody has read again."""

READ: tuple[Channel, ...] = ("manifest", "layout", "code")
"""What a package alone can cover."""

CROSSWALK_CONFIDENCES = {"contents", "full_text", "read", "reprint", "notices", "recalled", "derived"}


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load("cac-2019")


def subject(category: str | None = None) -> Subject:
    return Subject("0", "android", "com.example.waimai", "1.0", "外卖", None, (), category=category)


def covered(*channels: Channel) -> list[Coverage]:
    return [Coverage(channel, "test", "complete") for channel in channels]


def verdicts(pack: Pack, lines: list[str], *channels: Channel, category: str | None = None) -> dict[str, Verdict]:
    given = [parse(line) for line in lines]
    return {finding.clause: finding.verdict for finding in judge(pack, given, covered(*channels), subject(category))}


def test_every_item_of_the_method_has_its_clause(pack: Pack) -> None:
    wanted = [f"cac-2019/{chapter}.{item}" for chapter, count in ITEMS.items() for item in range(1, count + 1)]
    assert len(wanted) == 31
    assert [clause.id for clause in pack.clauses] == wanted
    assert [(clause.cites.chapter, clause.cites.item) for clause in pack.clauses] == [
        tuple(int(number) for number in name.removeprefix("cac-2019/").split(".")) for name in wanted
    ]


def test_every_text_has_both_languages(pack: Pack) -> None:
    for clause in pack.clauses:
        texts = [clause.title, clause.message, clause.remedy, *(question.text for question in clause.checklist)]
        for text in texts:
            assert any("\u4e00" <= sign <= "\u9fff" for sign in text.zh), (clause.id, text.zh)
            assert text.en.isascii(), (clause.id, text.en)
            assert "," not in text.zh, (clause.id, text.zh)
        assert len({text.zh for text in texts}) == len(texts)


def test_every_clause_says_how_its_law_is_known(pack: Pack) -> None:
    assert {clause.status for clause in pack.clauses if pack.cap(clause)} == {"preview"}
    assert {clause.status for clause in pack.clauses if not pack.cap(clause)} == {"stable"}
    assert all(clause.origin for clause in pack.clauses)
    recalled = {clause.id.removeprefix("cac-2019/") for clause in pack.clauses if clause.cites.confidence == "recalled"}
    assert recalled == {"3.5", "3.7", "3.8", "3.9", "4.1", "4.2", "4.3", "4.4", "4.5", "4.6", "5.2", "5.3", "6.3", "6.4"}


def test_linter_has_nothing_to_say() -> None:
    assert [problem.line("en") for problem in lint("cac-2019")] == []


def test_every_example_holds(pack: Pack) -> None:
    results = run(pack)
    assert [(result.owner, result.example.name, result.got) for result in results if not result.ok] == []
    owners = Counter(result.owner for result in results)
    assert all(owners[clause.id] >= 4 for clause in pack.clauses)
    assert all(owners[name] >= 3 for name in pack.signals)


def test_an_app_nobody_looked_at_is_inconclusive_throughout(pack: Pack) -> None:
    assert set(verdicts(pack, []).values()) == {"inconclusive"}


def test_a_package_alone_acquits_of_nothing(pack: Pack) -> None:
    found = verdicts(pack, [], *READ, category="food_delivery")
    assert set(found.values()) == {"inconclusive"}


def test_package_and_policy_alone_acquit_of_nothing(pack: Pack) -> None:
    policy = [
        "claimed publish.rules by app count 6000",
        "claimed publish.simplified_chinese by app",
        "claimed collect location.precise by app for service.location",
        "claimed account by app",
        "claimed account.cancel by app",
        "claimed correct by app",
        "claimed delete by app",
        "claimed withdraw by app",
        "claimed complain by app",
        "claimed prompt.change by app",
        "claimed answer.rights by app count 15",
        "claimed answer.complaint by app count 15",
    ]
    found = verdicts(pack, policy, *READ, "policy", category="food_delivery")
    assert set(found.values()) == {"inconclusive"}


def test_static_faults_are_raised_in_every_chapter_they_can_show_in(pack: Pack) -> None:
    lines = [
        "declared legible.small by app via layout count 8",
        "declared tick.preset by app via layout",
        "declared declare.install_time permission.call_log.READ_CALL_LOG by app via manifest",
        "declared declare.install_time permission.sms.READ_SMS by app via manifest",
        "declared ask.together permission by app via manifest count 2",
        "possible ask permission.phone.READ_PHONE_STATE by app during app_start via code",
        "possible collect device.android_id by sdk.umeng_analytics during app_start via code",
    ]
    found = verdicts(pack, lines, *READ, category="map_navigation")
    raised = {id.removeprefix("cac-2019/"): verdict for id, verdict in found.items() if verdict in ("violated", "suspected")}
    assert raised == {
        "1.4": "suspected",
        "2.3": "suspected",
        "3.1": "suspected",
        "3.4": "suspected",
        "4.1": "suspected",
        "4.6": "suspected",
        "5.1": "suspected",
    }


def test_what_code_could_do_is_never_a_violation(pack: Pack) -> None:
    """Only the manifest of an old target proves a fault by itself."""
    lines = [
        "possible collect contacts.address_book by sdk.umeng_analytics during app_start via code",
        "possible ask.together permission.camera by app during app_start via code count 4",
        "possible share device.imei to host.example.com by sdk.umeng_analytics during app_start via flow",
        "possible target by sdk.umeng_analytics via code",
        "possible connect by app via code",
        "possible embed by sdk.umeng_analytics via code",
    ]
    assert "violated" not in verdicts(pack, lines, *READ, "flow").values()
    policy = ["claimed publish.rules by app count 6000", "claimed not collect contacts by app"]
    assert "violated" not in verdicts(pack, lines + policy, *READ, "flow", "policy").values()


def test_loss_of_coverage_never_clears_a_suspicion(pack: Pack) -> None:
    line = "possible collect device.android_id by sdk.umeng_analytics during app_start via code"
    partial = [Coverage("code", "test", "partial"), Coverage("manifest", "test", "complete")]
    found = {finding.clause: finding.verdict for finding in judge(pack, [parse(line)], partial, subject())}
    assert found["cac-2019/3.1"] == found["cac-2019/5.1"] == "suspected"


@pytest.mark.parametrize("clause", sorted(HUMAN))
def test_the_human_clauses_are_decided_by_answers(pack: Pack, clause: str) -> None:
    rule = next(rule for rule in pack.rules if rule.clause.id == clause)
    assert rule.clause.needs == ("review",)
    assert len(rule.clause.checklist) == 3
    assert decide(rule, pack, []) == "inconclusive"
    assert decide(rule, pack, [f"shown not attest.{question.id} via review" for question in rule.clause.checklist]) == "satisfied"
    assert decide(rule, pack, [f"shown attest.{question.id} via review" for question in rule.clause.checklist]) == "violated"


def decide(rule: Rule, pack: Pack, lines: list[str]) -> Verdict:
    given = [parse(line) for line in lines]
    evaluation = Evaluation(given, [], subject(), {name: signal.when for name, signal in pack.signals.items()})
    return find(rule, evaluation, given).verdict


def test_doubt_never_convicts(pack: Pack) -> None:
    """The facts that convict in an example no longer do so once the extractor is unsure of each of them."""
    for rule in pack.rules:
        for example in rule.examples:
            sure = find(rule, evaluation_of(example, pack.whens), example.given)
            if sure.verdict != "violated" or not example.given:
                continue
            unsure: tuple[Observation, ...] = tuple(replace(fact, certain=False) for fact in example.given)
            found = find(rule, Evaluation(unsure, [], subject(example.category), pack.whens), unsure)
            assert found.verdict != "violated", (rule.clause.id, example.name)


def test_a_clause_that_is_only_recalled_is_never_violated(pack: Pack) -> None:
    recalled = {rule.clause.id for rule in pack.rules if rule.clause.cites.confidence == "recalled"}
    assert recalled == {f"cac-2019/{number}" for number in RECALLED}
    results = [result for result in run(pack) if result.owner in recalled]
    assert {result.owner for result in results if result.capped == "recalled" and result.got == "suspected"} == recalled
    assert "violated" not in {result.got for result in results}


def test_crosswalk_points_from_every_clause_to_named_instruments(pack: Pack) -> None:
    crosswalk: dict[str, Any] = read_yaml(rules_folder() / "packs" / "cac-2019" / "crosswalk.yml")
    assert list(crosswalk["links"]) == [clause.id for clause in pack.clauses]
    links = [link for links in crosswalk["links"].values() for link in links]
    assert links
    assert {link["instrument"] for link in links} <= instruments().keys()
    for link in links:
        assert set(link) == {"rule", "instrument", "ref", "confidence", "linked"}
        assert link["confidence"] in CROSSWALK_CONFIDENCES
        assert link["linked"] in ("noted", "ours")
        assert link["rule"].startswith(link["instrument"])


def test_numbers_of_the_law_are_those_of_the_method(pack: Pack) -> None:
    """Four taps and fifteen working days are all the numbers that the method gives."""
    folder = rules_folder() / "packs" / "cac-2019" / "clauses"
    numbers = {
        file.name.split("-")[0]: (tally.get("over"), tally.get("under"))
        for file in folder.iterdir()
        for tally in tallies(read_yaml(file))
        if tally["kind"] == "law"
    }
    assert numbers == {"1.3": (None, 5), "6.3": (15, None), "6.5": (15, None)}


def tallies(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [found for item in node for found in tallies(item)]
    if isinstance(node, dict):
        own = [node["tally"]] if isinstance(node.get("tally"), dict) else []
        return own + [found for value in node.values() for found in tallies(value)]
    return []
