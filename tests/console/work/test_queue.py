"""Jobs: queued with the caller's transaction, run once, given up after a few attempts, and daily ones once a day."""

from datetime import datetime, timedelta

import pytest
from django.db import transaction

from mingjian.console import clock
from mingjian.console.work import queue

DONE: list[str] = []


def _note(word: str) -> None:
    DONE.append(word)


@pytest.fixture(autouse=True)
def tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    DONE.clear()
    monkeypatch.setattr(queue, "TASKS", {"note": _note, "fail": lambda: 1 / 0, "today": lambda: DONE.append("today")})
    monkeypatch.setattr(queue, "DAILY", ["today"])


def test_a_job_runs_once(db: None) -> None:
    queue.defer("note", word="a")
    queue.defer("note", word="b")
    assert queue.run_due() == 2
    assert queue.run_due() == 0
    assert DONE == ["a", "b"]


def test_a_job_of_a_transaction_that_fails_never_runs(db: None) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        queue.defer("note", word="lost")
        raise ZeroDivisionError
    assert queue.run_due() == 0


def test_a_job_that_fails_does_not_stop_the_others(db: None, caplog: pytest.LogCaptureFixture) -> None:
    queue.defer("fail")
    queue.defer("note", word="after")
    assert queue.run_due() == 2
    assert DONE == ["after"]
    assert "failed" in caplog.text


def test_what_is_no_task_cannot_be_queued(db: None) -> None:
    with pytest.raises(LookupError):
        queue.defer("unheard of")


def test_daily_work_is_queued_once_a_day_by_the_date_in_china(db: None) -> None:
    late = datetime(2026, 9, 16, 23, 59, tzinfo=clock.PLACE)
    for moment in (late - timedelta(hours=5), late, late + timedelta(minutes=2)):
        with clock.stopped_at(moment):
            queue.defer_daily()
    # The two-minutes-later job is due by its own clock only; the queue of PostgreSQL goes by the server's.
    with clock.stopped_at(late + timedelta(days=1)):
        queue.run_due()
    assert DONE == ["today", "today"]
