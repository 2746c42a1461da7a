"""Whether a share differs from an earlier one by more than chance. Pure."""

from dataclasses import dataclass
from math import sqrt
from typing import Literal

from mingjian.console.figures.definitions import figures

Judgement = Literal["beyond", "within", "few"]


@dataclass(frozen=True, slots=True)
class Difference:
    """What was added to the earlier share, and the ends of the interval around it that chance explains; `few`: too little to tell."""

    points: float
    low: float
    high: float
    judgement: Judgement


def between(earlier: tuple[float, float], later: tuple[float, float]) -> Difference | None:
    """The difference of two shares, each given as number and base, with the usual interval of two independent proportions; none without
    a base.

    The interval treats both samples as drawn at random and independently. Where apps are chosen, or are the same in both half-years, it
    is a rough guide."""
    (before, of_before), (now, of_now) = earlier, later
    if not of_before or not of_now:
        return None
    share_before, share_now = before / of_before, now / of_now
    points = share_now - share_before
    spread = figures().normal_quantile * sqrt(share_before * (1 - share_before) / of_before + share_now * (1 - share_now) / of_now)
    low, high = points - spread, points + spread
    if min(before, of_before - before, now, of_now - now) < figures().least_each_side:
        return Difference(points, low, high, "few")
    return Difference(points, low, high, "beyond" if low > 0 or high < 0 else "within")
