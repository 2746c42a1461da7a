"""How the scans run, as a page tells it: what the journal says, and nothing is made, changed or held up by looking."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from mingjian import lake as lakes
from mingjian.console import clock
from mingjian.console.accounts.models import User
from mingjian.fleet.journal import Job
from mingjian.fleet.listing import Listing
from mingjian.fleet.outcome import Outcome
from mingjian.fleet.postgres import PostgresJournal
from mingjian.fleet.run import Run
from mingjian.fleet.sqlite import SqliteJournal
from mingjian.model.types import Text

JOBS = 60
HOSTILE = '<img src=x onerror="alert(1)">'


@pytest.fixture
def run() -> Run:
    """A run that was begun four minutes ago."""
    begun = clock.now().replace(microsecond=0) - timedelta(minutes=4)
    return Run("run-1", "/in/market.csv", begun, "2026H2", ("cac-2019",), "1.0", "c" * 64)


@pytest.fixture
def journal(tmp_path: Path, settings: Any, run: Run) -> SqliteJournal:
    """A journal in which 8 jobs are done, 52 were given up, and 60 are open."""
    settings.LAKE = tmp_path / "lake"
    lakes.found(settings.LAKE)
    kept = SqliteJournal(settings.LAKE / "journal.sqlite3")
    kept.begin(run)
    kept.plan(run, ((place, Listing(f"{HOSTILE}-{place}.apk")) for place in range(2 * JOBS)))
    kept.mark(run.id, "running")
    for place in range(JOBS):
        if place < 8:
            kept.end(run, Outcome(place, "ok", f"{place:064x}", "d" * 64, known=place < 3), "done")
        else:
            kept.end(run, Outcome(place, "crash", reason=Text("坏", f"broke {place}")), "poison")
    return kept


def _files(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir() if not file.name.endswith(("-wal", "-shm"))}


def test_the_page_tells_what_the_journal_says(journal: SqliteJournal, run: Run, reader: Client) -> None:
    told = reader.get("/lake/operation.json").json()
    assert told["run"]["open"] == 60
    assert told["run"]["done"] == 8
    assert told["run"]["poison"] == 52
    assert told["run"]["known"] == 3
    assert told["run"]["verdicts"] == {"ok": 8, "crash": 52}
    # 60 ended in the four minutes since the run was begun: 900 an hour, and 60 more take as long again.
    assert 850 <= told["run"]["hourly"] <= 900
    assert 240 <= told["run"]["seconds_left"] <= 255
    page = reader.get("/lake/operation/").content.decode()
    assert "60 of 120 ended" in page
    assert 'hx-trigger="every 10s"' in page
    fragment = reader.get("/lake/operation/", headers={"HX-Request": "true"}).content.decode()
    assert "60 of 120 ended" in fragment
    assert "<html" not in fragment
    journal.mark(run.id, "stopped")
    assert "hx-trigger" not in reader.get("/lake/operation/").content.decode()


def test_what_was_given_up_is_told_by_pages_with_its_reason(journal: SqliteJournal, reader: Client) -> None:
    page = reader.get("/lake/operation/").content.decode()
    assert "broke 8<" in page
    assert "broke 57<" in page
    assert "broke 58<" not in page
    assert "<img src=x" not in page
    assert "run=run-1&amp;after=57" in page
    last = reader.get("/lake/operation/?run=run-1&after=57").content.decode()
    assert "broke 59<" in last
    assert "broke 57<" not in last
    assert [each["place"] for each in reader.get("/lake/operation.json?after=57").json()["run"]["given_up"]] == [58, 59]


def test_looking_makes_nothing_and_holds_up_nobody(journal: SqliteJournal, settings: Any, run: Run, reader: Client) -> None:
    before = _files(settings.LAKE)
    with closing(sqlite3.connect(settings.LAKE / "journal.sqlite3", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE fleet_job SET tries = 9")
        assert reader.get("/lake/operation.json").json()["run"]["open"] == 60
        writer.execute("COMMIT")
    assert _files(settings.LAKE) == before
    assert journal.run(run.id).state == "running"


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "is of an older program"), (b"no database at all" * 400, "cannot be read or written")]
)
def test_a_journal_that_is_none_is_told_in_a_line(tmp_path: Path, settings: Any, reader: Client, content: bytes, words: str) -> None:
    settings.LAKE = tmp_path
    (tmp_path / "journal.sqlite3").write_bytes(content)
    answer = reader.get("/lake/operation/")
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert "There is no lake in" in answer.content.decode()
    assert _files(tmp_path) == {"journal.sqlite3"}


def test_without_a_journal_there_is_no_run_yet(tmp_path: Path, settings: Any, reader: Client) -> None:
    settings.LAKE = tmp_path / "lake"
    assert "There is no run here yet" in reader.get("/lake/operation/").content.decode()
    assert not settings.LAKE.exists()
    settings.LAKE = None
    assert "MINGJIAN_LAKE is not set" in reader.get("/lake/operation/").content.decode()


def test_a_cluster_whose_database_is_away_is_told_in_a_line(built: Path, settings: Any, reader: Client) -> None:
    settings.LAKE, settings.FLEET_DATABASE = built, "postgresql://nobody@127.0.0.1:9/none?connect_timeout=2"
    page = reader.get("/lake/operation/").content.decode()
    assert "does not answer" in page
    assert "2027H1" in page


def test_the_lakes_content_is_told_by_half_year(
    built: Path, settings: Any, person: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    settings.LAKE = built
    told = signed_in(person("administrator")).get("/lake/operation.json").json()["lake"]
    assert told["periods"] == [
        {"period": "2027H1", "reports": 43, "listings": 43, "poison": 0},
        {"period": "2026H2", "reports": 40, "listings": 40, "poison": 0},
    ]
    assert told["bytes"] == sum(file.stat().st_size for folder in ("packs", "tables") for file in (built / folder).rglob("*.*"))


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_cluster_is_read_without_being_made(settings: Any, tmp_path: Path, reader: Client, run: Run) -> None:
    database = settings.DATABASES["default"]
    settings.LAKE = tmp_path
    settings.FLEET_DATABASE = "postgresql://{USER}@/{name}?host={HOST}&port={PORT}".format(
        **database, name=connection.settings_dict["NAME"]
    )
    assert "There is no run here yet" in reader.get("/lake/operation/").content.decode()
    assert _schemas() == []
    with closing(PostgresJournal(settings.FLEET_DATABASE)) as journal:
        journal.begin(run)
        journal.plan(run, [(place, Listing(f"{place}.apk")) for place in range(4)])
        journal.mark(run.id, "running")
        journal.begun(Job(run.id, 3, Listing("3.apk")), "node-7")
        journal.end(run, Outcome(0, "ok", "a" * 64, "d" * 64), "done")
        journal.end(run, Outcome(1, "crash", reason=Text("坏", "broke 1")), "poison")
        with journal.connection() as shared:
            shared.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
            shared.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour')")
        told = reader.get("/lake/operation.json").json()["run"]
        page = reader.get("/lake/operation/").content.decode()
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA mingjian_fleet CASCADE")
    assert (told["open"], told["done"], told["poison"]) == (2, 1, 1)
    assert told["nodes"] == {"alive": 1, "silent": 1}
    assert told["given_up"][0]["reason"]["en"] == "broke 1"
    assert "node-7: 1" in page


def _schemas() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname = 'mingjian_fleet'")
        return [name for (name,) in cursor.fetchall()]
