from pathlib import Path
from typing import Any

import pytest
import yaml

from mingjian.model.document import Block, BlockKind, Document
from mingjian.nlp.duties import duties
from mingjian.nlp.reading import Statement
from mingjian.nlp.structure import outline

GROUPS: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "data" / "duties.yml").read_text(encoding="utf-8"))
CASES = [(case.get("zh") or case["en"], group["acts"], case["is"]) for group in GROUPS for case in group["cases"]]


def document(passage: str) -> Document:
    """A passage of lines: "# " a heading, "- " an item, else a paragraph."""
    text, blocks = "", []
    for line in passage.split("\n"):
        kind: BlockKind = "heading" if line.startswith("# ") else "item" if line.startswith("- ") else "paragraph"
        words = line if kind == "paragraph" else line[2:]
        blocks.append(Block(kind, len(text), len(text) + len(words), 1 if kind == "heading" else 0))
        text += f"{words}\n"
    return Document("artifact", "policy", text, tuple(blocks))


def stated(passage: str) -> list[Statement]:
    read = outline(document(passage))
    return duties(read, [{} for _ in read.sentences])


def short(statement: Statement) -> str:
    count = f" {statement.count}" if statement.count is not None else ""
    return ("-" if statement.negated else "") + statement.action + ("" if statement.certain else "?") + count


@pytest.mark.parametrize(("passage", "acts", "expected"), CASES, ids=range(len(CASES)))
def test_states_exactly(passage: str, acts: list[str], expected: list[str]) -> None:
    assert {short(each) for each in stated(passage) if each.action in acts} == set(expected)


def test_half_of_the_cases_are_near_misses_in_both_languages() -> None:
    assert len(CASES) >= 250
    assert sum(not expected for _, _, expected in CASES) >= 80
    assert sum(passage.isascii() for passage, _, _ in CASES) >= 100
