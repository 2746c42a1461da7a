"""Spreadsheets, read back with another program: text stays text, names and cells fit the format, the same tables make the same file."""

import datetime
import io
import zipfile
from collections.abc import Iterator

import openpyxl
import pytest

from mingjian.console.printing import sheets
from mingjian.console.printing.sheets import Cell, Sheet, workbook
from mingjian.errors import InputError

ACTIVE = (
    "=cmd|'/c calc'!A1",
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "＝1+1",
    "{=1+1}",
    "https://example.com/",
    "mailto:a@example.com",
    "internal:Sheet2!A1",
    "external:c:\\x.xlsx",
    "0123",
    "1e5",
    "_x0041_",
    "<b>&amp;",
)


def read(file: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(file))


def test_nothing_in_a_cell_is_a_formula_a_link_or_a_number() -> None:
    book = read(workbook("=1+1", [Sheet("应用", ["=1+1"], [[text] for text in ACTIVE])]))
    page = book.worksheets[0]
    assert page["A1"].value == "=1+1"
    for row, text in enumerate(ACTIVE, 2):
        cell = page.cell(row, 1)
        assert cell.data_type == "s", text
        assert cell.hyperlink is None
        # What looks like the format's own escape of a letter is escaped, which this reader does not undo.
        assert cell.value == text.replace("\t", "\\t").replace("\r", "\\r").replace("_x0041_", "_x005F_x0041_")


def test_values_keep_their_kind() -> None:
    row: list[Cell] = [1, -2.5, True, None, "", "字", datetime.date(2026, 9, 21), datetime.datetime(2026, 9, 21, 8, 5, tzinfo=datetime.UTC)]
    odd: list[Cell] = [2**60, float("nan"), float("-inf"), False, "a\nb", "\x00\x1b", "𠮷", 0]
    page = read(workbook("t", [Sheet("s", [f"c{at}" for at in range(8)], [row, odd])])).worksheets[0]
    first, second = ([cell.value for cell in cells] for cells in page.iter_rows(min_row=2))
    assert first[:6] == [1, -2.5, True, None, None, "字"]
    assert first[6] == datetime.datetime(2026, 9, 21)
    assert first[7] == "2026-09-21 08:05:00+00:00"
    assert second == [str(2**60), "nan", "-inf", False, "a\nb", "\\x00\\x1b", "𠮷", 0]


def test_the_heading_stays_in_sight_and_columns_have_their_widths() -> None:
    sheet = Sheet("s", ["应用名称", "n"], [["甲", 1]], widths=[30, 12])
    page = read(workbook("t", [sheet])).worksheets[0]
    assert page.freeze_panes == "A2"
    assert page.print_title_rows == "$1:$1"
    assert page.auto_filter.ref == "A1:B2"
    assert page["A1"].font.bold
    assert page.column_dimensions["A"].width == pytest.approx(30, abs=1)


def test_a_cell_holds_what_the_format_admits_and_tells_what_is_cut_off() -> None:
    whole, long, wide = "字" * 32_767, "字" * 32_768, "𠮷" * 20_000
    page = read(workbook("t", [Sheet("s", ["a"], [[whole], [long], [wide]])])).worksheets[0]
    assert page["A2"].value == whole
    assert page["A3"].value == "字" * 32_766 + "…"
    assert page["A4"].value == "𠮷" * 16_383 + "…"


def test_names_of_sheets_fit_and_differ() -> None:
    wanted = ["a/b:c*[d]?\\e", "", "'x'", "History", "名" * 40, "名" * 40, "Same", "sAME", "𠮷" * 20, "\x00", "''"]
    names = read(workbook("t", [Sheet(name, ["a"], []) for name in wanted])).sheetnames
    assert len(names) == len(wanted)
    assert len({name.lower() for name in names}) == len(wanted)
    for name in names:
        assert 0 < len(name.encode("utf-16-le")) // 2 <= 31
        assert not set(name) & set("[]:*?/\\")
        assert name.strip("' ") == name
        assert name.lower() != "history"
    assert names[2] == "x"
    assert names[4] == "名" * 31


def test_the_same_tables_are_the_same_file() -> None:
    def made() -> bytes:
        return workbook("t", [Sheet("s", ["a"], iter([["甲"], [1]]))])

    assert made() == made()
    with zipfile.ZipFile(io.BytesIO(made())) as parts:
        assert not [name for name in parts.namelist() if "external" in name.lower() or "macro" in name.lower()]


def test_more_rows_than_a_sheet_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS", 3)

    def endless() -> Iterator[list[Cell]]:
        while True:
            yield ["x"]

    with pytest.raises(InputError):
        workbook("t", [Sheet("s", ["a"], endless())])
    assert len(list(read(workbook("t", [Sheet("s", ["a"], [["x"]] * 3)])).worksheets[0].rows)) == 4
