"""Intervals, sizes, allocations and estimates, against values worked out by hand and against every sample that can be drawn."""

from fractions import Fraction
from itertools import combinations, product
from math import comb, sqrt

import pytest

from mingjian.lake.questions.allocation import allocate, size_simple, size_stratified
from mingjian.lake.questions.estimates import Counted, of_stratum, stratified
from mingjian.lake.questions.shares import between, exact, share, turned, wilson

Z = 1.959963984540054


def test_wilsons_interval_solves_its_equation() -> None:
    # Both ends are where |share - p| = z * sqrt(p (1 - p) / n): 3 of 20.
    for p in wilson(3 / 20, 20, 0.95):
        assert abs(3 / 20 - p) == pytest.approx(Z * sqrt(p * (1 - p) / 20))
    # None of n: from 0 to z^2 / (n + z^2), which for 1,000 is 3.8415 / 1003.8415.
    assert wilson(0.0, 1000, 0.95) == (0.0, pytest.approx(3.841459 / 1003.841459))
    assert wilson(1.0, 1000, 0.95) == (pytest.approx(1000 / 1003.841459), 1.0)


def test_the_exact_interval_has_the_tails_that_define_it() -> None:
    # None of n: (1 - p)^n = 0.025, so for 10 p = 1 - 0.025^(1/10) = 0.30850.
    assert exact(0, 10, 0.95) == (0.0, pytest.approx(1 - 0.025**0.1))
    assert exact(10, 10, 0.95) == (pytest.approx(0.025**0.1), 1.0)
    for number, base in ((1, 3), (7, 20), (19, 20), (50, 100)):
        low, high = exact(number, base, 0.95)
        assert sum(chance(k, base, low) for k in range(number, base + 1)) == pytest.approx(0.025)
        assert sum(chance(k, base, high) for k in range(number + 1)) == pytest.approx(0.025)


def chance(number: int, base: int, p: float) -> float:
    return comb(base, number) * p**number * (1 - p) ** (base - number)


@pytest.mark.parametrize("base", [5, 30])
def test_the_exact_interval_misses_no_more_often_than_it_says_for_any_share(base: int) -> None:
    ends = [exact(number, base, 0.95) for number in range(base + 1)]
    for hundredth in range(1, 100):
        p = hundredth / 100
        assert sum(chance(k, base, p) for k, (low, high) in enumerate(ends) if low <= p <= high) >= 0.95


def test_a_large_base_takes_wilsons_a_small_one_the_exact_and_none_knows_nothing() -> None:
    assert (share(0, 0).low, share(0, 0).high, share(0, 0).value) == (0.0, 1.0, None)
    assert (share(3, 100).low, share(3, 100).high) == exact(3, 100, 0.95)
    assert (share(3, 101).low, share(3, 101).high) == wilson(3 / 101, 101, 0.95)
    assert share(1_300_000, 2_600_000).high - 0.5 == pytest.approx(0.98 / sqrt(2_600_000), rel=1e-3)


def test_two_shares_are_weighed_as_the_half_yearly_report_does() -> None:
    # 20 of 100 and 40 of 100: spread 1.96 * sqrt(0.16 / 100 + 0.24 / 100) = 1.96 * 0.0632456 = 0.1239613.
    difference = between((20, 100), (40, 100), 1.96, 5)
    assert difference is not None
    assert (difference.points, difference.low, difference.high) == pytest.approx((0.2, 0.0760387, 0.3239613))
    assert difference.judgement == "beyond"
    assert [each.judgement for each in (between((20, 100), (22, 100), 1.96, 5), between((4, 100), (40, 100), 1.96, 5)) if each] == [
        "within",
        "few",
    ]
    assert between((0, 0), (1, 2), 1.96, 5) is None


def test_the_paired_test_is_the_toss_of_a_coin() -> None:
    # 1 and 9 of 10: 2 * (1 + 10) / 1024; 0 and 6: 2 / 64; as many each way: certain.
    assert turned(1, 9) == turned(9, 1) == pytest.approx(22 / 1024)
    assert turned(0, 6) == pytest.approx(2 / 64)
    assert (turned(5, 5), turned(0, 0)) == (1.0, 1.0)


def test_the_size_of_a_simple_sample_is_the_textbooks() -> None:
    # 1.96^2 / 4 / 0.05^2 = 384.1 without an end: 385; of 2,000 apps 384.146 / (1 + 383.146 / 2000) = 322.4: 323.
    assert size_simple(10**9, 0.05, 0.95) == 385
    assert size_simple(2000, 0.05, 0.95) == 323
    # With a share of 0.2: 3.8415 * 0.16 / 0.0025 = 245.9.
    assert size_simple(10**9, 0.05, 0.95, 0.2) == 246
    assert (size_simple(0, 0.05, 0.95), size_simple(3, 0.05, 0.95)) == (0, 3)


