"""Lengths of time that a text names: "15个工作日", "within thirty (30) days"."""

import math
import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from mingjian.model.shipped import catalog
from mingjian.nlp.reading import Lang

Unit = Literal["hour", "working_day", "day", "week", "month", "year"]
Bound = Literal["at_most", "at_least", "about", "exact"]


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time; `start` and `end` hold the number and its unit, in the text that was searched. A single amount is both low and
    high. `days` and `working_days` measure the high end: a month is 30 days, a year 365, and of seven days five are worked, rounded down
    but never to none. `recurring` marks a period after which something happens again ("every 30 days"), which bounds nothing."""

    start: int
    end: int
    amount_low: float
    amount_high: float
    unit: Unit
    working_days: int
    days: int
    bound: Bound
    recurring: bool = False


def durations(text: str, lang: Lang) -> list[Duration]:
    """The lengths of time in `text`, in order. Dates, ages and hours of service are none."""
    words = _words(lang)
    found = []
    for match in words.pattern.finditer(text):
        before = text[max(0, match.start() - _REACH) : match.start()]
        read = words.amounts(match, before)
        if read is None:
            continue
        low, high, unit = read
        if 0 < high <= words.longest[unit] and not words.excluded(match, before, unit):
            days = high * words.days[unit]
            worked = high if unit == "working_day" else days * 5 / 7
            found.append(
                Duration(
                    *match.span(),
                    amount_low=low,
                    amount_high=high,
                    unit=unit,
                    working_days=max(1, math.floor(worked + _ROUNDING)),
                    days=max(1, math.ceil(days - _ROUNDING)),
                    bound=words.bound(match, before),
                    recurring=words.recurs(match, before),
                )
            )
    return found


class _Words:
    """The vocabulary of one language, compiled. `before` is always what stands before the match."""

    def __init__(self, rows: dict[str, Any], days: dict[Unit, float], longest: dict[Unit, float]) -> None:
        self.days = days
        self.longest = longest
        self._digits: dict[str, int] = rows["numerals"]
        self._powers: dict[str, int] = rows["powers"]
        self._articles: list[str] = rows["articles"]
        self._halves: dict[str, tuple[float, Unit]] = {f"half{i}": (row[1], row[2]) for i, row in enumerate(rows["halves"])}
        halves = "|".join(f"(?P<half{i}>{row[0]})" for i, row in enumerate(rows["halves"]))
        number, restated = rows["number"], f"(?:{rows['restated']})?".replace("{number}", rows["number"])
        inner = "|".join(rows["units"].values())
        units = "|".join(f"(?P<{unit}>{words})" for unit, words in rows["units"].items())
        half_after, half_before = rows["and_a_half"]
        self.pattern = re.compile(
            f"{rows['start']}(?:(?:{halves}){rows['end']}|"
            f"(?P<low>{number}){restated}(?:{rows['counter']}(?:{inner})?(?:{rows['join']})(?P<high>{number}){restated})?"
            f"(?P<half_before>{half_before})?{rows['counter']}(?:{units}){rows['end']}(?P<half_after>{half_after})?)",
            re.IGNORECASE,
        )
        self._article_before = _ending(rows["article_before"])
        other = rows["other"]
        self._other_before, self._age_before = _ending("|".join(other["before"])), _ending(other["years"])
        self._other_after = re.compile("|".join(other["after"]), re.IGNORECASE)
        self._bounds: list[tuple[Bound, re.Pattern[str], re.Pattern[str]]] = [
            (bound, _ending(around["before"]), re.compile(around["after"], re.IGNORECASE)) for bound, around in rows["bounds"].items()
        ]
        self._again = _ending(rows["recurring"]["before"]), re.compile(rows["recurring"]["after"], re.IGNORECASE)

    def amounts(self, match: re.Match[str], before: str) -> tuple[float, float, Unit] | None:
        """The low and the high amount with their unit; None where an article only looks like a number."""
        half = next((self._halves[name] for name in self._halves if match[name]), None)
        if half is not None:
            return half[0], half[0], half[1]
        more = 0.5 if match["half_after"] or match["half_before"] else 0
        if match["low"].lower() in self._articles and not more and not self._article_before.search(before):
            return None
        unit = next(unit for unit in self.days if match[unit])
        low, high = self._range(match["low"])
        if match["high"]:
            high = self._range(match["high"])[1]
        return min(low, high) + more, high + more, unit

    def _range(self, words: str) -> tuple[float, float]:
        """The ends of what a number names: they differ in "三五" (three to five) alone."""
        if words[0].isdigit():
            return float(words), float(words)
        if words.isascii():
            parts = [part for part in re.split(r"[\s-]+", words.lower()) if part != "and"]
        else:
            parts = list(words)
            digits = [self._digits[part] for part in parts if part in self._digits]
            if len(digits) == len(parts) > 1:
                if len(parts) == 2 and 0 < digits[0] < digits[1]:
                    return digits[0], digits[1]
                return (whole := float("".join(map(str, digits)))), whole
        total = pending = 0
        for part in parts:
            if part in self._powers:
                total += max(pending, 1) * self._powers[part]
                pending = 0
            else:
                pending += self._digits[part]
        return total + pending, total + pending

    def excluded(self, match: re.Match[str], before: str, unit: Unit) -> bool:
        """Whether the surroundings make it a date, an age or hours of service."""
        if self._other_before.search(before) or self._other_after.match(match.string, match.end()):
            return True
        return unit == "year" and self._age_before.search(before) is not None

    def bound(self, match: re.Match[str], before: str) -> Bound:
        """How the surroundings bound it; what follows goes before what precedes: "一般在15日内" is at most."""
        for bound, _, after in self._bounds:
            if after.match(match.string, match.end()):
                return bound
        return next((bound for bound, leading, _ in self._bounds if leading.search(before)), "exact")

    def recurs(self, match: re.Match[str], before: str) -> bool:
        """Whether it is the time between two of a series."""
        leading, following = self._again
        return bool(leading.search(before) or following.match(match.string, match.end()))


def _ending(words: str) -> re.Pattern[str]:
    return re.compile(f"(?:{words})$", re.IGNORECASE)


@cache
def _words(lang: Lang) -> _Words:
    rows = catalog("durations")
    return _Words(rows[lang], rows["days"], rows["longest"])


_REACH = 40
"""How many characters before a length of time can bear on it."""

_ROUNDING = 1e-3
"""What a sum of fractions of days may be off by."""
