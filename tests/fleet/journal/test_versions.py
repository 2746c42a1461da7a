"""A journal of an older program is brought to ours, one of a newer is refused."""

import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from procrastinate.schema import SchemaManager

from mingjian.errors import UsageError
from mingjian.fleet import database as databases
from mingjian.fleet import sqlite
from mingjian.fleet.journal import VERSION
from mingjian.fleet.postgres import PostgresJournal
from mingjian.fleet.sqlite import SqliteJournal
from mingjian.fleet.watching import watched
from tests.fleet.journal.test_journal import RUN, listings

# One job was never begun, one was begun and spared, and one had its program end; one is done.
_ROWS = (
    "INSERT INTO fleet_job (run, place, listing, tries, node) "
    "VALUES ('a', 0, '{0}', 0, NULL), ('a', 1, '{1}', 0, 'n'), ('a', 2, '{2}', 1, 'n')",
    "INSERT INTO fleet_job (run, place, listing, state, tries, key, node) VALUES ('a', 3, '{3}', 'done', 1, 'k3', 'n')",
    "INSERT INTO fleet_result (key, verdict, sha256) VALUES ('k3', 'partial', 'd3')",
)


@pytest.fixture(params=["sqlite", "postgres"])
def kind(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def place(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Any:
    return tmp_path / "journal.sqlite3" if kind == "sqlite" else request.getfixturevalue("database")


@pytest.fixture
def asked(kind: str, place: Any) -> Callable[[Iterable[Any]], None]:
    """Writes to the journal beside the program."""

    def ask(statements: Iterable[Any]) -> None:
        if kind == "sqlite":
            with sqlite3.connect(place) as file:
                for statement in statements:
                    file.execute(statement)
            file.close()
        else:
            with psycopg.connect(databases.address(place), autocommit=True) as connection:
                for statement in statements:
                    connection.execute(statement)

    return ask


def opened(place: Any) -> Any:
    return SqliteJournal(place) if isinstance(place, Path) else PostgresJournal(place)


def looked_at(place: Any) -> Any:
    return watched(place.parent) if isinstance(place, Path) else watched(Path(), place)


def test_a_journal_of_the_first_version_is_gone_on_with(kind: str, place: Any, asked: Callable[[Iterable[Any]], None]) -> None:
    run = (
        "INSERT INTO fleet_run (id, input, begun_at, period, packs, tool, catalogue, limits, state) "
        f"VALUES ('a', 'apps', '2026-11-22T03:00:00+00:00', '2026H2', {packs(kind)}, '1.0', 'f', '{{}}', 'stopped')"
    )
    if kind == "sqlite":
        asked(sqlite._FIRST)
    else:
        asked([f"CREATE SCHEMA {databases.SCHEMA}", SchemaManager.get_schema(), databases._FIRST])
    asked([run, *(row.format(*(listing.to_json() for _, listing in listings(4))) for row in _ROWS)])
    with pytest.raises(UsageError, match="journal_older"), looked_at(place):
        pass
    for _ in range(2):
        journal = opened(place)
        assert [(job.place, job.tries, job.suspected) for job in journal.open_jobs(RUN)] == [(0, 0, False), (1, 0, False), (2, 0, True)]
        assert (journal.run("a").lake, journal.run("a").packs) == ("", ("cac-2019",))
        assert (journal.result("k3").verdict, journal.result("k3").timeout) == ("partial", 0)
        journal.close()
    with looked_at(place) as watch:
        assert [run.id for run in watch.runs()] == ["a"]


def test_a_journal_of_a_newer_program_is_refused_and_left_alone(kind: str, place: Any, asked: Callable[[Iterable[Any]], None]) -> None:
    opened(place).close()
    newer = VERSION + 1
    asked([f"PRAGMA user_version = {newer}" if kind == "sqlite" else f"UPDATE fleet_schema SET version = {newer}"])
    for _ in range(2):
        with pytest.raises(UsageError) as refused:
            opened(place)
        assert (refused.value.key, refused.value.values["version"], refused.value.values["ours"]) == ("fleet.journal_newer", newer, VERSION)


def packs(kind: str) -> str:
    return """'["cac-2019"]'""" if kind == "sqlite" else "ARRAY['cac-2019']"
