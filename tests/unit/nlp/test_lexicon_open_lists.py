"""Lists that say of themselves that they are not complete."""

from pathlib import Path

import pytest
import yaml

from mingjian.nlp.lexicon import open_list
from mingjian.nlp.reading import Lang

_CASES = yaml.safe_load((Path(__file__).parent / "data" / "open_lists.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("lang", "text", "expected"), [(lang, *case) for lang, cases in _CASES.items() for case in cases])
def test_a_list_is_left_open_by(lang: Lang, text: str, expected: list[str]) -> None:
    found = open_list(text, lang)
    assert [text[mention.start : mention.end] for mention in found] == expected
    assert all(mention.term == "open" for mention in found)
