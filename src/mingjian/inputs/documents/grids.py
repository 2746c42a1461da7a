"""Tables as published pages have them: spans resolved, empty rows and columns dropped, and those that only lay out the page dissolved."""

from mingjian.inputs.documents.passages import Flow, Grid, GridCell, Passage, passages

MOST_COLUMNS = 64
MOST_CELLS = 50_000
"""Of one table, spans counted."""
_PROSE = 1_000
"""Characters from which one cell is no entry of a table but a text."""


def settled(flow: Flow) -> list[Passage | Grid]:
    """The flow with every table either a rectangle, its spanned cells repeated, or dissolved into what its cells hold."""
    done: list[Passage | Grid] = []
    for part in flow:
        if isinstance(part, Passage):
            done.append(part)
            continue
        for row in part.rows:
            for cell in row:
                cell.content = settled(cell.content)
        grid = _rectangle(part)
        if _holds_data(grid):
            done.append(grid)
        else:
            done += _dissolved(part)
    return done


def _dissolved(grid: Grid) -> list[Passage | Grid]:
    return [part for row in grid.rows for cell in row for part in cell.content]


def _rectangle(grid: Grid) -> Grid:
    """Every row with the same number of cells, a cell that spans several places repeated in them."""
    rows: list[list[GridCell | None]] = []
    below: dict[int, tuple[GridCell, int]] = {}
    cells = 0
    for number, row in enumerate(grid.rows):
        line: list[GridCell | None] = []
        waiting = list(row)
        while waiting or len(line) in below or any(column >= len(line) for column in below):
            column = len(line)
            if column in below:
                cell, left = below.pop(column)
                line.append(cell)
                if left > 1:
                    below[column] = cell, left - 1
                continue
            if not waiting:
                line.append(None)
                continue
            cell = waiting.pop(0)
            down = min(cell.rows, len(grid.rows) - number)
            for place in range(column, min(column + cell.columns, MOST_COLUMNS)):
                if place > column and place in below:
                    break
                line.append(cell)
                if down > 1:
                    below[place] = cell, down - 1
            if len(line) >= MOST_COLUMNS:
                if waiting:
                    # What a table of this width holds is told as text too, so that no cell is lost.
                    return Grid([])
                break
        below = {column: held for column, held in below.items() if column < MOST_COLUMNS}
        rows.append(line)
        cells += len(line)
        if cells > MOST_CELLS:
            # What a single table of this size holds is told as text.
            return Grid([])
    width = max(map(len, rows), default=0)
    full = [[cell or GridCell([]) for cell in [*line, *[None] * (width - len(line))]] for line in rows]
    filled = [row for row in full if any(_has_text(cell) for cell in row)]
    kept = [column for column in range(width) if any(_has_text(row[column]) for row in filled)]
    return Grid([[row[column] for column in kept] for row in filled])


def _holds_data(grid: Grid) -> bool:
    if len(grid.rows) < 2 or len(grid.rows[0]) < 2:
        return False
    cells = {id(cell): cell for row in grid.rows for cell in row}.values()
    if any(isinstance(part, Grid) or part.kind == "heading" for cell in cells for part in cell.content if not cell.header):
        return False
    sizes = sorted((sum(passage.length for passage in passages(cell.content)) for cell in cells), reverse=True)
    # A page laid out as a table has its text in one cell; a table of data spreads it.
    return not (sizes[0] > _PROSE and sizes[0] * 2 > sum(sizes))


def _has_text(cell: GridCell) -> bool:
    return any(True for _ in passages(cell.content))
