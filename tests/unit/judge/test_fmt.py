import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rule_files import clause, signal, write_pack

from mingjian.judge.fmt import WIDTH, format_pack, formatted
from mingjian.judge.nodes import Fields, Items, Node, Scalar, parse_yaml


def bare(node: Node) -> object:
    match node:
        case Scalar():
            return node.text
        case Items():
            return [bare(item) for item in node.items]
        case Fields():
            return [(key.text, bare(value)) for key, value in node.entries]


MESSY = """\
# head
id:   x   # beside
needs: [ a,b ,  "c" ]

list:
- {zh: 甲,en: 'B, c'}
# above
-   seen:
        mode:   observed
    # inside
    tally: 3
-
  - deep
last: >-
  two
  lines
# tail
"""

NEAT = """\
# head
id: x # beside
needs: [a, b, c]
list:
  - {zh: 甲, en: "B, c"}
  # above
  - seen:
      mode: observed
    # inside
    tally: 3
  - - deep
last: two lines
# tail
"""


def test_layout_is_one_and_comments_stay() -> None:
    assert formatted(MESSY.encode(), "a.yml") == NEAT
    assert formatted(NEAT.encode(), "a.yml") == NEAT


def test_braces_that_do_not_fit_become_lines() -> None:
    long = "x" * WIDTH
    assert formatted(f"a: {{b: {long}, c: [d, e]}}\n".encode(), "a.yml") == f"a:\n  b: {long}\n  c: [d, e]\n"


def test_comments_inside_braces_are_kept_before_what_follows() -> None:
    text = formatted(b"a: {b: 1, # one\n  c: 2} # two\nd: 3\n", "a.yml")
    assert text == "a: {b: 1, c: 2} # one\n# two\nd: 3\n"


def test_a_hash_in_a_text_is_no_comment() -> None:
    text = formatted(b'a: "x # y"\nb: |\n  # text\n  more\nc: x#y\n', "a.yml")
    assert bare(parse_yaml(text.encode(), "a.yml")) == [("a", "x # y"), ("b", "# text\nmore\n"), ("c", "x#y")]


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Co", "Cn")), max_size=12) | st.sampled_from(
    [
        "yes",
        "",
        "- x",
        "a: b",
        "a:",
        "a #b",
        "#a",
        "{a}",
        "[",
        "...",
        "---",
        "x, y",
        "?",
        "$x.data",
        "*",
        "&a",
        "!t",
        "%",
        "@",
        "a\nb",
        " a ",
    ]
)
trees = st.recursive(
    words.map(lambda text: Scalar(text, None)),  # type: ignore[arg-type]
    lambda inner: st.one_of(
        st.builds(lambda items, flow: Items(tuple(items), None, flow), st.lists(inner, max_size=3), st.booleans()),  # type: ignore[arg-type]
        st.builds(
            lambda entries, flow: Fields(tuple((Scalar(key, None), value) for key, value in entries.items()), None, flow),  # type: ignore[arg-type]
            st.dictionaries(words, inner, max_size=3),
            st.booleans(),
        ),
    ),
    max_leaves=8,
)


def as_json(value: object) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list) and value and isinstance(value[0], tuple):
        return "{" + ", ".join(f"{json.dumps(key, ensure_ascii=False)} : {as_json(item)}" for key, item in value) + "}"
    return "[" + ", ".join(as_json(item) for item in value) + "]" if isinstance(value, list) else "{}"


@settings(max_examples=200)
@given(trees)
def test_nothing_but_the_layout_changes(tree: Node) -> None:
    source = as_json(bare(tree)).encode()
    before = bare(parse_yaml(source, "a.yml"))
    once = formatted(source, "a.yml")
    assert bare(parse_yaml(once.encode(), "a.yml")) == before
    assert formatted(once.encode(), "a.yml") == once


def test_a_pack_is_checked_or_rewritten(tmp_path: Path) -> None:
    messy = signal("s", "seen:   {mode: claimed}")
    pack = Path(write_pack(tmp_path, {"1.1-a": clause()}, {"s": messy}))
    format_pack(pack)
    assert format_pack(pack, check=True) == ()
    file = pack / "signals" / "s.yml"
    file.write_text(messy, encoding="utf-8")
    assert format_pack(pack, check=True) == (str(file),)
    assert file.read_text(encoding="utf-8") == messy
    assert format_pack(pack) == (str(file),)
    assert "seen: {mode: claimed}" in file.read_text(encoding="utf-8")


@pytest.mark.parametrize("ending", ["\r\n", "\n\n\n", "  \n"])
def test_line_ends_are_plain(ending: str) -> None:
    assert formatted(f"a: 1{ending}b: 2{ending}".encode(), "a.yml") == "a: 1\nb: 2\n"
