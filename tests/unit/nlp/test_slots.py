"""What a policy has to tell, and whether it does."""

import pytest

from mingjian.nlp.reading import Readability, Reading, Statement
from mingjian.nlp.slots import SLOTS, SlotState, slots


def states(*statements: Statement) -> dict[str, SlotState]:
    return {slot.action: slot.state for slot in slots(Reading((), statements, (), Readability((), 0, ()), True))}


def says(action: str, **values: object) -> Statement:
    return Statement(action, 0, 9, **values)  # type: ignore[arg-type]


def test_an_empty_policy_lacks_all_that_every_policy_owes() -> None:
    found = states()
    assert list(found) == [action for action, _ in SLOTS]
    assert {action for action, state in found.items() if state == "not_needed"} == {"consent.share", "target.switch", "account.cancel"}
    assert set(found.values()) == {"missing", "not_needed"}


@pytest.mark.parametrize(
    ("statements", "state"),
    [
        ([says("withdraw")], "told"),
        ([says("withdraw", certain=False)], "unsure"),
        ([says("withdraw", certain=False), says("withdraw")], "told"),
        ([says("withdraw", negated=True)], "denied"),
        ([says("withdraw", negated=True), says("withdraw")], "told"),
        ([says("delete")], "missing"),
    ],
)
def test_a_slot_is_as_good_as_its_best_statement(statements: list[Statement], state: str) -> None:
    assert states(*statements)["withdraw"] == state


def test_what_an_act_makes_due() -> None:
    assert states(says("target"))["target.switch"] == "missing"
    assert states(says("target", negated=True))["target.switch"] == "not_needed"
    assert states(says("account"))["account.cancel"] == "missing"
    assert states(says("share"))["consent.share"] == "missing"
    assert states(says("share", recipient="party.partner"))["consent.share"] == "missing"
    assert states(says("share", recipient="party.processor"))["consent.share"] == "not_needed"
    assert states(says("share", condition="law"))["consent.share"] == "not_needed"
    assert states(says("share", condition="consent"))["consent.share"] == "told"
    assert states(says("share", condition="choice"))["consent.share"] == "unsure"
    assert states(says("share"), says("consent.share"))["consent.share"] == "told"
    assert states(says("share"), says("consent.separate"))["consent.share"] == "missing"
