"""How many apps are to be drawn, and how many of each stratum. Pure. Source of the formulas: W. G. Cochran, Sampling Techniques, 3rd ed.,
chapters 4 and 5."""

from collections.abc import Sequence
from math import ceil, sqrt
from typing import Literal

from mingjian.lake.questions.shares import quantile

Allocation = Literal["proportional", "neyman"]

_HALVINGS = 200


def size_simple(population: int, half_width: float, confidence: float, share: float = 0.5) -> int:
    """Apps of a simple random sample whose interval has that half-width, with the correction for a finite population. A share of one half
    needs the most."""
    if not population:
        return 0
    infinite = quantile(confidence) ** 2 * share * (1 - share) / half_width**2
    return min(population, ceil(infinite / (1 + (infinite - 1) / population)))


def size_stratified(populations: Sequence[int], shares: Sequence[float], half_width: float, confidence: float, how: Allocation) -> int:
    """Apps of a stratified sample whose interval has that half-width, where each stratum has about the share that is told for it."""
    population = sum(populations)
    if not population:
        return 0
    variances = [n / (n - 1) * p * (1 - p) if n > 1 else 0.0 for n, p in zip(populations, shares, strict=True)]
    within = sum(n * v for n, v in zip(populations, variances, strict=True))
    allowed = (population * half_width / quantile(confidence)) ** 2 + within
    spread = population * within if how == "proportional" else sum(n * sqrt(v) for n, v in zip(populations, variances, strict=True)) ** 2
    return min(population, max(1, ceil(spread / allowed - 1e-9)))


def allocate(size: int, populations: Sequence[int], shares: Sequence[float], how: Allocation, least: int = 0) -> list[int]:
    """How many apps of each stratum, `size` in all: in proportion to its size, or, by Neyman, to its size times the spread that its share
    lets expect. No stratum gives more than it has, nor less than `least` where it has as many; what the minimum needs may raise `size`."""
    floors = [min(least, n) for n in populations]
    size = min(max(size, sum(floors)), sum(populations))
    weights = [n * (1.0 if how == "proportional" else sqrt(p * (1 - p))) for n, p in zip(populations, shares, strict=True)]
    if not any(weight and n > floor for weight, n, floor in zip(weights, populations, floors, strict=True)):
        weights = [float(n) for n in populations]
    wanted = _filled(size, weights, floors, populations)
    numbers = [max(floor, min(n, int(want))) for want, floor, n in zip(wanted, floors, populations, strict=True)]
    rest = sorted(range(len(numbers)), key=lambda i: (numbers[i] - wanted[i], i))
    while sum(numbers) != size:
        step = 1 if sum(numbers) < size else -1
        for i in rest if step > 0 else reversed(rest):
            if sum(numbers) == size:
                break
            if floors[i] <= numbers[i] + step <= populations[i]:
                numbers[i] += step
    return numbers


def _filled(size: int, weights: Sequence[float], floors: Sequence[int], ceilings: Sequence[int]) -> list[float]:
    """Numbers in proportion to the weights, each kept between its floor and its ceiling, that add up to `size` as far as they can."""
    low, high = 0.0, max((n / weight for n, weight in zip(ceilings, weights, strict=True) if weight), default=0.0)

    def at(level: float) -> list[float]:
        return [max(floor, min(n, level * weight)) for weight, floor, n in zip(weights, floors, ceilings, strict=True)]

    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if sum(at(middle)) < size:
            low = middle
        else:
            high = middle
    return at(high)
