import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.model.printable import printable, printable_json, printable_lines

ANY = st.text(st.characters(exclude_categories=()))
"""Text of any code points, halves of characters too, which files and JSON can bring in."""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("a\r\nb\tc", r"a\r\nb\tc"),
        ("gpj\u202eexe.apk", r"gpj\u202eexe.apk"),
        ("a\u200bb\u2028c", r"a\u200bb\u2028c"),
        ("tag\U000e0041", r"tag\U000e0041"),
        ("\udcff.apk", r"\udcff.apk"),
        ("外卖 é 👩\u200d🚀 ‘quoted’", "外卖 é 👩\u200d🚀 ‘quoted’"),
        ("=HYPERLINK(1)", "=HYPERLINK(1)"),
    ],
)
def test_only_characters_remain(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(ANY)
def test_nothing_that_commands_or_hides_gets_through(text: str) -> None:
    shown = printable(text)
    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert not {unicodedata.bidirectional(char) for char in shown} & {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    assert printable(shown) == shown
    shown.encode()


def test_lines_stay_lines() -> None:
    assert printable_lines("a\x1b\nb\r\n") == "a\\x1b\nb\\r\n"


@given(st.recursive(ANY | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(ANY, inner)))
def test_json_means_the_same(value: object) -> None:
    document = printable_json(json.dumps(value, ensure_ascii=False, indent=1))
    assert json.loads(document) == value
    assert printable_lines(document) == document
