"""The journal of a cluster looked at. See `watching`."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg

from mingjian.errors import UsageError
from mingjian.fleet.database import address, told, version
from mingjian.fleet.journal import VERSION, Observer
from mingjian.fleet.postgres import PostgresJournal
from mingjian.fleet.run import Run
from mingjian.fleet.timing import Timing
from mingjian.fleet.watching import Crew, GivenUp, given_up

_ENDED = "SELECT count(*) FROM fleet_job WHERE run = %s AND finished_at >= %s"
_GIVEN_UP = (
    "SELECT place, listing, tries, verdict, reason_zh, reason_en FROM fleet_job "
    "WHERE run = %s AND state = 'poison' AND place > %s ORDER BY place LIMIT %s"
)
_CREW = (
    "SELECT count(*) FILTER (WHERE heard), count(*) FILTER (WHERE NOT heard) "
    "FROM (SELECT last_heartbeat >= now() - make_interval(secs => %s) AS heard FROM procrastinate_workers) AS workers"
)
_AT_WORK = (
    "SELECT node, count(*) FROM fleet_job JOIN fleet_run ON fleet_run.id = run AND fleet_run.state = 'running' "
    "WHERE fleet_job.state = 'open' AND tries > 0 AND node IS NOT NULL GROUP BY node ORDER BY node LIMIT 1000"
)


class SharedWatch(PostgresJournal):
    """One connection that may only read. Raises `UsageError` where nobody has begun a run, for nothing is made."""

    def __init__(self, url: str, seconds: float) -> None:
        # Not as a journal begins, which makes its tables and keeps a pool.
        self.observer = Observer()
        with told():
            self._open = psycopg.connect(address(url), autocommit=True)
        with self.connection() as connection:
            connection.execute("SET default_transaction_read_only = on")
            connection.execute("SELECT set_config('statement_timeout', %s, false)", (f"{round(seconds * 1000)}ms",))
            founded = connection.execute("SELECT to_regclass('fleet_run') IS NOT NULL").fetchone()
        if founded != (True,):
            self.close()
            raise UsageError("fleet.no_run")
        try:
            self._check_version()
        except UsageError:
            self.close()
            raise

    def _check_version(self) -> None:
        with self.connection() as connection:
            kept = version(connection)
            if kept < VERSION:
                raise UsageError("fleet.journal_older", where=connection.info.dbname, version=kept, ours=VERSION)

    def close(self) -> None:
        self._open.close()

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        with told():
            yield self._open

    def ended_since(self, run: Run, moment: datetime) -> int:
        """How many jobs ended since then."""
        ((count,),) = self._rows(_ENDED, (run.id, moment))
        return int(count)

    def given_up(self, run: Run, after: int, most: int) -> list[GivenUp]:
        """Poison behind a place, by place."""
        return given_up(self._rows(_GIVEN_UP, (run.id, after, most)))

    def crew(self) -> Crew | None:
        """The nodes."""
        ((alive, silent),) = self._rows(_CREW, (Timing().stalled,))
        return Crew(alive, silent, tuple(self._rows(_AT_WORK)))
