"""Tables of a PDF page: from ruled lines, or from columns that stand one below the other."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from mingjian.inputs.documents.pdf_page import Glyph, Page, Rule

_NEAR = 3.0
"""Points within which two ruled lines are one, or touch."""
_CUT = 8.0
"""Points that a row has at least, of which the page shows only a part."""
_MOST_RULES = 150
"""Of one page and direction; more make no table but a drawing."""


@dataclass(slots=True)
class Box:
    """One cell: the grid lines between which it lies, and what is printed in it, in the order of the page."""

    row: int
    column: int
    rows: int = 1
    columns: int = 1
    glyphs: list[Glyph] = field(default_factory=list)


@dataclass(slots=True)
class RuledTable:
    """A table of ruled lines: `ys` from the top down, `xs` from left to right, and which cell owns each place. `open` tells that the
    page ends within its last row."""

    xs: list[float]
    ys: list[float]
    owners: dict[tuple[int, int], Box]
    open: bool = False

    def box_at(self, glyph: Glyph) -> Box | None:
        """The cell that a character is printed in."""
        x, y = (glyph.left + glyph.right) / 2, (glyph.bottom + glyph.top) / 2
        column = bisect_right(self.xs, x) - 1
        row = bisect_right(self.ys, -y, key=lambda each: -each) - 1
        return self.owners.get((row, column))

    def rows(self) -> list[list[Box]]:
        """The cells by the row in which they begin."""
        boxes = {id(box): box for box in self.owners.values()}.values()
        return [sorted((box for box in boxes if box.row == row), key=lambda box: box.column) for row in range(len(self.ys) - 1)]


def ruled_tables(page: Page) -> list[RuledTable]:
    """The tables that ruled lines make, from the top down; at least two rows or columns each."""
    across, down = _merged(page.across), _merged(page.down)
    if len(across) > _MOST_RULES or len(down) > _MOST_RULES:
        return []
    tables = []
    for horizontal, vertical in _touching(across, down):
        xs, ys = _places([rule.at for rule in vertical]), _places([rule.at for rule in horizontal])[::-1]
        if not xs or not ys:
            continue
        # Where a page ends within a row, the lines between its columns go on without one below them.
        top, bottom = max(rule.end for rule in vertical), min(rule.start for rule in vertical)
        is_open = bottom < ys[-1] - _CUT
        ys = [*([top] if top > ys[0] + _CUT else []), *ys, *([bottom] if is_open else [])]
        if len(xs) >= 2 and len(ys) >= 2 and (len(xs) - 1) * (len(ys) - 1) > 1:
            tables.append(RuledTable(xs, ys, _owners(xs, ys, horizontal, vertical), is_open))
    return sorted(tables, key=lambda table: -table.ys[0])


def _merged(rules: Sequence[Rule]) -> list[Rule]:
    """Lines that lie on one another or follow one another, as one."""
    merged: list[Rule] = []
    for rule in sorted(rules, key=lambda rule: (round(rule.at / _NEAR), rule.start)):
        last = merged[-1] if merged else None
        if last is not None and abs(last.at - rule.at) < _NEAR and rule.start <= last.end + _NEAR:
            merged[-1] = Rule(last.at, last.start, max(last.end, rule.end))
        else:
            merged.append(rule)
    return merged


def _touching(across: list[Rule], down: list[Rule]) -> list[tuple[list[Rule], list[Rule]]]:
    """The lines in groups that hang together."""
    group = list(range(len(across) + len(down)))

    def root(each: int) -> int:
        while group[each] != each:
            group[each] = group[group[each]]
            each = group[each]
        return each

    for i, horizontal in enumerate(across):
        for j, vertical in enumerate(down, len(across)):
            if (
                horizontal.start - _NEAR <= vertical.at <= horizontal.end + _NEAR
                and vertical.start - _NEAR <= horizontal.at <= vertical.end + _NEAR
            ):
                group[root(i)] = root(j)
    groups: dict[int, tuple[list[Rule], list[Rule]]] = {}
    for i, rule in enumerate([*across, *down]):
        groups.setdefault(root(i), ([], []))[i >= len(across)].append(rule)
    return list(groups.values())


def _places(values: list[float]) -> list[float]:
    places: list[float] = []
    for value in sorted(values):
        if not places or value - places[-1] > _NEAR:
            places.append(value)
    return places


def _owners(xs: list[float], ys: list[float], across: list[Rule], down: list[Rule]) -> dict[tuple[int, int], Box]:
    def parted(rules: list[Rule], at: float, middle: float) -> bool:
        return any(abs(rule.at - at) <= _NEAR and rule.start - _NEAR < middle < rule.end + _NEAR for rule in rules)

    owners: dict[tuple[int, int], Box] = {}
    for row in range(len(ys) - 1):
        for column in range(len(xs) - 1):
            if (row, column) in owners:
                continue
            box = Box(row, column)
            middle = (ys[row] + ys[row + 1]) / 2
            while column + box.columns < len(xs) - 1 and not parted(down, xs[column + box.columns], middle):
                box.columns += 1
            middle = (xs[column] + xs[column + 1]) / 2
            while row + box.rows < len(ys) - 1 and not parted(across, ys[row + box.rows], middle):
                box.rows += 1
            for i in range(row, row + box.rows):
                for j in range(column, column + box.columns):
                    owners.setdefault((i, j), box)
    return owners
