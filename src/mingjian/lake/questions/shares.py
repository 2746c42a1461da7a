"""Shares with intervals, and whether two of them differ by more than chance. Pure.

Every interval takes the apps for drawn at random and independently. Where they were chosen, or are a whole market, it is a rough guide."""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, fsum, lgamma, log, log1p, sqrt
from statistics import NormalDist
from typing import Literal

Judgement = Literal["beyond", "within", "few"]

SMALL = 100
"""Up to so many apps an interval is computed exactly, which is never too narrow; above it as Wilson's, which is right on average."""

_HALVINGS = 60


@dataclass(frozen=True, slots=True)
class Share:
    """`number` of `base`, with the ends of the interval around the share. Without a base nothing is known: from 0 to 1."""

    number: int
    base: int
    low: float
    high: float

    @property
    def value(self) -> float | None:
        return self.number / self.base if self.base else None


@dataclass(frozen=True, slots=True)
class Difference:
    """What was added to the earlier share, and the ends of the interval around it that chance explains; `few`: too little to tell."""

    points: float
    low: float
    high: float
    judgement: Judgement


def quantile(confidence: float) -> float:
    """How many standard errors lie on each side of the middle, such as 1.96 for a confidence of 0.95."""
    return NormalDist().inv_cdf((1 + confidence) / 2)


def share(number: int, base: int, confidence: float = 0.95) -> Share:
    """A share with its interval, Clopper and Pearson's for a small base and Wilson's for others."""
    if not base:
        return Share(number, base, 0.0, 1.0)
    return Share(number, base, *(exact(number, base, confidence) if base <= SMALL else wilson(number / base, base, confidence)))


def wilson(share: float, base: float, confidence: float) -> tuple[float, float]:
    """Wilson's interval of a share. `base` may be an effective size, which is no whole number."""
    z = quantile(confidence)
    middle = (share + z * z / (2 * base)) / (1 + z * z / base)
    spread = z / (1 + z * z / base) * sqrt(share * (1 - share) / base + z * z / (4 * base * base))
    return (0.0 if share == 0 else max(0.0, middle - spread)), (1.0 if share == 1 else min(1.0, middle + spread))


def exact(number: int, base: int, confidence: float) -> tuple[float, float]:
    """Clopper and Pearson's interval: all shares with which neither so many nor so few would be surprising."""
    if 2 * number > base:
        low, high = exact(base - number, base, confidence)
        return 1 - high, 1 - low
    tail = (1 - confidence) / 2
    low = 0.0 if number == 0 else _where(lambda p: 1 - _at_most(number - 1, base, p) < tail)
    high = _where(lambda p: _at_most(number, base, p) > tail)
    return low, high


def between(earlier: tuple[float, float], later: tuple[float, float], quantile: float, least: int) -> Difference | None:
    """The difference of two shares, each given as number and base, with the usual interval of two independent proportions, `quantile`
    standard errors to each side; none without a base. With fewer than `least` apps with or without in either, the normal distribution fits
    badly. Apps that are in both half-years make the shares depend on each other, for which `turned` is the test."""
    (before, of_before), (now, of_now) = earlier, later
    if not of_before or not of_now:
        return None
    share_before, share_now = before / of_before, now / of_now
    points = share_now - share_before
    spread = quantile * sqrt(share_before * (1 - share_before) / of_before + share_now * (1 - share_now) / of_now)
    low, high = points - spread, points + spread
    if min(before, of_before - before, now, of_now - now) < least:
        return Difference(points, low, high, "few")
    return Difference(points, low, high, "beyond" if low > 0 or high < 0 else "within")


def turned(gained: int, lost: int) -> float:
    """The exact two-sided probability that chance alone turns as many of the same apps one way, when both ways are as likely: McNemar's
    test. 1 when none turned."""
    if not gained + lost:
        return 1.0
    return min(1.0, 2 * _at_most(min(gained, lost), gained + lost, 0.5))


def _at_most(number: int, base: int, p: float) -> float:
    """The probability of at most `number` of `base` when each happens with probability `p`, in the open interval from 0 to 1."""
    whole, with_, without = lgamma(base + 1), log(p), log1p(-p)
    return fsum(exp(whole - lgamma(k + 1) - lgamma(base - k + 1) + k * with_ + (base - k) * without) for k in range(number + 1))


def _where(below: Callable[[float], bool]) -> float:
    """The share at which `below` turns from true to false."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if below(middle):
            low = middle
        else:
            high = middle
    return (low + high) / 2
