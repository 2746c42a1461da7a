"""What the journal of many machines promises beyond the contract."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import psycopg
import pytest

from mingjian.errors import TryAgainError, UsageError
from mingjian.fleet.listing import Listing
from mingjian.fleet.outcome import Outcome
from mingjian.fleet.postgres import PostgresJournal
from mingjian.fleet.run import Run

RUN = Run("a", "apps", datetime(2026, 11, 22, 3, tzinfo=UTC), "2026H2", ("cac-2019",), "1.0", "f" * 64, state="running")
OK = Outcome(0, "ok", "k0", "d0", cpu=1)


def planned(database: str) -> PostgresJournal:
    journal = PostgresJournal(database)
    journal.begin(RUN)
    journal.plan(RUN, [(0, Listing("/apps/0.apk"))])
    return journal


def test_the_tables_of_others_in_the_same_database_are_left_alone(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE procrastinate_jobs (theirs text)")
        connection.execute("CREATE TYPE procrastinate_job_status AS ENUM ('theirs')")
        planned(database).close()
        tables = connection.execute("SELECT schemaname FROM pg_tables WHERE tablename = 'procrastinate_jobs' ORDER BY 1").fetchall()
        columns = connection.execute("SELECT * FROM public.procrastinate_jobs").description
    assert tables == [("mingjian_fleet",), ("public",)]
    assert [column.name for column in columns or ()] == ["theirs"]


def test_many_that_begin_at_once_make_one_schema(database: str) -> None:
    with ThreadPoolExecutor(6) as threads:
        journals = list(threads.map(PostgresJournal, [database] * 6))
    for journal in journals:
        assert journal.runs() == ()
        journal.close()


def test_a_job_that_is_done_stays_as_it_was_first_done(database: str) -> None:
    journal = planned(database)
    journal.end(RUN, OK, "done")
    journal.end(RUN, Outcome(0, "crash"), "poison")
    assert (journal.progress(RUN).done, list(journal.poisoned(RUN))) == (1, [])
    journal.close()


def test_a_job_that_was_given_up_is_done_when_its_report_comes_after_all(database: str) -> None:
    journal = planned(database)
    journal.end(RUN, Outcome(0, "crash"), "poison")
    journal.end(RUN, OK, "done")
    assert (journal.progress(RUN).done, journal.progress(RUN).poison) == (1, 0)
    journal.close()


def test_a_failed_try_does_not_open_what_was_given_up(database: str) -> None:
    journal = planned(database)
    journal.end(RUN, Outcome(0, "crash"), "poison")
    journal.end(RUN, Outcome(0, "timeout"), "open")
    assert journal.progress(RUN).poison == 1
    journal.close()


def test_a_report_that_is_staged_again_is_taken_again(database: str) -> None:
    journal = planned(database)
    journal.end(RUN, OK, "done")
    journal.taken(["k0"])
    journal.end(RUN, replace(OK, sha256="d1"), "done")
    assert [(result.key, result.sha256) for result in journal.staged()] == [("k0", "d1")]
    journal.close()


def test_a_job_is_given_only_while_it_is_open_and_its_run_goes_on(database: str) -> None:
    journal = planned(database)
    run, job = journal.job("a", 0) or (None, None)
    assert (run, job and job.listing) == (RUN, Listing("/apps/0.apk"))
    assert journal.job("a", 1) is None
    journal.mark("a", "stopped")
    assert journal.job("a", 0) is None
    journal.mark("a", "running")
    journal.end(RUN, OK, "done")
    assert journal.job("a", 0) is None
    journal.close()


def test_an_address_that_is_none_is_wrong_usage() -> None:
    with pytest.raises(UsageError):
        PostgresJournal("http://example.com/")


def test_a_database_that_does_not_answer_is_asked_to_be_tried_again() -> None:
    with pytest.raises(TryAgainError):
        PostgresJournal("postgresql://127.0.0.1:1/none?connect_timeout=1")
