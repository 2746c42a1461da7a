"""A reviewer's answers to the questions of checklists.

A file is a YAML list; each entry has `clause` (`cac-2019/2.4`), `question` (the question's id), `answer` (yes or no), `by` and `at`
(ISO 8601), and may have `note`."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from mingjian.errors import InputError
from mingjian.inputs.files import read
from mingjian.model.types import Artifact

_REQUIRED = ("clause", "question", "answer", "by", "at")
_KNOWN = frozenset({*_REQUIRED, "note"})
_LONGEST_WORD = 200
_LONGEST_NOTE = 4000
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, by whom and when (ISO 8601)."""

    clause: str
    question: str
    yes: bool
    by: str
    at: str
    note: str = ""


def open_review(path: Path) -> tuple[Artifact, tuple[Answer, ...]]:
    """The answers of one file. Raises `InputError` with the line or entry that is wrong."""
    found, content = read(path, "review")
    try:
        _refuse_tricks(content, path)
        document = yaml.load(content, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        why = getattr(error, "problem", None) or type(error).__name__
        raise InputError("input.review_not_yaml", path=path, line=mark.line + 1 if mark else 1, why=why) from error
    if not isinstance(document, list):
        raise InputError("input.review_wrong", path=path, item=0, field="-")
    return found, tuple(_answer(entry, index, path) for index, entry in enumerate(document, 1))


def _refuse_tricks(content: bytes, path: Path) -> None:
    """Aliases let a short file unfold into an endless one, and deep nesting exhausts the stack of the composer."""
    depth = 0
    for event in yaml.parse(content, Loader=yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent) or depth > _DEEPEST:
            raise InputError("input.review_trick", path=path, line=event.start_mark.line + 1 if event.start_mark else 1)


def _answer(entry: Any, index: int, path: Path) -> Answer:
    wrong = _wrong_field(entry)
    if wrong is not None:
        raise InputError("input.review_wrong", path=path, item=index, field=wrong)
    said = {field: _plain(value) for field, value in entry.items()}
    return Answer(said["clause"], said["question"], said["answer"] == "yes", said["by"], said["at"], said.get("note", ""))


def _wrong_field(entry: Any) -> str | None:
    """The first field that is unknown, missing or ill-formed; `-` when the entry has no fields at all."""
    if not isinstance(entry, dict):
        return "-"
    strange = sorted(str(field)[:_LONGEST_WORD] for field in entry.keys() - _KNOWN)
    if strange:
        return strange[0]
    said = {field: _plain(entry.get(field)) for field in _REQUIRED}
    right = {
        "clause": _is_clause(said["clause"]),
        "question": _is_word(said["question"]),
        "answer": said["answer"] in ("yes", "no"),
        "by": bool(said["by"].strip()) and len(said["by"]) <= _LONGEST_WORD,
        "at": _is_time(said["at"]),
        "note": isinstance(entry.get("note", ""), str) and len(entry.get("note", "")) <= _LONGEST_NOTE,
    }
    return next((field for field, fits in right.items() if not fits), None)


def _plain(value: Any) -> str:
    # YAML 1.1 reads the bare words yes and no as truth values, and dates as dates.
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, str) else ""


def _is_word(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_WORD and not any(each.isspace() for each in text)


def _is_clause(text: str) -> bool:
    pack, _, number = text.partition("/")
    return bool(pack and number) and _is_word(text)


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
