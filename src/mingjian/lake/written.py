"""Answers as others read them: lines of CSV, a document of JSON, values in words."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import chain
from typing import Any

from mingjian.lake.questions.asked import Result
from mingjian.model.printable import printable
from mingjian.model.terms import vocabulary
from mingjian.model.texts import say

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""Spreadsheets take the wide signs for the narrow ones."""
_SHARES = ("share", "low", "high", "change", "least", "most", "expected")
_WORDED = {
    "told": "told",
    "judgement": "judgement",
    "paired_judgement": "judgement",
    "kind": "kind",
    "reason": "reason",
    "verdict": "verdict",
}
_FEW_DIGITS = 3


def document(result: Result[Any, Any]) -> dict[str, Any]:
    """One object with everything that the result tells, as JSON has it."""
    return {
        "question": result.question,
        "parameters": dict(result.parameters),
        "lake": result.digest,
        "summary": asdict(result.summary),
        "total": result.total,
        "limit": result.page.limit,
        "offset": result.page.offset,
        "rows": [asdict(row) for row in result.rows],
    }


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """One line a row. A text that a spreadsheet would take for a formula gets a quote in front."""
    for row in chain([columns], rows):
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow([_guarded(value) for value in row])
        yield line.getvalue()


def in_words(column: str, value: Any, lang: str) -> Any:
    """A value of an answer in the reader's words: a share in hundredths, one of several words by its text, several values as one. It may
    come from the answer itself or out of its document."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return say("lake.ask.yes" if value else "lake.ask.no", lang)
    if column == "category" and value in vocabulary("categories"):
        return vocabulary("categories")[value].name.of(lang)
    if column in _WORDED:
        return say(f"lake.ask.{_WORDED[column]}.{value}", lang)
    if isinstance(value, float):
        return f"{value:.1%}" if column.rpartition("_")[2] in _SHARES or column == "share_named" else f"{value:.{_FEW_DIGITS}g}"
    return plain(value)


def plain(value: Any) -> Any:
    """Several values as one text; any other value as it is."""
    return "; ".join(map(_one, value)) if isinstance(value, tuple | list) else value


def _one(value: Any) -> str:
    """A key that apps share reads the same from an answer and from its document."""
    if isinstance(value, Mapping):
        return f"{value['kind']}: {value['key']} ({value['apps']})"
    return str(value)


def _guarded(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    cell = printable(str(value))
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
