"""Places of a distribution, and what a difference between shares says."""

import pytest

from mingjian.console.figures.definitions import figures
from mingjian.console.figures.spread import places
from mingjian.lake.questions import Difference, between


def weighed(earlier: tuple[int, int], later: tuple[int, int]) -> Difference | None:
    return between(earlier, later, figures().normal_quantile, figures().least_each_side)


def test_quartiles_are_interpolated_between_two_ranks() -> None:
    """0 1 2 3 stand at ranks 0 to 3; a quarter of the way up is rank 0.75."""
    assert places({0: 1, 1: 1, 2: 1, 3: 1}) == {"lowest": 0, "first_quarter": 0.75, "median": 1.5, "third_quarter": 2.25, "highest": 3}


def test_numbers_that_occur_more_often_weigh_more() -> None:
    assert places({2: 3, 10: 1})["median"] == 2
    assert places({7: 1}) == dict.fromkeys(("lowest", "first_quarter", "median", "third_quarter", "highest"), 7.0)


def test_nothing_has_no_places() -> None:
    assert places({}) == {}
    assert places({4: 0}) == {}


def test_a_difference_beyond_the_interval_is_more_than_chance() -> None:
    """30 of 100 against 60 of 100: 30 points, with a standard error of the root of 0.21 / 100 + 0.24 / 100, which is 0.067."""
    found = weighed((30, 100), (60, 100))
    assert found is not None
    assert found.points == pytest.approx(0.3)
    assert found.low == pytest.approx(0.3 - 1.96 * 0.0670820, abs=1e-6)
    assert found.judgement == "beyond"


@pytest.mark.parametrize(
    ("earlier", "later", "judgement"),
    [((30, 100), (35, 100), "within"), ((4, 100), (60, 100), "few"), ((30, 34), (10, 100), "few"), ((60, 100), (30, 100), "beyond")],
)
def test_a_difference_within_the_interval_or_of_too_few_is_not(earlier: tuple[int, int], later: tuple[int, int], judgement: str) -> None:
    found = weighed(earlier, later)
    assert found is not None
    assert found.judgement == judgement


def test_nothing_is_compared_with_no_base() -> None:
    assert weighed((0, 0), (3, 10)) is None
