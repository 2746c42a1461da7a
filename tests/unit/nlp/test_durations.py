from pathlib import Path
from typing import Any

import pytest
import yaml

from mingjian.nlp.durations import durations
from mingjian.nlp.reading import Lang

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "data" / "durations.yml").read_text(encoding="utf-8"))


def told(text: str, lang: Lang) -> list[list[object]]:
    return [
        [each.amount_low, each.amount_high, each.unit, each.working_days, each.bound, *(["again"] if each.recurring else [])]
        for each in durations(text, lang)
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.get("zh") or case.get("en"))
def test_reads_a_phrase(case: dict[str, Any]) -> None:
    lang: Lang = "zh" if "zh" in case else "en"
    assert told(case[lang], lang) == case["is"]


def test_enough_phrases_of_both_languages() -> None:
    assert sum("zh" in case for case in CASES) >= 100
    assert sum("en" in case for case in CASES) >= 100


def test_offsets_hold_the_number_and_its_unit() -> None:
    text = "我们将在15（十五）个工作日内回复"
    [found] = durations(text, "zh")
    assert text[found.start : found.end] == "15（十五）个工作日"


def test_a_range_is_measured_by_its_upper_end() -> None:
    [found] = durations("7 to 30 days", "en")
    assert (found.days, found.working_days) == (30, 21)


def test_endless_numerals_end_in_time() -> None:
    assert durations("一" * 200_000, "zh") == []
    assert durations("one " * 50_000, "en") == []
