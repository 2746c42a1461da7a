"""What was lost is told in both languages, whoever's word it is."""

import re
from pathlib import Path
from typing import get_args

import pytest

from mingjian.inputs.recording.run1 import What
from mingjian.inputs.recording.tnetstring import ENDS
from mingjian.inputs.recording.uiautomator import Fault
from mingjian.model.losses import loss_in_words, moment_in_words
from mingjian.model.texts import keys

SOURCES = Path(__file__).parents[3] / "src" / "mingjian"
_NO_LOSS = {"repeated"}
"""A fault that costs nothing."""


def _written() -> set[str]:
    """The words that stand in the code where a loss is made."""
    made = re.compile(r"(?:_lose|_lost|\blost|\blose|_give_up|Damage|_FaultError)\((?:[^()\"]*, )?\"([a-z_]+)\"")
    named = re.compile(r"(?:what=|lost = |yield at, |self\.lost = )\"([a-z_]+)\"")
    folders = (SOURCES / "inputs" / "recording", SOURCES / "record", SOURCES / "runs")
    texts = [file.read_text(encoding="utf-8") for folder in folders for file in sorted(folder.glob("*.py"))]
    found = {word for text in texts for pattern in (made, named) for word in pattern.findall(text)}
    return found - {"api", "network", "ui"}


def test_every_word_of_ours_has_its_words() -> None:
    words = {*_written(), *get_args(What), *get_args(Fault), *ENDS} - _NO_LOSS
    assert {"no_tshark", "bad_line", "depth", "no_agent", "truncated"} <= words
    assert sorted(word for word in words if f"loss.{word}" not in keys()) == []


@pytest.mark.parametrize("word", sorted(key.removeprefix("loss.") for key in keys() if key.startswith("loss.")))
def test_no_words_repeat_the_code(word: str) -> None:
    told = loss_in_words(word)
    assert "_" not in told.en + told.zh
    assert re.search(r"[一-鿿]", told.zh)


def test_the_detail_stands_behind_a_colon() -> None:
    assert loss_in_words("link_type", "3").en == "packets of a link type that is not known here: 3"
    assert loss_in_words("link_type", "3").zh == "不支持抓包的链路类型：3"


def test_a_strangers_word_stands_for_itself_and_is_short() -> None:
    assert loss_in_words("sensor_off", "x").en == "sensor_off: x"
    assert loss_in_words("").en == "?"
    assert len(loss_in_words("a" * 9000, "b" * 9000).en) < 500


def test_moments_of_a_report_are_told_too() -> None:
    assert moment_in_words("truncated 1 (run:9)").en == "the file was cut, its end is missing: 1 (run:9)"
    assert moment_in_words("pin.example.com (refused)").en == (
        "pin.example.com (the app refused the proxy's certificate, so that it could not be read)"
    )
    assert moment_in_words("flood: API-0001: 7").en == "calls too frequent to be told one by one: API-0001: 7"
    assert moment_in_words("something else").zh == "something else"
