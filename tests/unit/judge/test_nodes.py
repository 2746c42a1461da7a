from pathlib import Path

import pytest

from mingjian.errors import RuleError
from mingjian.judge.nodes import MAX_BYTES, Fields, Items, Node, Scalar, parse_yaml, read_file
from mingjian.model.texts import say


def bare(node: Node) -> object:
    match node:
        case Scalar():
            return node.text
        case Items():
            return [bare(item) for item in node.items]
        case Fields():
            return {key.text: bare(value) for key, value in node.entries}


def failure(content: bytes) -> RuleError:
    with pytest.raises(RuleError) as caught:
        parse_yaml(content, "a.yml")
    return caught.value


def test_words_stay_as_written() -> None:
    node = parse_yaml(b"a: no\nb: [1, 0x1F, ~, '', \"x: y\"]\nc: >-\n  two\n  lines\n", "a.yml")
    assert bare(node) == {"a": "no", "b": ["1", "0x1F", "~", "", "x: y"], "c": "two lines"}


def test_places_count_from_one_and_in_characters() -> None:
    node = parse_yaml("a: 1\n明鉴: {b: c}\n".encode(), "a.yml")
    assert isinstance(node, Fields)
    key, value = node.entries[1]
    assert (key.place.line, key.place.column) == (2, 1)
    assert (value.place.line, value.place.column) == (2, 5)


BOMB = b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"


@pytest.mark.parametrize(
    ("content", "key", "line", "column"),
    [
        (BOMB, "rules.alias", 1, 4),
        (b"a: *x\n", "rules.alias", 1, 4),
        (b"[" * 10_000, "rules.too_deep", 1, 41),
        (b"- " * 10_000 + b"x", "rules.too_deep", 1, 81),
        (b"a: 1\nb: 2\na: 3\n", "rules.duplicate_key", 3, 1),
        (b"{[a]: b}", "rules.key_not_text", 1, 2),
        (b"a: !!python/object:os.system x\n", "rules.tag", 1, 4),
        (b"a: 1\n---\nb: 2\n", "rules.two_documents", 2, 1),
        (b"", "rules.empty", 1, 1),
        (b"# only a comment\n", "rules.empty", 1, 1),
        (b"a: 1\nb: \xff\xfe\n", "rules.not_utf8", 2, 1),
        (b"a: [1, 2\nb: 3\n", "rules.not_yaml", 2, 2),
        (b"a: 1\n\tb: 2\n", "rules.not_yaml", 2, 1),
        (b"\x7fELF\x01\x00\x00", "rules.not_yaml", 1, 1),
        (b"- x\n" * 50_001, "rules.too_many_nodes", 50_000, 3),
    ],
)
def test_a_hostile_file_is_one_clear_line(content: bytes, key: str, line: int, column: int) -> None:
    error = failure(content)
    assert (error.key, error.values["line"], error.values["column"]) == (key, line, column)
    for lang in ("zh", "en"):
        text = say(error.key, lang, **error.values)
        assert text.startswith(f"a.yml:{line}:{column}: ")
        assert "\n" not in text
        assert len(text) < 400


def test_a_file_over_the_limit_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "big.yml"
    with file.open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    with pytest.raises(RuleError) as caught:
        read_file(file, "big.yml")
    assert caught.value.key == "rules.too_large"


def test_only_plain_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("a: 1\n")
    (tmp_path / "link.yml").symlink_to(tmp_path / "target")
    (tmp_path / "folder.yml").mkdir()
    for name in ("link.yml", "folder.yml", "missing.yml"):
        with pytest.raises(RuleError) as caught:
            read_file(tmp_path / name, name)
        assert caught.value.key == "rules.not_a_file"
