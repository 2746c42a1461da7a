"""Purposes that a text names or a sentence states."""

from pathlib import Path

import pytest
import yaml

from mingjian.nlp.lexicon import purposes, stated_purposes
from mingjian.nlp.reading import Lang

_CASES = yaml.safe_load((Path(__file__).parent / "data" / "purposes.yml").read_text(encoding="utf-8"))


def _cases(kind: str) -> list[tuple[str, str, str]]:
    return [(lang, *case) for lang, cases in _CASES[kind].items() for case in cases]


@pytest.mark.parametrize(("lang", "text", "expected"), _cases("named"))
def test_a_text_names_exactly(lang: Lang, text: str, expected: str) -> None:
    assert sorted({mention.term for mention in purposes(text, lang)}) == expected.split()


@pytest.mark.parametrize(("lang", "text", "expected"), _cases("stated"))
def test_a_sentence_states_exactly(lang: Lang, text: str, expected: str) -> None:
    assert sorted({mention.term for mention in stated_purposes(text, lang)}) == expected.split()