def test_strata_that_differ_need_fewer_and_neyman_the_fewest() -> None:
    populations, shares = [6000, 3000, 1000], [0.05, 0.5, 0.9]
    simple = size_simple(10_000, 0.03, 0.95, sum(n * p for n, p in zip(populations, shares, strict=True)) / 10_000)
    proportional = size_stratified(populations, shares, 0.03, 0.95, "proportional")
    neyman = size_stratified(populations, shares, 0.03, 0.95, "neyman")
    assert neyman < proportional < simple
    # Large strata, by hand: sum W p (1 - p) = 0.6 * 0.0475 + 0.3 * 0.25 + 0.1 * 0.09 = 0.1125; V = (0.03 / 1.96)^2 = 0.00023428;
    # 0.1125 / (V + 0.1125 / 10000) = 458.2. Neyman: sum W sqrt(p (1 - p)) = 0.13077 + 0.15 + 0.03 = 0.31077; squared 0.096576: 393.4.
    assert (proportional, neyman) == (pytest.approx(459, abs=1), pytest.approx(394, abs=1))


def test_the_planned_size_reaches_the_half_width() -> None:
    populations, shares = [600, 300, 100], [0.1, 0.5, 0.9]
    for how in ("proportional", "neyman"):
        size = size_stratified(populations, shares, 0.05, 0.95, how)  # type: ignore[arg-type]  one of both
        drawn = allocate(size, populations, shares, how)  # type: ignore[arg-type]  one of both
        variance = sum(
            (n / 1000) ** 2 * (1 - m / n) * p * (1 - p) * n / (n - 1) / m for n, p, m in zip(populations, shares, drawn, strict=True)
        )
        assert 0.0495 < Z * sqrt(variance) < 0.0505


def test_allocation_by_hand() -> None:
    assert allocate(100, [600, 300, 100], [0.5] * 3, "proportional") == [60, 30, 10]
    # 600 * 0.3, 300 * 0.5, 100 * 0.3 = 180, 150, 30 of 360: of 120 apps 60, 50, 10.
    assert allocate(120, [600, 300, 100], [0.1, 0.5, 0.9], "neyman") == [60, 50, 10]
    # The largest remainders are rounded up: 10 / 3 each and the first gets the odd one.
    assert allocate(10, [70, 70, 70], [0.5] * 3, "proportional") == [4, 3, 3]
    # The third has only 5, so the others share what it cannot give: 45 at 2 to 1.
    assert allocate(50, [600, 300, 5], [0.01, 0.01, 0.5], "proportional", least=5) == [30, 15, 5]
    assert allocate(0, [600, 3, 0], [0.5] * 3, "proportional", least=5) == [5, 3, 0]
    assert allocate(10**6, [6, 3], [0.5] * 2, "neyman", least=5) == [6, 3]


def test_neymans_allocation_is_the_best_of_all() -> None:
    populations, shares = [12, 9, 6], [0.1, 0.5, 0.3]

    def variance(drawn: tuple[int, ...]) -> float:
        return sum(n * n * p * (1 - p) / m for n, p, m in zip(populations, shares, drawn, strict=True))

    every = [drawn for drawn in product(*(range(1, n + 1) for n in populations)) if sum(drawn) == 14]
    best = min(map(variance, every))
    assert variance(tuple(allocate(14, populations, shares, "neyman"))) <= best * 1.01
    assert variance(tuple(allocate(14, populations, shares, "proportional"))) > best * 1.01


def test_an_estimate_by_hand() -> None:
    # Weights 0.6 and 0.4; shares 10/50 and 30/40: 0.12 + 0.3 = 0.42.
    # Variance: 0.36 * (1 - 1/12) * 0.16 / 49 + 0.16 * (1 - 0.1) * 0.1875 / 39 = 0.00107755 + 0.00069231 = 0.00176986.
    told = stratified([Counted(600, 50, 50, 10), Counted(400, 40, 40, 30)])
    assert (told.share, told.error) == (pytest.approx(0.42), pytest.approx(sqrt(0.00176986), rel=1e-4))
    assert told.low is not None
    assert told.high is not None
    for p in (told.low, told.high):
        effective = 0.42 * 0.58 / 0.00176986
        assert abs(0.42 - p) == pytest.approx(Z * sqrt(p * (1 - p) / effective), rel=1e-4)
    assert (told.least, told.most, told.covered, told.population) == (pytest.approx(0.42), pytest.approx(0.42), 1000, 1000)


