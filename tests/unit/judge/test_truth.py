from itertools import product

from mingjian.judge.truth import both, either, negated
from mingjian.model.types import Truth

VALUES: tuple[Truth, ...] = ("yes", "unknown", "no")
RANK = {"no": 0, "unknown": 1, "yes": 2}


def test_and_is_the_least_and_or_the_greatest() -> None:
    """Kleene's tables, from the order no < unknown < yes."""
    for left, right in product(VALUES, repeat=2):
        assert both((left, right)) == min((left, right), key=RANK.__getitem__)
        assert either((left, right)) == max((left, right), key=RANK.__getitem__)


def test_not_reverses_the_order_and_keeps_unknown() -> None:
    assert {value: negated(value) for value in VALUES} == {"yes": "no", "no": "yes", "unknown": "unknown"}


def test_de_morgan_holds_with_unknown() -> None:
    for left, right in product(VALUES, repeat=2):
        assert negated(both((left, right))) == either((negated(left), negated(right)))


def test_nothing_at_all_is_yes_for_and_and_no_for_or() -> None:
    assert both(()) == "yes"
    assert either(()) == "no"
