"""The acts that passages tell, case by case."""

from pathlib import Path

import pytest
import yaml

from mingjian.model.document import Block, BlockKind, Document
from mingjian.nlp.acts import acts
from mingjian.nlp.reading import Outline, SdkRow, Statement
from mingjian.nlp.structure import outline
from mingjian.nlp.tables import sdk_rows

DATA = Path(__file__).parent / "data"
CASES = [
    pytest.param(case["text"], case["says"], id=f"{file.stem}-{number}")
    for file in sorted(DATA.glob("acts_*.yml"))
    for number, case in enumerate(yaml.safe_load(file.read_text(encoding="utf-8")))
]
MARKS: dict[str, BlockKind] = {"# ": "heading", "- ": "item"}


def document(text: str) -> Document:
    """A document of which each line is a block."""
    blocks = []
    at = 0
    for line in text.split("\n"):
        kind = MARKS.get(line[:2], "paragraph")
        blocks.append(Block(kind, at + (0 if kind == "paragraph" else 2), at + len(line), 0 if kind == "paragraph" else 1))
        at += len(line) + 1
    return Document("a" * 64, "policy.txt", text, tuple(blocks))


def read(text: str, rows: tuple[SdkRow, ...] | None = None) -> tuple[Outline, list[Statement]]:
    """The outline of a text and its acts, where nothing is known of topics."""
    found = outline(document(text))
    return found, acts(found, [{}] * len(found.sentences), sdk_rows(found) if rows is None else rows)


def line(statement: Statement) -> str:
    """A statement in the words of an observation line."""
    words = [] if statement.certain else ["perhaps"]
    words += ["not"] if statement.negated else []
    words += [statement.action, *([statement.data] if statement.data else [])]
    actor = None if statement.actor == "app" else statement.actor
    named = (
        ("to", statement.recipient),
        ("by", actor),
        ("for", statement.purpose),
        ("during", statement.phase),
        ("under", statement.condition),
    )
    return " ".join([*words, *(f"{word} {value}" for word, value in named if value)])


@pytest.mark.parametrize(("text", "says"), CASES)
def test_a_passage_says_what_it_says_and_no_more(text: str, says: list[str]) -> None:
    _, statements = read(text)
    assert sorted(line(each) for each in statements if each.action not in ("publish.rules", "embed")) == sorted(says)


NOTHING = (
    "本应用不收集任何个人信息。",
    "我们不收集、不上传您的任何个人信息，也不接入第三方SDK。",
    "We do not collect any personal information.",
    "This app never collects or shares any personal data.",
)
NOT_NOTHING = (
    "在您同意本政策之前，我们不收集任何个人信息。",
    "除上述信息外，我们不收集任何个人信息。",
    "我们不收集未成年人的任何个人信息。",
    "如您拒绝，我们将不收集您的任何个人信息。",
    "我们不收集任何敏感个人信息。",
    "We do not collect any personal information from children.",
    "Before you agree we do not collect any personal information.",
    "We do not collect any other personal information.",
)


@pytest.mark.parametrize("text", NOTHING)
def test_that_nothing_at_all_is_collected_is_a_rule(text: str) -> None:
    assert [each.action for each in read(f"# 算盘隐私政策\n{text}")[1] if each.action == "publish.rules"]


@pytest.mark.parametrize("text", NOT_NOTHING)
def test_that_nothing_is_collected_under_a_condition_or_of_some_is_no_rule(text: str) -> None:
    assert [each for each in read(f"# 算盘隐私政策\n{text}")[1] if each.action == "publish.rules"] == []
