"""The journal of one machine: a SQLite file in the lake. See `journal`."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any, cast

from mingjian.errors import InputError, TryAgainError, UsageError
from mingjian.fleet.journal import VERSION, Job, Observer, Progress, Result
from mingjian.fleet.limits import Limits
from mingjian.fleet.listing import Listing
from mingjian.fleet.moment import now
from mingjian.fleet.outcome import Outcome, Verdict
from mingjian.fleet.run import JobState, Run, RunState
from mingjian.model.types import Text

JOURNAL = "journal.sqlite3"
"""Its name in the folder of the lake."""

_FIRST = (
    "CREATE TABLE fleet_run (id TEXT PRIMARY KEY, input TEXT NOT NULL, begun_at TEXT NOT NULL, period TEXT NOT NULL, packs TEXT NOT NULL, "
    "tool TEXT NOT NULL, catalogue TEXT NOT NULL, limits TEXT NOT NULL, state TEXT NOT NULL)",
    "CREATE TABLE fleet_job (run TEXT NOT NULL, place INTEGER NOT NULL, listing TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'open', "
    "tries INTEGER NOT NULL DEFAULT 0, key TEXT, verdict TEXT, reason_zh TEXT, reason_en TEXT, sha256 TEXT, known INTEGER, seconds REAL, "
    "cpu REAL, memory INTEGER, node TEXT, finished_at TEXT, PRIMARY KEY (run, place)) WITHOUT ROWID",
    "CREATE INDEX fleet_job_state ON fleet_job (run, state, place)",
    "CREATE INDEX fleet_job_key ON fleet_job (run, key, place) WHERE key IS NOT NULL",
    "CREATE TABLE fleet_result (key TEXT PRIMARY KEY, verdict TEXT NOT NULL, sha256 TEXT NOT NULL, compacted INTEGER NOT NULL DEFAULT 0) "
    "WITHOUT ROWID",
    "CREATE INDEX fleet_result_staged ON fleet_result (key) WHERE compacted = 0",
)
_SECOND = (
    "ALTER TABLE fleet_run ADD COLUMN lake TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE fleet_job ADD COLUMN suspected INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE fleet_result ADD COLUMN timeout REAL NOT NULL DEFAULT 0",
    # From here on an open job that was begun and did not end is known by its node.
    "UPDATE fleet_job SET node = NULL WHERE state = 'open' AND tries = 0",
)
_STEPS = (_FIRST, _SECOND)
"""What makes each version of the tables out of the one before."""
_RUN = "id, input, begun_at, period, packs, tool, catalogue, limits, state, lake"
_RESULT = "key, sha256, compacted, verdict, timeout"
_OPENED = "state = 'open', tries = 0, verdict = NULL, node = NULL, suspected = 0"
_UNSETTLED = (
    "SELECT total(job.state = 'open') > 0 OR total(job.state = 'done') <> ? OR total(job.state = 'poison') <> ? "
    "OR total(job.state = 'done' AND result.compacted IS NOT 1) > 0 "
    "FROM fleet_job AS job LEFT JOIN fleet_result AS result ON result.key = job.key WHERE job.run = ?"
)
_BATCH = 1000


class SqliteJournal:
    """A `Journal` in one file. Made and used in one thread; other processes may read it, and mark a run, at the same time."""

    def __init__(self, path: Path) -> None:
        self.observer = Observer()
        self._path = path
        with _told(path):
            self._connection = sqlite3.connect(path, timeout=30, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
        if self.version() != VERSION:
            with self._writing() as write:
                for statement in chain.from_iterable(_STEPS[self.version() :]):
                    write.execute(statement)
                write.execute(f"PRAGMA user_version = {VERSION}")

    def close(self) -> None:
        """Gives the file back."""
        self._connection.close()

    def begin(self, run: Run) -> Run:
        with self._writing() as write:
            packs, limits = json.dumps(run.packs), json.dumps(asdict(run.limits))
            kept = (run.id, run.input, run.begun_at.isoformat(), run.period, packs, run.tool, run.catalogue, limits, run.state, run.lake)
            write.execute(f"INSERT OR IGNORE INTO fleet_run ({_RUN}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", kept)  # noqa: S608 - our columns
        return self.run(run.id)

    def run(self, id: str | None = None) -> Run:
        where, given = ("WHERE id = ?", (id,)) if id is not None else ("ORDER BY begun_at DESC, id DESC LIMIT 1", ())
        rows = self._rows(f"SELECT {_RUN} FROM fleet_run {where}", given)  # noqa: S608 - our own words
        if not rows:
            raise UsageError("fleet.no_such_run", run=id) if id is not None else UsageError("fleet.no_run")
        return _run(rows[0])

    def runs(self) -> tuple[Run, ...]:
        return tuple(map(_run, self._rows(f"SELECT {_RUN} FROM fleet_run ORDER BY begun_at DESC, id DESC")))  # noqa: S608 - our columns

    def mark(self, id: str, state: RunState) -> None:
        with self._writing() as write:
            write.execute("UPDATE fleet_run SET state = ? WHERE id = ? AND state <> 'cancelled'", (state, id))

    def finish(self, run: Run, seen: Progress) -> bool:
        with self._writing() as write:
            (unsettled,) = write.execute(_UNSETTLED, (seen.done, seen.poison, run.id)).fetchone()
            done = "UPDATE fleet_run SET state = 'done' WHERE id = ? AND state = 'running'"
            return not unsettled and write.execute(done, (run.id,)).rowcount > 0

    def plan(self, run: Run, listings: Iterable[tuple[int, Listing]]) -> int:
        rows = ((run.id, place, listing.to_json()) for place, listing in listings)
        while batch := list(islice(rows, _BATCH)):
            with self._writing() as write:
                write.executemany("INSERT OR IGNORE INTO fleet_job (run, place, listing) VALUES (?, ?, ?)", batch)
                given = {place: line for _, place, line in batch}
                there = "SELECT place, listing FROM fleet_job WHERE run = ? AND place BETWEEN ? AND ? ORDER BY place"
                for place, line in write.execute(there, (run.id, min(given), max(given))):
                    if given.get(place, line) != line:
                        raise InputError("fleet.input_changed", input=run.input, run=run.id, place=place)
        count: int = self._rows("SELECT count(*) FROM fleet_job WHERE run = ?", (run.id,))[0][0]
        return count

    def open_jobs(self, run: Run) -> Iterator[Job]:
        wanted = "SELECT place FROM fleet_job WHERE run = ? AND state = 'open' AND node IS NOT NULL ORDER BY place"
        suspected = [place for (place,) in self._rows(wanted, (run.id,))]
        last = -1
        fresh = (
            "SELECT place, listing, tries FROM fleet_job "
            "WHERE run = ? AND state = 'open' AND node IS NULL AND place > ? ORDER BY place LIMIT ?"
        )
        while rows := self._rows(fresh, (run.id, last, _BATCH)):
            for place, listing, tries in rows:
                yield Job(run.id, place, Listing.from_json(listing), tries)
            last = rows[-1][0]
        suspect = "SELECT listing, tries - NOT suspected FROM fleet_job WHERE run = ? AND place = ?"
        for place in suspected:
            for listing, tries in self._rows(suspect, (run.id, place)):
                yield Job(run.id, place, Listing.from_json(listing), tries, suspected=True)

    def begun(self, job: Job, node: str) -> int:
        with self._writing() as write:
            update = (
                "UPDATE fleet_job SET tries = tries + (node IS NULL OR suspected), suspected = node IS NOT NULL, node = ? "
                "WHERE run = ? AND place = ? RETURNING tries - 1"
            )
            (before,) = write.execute(update, (node, job.run, job.place)).fetchone()
        self.observer.begun(job, node)
        return int(before)

    def spared(self, job: Job, node: str) -> None:
        with self._writing() as write:
            spare = (
                "UPDATE fleet_job SET tries = max(tries - 1, 0), node = CASE WHEN suspected THEN node END "
                "WHERE run = ? AND place = ? AND state = 'open' AND node = ?"
            )
            write.execute(spare, (job.run, job.place, node))
        self.observer.spared(job)

    def result(self, key: str) -> Result | None:
        rows = self._rows(f"SELECT {_RESULT} FROM fleet_result WHERE key = ?", (key,))  # noqa: S608 - our columns
        return _result(rows[0]) if rows else None

    def end(self, run: Run, outcome: Outcome, state: JobState, node: str | None = None) -> bool:
        reason = outcome.reason or Text("", "")
        found = (state, outcome.key or None, outcome.verdict, reason.zh, reason.en, outcome.sha256, outcome.known)
        spent = (outcome.seconds, outcome.cpu, outcome.memory, now().isoformat())
        with self._writing() as write:
            if outcome.sha256 and not outcome.known:
                # A report that is made again is taken again: else its file would stay behind.
                result = (
                    "INSERT INTO fleet_result (key, verdict, sha256, timeout) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE "
                    "SET verdict = excluded.verdict, sha256 = excluded.sha256, timeout = excluded.timeout, compacted = 0"
                )
                write.execute(result, (outcome.key, outcome.of_report or outcome.verdict, outcome.sha256, run.limits.timeout))
            ended = (
                "UPDATE fleet_job SET state = ?, key = ?, verdict = ?, reason_zh = ?, reason_en = ?, sha256 = ?, known = ?, seconds = ?, "
                "cpu = ?, memory = ?, finished_at = ?, node = CASE WHEN ?1 <> 'open' THEN node END WHERE run = ? AND place = ? "
                "AND state <> 'done' AND (state = 'open' OR ?1 = 'done') AND (?1 <> 'open' OR node IS ?)"
            )
            written = write.execute(ended, (*found, *spent, run.id, outcome.place, node)).rowcount > 0
        if state != "open":
            self.observer.ended(run, outcome)
        return written

    def reopen(self, run: Run) -> int:
        with self._writing() as write:
            reopened = f"UPDATE fleet_job SET {_OPENED} WHERE run = ? AND state = 'poison'"  # noqa: S608 - our own words
            return write.execute(reopened, (run.id,)).rowcount

    def progress(self, run: Run) -> Progress:
        count = "SELECT state, count(*), total(known), total(cpu) FROM fleet_job WHERE run = ? GROUP BY state"
        found = {state: (jobs, known, cpu) for state, jobs, known, cpu in self._rows(count, (run.id,))}
        opened, done, poison = (found.get(state, (0, 0.0, 0.0)) for state in ("open", "done", "poison"))
        return Progress(opened[0], done[0], poison[0], int(done[1]), opened[2] + done[2] + poison[2])

    def verdicts(self, run: Run) -> dict[Verdict, int]:
        count = "SELECT verdict, count(*) FROM fleet_job WHERE run = ? AND state != 'open' GROUP BY verdict ORDER BY verdict"
        return dict(self._rows(count, (run.id,)))

    def staged(self) -> Iterator[Result]:
        last = ""
        page = f"SELECT {_RESULT} FROM fleet_result WHERE compacted = 0 AND key > ? ORDER BY key LIMIT ?"  # noqa: S608 - our columns
        while rows := self._rows(page, (last, _BATCH)):
            yield from map(_result, rows)
            last = rows[-1][0]

    def listed(self, run: Run, keys: Iterable[str]) -> Iterator[tuple[int, str, Listing]]:
        wanted = iter(keys)
        while batch := list(islice(wanted, _BATCH)):
            marks = ", ".join("?" * len(batch))
            query = f"SELECT place, key, listing FROM fleet_job WHERE run = ? AND key IN ({marks}) AND state = 'done' ORDER BY key, place"  # noqa: S608
            for place, key, listing in self._rows(query, (run.id, *batch)):
                yield place, key, Listing.from_json(listing)

    def delivered(self, run: Run) -> Iterator[tuple[int, str, bool, Listing]]:
        last = ("", -1)
        page = (
            "SELECT job.place, job.key, result.compacted, job.listing "
            "FROM fleet_job AS job JOIN fleet_result AS result ON result.key = job.key "
            "WHERE job.run = ? AND job.key IS NOT NULL AND job.state = 'done' AND (job.key, job.place) > (?, ?) "
            "ORDER BY job.key, job.place LIMIT ?"
        )
        while rows := self._rows(page, (run.id, *last, _BATCH)):
            for place, key, compacted, listing in rows:
                yield place, key, bool(compacted), Listing.from_json(listing)
            last = (rows[-1][1], rows[-1][0])

    def lost(self, run: Run, keys: Iterable[str]) -> int:
        with self._writing() as write:
            write.executemany("DELETE FROM fleet_result WHERE key = ?", ((key,) for key in keys))
            opened = f"UPDATE fleet_job SET {_OPENED} WHERE run = ? AND state = 'done' AND key NOT IN (SELECT key FROM fleet_result)"  # noqa: S608
            return write.execute(opened, (run.id,)).rowcount

    def poisoned(self, run: Run) -> Iterator[tuple[Job, Outcome]]:
        last = -1
        page = (
            "SELECT place, listing, tries, verdict, key, reason_zh, reason_en, seconds, cpu, memory FROM fleet_job "
            "WHERE run = ? AND state = 'poison' AND place > ? ORDER BY place LIMIT ?"
        )
        while rows := self._rows(page, (run.id, last, _BATCH)):
            for place, listing, tries, verdict, key, zh, en, *spent in rows:
                outcome = Outcome(place, verdict, key or "", reason=Text(zh, en), seconds=spent[0], cpu=spent[1], memory=spent[2])
                yield Job(run.id, place, Listing.from_json(listing), tries), outcome
            last = rows[-1][0]

    def taken(self, keys: Iterable[str]) -> None:
        with self._writing() as write:
            write.executemany("UPDATE fleet_result SET compacted = 1 WHERE key = ?", ((key,) for key in keys))

    def version(self) -> int:
        """The version of the tables that are there, 0 where none are. Raises `UsageError` for a newer one than ours."""
        ((version,),) = self._rows("PRAGMA user_version")
        if version > VERSION:
            raise UsageError("fleet.journal_newer", where=self._path, version=version, ours=VERSION)
        # The first had no number.
        return version or len(self._rows("SELECT 1 FROM sqlite_schema WHERE name = 'fleet_run'"))

    def _rows(self, query: str, given: tuple[Any, ...] = ()) -> list[Any]:
        with _told(self._path):
            return self._connection.execute(query, given).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Cursor]:
        with _told(self._path):
            cursor = self._connection.cursor()
            cursor.execute("BEGIN IMMEDIATE")
            try:
                yield cursor
            except BaseException:
                self._connection.rollback()
                raise
            cursor.execute("COMMIT")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise TryAgainError("fleet.journal_silent", path=path, why=str(error)) from error


def _run(row: Any) -> Run:
    id, source, begun_at, period, packs, tool, catalogue, limits, state, lake = row
    moment = datetime.fromisoformat(begun_at)
    spent = Limits.of(json.loads(limits))
    return Run(id, source, moment, period, tuple(json.loads(packs)), tool, catalogue, spent, cast("RunState", state), lake)


def _result(row: Any) -> Result:
    key, sha256, compacted, *others = row
    return Result(key, sha256, bool(compacted), *others)
