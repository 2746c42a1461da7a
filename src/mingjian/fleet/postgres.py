"""The journal of many machines: tables in PostgreSQL. See `journal`."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from itertools import islice
from typing import Any, cast

import psycopg

from mingjian.errors import InputError, UsageError
from mingjian.fleet.database import pool, told
from mingjian.fleet.journal import Job, Observer, Progress, Result
from mingjian.fleet.limits import Limits
from mingjian.fleet.listing import Listing
from mingjian.fleet.moment import now
from mingjian.fleet.outcome import Outcome, Verdict
from mingjian.fleet.run import JobState, Run, RunState
from mingjian.model.types import Text

_RUN = "id, input, begun_at, period, packs, tool, catalogue, limits, state, lake"
_RESULT = "key, sha256, compacted, verdict, timeout"
_OPENED = "state = 'open', tries = 0, verdict = NULL, node = NULL, suspected = false"
_COUNTED = "tries - (node IS NOT NULL AND NOT suspected)::integer, node IS NOT NULL"
"""Of an open job: the tries that count, and whether it is suspected."""
_UNSETTLED = """
SELECT count(*) FILTER (WHERE job.state = 'open') > 0
    OR count(*) FILTER (WHERE job.state = 'done') <> %(done)s
    OR count(*) FILTER (WHERE job.state = 'poison') <> %(poison)s
    OR count(*) FILTER (WHERE job.state = 'done' AND result.compacted IS NOT TRUE) > 0
