"""Tables read as sentences: what stands in their cells is said as much as what stands in paragraphs."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from mingjian.nlp.language import lang
from mingjian.nlp.reading import Outline, Sentence


def with_cells(outline: Outline, topics: Sequence[dict[str, float]]) -> tuple[Outline, list[dict[str, float]]]:
    """The outline with each cell that is no sentence yet as an item, in the place where its table stands, and the scores to go
    with it. Cells of one row share a paragraph, numbered below 0."""
    known = {sentence.start for sentence in outline.sentences}
    rows = [row for table in outline.document.tables for row in table.rows]
    cells = {(cell.start, cell.end): number for number, row in enumerate(rows) for cell in row}
    added = [
        _sentence(outline, start, end, -1 - number)
        for (start, end), number in sorted(cells.items())
        if start not in known and outline.text[start:end].strip()
    ]
    if not added:
        return outline, list(topics)
    order = sorted([*enumerate(outline.sentences), *((-1, cell) for cell in added)], key=lambda row: (row[1].start, row[1].end))
    place = {old: new for new, (old, _) in enumerate(order) if old >= 0}
    merged = tuple(replace(each, lead=place[each.lead]) if each.lead is not None else each for _, each in order)
    return replace(outline, sentences=merged), [topics[old] if 0 <= old < len(topics) else {} for old, _ in order]


def _sentence(outline: Outline, start: int, end: int, paragraph: int) -> Sentence:
    text = outline.text[start:end]
    index = max(0, bisect_right(outline.sentences, start, key=lambda each: each.start) - 1)
    before = outline.sentences[index] if outline.sentences else None
    section = before.section if before is not None and before.start <= start else 0
    return Sentence(text, start, end, "item", lang(text), section, paragraph)
