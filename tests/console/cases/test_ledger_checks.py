"""The passing of time, and whether what is stored still is what was recorded."""

from collections.abc import Mapping
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from mingjian.console import clock
from mingjian.console.cases import ledger, reminding
from mingjian.console.cases.checking import forged
from mingjian.console.cases.models import Case, Event, Problem, Reminder, Waiting
from mingjian.console.cases.projection import differing
from mingjian.console.refused import RefusedError
from tests.console.cases.life import Life

_UNLOCKED = {
    "sqlite": ["DROP TRIGGER cases_event_no_UPDATE", "DROP TRIGGER cases_event_no_DELETE"],
    "postgresql": ["SET CONSTRAINTS ALL IMMEDIATE", "ALTER TABLE cases_event DISABLE TRIGGER USER"],
}
"""How the owner of the database gets around the refusal."""


@pytest.fixture
def life(db: None) -> Life:
    life = Life()
    life.open()
    life.ordered()
    return life


def _remind(life: Life, **after: int) -> list[str]:
    """The occasions of the reminders that a day brings; `after` counts from the end of the deadline."""
    deadline = life.state.last_main
    assert deadline is not None
    before = set(Reminder.objects.values_list("pk", flat=True))
    life.at = max(life.at, deadline.ends + timedelta(**after))
    with clock.stopped_at(life.at):
        reminding.remind()
        reminding.remind()
    return list(Reminder.objects.exclude(pk__in=before).values_list("occasion", flat=True))


def test_each_reminder_is_given_once(life: Life) -> None:
    # Served on Monday 2 March with five working days: the last day is Monday 9 March, the third working day before it Wednesday 4 March.
    assert _remind(life, days=-6) == ["before"]
    assert _remind(life, days=-5) == []
    assert _remind(life, hours=-12) == ["last_day"]
    assert _remind(life, hours=8) == ["overdue"]
    assert _remind(life, days=9) == []


def test_a_case_of_which_nothing_can_be_recorded_does_not_stop_the_others(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    stuck, case = life.case, life.open()
    life.ordered()
    assert case != stuck
    write = ledger.Book.write

    def refuse(book: ledger.Book, kind: str, data: Mapping[str, Any]) -> Event:
        if book.case == stuck:
            raise RefusedError("console.states.refusal.stale", conflict=True)
        return write(book, kind, data)

    monkeypatch.setattr(ledger.Book, "write", refuse)
    assert _remind(life, hours=8) == ["overdue"]


def test_what_was_recorded_since_the_cases_were_listed_is_seen(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    held = reminding.held

    def late(case: Case, by: None, seq: int | None) -> ledger.Book:
        if case.seq == life.state.seq:
            ledger.append(case, "noted", {"text": "meanwhile"}, life.inspector, case.seq)
        return held(case, by, seq)

    monkeypatch.setattr(reminding, "held", late)
    assert _remind(life, hours=8) == ["overdue"]


def test_when_a_deadline_passes_the_console_says_so_in_the_record(life: Life) -> None:
    _remind(life, hours=8)
    life.case.refresh_from_db()
    assert life.case.state == "overdue"
    last = life.case.events.last()
    assert last is not None
    assert (last.kind, last.by) == ("overdue_noted", None)


def test_while_a_request_for_more_time_is_open_no_lapse_is_recorded(life: Life) -> None:
    life.do("extension_requested", life.owner, term={"unit": "working_days", "amount": 5}, reason="more")
    assert _remind(life, hours=8) == ["overdue"]
    assert not life.case.events.filter(kind="overdue_noted").exists()


def test_columns_that_were_changed_by_hand_are_found_and_written_anew(life: Life) -> None:
    Case.objects.update(state="closed", due_at=None)
    Problem.objects.filter(clause="cac-2019/3.1").update(status="fixed")
    Waiting.objects.create(case=life.case, what="retest", seq=1, since=life.at)
    with clock.stopped_at(life.at):
        assert [case.pk for case in differing()] == [life.case.pk]
        with pytest.raises(CommandError):
            call_command("cases", "check", stdout=StringIO())
        said = StringIO()
        call_command("cases", "rebuild", stdout=said)
        assert life.case.number in said.getvalue()
        call_command("cases", "check", stdout=StringIO())
    life.case.refresh_from_db()
    assert life.case.state == "rectification_ordered"


@pytest.mark.parametrize("statement", ["UPDATE cases_event SET kind = 'noted' WHERE seq = 5", "DELETE FROM cases_event WHERE seq = 5"])
def test_an_event_that_was_rewritten_behind_the_refusal_is_found(life: Life, statement: str) -> None:
    assert list(forged()) == []
    with connection.cursor() as cursor:
        for step in (*_UNLOCKED[connection.vendor], statement):
            cursor.execute(step)
    assert list(forged()) == [(life.case.pk, 5)]


def test_an_event_that_was_slipped_in_is_found(life: Life) -> None:
    life.case.refresh_from_db()
    Event.objects.create(case=life.case, seq=life.case.seq + 1, kind="noted", at=life.at, by=life.inspector, data={"text": "x"})
    assert list(forged()) == [(life.case.pk, life.case.seq + 1)]
