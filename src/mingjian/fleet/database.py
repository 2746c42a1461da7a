"""The database of a cluster: how it is reached, what stands in it, and when it counts as silent.

Journal and queue live in a schema of their own, so that the console may keep its tables, and its own queue, in the same database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from procrastinate.schema import SchemaManager
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool

from mingjian.errors import TryAgainError, UsageError
from mingjian.fleet.journal import VERSION

SCHEMA = "mingjian_fleet"

_FIRST = """
CREATE TABLE fleet_run (
    id text PRIMARY KEY, input text NOT NULL, begun_at timestamptz NOT NULL, period text NOT NULL, packs text[] NOT NULL,
    tool text NOT NULL, catalogue text NOT NULL, limits jsonb NOT NULL, state text NOT NULL);
CREATE TABLE fleet_job (
    run text NOT NULL, place bigint NOT NULL, listing text NOT NULL, state text NOT NULL DEFAULT 'open', tries integer NOT NULL DEFAULT 0,
    key text, verdict text, reason_zh text, reason_en text, sha256 text, known boolean, seconds double precision, cpu double precision,
    memory bigint, node text, finished_at timestamptz, ended bigint, PRIMARY KEY (run, place));
CREATE SEQUENCE fleet_ended;
CREATE INDEX fleet_job_state ON fleet_job (run, state, place);
CREATE INDEX fleet_job_ended ON fleet_job (run, ended) WHERE ended IS NOT NULL;
CREATE INDEX fleet_job_key ON fleet_job (run, key, place) WHERE key IS NOT NULL;
CREATE TABLE fleet_result (key text PRIMARY KEY, verdict text NOT NULL, sha256 text NOT NULL, compacted boolean NOT NULL DEFAULT false);
CREATE INDEX fleet_result_staged ON fleet_result (key) WHERE NOT compacted;
"""
_SECOND = """
CREATE TABLE fleet_schema (version integer NOT NULL);
INSERT INTO fleet_schema VALUES (2);
ALTER TABLE fleet_run ADD COLUMN lake text NOT NULL DEFAULT '';
ALTER TABLE fleet_job ADD COLUMN suspected boolean NOT NULL DEFAULT false;
ALTER TABLE fleet_result ADD COLUMN timeout double precision NOT NULL DEFAULT 0;
UPDATE fleet_job SET node = NULL WHERE state = 'open' AND tries = 0;
"""
_STEPS = (_FIRST, _SECOND)
"""What makes each version of our tables out of the one before. They only add, so that nodes of the version before go on with theirs."""

_REACHED = {"connect_timeout": "5", "tcp_user_timeout": "8000", "keepalives_idle": "5", "keepalives_interval": "2", "keepalives_count": "3"}
"""A machine that is cut off learns so in seconds, not in the two hours of the system's own settings."""
_SERVER = "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3 -c tcp_user_timeout=8000"
"""The same of the other side, so that the locks of a coordinator that is cut off are free again."""


def address(url: str) -> str:
    """What psycopg connects with. What the URL itself says of waiting holds. Raises `UsageError` for no address of PostgreSQL."""
    try:
        given = conninfo_to_dict(url)
    except (psycopg.ProgrammingError, UnicodeError) as error:
        raise UsageError("fleet.database_address") from error
    options = f"{_SERVER} {given.pop('options', None) or ''} -c search_path={SCHEMA}"
    return make_conninfo("", **{"application_name": "mingjian fleet", **_REACHED, **given, "options": options})


@contextmanager
def told() -> Iterator[None]:
    """Tells of a database that does not answer as `TryAgainError`."""
    try:
        yield
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise TryAgainError("fleet.database_silent", why=str(error).strip().partition("\n")[0]) from error


def pool(url: str, most: int) -> ConnectionPool[psycopg.Connection[tuple[Any, ...]]]:
    """Connections for up to `most` threads, each statement a transaction of its own, to a database that holds our tables. Whoever finds
    none within ten seconds gets `TryAgainError`."""
    reached = address(url)
    with told(), psycopg.connect(reached, autocommit=True) as connection:
        prepare(connection)
    kwargs = {"autocommit": True}
    return ConnectionPool(
        reached, kwargs=kwargs, min_size=1, max_size=most, timeout=10, reconnect_timeout=2, check=ConnectionPool.check_connection, open=True
    )


def prepare(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    """Makes the schema and what stands in it, or brings it to our version, once, however many nodes begin at the same time. Raises
    `UsageError` for a newer one."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (SCHEMA,))
        kept = version(connection)
        if kept == 0:
            connection.execute(f"CREATE SCHEMA {SCHEMA}")
            connection.execute(SchemaManager.get_schema())
        for step in _STEPS[kept:]:
            connection.execute(step)


def version(connection: psycopg.Connection[tuple[Any, ...]]) -> int:
    """The version of the tables that are there, 0 where none are. Raises `UsageError` for a newer one than ours."""
    there = "SELECT to_regnamespace(%s) IS NOT NULL, to_regclass(%s) IS NOT NULL"
    made, numbered = connection.execute(there, (SCHEMA, f"{SCHEMA}.fleet_schema")).fetchone() or (False, False)
    if numbered:
        (kept,) = connection.execute("SELECT version FROM fleet_schema").fetchone() or (0,)
        if kept > VERSION:
            raise UsageError("fleet.journal_newer", where=connection.info.dbname, version=kept, ours=VERSION)
        return int(kept)
    # The first had no number.
    return int(made)
