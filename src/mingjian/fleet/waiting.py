"""Jobs that wait for the house, such as for a server that does not answer: what for, and whether a run has nothing else left.

Each fault of the house lowers a job's place in the queue, so that such a job comes after all that never waited and, among the suspects of a
run, keeps none of the others back. By its place it is told from them."""

import re
from dataclasses import dataclass

from mingjian.errors import MingjianError, TryAgainError
from mingjian.fleet.postgres import PostgresJournal
from mingjian.fleet.queue import priority
from mingjian.fleet.run import Run
from mingjian.model.texts import in_both
from mingjian.model.types import Text

_ADDRESS = re.compile(r"(\w+://)(?:[^/?#]*@)?([^/?#]{1,255})")
_NOTE = (
    "UPDATE fleet_job SET reason_zh = %s, reason_en = %s WHERE run = %s AND place = %s AND state = 'open' AND reason_en IS DISTINCT FROM %s"
)
# A job waits from the fault on until the moment that is set then; none that was set lately means that no node takes any.
_WAITING = """
SELECT count(*) FILTER (WHERE priority < %(own)s),
    bool_and(priority < %(own)s) AND max(scheduled_at) > now() - make_interval(secs => %(lately)s)
FROM procrastinate_jobs WHERE args->>'run' = %(run)s AND status IN ('todo', 'doing')
"""
_WHY = """
SELECT reason_zh, reason_en FROM procrastinate_jobs AS queued
JOIN fleet_job ON fleet_job.run = %(run)s AND fleet_job.place = (queued.args->>'place')::bigint
WHERE queued.args->>'run' = %(run)s AND queued.status IN ('todo', 'doing') AND queued.priority < %(own)s AND reason_en <> ''
GROUP BY reason_zh, reason_en ORDER BY count(*) DESC, reason_en LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many jobs of a run wait for the house, what for most of them do, and whether the run has no other left while nodes try them."""

    jobs: int
    why: Text
    alone: bool

    def told(self, run: Run) -> TryAgainError:
        """The same as a fault that is waited for."""
        return TryAgainError("fleet.jobs_wait", run=run.id, count=self.jobs, what=self.why)


def reason(error: MingjianError | OSError) -> Text:
    """Why a job waits; of an address no more than the server, so that all jobs that wait for one say the same."""
    if isinstance(error, OSError):
        return in_both("fleet.house", what=error.strerror or type(error).__name__)
    return in_both(error.key, **{name: _server(value) for name, value in error.values.items()})


def note(journal: PostgresJournal, run: str, place: int, why: Text) -> None:
    """Keeps what an open job waits for, for who leads the run. Raises `TryAgainError`."""
    with journal.connection() as connection:
        connection.execute(_NOTE, (why.zh, why.en, run, place, why.en))


def waiting(journal: PostgresJournal, run: Run, lately: float) -> Waiting | None:
    """The jobs that wait for the house, of which nodes tried one within `lately` seconds; none where none does. Raises `TryAgainError`."""
    given = {"run": run.id, "own": priority(run), "lately": lately}
    with journal.connection() as connection:
        jobs, alone = connection.execute(_WAITING, given).fetchone() or (0, False)
        if not jobs:
            return None
        zh, en = connection.execute(_WHY, given).fetchone() or ("", "")
    return Waiting(jobs, Text(zh, en), bool(alone))


def _server(value: object) -> object:
    found = _ADDRESS.match(value) if isinstance(value, str) else None
    return f"{found[1]}{found[2]}/" if found else value
