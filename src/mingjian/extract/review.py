"""A reviewer's answers to the questions of checklists.

A file is a YAML list; each entry has `clause` (`cac-2019/2.4`), `question` (the question's id), `answer` (yes or no), `by` and `at`
(ISO 8601), and may have `note`."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from mingjian.errors import InputError
from mingjian.extract.context import Context
from mingjian.model.types import Channel, Coverage, Evidence, Observation

name = "review"
reads = "review"
channels: tuple[Channel, ...] = ("review",)

MOST_BYTES = 1 << 20
_REQUIRED = ("clause", "question", "answer", "by", "at")
_KNOWN = frozenset({*_REQUIRED, "note"})
_LONGEST = 4000
_DEEPEST = 8


def extract(reader: Path, context: Context) -> tuple[list[Observation], list[Coverage]]:
    """One `shown attest.<question> via review` per answer, negated for no. Raises `InputError` for a file that is no review."""
    answers = read_answers(reader)
    observations = [
        Observation(
            mode="shown",
            channel="review",
            action=f"attest.{answer['question']}",
            negated=answer["answer"] == "no",
            evidence=(Evidence(context.artifact, f"review:[{index}]", _words(answer)),),
            extractor=name,
        )
        for index, answer in enumerate(answers)
    ]
    return observations, [Coverage("review", name, "complete", artifact=context.artifact, count=len(answers))]


def read_answers(path: Path) -> list[dict[str, str]]:
    """The entries of a review, all values as text. Raises `InputError`."""
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise InputError("input.review_too_large", path=path)
    try:
        _refuse_tricks(content, path)
        document = yaml.load(content, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        why = getattr(error, "problem", None) or type(error).__name__
        raise InputError("input.review_not_yaml", path=path, line=mark.line + 1 if mark else 1, why=why) from error
    if not isinstance(document, list):
        raise InputError("input.review_wrong", path=path, item=0, field="-")
    return [_answer(entry, index, path) for index, entry in enumerate(document, 1)]


def _refuse_tricks(content: bytes, path: Path) -> None:
    """Aliases let a short file unfold into an endless one, and deep nesting exhausts the stack of the composer."""
    depth = 0
    for event in yaml.parse(content, Loader=yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent) or depth > _DEEPEST:
            raise InputError("input.review_trick", path=path, line=event.start_mark.line + 1 if event.start_mark else 1)


def _answer(entry: Any, index: int, path: Path) -> dict[str, str]:
    if not isinstance(entry, dict):
        raise InputError("input.review_wrong", path=path, item=index, field="-")
    for field in (*sorted(map(str, entry.keys() - _KNOWN)), *(field for field in _REQUIRED if field not in entry)):
        raise InputError("input.review_wrong", path=path, item=index, field=field)
    answer = {field: _plain(value) for field, value in entry.items()}
    checks = {
        "clause": _is_clause(answer["clause"]),
        "question": bool(answer["question"]) and not any(each.isspace() for each in answer["question"]),
        "answer": answer["answer"] in ("yes", "no"),
        "by": bool(answer["by"].strip()),
        "at": _is_time(answer["at"]),
        **{field: field == "note" or len(value) <= _LONGEST for field, value in answer.items() if len(value) > _LONGEST},
    }
    for field, right in checks.items():
        if not right:
            raise InputError("input.review_wrong", path=path, item=index, field=field)
    return answer


def _plain(value: Any) -> str:
    # YAML 1.1 reads the bare words yes and no as truth values, and dates as dates.
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value if isinstance(value, str) else ""


def _is_clause(word: str) -> bool:
    pack, slash, number = word.partition("/")
    return bool(pack and slash and number) and not any(each.isspace() for each in word)


def _is_time(word: str) -> bool:
    try:
        datetime.fromisoformat(word)
    except ValueError:
        return False
    return True


def _words(answer: dict[str, str]) -> str:
    note = f" — {answer['note']}" if answer.get("note") else ""
    return f"{answer['clause']} {answer['question']}: {answer['answer']} ({answer['by']}, {answer['at']}){note}"
