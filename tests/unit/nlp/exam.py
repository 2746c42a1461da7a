"""Files of lists of SDKs as sites and apps publish them, what the reader makes of them, and how much of it is right."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import yaml

from mingjian.inputs.policy import open_policy
from mingjian.nlp.reading import Outline, SdkRow
from mingjian.nlp.structure import outline
from tests.unit.inputs.policy_files import box, docx, line, pdf_pages

FOLDER = Path(__file__).parent / "data" / "exam_tables"
Item = tuple[str, str, str]
Part = str | Sequence[Sequence[str]]


def layouts(*names: str) -> dict[str, dict[str, Any]]:
    """The layouts of these files of `data/exam_tables`, by file and name."""
    return {
        f"{name}: {key}": layout for name in names for key, layout in yaml.safe_load((FOLDER / f"{name}.yml").read_text("utf-8")).items()
    }


def read(layouts: Mapping[str, Mapping[str, Any]], folder: Path) -> dict[str, Outline]:
    """Writes each layout as a file of its own and reads them as the tool does."""
    paths = []
    for number, layout in enumerate(layouts.values()):
        paths.append(folder / f"{number:03}-{layout['file']}")
        paths[-1].write_bytes(_content(layout))
    outlines: list[Outline] = []
    for at in range(0, len(paths), 64):
        outlines += map(outline, open_policy(paths[at : at + 64])[1])
    return dict(zip(layouts, outlines, strict=True))


def _content(layout: Mapping[str, Any]) -> bytes:
    if layout["file"].endswith(".docx"):
        return docx("".join(map(_word, layout["parts"])))
    if layout["file"].endswith(".pdf"):
        return pdf_pages([b"".join(_drawn(layout["parts"]))])
    return str(layout["content"]).encode()


def _word(part: Part) -> str:
    if isinstance(part, str):
        return _paragraph(part)
    rows = ("".join(map(_word_cell, range(len(row)), row, [part] * len(row))) for row in part)
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>"


def _word_cell(column: int, words: str, table: Sequence[Sequence[str]]) -> str:
    merged = {"^": "<w:vMerge/>"}.get(words, '<w:vMerge w:val="restart"/>' if any(row[column] == "^" for row in table) else "")
    return f"<w:tc><w:tcPr>{merged}</w:tcPr>{_paragraph('' if words == '^' else words)}</w:tc>"


def _paragraph(words: str) -> str:
    return f"<w:p><w:r><w:t>{escape(words)}</w:t></w:r></w:p>"


def _drawn(parts: Sequence[Part]) -> Sequence[bytes]:
    drawn: list[bytes] = []
    top = 760
    for part in parts:
        if isinstance(part, str):
            drawn.append(line(40, top - 14, part, 14))
            top -= 30
            continue
        width = 520 // len(part[0])
        for row in part:
            for column, words in enumerate(row):
                drawn.append(box(40 + column * width, top - 24, 40 + (column + 1) * width, top))
                drawn.append(line(44 + column * width, top - 16, words, 7))
            top -= 24
    return drawn


def expected(layout: Mapping[str, Any]) -> list[Item]:
    """What a layout should give: a row by its SDK or its name, then its company, data and purposes."""
    items: list[Item] = []
    for row in layout["rows"]:
        key = row["sdks"][0] if "sdks" in row else row["name"]
        items += [(key, "row", ""), *((key, "company", row["company"]) for _ in "1" if "company" in row)]
        items += [(key, field, term) for field in ("data", "purposes") for term in row[field]]
    return items


def found(layout: Mapping[str, Any], rows: Sequence[SdkRow]) -> list[Item]:
    """What the reader found, companies only where the layout says what they are."""
    with_company = {row["sdks"][0] if "sdks" in row else row["name"] for row in layout["rows"] if "company" in row}
    items: list[Item] = []
    for row in rows:
        key = "/".join(row.sdks) or row.name
        items.append((key, "row", ""))
        items += [(key, "company", row.company)] if key in with_company and row.company else []
        items += [(key, "data", term) for term in row.data] + [(key, "purposes", term) for term in row.purposes]
    return items
