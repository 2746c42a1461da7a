"""The audit chain shows every later change, on both databases: each is made by plain SQL, past the triggers that would refuse it."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test import Client

from mingjian.console import clock
from mingjian.console.accounts.models import User
from mingjian.console.audit import verify
from mingjian.console.audit.chain import Break, breaks, head, record
from mingjian.console.audit.models import Entry
from mingjian.console.home import home


@pytest.fixture
def chain(db: None, noon: datetime) -> Iterator[None]:
    """Ten entries, an hour and a few microseconds apart, in a table that lets itself be changed."""
    with connection.cursor() as cursor:
        for statement in _without_triggers():
            cursor.execute(statement)
    for number in range(10):
        with clock.stopped_at(noon + timedelta(hours=number, microseconds=number)):
            record("test.act", f"thing:{number}", actor="li", value=number, words="责令\u200b\x00\ud800")
    yield
    (home() / "audit-heads.txt").unlink(missing_ok=True)


def _without_triggers() -> Iterator[str]:
    if connection.vendor == "postgresql":
        yield "ALTER TABLE audit_entry DISABLE TRIGGER USER"
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_entry'")
        for (name,) in cursor.fetchall():
            yield f'DROP TRIGGER "{name}"'


def _sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_an_untouched_chain_holds_as_the_database_gives_it_back(chain: None) -> None:
    assert list(breaks()) == []
    assert verify.report().holds
    assert Entry.objects.get(seq=4).at.microsecond == 3


def test_an_act_that_fails_leaves_no_entry(chain: None) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record("test.act")
        raise ZeroDivisionError
    assert head()[0] == 10
    assert list(breaks()) == []


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE audit_entry SET body = '{}' WHERE seq = 5", [Break(5, "changed")]),
        ("UPDATE audit_entry SET actor = 'wang' WHERE seq = 5", [Break(5, "changed")]),
        ("UPDATE audit_entry SET action = 'test.other' WHERE seq = 10", [Break(10, "changed")]),
        ("UPDATE audit_entry SET object = 'thing:99' WHERE seq = 1", [Break(1, "changed")]),
        ("UPDATE audit_entry SET at = (SELECT at FROM audit_entry WHERE seq = 6) WHERE seq = 5", [Break(5, "changed")]),
        ("DELETE FROM audit_entry WHERE seq = 5", [Break(5, "missing")]),
        ("DELETE FROM audit_entry WHERE seq = 1", [Break(1, "missing")]),
        ("DELETE FROM audit_entry WHERE seq > 7", [Break(8, "cut")]),
        ("DELETE FROM audit_entry", [Break(1, "cut")]),
        ("UPDATE audit_head SET digest = 'f'", [Break(10, "unlinked")]),
    ],
)
def test_what_is_changed_or_removed_is_found_where_it_was(chain: None, statement: str, found: list[Break]) -> None:
    _sql(statement)
    assert list(breaks()) == found


def test_swapped_entries_are_found(chain: None) -> None:
    for a, b in ((5, 50), (6, 5), (50, 6)):
        _sql(f"UPDATE audit_entry SET seq = {b} WHERE seq = {a}")
    assert {each.seq for each in breaks()} >= {5, 6}


def test_an_entry_put_in_between_is_found(chain: None) -> None:
    for number in range(10, 5, -1):
        _sql(f"UPDATE audit_entry SET seq = {number + 1} WHERE seq = {number}")
    _sql(
        "INSERT INTO audit_entry (seq, at, actor, action, object, body, previous, digest) "
        "SELECT 6, at, actor, 'test.invented', object, body, previous, digest FROM audit_entry WHERE seq = 5"
    )
    assert Break(6, "changed") in list(breaks())


def test_an_entry_put_behind_the_end_is_found(chain: None) -> None:
    _sql(
        "INSERT INTO audit_entry (seq, at, actor, action, object, body, previous, digest) "
        "SELECT 11, at, actor, action, object, body, digest, digest FROM audit_entry WHERE seq = 10"
    )
    assert list(breaks()) == [Break(11, "added")]


def test_a_cut_end_shows_by_a_head_that_was_told_before(chain: None) -> None:
    told = head()
    _sql("DELETE FROM audit_entry WHERE seq > 7")
    last = Entry.objects.get(seq=7)
    _sql(f"UPDATE audit_head SET seq = 7, digest = '{last.digest}'")
    assert list(breaks()) == [], "the chain alone cannot know"
    assert list(breaks(told)) == [Break(8, "cut")]


def test_a_chain_written_anew_shows_by_the_heads_in_the_file(chain: None, noon: datetime) -> None:
    verify.export_head()
    _sql("DELETE FROM audit_entry")
    _sql("UPDATE audit_head SET seq = 0, digest = '" + "0" * 64 + "'")
    for number in range(12):
        record("test.act", f"thing:{number}")
    assert list(breaks()) == []
    found = verify.report()
    assert found.breaks == (Break(10, "rewritten"),)
    assert found.known == 1
    assert "10" in found.lines("zh")[0]
    assert "entry 10" in found.lines("en")[0]


def test_damaged_lines_of_the_file_are_passed_over(chain: None) -> None:
    verify.export_head()
    with (home() / "audit-heads.txt").open("ab") as file:
        file.write("2026-09-16 x \xff\n垃圾\n".encode())
    assert list(verify.exported()) == [head()]


def test_the_auditor_reads_and_filters_the_chain(chain: None, person: Callable[..., User], signed_in: Callable[[User], Client]) -> None:
    session = signed_in(person("auditor"))
    assert "thing:9" in session.get("/audit/").content.decode()
    found = session.get("/audit/list.json?object=thing:3").json()["entries"]
    assert [(row["seq"], row["body"]["value"]) for row in found] == [(4, 3)]
    for query in ("actor=%27%20OR%201=1--", "since=2026-13-40", "actor=" + "x" * 9000):
        assert session.get(f"/audit/list.json?{query}").json()["entries"] == []
        assert session.get(f"/audit/?{query}").status_code == 200
