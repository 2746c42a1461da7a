"""A PostgreSQL for the tests of the fleet: the one that `MINGJIAN_DATABASE` names, else one of their own where it is installed."""

import os
from collections.abc import Iterator
from itertools import count

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests.console.postgres import programs, server

_numbers = count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a running server; the test is skipped where there is none."""
    if (given := os.environ.get("MINGJIAN_DATABASE", "")).startswith("postgres"):
        yield given
    elif programs() is None:
        pytest.skip("PostgreSQL is not installed")
    else:
        with server() as url:
            yield url


@pytest.fixture
def database(postgres: str) -> Iterator[str]:
    """An empty database of its own for each test."""
    name = f"fleet_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield make_conninfo(postgres, dbname=name)
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
