"""The database itself refuses to rewrite what happened, on SQLite and PostgreSQL alike."""

import pytest
from django.db import DatabaseError, connection, transaction

from mingjian.console.audit.chain import record
from tests.console.cases.life import Life


@pytest.mark.parametrize("table", ["cases_event", "audit_entry"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET at = at", "DELETE FROM {}"])
def test_no_statement_changes_what_was_recorded(db: None, table: str, statement: str) -> None:
    Life().open()
    record("test")
    before = _rows(table)
    assert before
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))
    assert _rows(table) == before


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_test_can_clear_its_database() -> None:
    """The clearing itself happens after this test, with what it left behind."""
    Life().open()
    assert _rows("cases_event")


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_after_the_clearing_nothing_is_left_and_the_refusal_stands() -> None:
    assert not _rows("cases_event")
    Life().open()
    with pytest.raises(DatabaseError, match="only ever added"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM cases_event")


def _rows(table: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY 1")
        return list(cursor.fetchall())
