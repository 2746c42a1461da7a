"""The queue of a cluster: which jobs wait for a node. Its rows hold run and place and nothing else; all the rest is in the journal.

The tables and the functions that fill them are procrastinate's. The rows come out of the journal's inside the database, so that a million
of them costs no memory here, and a job that waits already is never queued twice, whoever died while queueing."""

from hashlib import sha256

from mingjian.fleet.postgres import PostgresJournal
from mingjian.fleet.run import Run

TASK = "mingjian.scan"
MOST = 100_000
"""Jobs of a run that wait at once."""
_BATCH = 5_000

# Who ends the run waits for what is queued at that moment, and takes it out again.
_FILL = """
WITH going_on AS MATERIALIZED (SELECT FROM fleet_run WHERE id = %(run)s AND state = 'running' FOR SHARE),
missing AS (
    SELECT place, node FROM fleet_job WHERE EXISTS (SELECT FROM going_on) AND run = %(run)s AND state = 'open' AND NOT EXISTS (
        SELECT FROM procrastinate_jobs AS queued
        WHERE status IN ('todo', 'doing', 'failed') AND args->>'run' = %(run)s AND (args->>'place')::bigint = fleet_job.place)
    ORDER BY place LIMIT %(room)s),
deferred AS (
    SELECT procrastinate_defer_jobs_v1(array_agg(ROW(
        %(queue)s, %(task)s, %(priority)s, CASE WHEN node IS NOT NULL THEN %(lock)s END, NULL,
        jsonb_build_object('run', %(run)s::text, 'place', place), NULL)::procrastinate_job_to_defer_v1 ORDER BY place)) AS ids
    FROM missing)
SELECT coalesce(cardinality(ids), 0) FROM deferred
"""
_HELD = "SELECT EXISTS (SELECT FROM procrastinate_jobs WHERE args->>'run' = %s AND status IN ('todo', 'doing'))"
# What waits for the house, after all others, leaves room for them.
_WAITING = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' AND args->>'run' = %s AND priority = %s"


def queue_name(tool: str, catalogue: str) -> str:
    """The queue of the jobs that this version of the program observes. A node listens to that of its own version, so a node of another one
    never takes a job that it would observe differently."""
    return f"scan-{sha256(f'{tool} {catalogue}'.encode()).hexdigest()[:16]}"


def suspects(run: str) -> str:
    """The lock of a run's jobs that were begun and never ended. One of them may have taken its machine along, so no two of them run at
    once: it shall not make the others look guilty when it does so again."""
    return f"{run}/suspects"


def priority(run: Run) -> int:
    """The place in the queue of a run's jobs that never waited for the house: older runs come first."""
    # Minutes, since the column holds 32 bits.
    return -int(run.begun_at.timestamp() // 60)


def fill(journal: PostgresJournal, run: Run, most: int = MOST) -> int:
    """Queues open jobs that do not wait yet, while the run goes on and fewer than `most` of it wait, and returns how many. Older runs come
    first; a job at which nodes failed by a fault of ours stays out. To be called by one program at a time. Raises `TryAgainError`."""
    given = {
        "run": run.id,
        "queue": queue_name(run.tool, run.catalogue),
        "task": TASK,
        "lock": suspects(run.id),
        "priority": priority(run),
    }
    queued = 0
    with journal.connection() as connection:
        room = most - (connection.execute(_WAITING, (run.id, given["priority"])).fetchone() or (0,))[0]
        while room > 0:
            with connection.transaction():
                # A queue that was empty a moment ago is believed to be so still, and looked through once for each job.
                connection.execute("SET LOCAL enable_nestloop = off")
                (added,) = connection.execute(_FILL, {**given, "room": min(room, _BATCH)}).fetchone() or (0,)
            queued += added
            room -= added
            if added < _BATCH:
                break
        if queued >= _BATCH:
            # Else a node sorts the whole queue for each job that it takes.
            connection.execute("ANALYZE procrastinate_jobs")
    return queued


def held(journal: PostgresJournal, run: Run) -> bool:
    """Whether a job of the run waits or is at work. Raises `TryAgainError`."""
    with journal.connection() as connection:
        return bool((connection.execute(_HELD, (run.id,)).fetchone() or (False,))[0])
