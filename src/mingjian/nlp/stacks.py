"""Lists that were copied without their tabs, or are laid out as boxes: each label and each cell on a line of its own."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence

from mingjian.nlp.columns import Role, folded, role, words
from mingjian.nlp.language import lang
from mingjian.nlp.lexicon import data
from mingjian.nlp.numbering import Mark, mark
from mingjian.nlp.records import TELLING, Span
from mingjian.nlp.rows import names_code


def labels(lines: Sequence[str]) -> dict[int, tuple[Role, int]]:
    """The lines that begin with the name of a field, without any sign after it, by number: what the field holds and where its name ends.
    The value follows in the line or is the next line. Such names come again with each entry, or are every second line of a single one.
    None unless one of them names SDKs, or third parties, and others say more."""
    counts = Counter(name for line in lines for name in {line, line.partition(" ")[0]})
    found: dict[int, tuple[Role, int]] = {}
    for number, line in enumerate(lines):
        if _is_value(lines, number, found):
            continue
        for name in dict.fromkeys((line, line.partition(" ")[0])):
            if counts[name] > 1 and (kind := _label(name)) is not None:
                found[number] = kind, len(name)
                break
    return found if _tells(found) else _alternating(lines)


def _alternating(lines: Sequence[str]) -> dict[int, tuple[Role, int]]:
    named = [_label(line) for line in lines]
    found: dict[int, tuple[Role, int]] = {}
    for number, kind in enumerate(named):
        if kind is None or _is_value(lines, number, found) or number + 1 == len(named) or named[number + 1] is not None:
            continue
        if any(0 <= other < len(named) and named[other] is not None for other in (number - 2, number + 2)):
            found[number] = kind, len(lines[number])
    return found if _tells(found) else {}


def _is_value(lines: Sequence[str], number: int, found: Mapping[int, tuple[Role, int]]) -> bool:
    """Whether the line above is nothing but the name of a field."""
    return number - 1 in found and found[number - 1][1] == len(lines[number - 1])


def _tells(found: Mapping[int, tuple[Role, int]]) -> bool:
    given = {kind for kind, _ in found.values()}
    return len(TELLING & given) >= (1 if "sdk" in given else 2) and not given.isdisjoint(_NAMES)


def stacked_rows(text: str, lines: Sequence[Span]) -> list[list[list[Span]]]:
    """Tables whose cells stand on lines of their own, as rows of places, the headings first."""
    lines = _joined(text, lines)
    named = [_label(text[slice(*line)]) for line in lines]
    tables: list[list[list[Span]]] = []
    number = 0
    while number < len(lines):
        end = _end(text, lines, named, number)
        # A title may stand before the headings, and the first name below them may look like one.
        tried = (
            _rows(text, lines, named, start, last)
            for last in (end, end - 1)
            for start in range(number, min(last - _FEWEST, number + _TITLES) + 1)
        )
        best, score = max(tried, key=lambda each: each[1], default=([], 0))
        if score:
            tables.append(best)
            end = bisect_left(lines, best[-1][-1]) + 1
        number = max(end, number + 1)
    return tables


def _joined(text: str, lines: Sequence[Span]) -> list[Span]:
    """The lines, those that belong to one cell as one: what follows a comma, and the next number of a list."""
    joined: list[Span] = []
    last: Mark | None = None
    for line in lines:
        number = mark(text, *line)
        counts_on = last is not None and number is not None and number.style == last.style and number.value == last.value + 1 > 1
        if joined and (text[joined[-1][1] - 1] in _OPEN or counts_on):
            joined[-1] = joined[-1][0], line[1]
        else:
            joined.append(line)
        last = number or (last if counts_on else None)
    return joined


def _end(text: str, lines: Sequence[Span], named: Sequence[Role | None], number: int) -> int:
    """Where the headings end that follow each other from a line on, none twice."""
    seen: set[str] = set()
    while number < len(named) and named[number] is not None and len(seen) < _MOST:
        heading = folded(text[slice(*lines[number])])
        if heading in seen:
            break
        seen.add(heading)
        number += 1
    return number


def _rows(text: str, lines: Sequence[Span], named: Sequence[Role | None], first: int, last: int) -> tuple[list[list[Span]], int]:
    """The headings in the lines `first` to `last` and the rows below them, and how many cells show that they hold what the headings say.
    A row that does not fit ends the table."""
    columns = named[first:last]
    naming = next((columns.index(kind) for kind in _NAMES if kind in columns), None)
    if naming is None or not TELLING & set(columns):
        return [], 0
    width = len(columns)
    rows = [[*lines[first : first + width]]]
    score = 0
    for start in range(first + width, len(lines) - width + 1, width):
        cells = [text[slice(*cell)] for cell in lines[start : start + width]]
        shown = [_shows(cell, kind) for cell, kind in zip(cells, columns, strict=True)]
        if False in shown or not _may_name(cells[naming]) or sum(kind is not None for kind in named[start : start + width]) * 3 >= width:
            break
        rows.append([*lines[start : start + width]])
        score += shown.count(True) + names_code(cells[naming])
    return (rows, score) if score >= len(rows) - 1 else ([], 0)


def _may_name(cell: str) -> bool:
    return len(cell) <= _LONGEST_NAME and "。" not in cell and "://" not in cell and not cell.isdecimal()


def _shows(cell: str, kind: Role | None) -> bool | None:
    """Whether a cell holds what its role says; none where that cannot be told."""
    if words("nothing").search(folded(cell)):
        return None
    if kind == "index":
        return len(cell) <= _LONGEST_INDEX
    if kind == "company":
        return True if words("company").search(folded(cell)) else None
    if kind == "data":
        return True if data(cell, lang(cell)) else None
    if kind == "link":
        return "://" in cell or "www." in cell or (None if len(cell) <= _LONGEST_LABEL else False)
    return None


def _label(line: str) -> Role | None:
    kind = role(line) if len(line) <= _LONGEST_LABEL and not names_code(line) else None
    return None if kind == "data" and data(line, lang(line)) else kind


_NAMES: tuple[Role, ...] = ("sdk", "name")
_FEWEST = 3
"""Columns of a table whose cells stand on lines of their own."""

_MOST = 12
_OPEN = "、，,；;"
_TITLES = 2
_LONGEST_LABEL = 24
_LONGEST_NAME = 60
_LONGEST_INDEX = 4
