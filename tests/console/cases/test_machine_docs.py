"""The tables of the page are those of the data."""

from tools.procedure_table import PAGE, page_with_tables, tables


def test_the_page_tells_the_present_procedure() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page_with_tables(page) == page, "run python tools/procedure_table.py"


def test_every_state_event_and_act_stands_in_the_tables() -> None:
    told = tables()
    for name in ("overdue", "relist_retest", "deadline_recomputed", "report_return", "testing_lab"):
        assert f"| `{name}`" in told
