"""Data that a sentence names."""

from pathlib import Path

import pytest
import yaml

from mingjian.model.terms import exists
from mingjian.nlp.lexicon import data
from mingjian.nlp.reading import Lang

_CASES = yaml.safe_load((Path(__file__).parent / "data" / "data_phrases.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("lang", "text", "expected"), [(lang, *case) for lang, cases in _CASES.items() for case in cases])
def test_a_sentence_names_exactly(lang: Lang, text: str, expected: str) -> None:
    found = dict.fromkeys(mention.term + ("" if mention.certain else "?") for mention in data(text, lang))
    assert list(found) == expected.split()


def test_expected_terms_exist() -> None:
    terms = {term.rstrip("?") for cases in _CASES.values() for _, expected in cases for term in expected.split()}
    assert all(exists("data", term) for term in terms)
