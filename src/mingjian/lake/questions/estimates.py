"""What a stratified sample says of the whole. Pure. Source of the formulas: W. G. Cochran, Sampling Techniques, 3rd ed., chapter 5."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from mingjian.lake.questions.shares import Share, share, wilson


@dataclass(frozen=True, slots=True)
class Counted:
    """What came of one stratum: of `population` apps `drawn` were looked at, of which `answered` could be decided and `number` have it."""

    population: int
    drawn: int
    answered: int
    number: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """The share in the whole population.

    `share` and `error` (its standard error) speak of the `covered` apps: those of strata with an answer; `low` and `high` are the ends of
    the interval over all apps, in which an uncovered stratum may have none or all of it. `least` and `most` say what the share would be if
    each drawn app without an answer did not have it, or had it. All are none when nothing was answered, and
    `error` also where a stratum that is not wholly known has one answer alone, of which no variance can be told."""

    population: int
    covered: int
    drawn: int
    answered: int
    share: float | None
    error: float | None
    low: float | None
    high: float | None
    least: float | None
    most: float | None


def stratified(strata: Sequence[Counted], confidence: float = 0.95) -> Estimate:
    """The estimate from all strata. The standard error is the textbook's; the interval is Wilson's at the size of a simple sample that
    would have that error, where a stratum in which all apps are alike is taken for one in which two more, one of each kind, were seen: it
    would else pretend that nothing varies."""
    population = sum(each.population for each in strata)
    known = [each for each in strata if each.answered and each.population]
    covered = sum(each.population for each in known)
    drawn, answered = sum(each.drawn for each in strata), sum(each.answered for each in strata)
    if not covered:
        return Estimate(population, 0, drawn, answered, None, None, None, None, None, None)
    weights = [each.population / covered for each in known]
    value = sum(weight * each.number / each.answered for weight, each in zip(weights, known, strict=True))
    alone = any(each.answered == 1 and _left(each) for each in known)
    error = None if alone else sqrt(sum(weight**2 * _variance(each) for weight, each in zip(weights, known, strict=True)))
    low, high = _interval(min(1.0, value), weights, known, confidence)
    part = covered / population
    silent = [each.drawn - each.answered for each in known]
    least = sum(weight * each.number / each.drawn for weight, each in zip(weights, known, strict=True))
    most = sum(weight * (each.number + more) / each.drawn for weight, each, more in zip(weights, known, silent, strict=True))
    return Estimate(
        population,
        covered,
        drawn,
        answered,
        value,
        error,
        low * part,
        high * part + (1 - part),
        least * part,
        most * part + (1 - part),
    )


def of_stratum(counted: Counted, confidence: float = 0.95) -> Share:
    """The share in one stratum. A stratum that was looked at as a whole is known."""
    if counted.answered and counted.answered == counted.population:
        value = counted.number / counted.answered
        return Share(counted.number, counted.answered, value, value)
    return share(counted.number, counted.answered, confidence)


def _interval(value: float, weights: Sequence[float], strata: Sequence[Counted], confidence: float) -> tuple[float, float]:
    variance = sum(weight**2 * _smoothed(each) for weight, each in zip(weights, strata, strict=True))
    alike = sum(weight**2 / each.answered for weight, each in zip(weights, strata, strict=True) if _left(each))
    if not alike:
        return value, value
    return wilson(value, value * (1 - value) / variance if 0 < value < 1 else 1 / alike, confidence)


def _left(each: Counted) -> float:
    """The part of the stratum that was not looked at."""
    return 1 - each.answered / each.population


def _variance(each: Counted) -> float:
    """The estimated variance of the stratum's share; 0 where one answer alone tells nothing of it."""
    if each.answered < 2:
        return 0.0
    p = each.number / each.answered
    return _left(each) * p * (1 - p) / (each.answered - 1)


def _smoothed(each: Counted) -> float:
    if 0 < each.number < each.answered:
        return _variance(each)
    # Without the correction for a finite population: alike as those seen are, they tell little of the few that are left.
    p = (each.number + 1) / (each.answered + 2)
    return p * (1 - p) / each.answered if _left(each) else 0.0
