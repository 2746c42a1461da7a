"""Places in the app, over a table of phrases."""

from pathlib import Path

import pytest
import yaml

from mingjian.nlp.paths import paths
from mingjian.nlp.reading import Lang

TABLE: dict[Lang, list[list[str]]] = yaml.safe_load((Path(__file__).parent / "data" / "paths.yml").read_text(encoding="utf-8"))
PHRASES: list[tuple[Lang, list[str]]] = [(lang, row) for lang, rows in TABLE.items() for row in rows]


def read(lang: Lang, text: str) -> list[str]:
    return [("!" if place.system else "") + "|".join(place.steps) for place in paths(text, lang)]


def test_the_share_of_phrases_that_are_read_as_they_should() -> None:
    assert len(PHRASES) >= 100
    assert sum(read(lang, row[0]) == row[1:] for lang, row in PHRASES) >= 0.98 * len(PHRASES)


@pytest.mark.parametrize(("lang", "row"), PHRASES, ids=[row[0] for _, row in PHRASES])
def test_phrase(lang: Lang, row: list[str]) -> None:
    assert read(lang, row[0]) == row[1:]


def test_offsets_are_those_of_the_way() -> None:
    text = "您可以在我的 > 设置 > 隐私中关闭。"
    (place,) = paths(text, "zh")
    assert text[place.start : place.end] == "我的 > 设置 > 隐私"


@pytest.mark.parametrize(
    "hostile", ["我的-", "我的 > ", "点击设置，", "【设置】", "“我", "-", "设置", "Me > ", "tap Settings, ", "Aa ", "在设置"]
)
def test_endless_lines_end(hostile: str) -> None:
    text = hostile * (100_000 // len(hostile))
    assert all(place.end <= len(text) for lang in ("zh", "en") for place in paths(text, lang))
