"""What the journal of many machines promises beyond the contract."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import psycopg
import pytest

from mingjian.errors import TryAgainError, UsageError
from mingjian.fleet.database import address
from mingjian.fleet.listing import Listing
from mingjian.fleet.outcome import Outcome
from mingjian.fleet.postgres import PostgresJournal
from mingjian.fleet.run import Run, RunState
from mingjian.model.types import Text

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


@pytest.mark.parametrize("state", ["done", "cancelled"])
def test_what_a_node_brings_after_the_end_of_its_run_is_not_kept(database: str, state: RunState) -> None:
    journal = planned(database)
    reason = Text("崩溃", "it crashed")
    journal.end(RUN, Outcome(0, "crash", reason=reason), "poison")
    journal.mark("a", state)
    assert not journal.end(RUN, OK, "done")
    assert [(job.place, outcome.reason) for job, outcome in journal.poisoned(RUN)] == [(0, reason)]
    assert (journal.result("k0"), list(journal.staged())) == (None, [])
    journal.close()


def test_what_a_node_brings_again_after_the_end_of_its_run_is_not_taken_again(database: str) -> None:
    journal = planned(database)
    journal.end(RUN, OK, "done")
    journal.taken(["k0"])
    assert journal.finish(RUN, journal.progress(RUN))
    journal.end(RUN, OK, "done")
    assert list(journal.staged()) == []
    journal.close()


def test_an_end_that_is_being_written_is_waited_for_before_a_run_is_finished(database: str) -> None:
    journal = planned(database)
    journal.end(RUN, Outcome(0, "crash"), "poison")
    seen = journal.progress(RUN)
    with psycopg.connect(address(database)) as late, ThreadPoolExecutor(1) as thread:
        late.execute("SELECT FROM fleet_run WHERE id = 'a' FOR SHARE")
        late.execute("UPDATE fleet_job SET state = 'done', key = 'k0' WHERE run = 'a'")
        finished = thread.submit(journal.finish, RUN, seen)
        with psycopg.connect(database, autocommit=True) as look:
            while look.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'").fetchone() == (0,):
                pass
        late.commit()
        assert not finished.result()
    assert journal.run("a").state == "running"
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
