"""Which jobs wait for a node, and which come back to the queue."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from procrastinate.jobs import Status
from psycopg.conninfo import conninfo_to_dict

from mingjian.errors import TryAgainError
from mingjian.fleet import waiting as house
from mingjian.fleet.cluster import Lead, leading
from mingjian.fleet.listing import Listing
from mingjian.fleet.outcome import Outcome
from mingjian.fleet.patient import PatientConnector
from mingjian.fleet.postgres import PostgresJournal
from mingjian.fleet.queue import fill, queue_name, suspects
from mingjian.fleet.returns import Returns
from mingjian.fleet.run import Run
from mingjian.fleet.sweeper import Sweeper
from mingjian.model.types import Text

RUN = Run("a", "apps", datetime(2026, 11, 22, 3, tzinfo=UTC), "2026H2", ("cac-2019",), "1.0", "f" * 64, state="running")
MINE = queue_name(RUN.tool, RUN.catalogue)


@pytest.fixture
def journal(database: str) -> Iterator[PostgresJournal]:
    kept = PostgresJournal(database)
    plan(kept, RUN, 5)
    yield kept
    kept.close()


def plan(journal: PostgresJournal, run: Run, jobs: int) -> None:
    journal.begin(run)
    journal.plan(run, [(place, Listing(f"/apps/{place}.apk")) for place in range(jobs)])


def asked(journal: PostgresJournal, query: str, *given: Any) -> list[Any]:
    with journal.connection() as connection:
        cursor = connection.execute(query, given)
        return cursor.fetchall() if cursor.description else []


def waiting(journal: PostgresJournal) -> list[int]:
    return [place for (place,) in asked(journal, "SELECT (args->>'place')::int FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id")]


def worker(journal: PostgresJournal, silent: int = 0) -> int:
    """A node that gave its last sign so many seconds ago."""
    ((id,),) = asked(
        journal, "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => %s)) RETURNING id", silent
    )
    return int(id)


def fetched(journal: PostgresJournal, node: int) -> tuple[str, int] | None:
    """Run and place of the job that a node of our version gets next."""
    ((args,),) = asked(journal, "SELECT args FROM procrastinate_fetch_job_v2(ARRAY[%s], %s)", MINE, node)
    return (args["run"], args["place"]) if args else None


def swept(database: str, stalled: float = 0.5) -> int:
    """What a node sweeps that looks around for three times as long as a silence lasts."""

    async def sweep() -> int:
        connector = PatientConnector(database, 1, 1)
        await connector.open_async()
        try:
            return await looks(Sweeper(connector, stalled), stalled, 3 * stalled)
        finally:
            await connector.close_async()

    return asyncio.run(sweep())


async def looks(sweeper: Sweeper, stalled: float, seconds: float) -> int:
    found, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        found += await sweeper.dead()
        await asyncio.sleep(stalled / 10)
    return found


def test_each_open_job_waits_once_however_often_the_queue_is_filled(journal: PostgresJournal) -> None:
    journal.end(RUN, Outcome(3, "ok", "k", "d"), "done")
    journal.end(RUN, Outcome(4, "refused"), "poison")
    assert [fill(journal, RUN), fill(journal, RUN)] == [3, 0]
    assert waiting(journal) == [0, 1, 2]


def test_what_a_node_is_at_is_not_queued_again(journal: PostgresJournal) -> None:
    fill(journal, RUN)
    assert fetched(journal, worker(journal)) == ("a", 0)
    assert fill(journal, RUN) == 0


def test_no_more_wait_than_may(journal: PostgresJournal) -> None:
    assert [fill(journal, RUN, 2), fill(journal, RUN, 2), fill(journal, RUN, 3)] == [2, 0, 1]
    assert waiting(journal) == [0, 1, 2]


def test_a_row_of_the_queue_is_small_and_names_nothing_but_run_and_place(journal: PostgresJournal) -> None:
    fill(journal, RUN, 1)
    ((args, size),) = asked(journal, "SELECT args, pg_column_size(procrastinate_jobs.*) FROM procrastinate_jobs")
    assert args == {"run": "a", "place": 0}
    assert size < 300


def test_an_older_run_comes_first(journal: PostgresJournal) -> None:
    older = replace(RUN, id="b", begun_at=datetime(2026, 11, 22, 2, tzinfo=UTC))
    plan(journal, older, 2)
    fill(journal, RUN)
    fill(journal, older)
    node = worker(journal)
    assert [fetched(journal, node) for _ in range(3)] == [("b", 0), ("b", 1), ("a", 0)]


def test_a_node_of_another_version_gets_nothing(journal: PostgresJournal) -> None:
    other = replace(RUN, id="b", catalogue="e" * 64)
    plan(journal, other, 1)
    fill(journal, other)
    assert fetched(journal, worker(journal)) is None


def test_what_was_begun_and_never_ended_runs_alone(journal: PostgresJournal) -> None:
    jobs = list(journal.open_jobs(RUN))
    for place in (0, 1):
        journal.begun(jobs[place], "dead")
    fill(journal, RUN)
    node = worker(journal)
    assert [fetched(journal, node) for _ in range(5)] == [("a", 0), ("a", 2), ("a", 3), ("a", 4), None]


def test_a_run_that_is_cancelled_waits_for_nobody(journal: PostgresJournal) -> None:
    fill(journal, RUN)
    journal.mark("a", "cancelled")
    assert waiting(journal) == []
    assert fill(journal, RUN) == 0


def test_what_a_silent_node_held_comes_back_to_run_alone(journal: PostgresJournal, database: str) -> None:
    fill(journal, RUN)
    dead, living = worker(journal, silent=20), worker(journal, silent=-60)
    assert [fetched(journal, dead), fetched(journal, living)] == [("a", 0), ("a", 1)]
    assert [swept(database), swept(database)] == [1, 0]
    assert waiting(journal) == [0, 2, 3, 4]
    assert asked(journal, "SELECT lock FROM procrastinate_jobs WHERE id = 1") == [(suspects("a"),)]


def test_what_a_node_held_that_is_struck_off_the_list_comes_back(journal: PostgresJournal, database: str) -> None:
    fill(journal, RUN, 1)
    dead = worker(journal)
    fetched(journal, dead)
    asked(journal, "DELETE FROM procrastinate_workers WHERE id = %s", dead)
    assert swept(database) == 1


def test_an_outage_longer_than_a_silence_takes_no_job_from_nodes_that_live(journal: PostgresJournal, database: str, postgres: str) -> None:
    stalled, outage = 3.0, 4.0
    fill(journal, RUN, 3)
    living, dead = [worker(journal), worker(journal)], worker(journal, silent=20)
    assert [fetched(journal, node) for node in (*living, dead)] == [("a", 0), ("a", 1), ("a", 2)]
    name = conninfo_to_dict(database)["dbname"]

    def admit(*, anybody: bool) -> None:
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {anybody}")
            if not anybody:
                connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))

    async def beat(connector: PatientConnector, node: int) -> None:
        while True:
            await connector.execute_query_async("SELECT procrastinate_update_heartbeat_v1(%(node)s)", node=node)
            await asyncio.sleep(stalled / 6)

    async def live() -> int:
        connectors = [PatientConnector(database, 2, 0.2) for _ in living]
        for connector in connectors:
            await connector.open_async()
        beats = [asyncio.create_task(beat(connector, node)) for connector, node in zip(connectors, living, strict=True)]
        sweeps = [asyncio.create_task(looks(Sweeper(connector, stalled), stalled, 2 + outage + 2 * stalled)) for connector in connectors]
        await asyncio.sleep(1)
        admit(anybody=False)
        await asyncio.sleep(outage)
        admit(anybody=True)
        found = sum(await asyncio.gather(*sweeps))
        for each in beats:
            each.cancel()
        for connector in connectors:
            await connector.close_async()
        return found

    assert asyncio.run(live()) == 1
    assert asked(journal, "SELECT (args->>'place')::int FROM procrastinate_jobs WHERE status = 'doing' ORDER BY id") == [(0,), (1,)]


def test_a_question_that_waited_for_the_database_sweeps_nothing(journal: PostgresJournal, database: str) -> None:
    fill(journal, RUN, 1)
    fetched(journal, worker(journal, silent=20))

    class Delayed(PatientConnector):
        async def execute_query_all_async(self, query: str, **arguments: Any) -> list[dict[str, Any]]:
            await asyncio.sleep(0.4)
            return await super().execute_query_all_async(query, **arguments)

    async def sweep(kind: type[PatientConnector]) -> int:
        connector = kind(database, 1, 1)
        await connector.open_async()
        try:
            return await looks(Sweeper(connector, 0.6), 0.6, 2)
        finally:
            await connector.close_async()

    assert asyncio.run(sweep(Delayed)) == 0
    assert asyncio.run(sweep(PatientConnector)) == 1


def test_a_job_whose_handing_over_was_lost_comes_back_at_the_second_look(journal: PostgresJournal, database: str) -> None:
    fill(journal, RUN)
    node = worker(journal)
    assert [fetched(journal, node), fetched(journal, node)] == [("a", 0), ("a", 1)]

    async def look() -> list[int]:
        connector = PatientConnector(database, 1, 1)
        await connector.open_async()
        sweeper = Sweeper(connector, 8)
        try:
            return [await sweeper.lost(node, frozenset({2})) for _ in range(3)]
        finally:
            await connector.close_async()

    assert asyncio.run(look()) == [0, 1, 0]
    assert waiting(journal) == [0, 2, 3, 4]


def test_a_node_ends_and_gives_back_only_what_is_still_its_own(journal: PostgresJournal, database: str) -> None:
    fill(journal, RUN, 2)
    first, second = worker(journal), worker(journal)
    rows = "SELECT status::text, worker_id FROM procrastinate_jobs ORDER BY id"

    async def returned() -> None:
        connector = PatientConnector(database, 1, 1)
        await connector.open_async()
        mine = Returns(connector)
        try:
            jobs = [await mine.fetch_job([MINE], first) for _ in range(2)]
            taken = [each for each in jobs if each]
            asked(journal, "SELECT procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL) FROM procrastinate_jobs")
            assert [fetched(journal, second), fetched(journal, first)] == [("a", 0), ("a", 1)]
            for job in taken:
                await mine.finish_job(job, Status.SUCCEEDED, delete_job=True)
                await mine.retry_job(job)
            # The second job came to the first node again, which is another time.
            assert asked(journal, rows) == [("doing", second), ("doing", first)]
            await mine.finish_job(taken[1].evolve(attempts=1), Status.SUCCEEDED, delete_job=True)
            await mine.retry_job(taken[0].evolve(attempts=1, worker_id=second))
            assert asked(journal, rows) == [("todo", second)]
        finally:
            await connector.close_async()

    asyncio.run(returned())


def test_a_run_has_nothing_left_but_what_waits_only_while_nodes_try_it(journal: PostgresJournal) -> None:
    def alone() -> tuple[int, bool] | None:
        found = house.waiting(journal, RUN, 60)
        return (found.jobs, found.alone) if found else None

    def faults(places: str, seconds: int) -> None:
        asked(
            journal,
            "UPDATE procrastinate_jobs SET priority = priority - 1, scheduled_at = now() + make_interval(secs => %s) "
            "WHERE args->>'place' = ANY(string_to_array(%s, ','))",
            seconds,
            places,
        )

    fill(journal, RUN)
    assert alone() is None
    house.note(journal, "a", 0, Text("关", "The server is down."))
    faults("0,1,2,3", 10)
    assert alone() == (4, False)
    faults("4", 10)
    assert alone() == (5, True)
    found = house.waiting(journal, RUN, 60)
    assert found is not None
    assert found.why.en == "The server is down."
    # No node is there, or all are at older runs.
    faults("0,1,2,3,4", -61)
    assert alone() == (5, False)


def test_what_waits_for_the_house_leaves_room_for_others(journal: PostgresJournal) -> None:
    assert fill(journal, RUN, 2) == 2
    asked(journal, "UPDATE procrastinate_jobs SET priority = priority - 1")
    assert fill(journal, RUN, 2) == 2


def test_two_programs_do_not_lead_one_run(journal: PostgresJournal, database: str) -> None:
    with leading(database, "a"):
        with leading(database, "b"):
            pass
        with pytest.raises(TryAgainError) as refused, leading(database, "a"):
            pass
        assert refused.value.key == "fleet.led"
    with leading(database, "a"):
        pass


def test_the_lead_is_taken_anew_when_its_connection_ended_and_is_lost_to_who_was_faster(journal: PostgresJournal, database: str) -> None:
    def cut_off() -> None:
        with psycopg.connect(database) as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")

    first, second = Lead(database, "a"), Lead(database, "a")
    first.hold()
    cut_off()
    first.hold()
    cut_off()
    second.hold()
    with pytest.raises(TryAgainError):
        first.hold()
    second.leave()
    first.hold()
    first.leave()