FROM fleet_job AS job LEFT JOIN fleet_result AS result ON result.key = job.key WHERE job.run = %(run)s
"""
_BATCH = 1000


class PostgresJournal:
    """A `Journal` in PostgreSQL, for any number of threads and machines. `threads` is how many of this process use it at once.

    Beyond the contract: what comes from a node after its run is done or cancelled is not kept, since nobody would take it into the lake."""

    def __init__(self, url: str, threads: int = 2) -> None:
        self._pool = pool(url, threads)
        self.observer = Observer()

    def close(self) -> None:
        """Gives the connections back."""
        self._pool.close()

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        """A connection to the tables, for what the queue asks of them. Raises `TryAgainError`."""
        with told(), self._pool.connection() as connection:
            yield connection

    def begin(self, run: Run) -> Run:
        kept = (run.id, run.input, run.begun_at, run.period, list(run.packs), run.tool, run.catalogue, json.dumps(asdict(run.limits)))
        insert = f"INSERT INTO fleet_run ({_RUN}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"  # noqa: S608
        self._execute(insert, (*kept, run.state, run.lake))
        return self.run(run.id)

    def run(self, id: str | None = None) -> Run:
        where, given = ("WHERE id = %s", (id,)) if id is not None else ("ORDER BY begun_at DESC, id DESC LIMIT 1", ())
        rows = self._rows(f"SELECT {_RUN} FROM fleet_run {where}", given)  # noqa: S608 - our own words
        if not rows:
            raise UsageError("fleet.no_such_run", run=id) if id is not None else UsageError("fleet.no_run")
        return _run(rows[0])

    def runs(self) -> tuple[Run, ...]:
        return tuple(map(_run, self._rows(f"SELECT {_RUN} FROM fleet_run ORDER BY begun_at DESC, id DESC")))  # noqa: S608 - our columns

    def mark(self, id: str, state: RunState) -> None:
        self._execute("UPDATE fleet_run SET state = %s WHERE id = %s AND state <> 'cancelled'", (state, id))
        if state != "running":
            self._empty_queue(id)

    def finish(self, run: Run, seen: Progress) -> bool:
        with self.connection() as connection, connection.transaction():
            # Each end of a job shares this row: those before are seen by the statements that follow, those after find the run done.
            running = connection.execute("SELECT FROM fleet_run WHERE id = %s AND state = 'running' FOR UPDATE", (run.id,)).rowcount
            (unsettled,) = connection.execute(_UNSETTLED, {"run": run.id, "done": seen.done, "poison": seen.poison}).fetchone() or (True,)
            if not running or unsettled:
                return False
            connection.execute("UPDATE fleet_run SET state = 'done' WHERE id = %s", (run.id,))
        self._empty_queue(run.id)
        return True

    def _empty_queue(self, run: str) -> None:
        """Takes out what no node began."""
        self._execute("DELETE FROM procrastinate_jobs WHERE args->>'run' = %s AND status <> 'doing'", (run,))

    def plan(self, run: Run, listings: Iterable[tuple[int, Listing]]) -> int:
        rows = ((place, listing.to_json()) for place, listing in listings)
        insert = (
            "INSERT INTO fleet_job (run, place, listing) "
            "SELECT %s, place, listing FROM unnest(%s::bigint[], %s::text[]) AS new (place, listing) ON CONFLICT DO NOTHING"
        )
        differing = (
            "SELECT place FROM fleet_job JOIN unnest(%s::bigint[], %s::text[]) AS new (place, listing) USING (place) "
            "WHERE run = %s AND fleet_job.listing <> new.listing ORDER BY place LIMIT 1"
        )
        while batch := list(islice(rows, _BATCH)):
            places, lines = map(list, zip(*batch, strict=True))
            with self.connection() as connection, connection.transaction():
                connection.execute(insert, (run.id, places, lines))
                changed = connection.execute(differing, (places, lines, run.id)).fetchone()
                if changed:
                    raise InputError("fleet.input_changed", input=run.input, run=run.id, place=changed[0])
        count: int = self._rows("SELECT count(*) FROM fleet_job WHERE run = %s", (run.id,))[0][0]
        return count

    def open_jobs(self, run: Run) -> Iterator[Job]:
        for begun in ("node IS NULL", "node IS NOT NULL"):
            page = (
                f"SELECT place, listing, {_COUNTED} FROM fleet_job WHERE run = %s AND state = 'open' AND {begun} AND place > %s "  # noqa: S608
                "ORDER BY place LIMIT %s"
            )
            last = -1
            while rows := self._rows(page, (run.id, last, _BATCH)):
                for place, listing, *counted in rows:
                    yield Job(run.id, place, Listing.from_json(listing), *counted)
                last = rows[-1][0]

    def job(self, run: str, place: int) -> tuple[Run, Job] | None:
        """The open job at a place of a run that goes on; none when there is nothing left to do."""
        columns = ", ".join(f"fleet_run.{name}" for name in _RUN.split(", "))
        query = (
            f"SELECT {columns}, listing, {_COUNTED} FROM fleet_job JOIN fleet_run ON fleet_run.id = run "  # noqa: S608 - our columns
            "WHERE run = %s AND place = %s AND fleet_job.state = 'open' AND fleet_run.state = 'running'"
        )
        for *row, listing, tries, suspected in self._rows(query, (run, place)):
            return _run(row), Job(run, place, Listing.from_json(listing), tries, suspected)
        return None

    def begun(self, job: Job, node: str) -> int:
        update = (
            "UPDATE fleet_job SET tries = tries + (node IS NULL OR suspected)::integer, suspected = node IS NOT NULL, node = %s "
            "WHERE run = %s AND place = %s RETURNING tries - 1"
        )
        before = int(self._rows(update, (node, job.run, job.place))[0][0])
        self.observer.begun(job, node)
        return before

    def spared(self, job: Job, node: str) -> None:
        spare = (
            "UPDATE fleet_job SET tries = greatest(tries - 1, 0), node = CASE WHEN suspected THEN node END "
            "WHERE run = %s AND place = %s AND state = 'open' AND node = %s"
        )
        self._execute(spare, (job.run, job.place, node))
        self.observer.spared(job)

    def result(self, key: str) -> Result | None:
        rows = self._rows(f"SELECT {_RESULT} FROM fleet_result WHERE key = %s", (key,))  # noqa: S608 - our columns
        return Result(*rows[0]) if rows else None

    def end(self, run: Run, outcome: Outcome, state: JobState, node: str | None = None) -> bool:
        reason = outcome.reason or Text("", "")
        given = {
            "run": run.id,
            "place": outcome.place,
            "state": state,
            "key": outcome.key or None,
            "verdict": outcome.verdict,
            "of_report": outcome.of_report or outcome.verdict,
            "zh": reason.zh,
            "en": reason.en,
            "sha256": outcome.sha256,
            "known": outcome.known,
            "seconds": outcome.seconds,
            "cpu": outcome.cpu,
            "memory": outcome.memory,
            "timeout": run.limits.timeout,
            "node": node,
            "now": now(),
        }
        # A report that is staged again, by a node that was cut off, is taken again: else its file would stay behind.
        ended = """
            WITH going_on AS MATERIALIZED (
                SELECT FROM fleet_run WHERE id = %(run)s AND state NOT IN ('done', 'cancelled') FOR SHARE),
            kept AS (
                INSERT INTO fleet_result (key, verdict, sha256, timeout)
                SELECT %(key)s, %(of_report)s, %(sha256)s, %(timeout)s FROM going_on WHERE %(sha256)s <> '' AND NOT %(known)s
                ON CONFLICT (key) DO UPDATE
                SET verdict = excluded.verdict, sha256 = excluded.sha256, timeout = excluded.timeout, compacted = false)
            UPDATE fleet_job SET state = %(state)s, key = %(key)s, verdict = %(verdict)s, reason_zh = %(zh)s, reason_en = %(en)s,
                sha256 = %(sha256)s, known = %(known)s, seconds = %(seconds)s, cpu = %(cpu)s, memory = %(memory)s, finished_at = %(now)s,
                node = CASE WHEN %(state)s <> 'open' THEN node END,
                ended = CASE WHEN %(state)s <> 'open' THEN nextval('fleet_ended') ELSE ended END
            WHERE EXISTS (SELECT FROM going_on) AND run = %(run)s AND place = %(place)s AND state <> 'done'
                AND (state = 'open' OR %(state)s = 'done') AND (%(state)s <> 'open' OR node IS NOT DISTINCT FROM %(node)s)"""
        written = self._execute(ended, given) > 0
        if state != "open":
            self.observer.ended(run, outcome)
        return written

    def last_ended(self, run: Run) -> int:
        """The number of the job that ended last."""
        last: int = self._rows("SELECT coalesce(max(ended), 0) FROM fleet_job WHERE run = %s", (run.id,))[0][0]
        return last

    def ended(self, run: Run, after: int) -> list[tuple[int, Outcome]]:
        """What came of jobs that ended after a number, in the order in which they did: the number, which grows, and the outcome. As jobs
        end on many machines, one may yet appear a little below the highest."""
        query = (
            "SELECT ended, place, verdict, key, sha256, reason_zh, reason_en, seconds, cpu, memory, known FROM fleet_job "
            "WHERE run = %s AND ended > %s ORDER BY ended LIMIT %s"
        )
        return [
            (number, Outcome(place, verdict, key or "", sha256 or "", Text(zh, en) if en else None, *spent))
            for number, place, verdict, key, sha256, zh, en, *spent in self._rows(query, (run.id, after, 10 * _BATCH))
        ]

    def unfinished(self, run: Run) -> bool:
        """Whether a job of the run is open."""
        found: bool = self._rows("SELECT EXISTS (SELECT FROM fleet_job WHERE run = %s AND state = 'open')", (run.id,))[0][0]
        return found

    def reopen(self, run: Run) -> int:
        reopened = f"UPDATE fleet_job SET {_OPENED} WHERE run = %s AND state = 'poison'"  # noqa: S608 - our own words
        return self._execute(reopened, (run.id,))

    def progress(self, run: Run) -> Progress:
        count = "SELECT state, count(*), count(*) FILTER (WHERE known), coalesce(sum(cpu), 0) FROM fleet_job WHERE run = %s GROUP BY state"
        found = {state: (jobs, known, cpu) for state, jobs, known, cpu in self._rows(count, (run.id,))}
        opened, done, poison = (found.get(state, (0, 0, 0.0)) for state in ("open", "done", "poison"))
        return Progress(opened[0], done[0], poison[0], done[1], opened[2] + done[2] + poison[2])

    def verdicts(self, run: Run) -> dict[Verdict, int]:
        count = "SELECT verdict, count(*) FROM fleet_job WHERE run = %s AND state <> 'open' GROUP BY verdict ORDER BY verdict"
        return dict(self._rows(count, (run.id,)))

    def staged(self) -> Iterator[Result]:
        last = ""
        page = f"SELECT {_RESULT} FROM fleet_result WHERE NOT compacted AND key > %s ORDER BY key LIMIT %s"  # noqa: S608 - our columns
        while rows := self._rows(page, (last, _BATCH)):
            yield from (Result(*row) for row in rows)
            last = rows[-1][0]

    def listed(self, run: Run, keys: Iterable[str]) -> Iterator[tuple[int, str, Listing]]:
        wanted = iter(keys)
        query = "SELECT place, key, listing FROM fleet_job WHERE run = %s AND key = ANY(%s) AND state = 'done' ORDER BY key, place"
        while batch := list(islice(wanted, _BATCH)):
            for place, key, listing in self._rows(query, (run.id, batch)):
                yield place, key, Listing.from_json(listing)

    def delivered(self, run: Run) -> Iterator[tuple[int, str, bool, Listing]]:
        last = ("", -1)
        page = (
            "SELECT job.place, job.key, result.compacted, job.listing "
            "FROM fleet_job AS job JOIN fleet_result AS result ON result.key = job.key "
            "WHERE job.run = %s AND job.key IS NOT NULL AND job.state = 'done' AND (job.key, job.place) > (%s, %s) "
            "ORDER BY job.key, job.place LIMIT %s"
        )
        while rows := self._rows(page, (run.id, *last, _BATCH)):
            for place, key, compacted, listing in rows:
                yield place, key, compacted, Listing.from_json(listing)
            last = (rows[-1][1], rows[-1][0])

    def lost(self, run: Run, keys: Iterable[str]) -> int:
        forget = "DELETE FROM fleet_result WHERE key = ANY(%s)"
        opened = (
            f"UPDATE fleet_job SET {_OPENED} WHERE run = %s AND state = 'done' AND key IS NOT NULL "  # noqa: S608 - our own words
            "AND NOT EXISTS (SELECT FROM fleet_result WHERE fleet_result.key = fleet_job.key)"
        )
        with self.connection() as connection, connection.transaction():
            connection.execute(forget, (list(keys),))
            return connection.execute(opened, (run.id,)).rowcount

    def poisoned(self, run: Run) -> Iterator[tuple[Job, Outcome]]:
        last = -1
        page = (
            "SELECT place, listing, tries, verdict, key, reason_zh, reason_en, seconds, cpu, memory FROM fleet_job "
            "WHERE run = %s AND state = 'poison' AND place > %s ORDER BY place LIMIT %s"
        )
        while rows := self._rows(page, (run.id, last, _BATCH)):
            for place, listing, tries, verdict, key, zh, en, *spent in rows:
                outcome = Outcome(place, verdict, key or "", reason=Text(zh, en), seconds=spent[0], cpu=spent[1], memory=spent[2])
                yield Job(run.id, place, Listing.from_json(listing), tries), outcome
            last = rows[-1][0]

    def taken(self, keys: Iterable[str]) -> None:
        self._execute("UPDATE fleet_result SET compacted = true WHERE key = ANY(%s)", (list(keys),))

    def _rows(self, query: str, given: tuple[Any, ...] = ()) -> list[Any]:
        with self.connection() as connection:
            return connection.execute(query, given).fetchall()

    def _execute(self, query: str, given: tuple[Any, ...] | dict[str, Any]) -> int:
        with self.connection() as connection:
            return connection.execute(query, given).rowcount


def _run(row: Any) -> Run:
    id, source, begun_at, period, packs, tool, catalogue, limits, state, lake = row
    return Run(id, source, begun_at, period, tuple(packs), tool, catalogue, Limits.of(limits), cast("RunState", state), lake)
