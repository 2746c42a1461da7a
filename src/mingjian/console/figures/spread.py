"""Places of a distribution that is told as how often each number occurs. Pure."""

from collections.abc import Mapping
from fractions import Fraction

QUARTERS = {
    "lowest": Fraction(0),
    "first_quarter": Fraction(1, 4),
    "median": Fraction(1, 2),
    "third_quarter": Fraction(3, 4),
    "highest": Fraction(1),
}


def places(spread: Mapping[int, int]) -> dict[str, float]:
    """Lowest, quartiles and highest of the numbers, each of which occurs as often as told; nothing for an empty distribution.

    A quartile lies at rank (n - 1) * q counted from 0; between two ranks it is interpolated, as `percentile_cont` of SQL does."""
    occurring = sorted((number, times) for number, times in spread.items() if times)
    if not occurring:
        return {}
    last = sum(times for _, times in occurring) - 1
    return {name: _at(occurring, last * quarter) for name, quarter in QUARTERS.items()}


def _at(occurring: list[tuple[int, int]], rank: Fraction) -> float:
    below = rank.numerator // rank.denominator
    lower, upper = _ranked(occurring, below), _ranked(occurring, below + (rank != below))
    return float(lower + (upper - lower) * (rank - below))


def _ranked(occurring: list[tuple[int, int]], rank: int) -> int:
    for number, times in occurring:
        if rank < times:
            return number
        rank -= times
    return occurring[-1][0]