def test_what_is_not_known_widens_the_interval_and_is_never_zero() -> None:
    half = stratified([Counted(500, 50, 50, 10), Counted(500, 20, 0, 0)])
    alone = stratified([Counted(500, 50, 50, 10)])
    assert (half.share, half.covered, half.population) == (alone.share, 500, 1000)
    assert (half.low, half.high) == (pytest.approx((alone.low or 0) / 2), pytest.approx((alone.high or 0) / 2 + 0.5))
    silent = stratified([Counted(100, 20, 15, 3)])
    assert (silent.share, silent.least, silent.most) == (pytest.approx(0.2), pytest.approx(3 / 20), pytest.approx(8 / 20))
    nothing = stratified([Counted(100, 20, 0, 0)])
    assert (nothing.share, nothing.low, nothing.high, nothing.most) == (None, None, None, None)
    assert stratified([]).population == 0
    never = stratified([Counted(1000, 30, 30, 0), Counted(1000, 30, 30, 0)])
    assert (never.share, never.low, never.error) == (0.0, 0.0, 0.0)
    assert never.high is not None
    assert never.high > 0.04
    single = stratified([Counted(10, 1, 1, 1), Counted(10, 1, 1, 0)])
    assert (single.low or 0) < 0.15 < 0.85 < (single.high or 0)


def test_a_whole_market_is_known_without_an_interval() -> None:
    told = stratified([Counted(10, 10, 10, 3), Counted(5, 5, 5, 5)])
    assert (told.share, told.error, told.low, told.high) == (pytest.approx(8 / 15), 0.0, told.share, told.share)
    assert (of_stratum(Counted(10, 10, 10, 3)).low, of_stratum(Counted(10, 10, 10, 3)).high) == (0.3, 0.3)
    assert of_stratum(Counted(11, 10, 10, 3)).low < 0.3 < of_stratum(Counted(11, 10, 10, 3)).high


def test_over_every_sample_the_estimate_is_right_on_average_and_so_is_its_error() -> None:
    strata = [([1, 1, 0, 0, 0, 0], 3), ([1, 1, 1, 0], 2), ([0, 0, 0], 2)]
    population = sum(len(apps) for apps, _ in strata)
    truth = Fraction(sum(sum(apps) for apps, _ in strata), population)
    variance = sum(
        (len(apps) / population) ** 2
        * (1 - size / len(apps))
        * (sum(apps) * (len(apps) - sum(apps)) / (len(apps) * (len(apps) - 1)))
        / size
        for apps, size in strata
    )
    told = [
        stratified([Counted(len(apps), size, size, sum(drawn)) for (apps, size), drawn in zip(strata, sample, strict=True)])
        for sample in product(*(combinations(apps, size) for apps, size in strata))
    ]
    assert len(told) == comb(6, 3) * comb(4, 2) * comb(3, 2)
    assert sum(each.share or 0 for each in told) / len(told) == pytest.approx(float(truth))
    assert sum((each.error or 0) ** 2 for each in told) / len(told) == pytest.approx(variance)


@pytest.mark.parametrize("sizes", [(8, 8), (20, 5), (3, 12)])
def test_over_every_sample_the_interval_covers_the_truth_about_as_often_as_it_says(sizes: tuple[int, int]) -> None:
    populations = (60, 40)
    ends = {
        drawn: stratified([Counted(n, m, m, k) for n, m, k in zip(populations, sizes, drawn, strict=True)])
        for drawn in product(range(sizes[0] + 1), range(sizes[1] + 1))
    }
    covered = []
    for first, second in product(range(0, 61, 6), range(0, 41, 5)):
        truth = (first + second) / 100
        hit = 0.0
        for (a, b), told in ends.items():
            if told.low is not None and told.high is not None and told.low - 1e-9 <= truth <= told.high + 1e-9:
                hit += drawn_chance(60, first, sizes[0], a) * drawn_chance(40, second, sizes[1], b)
        covered.append(hit)
    assert sum(covered) / len(covered) >= 0.95
    assert min(covered) >= 0.85


def drawn_chance(population: int, having: int, size: int, number: int) -> float:
    return comb(having, number) * comb(population - having, size - number) / comb(population, size)


def test_one_answer_alone_tells_no_standard_error() -> None:
    whole = Counted(population=1, drawn=1, answered=1, number=1)
    assert stratified([whole, Counted(9, 3, 1, 1)]).error is None
    # Of two alike the textbook's error is none at all; the stratum of one is known.
    assert stratified([whole, Counted(9, 3, 2, 2)]).error == 0
