"""The lake with ten million findings, and the same questions to PostgreSQL and SQLite on the same machine in the same run.

What is asked is written by the lake's own writer of tables from made rows: 200,000 reports on 60,000 apps of 40 types in 12 stores over 8
half-years, 50 findings and 20 observations a report. Packs of raw reports are left out: no question reads them. The peers hold the same
rows in tables of the same columns, with indexes for these questions; the text of a question is the same for all.

BENCH_FINDINGS makes it smaller, BENCH_PEERS=0 leaves the peers out, BENCH_LAKE keeps the lake in a folder."""

import os
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from operator import attrgetter
from pathlib import Path
from time import monotonic, process_time
from typing import NamedTuple

import psycopg

from mingjian import lake
from mingjian.lake.manifest import Manifest, Part, found, swap
from mingjian.lake.tables import Writer
from mingjian.lake.views import views
from tests.console.postgres import server

FINDINGS = int(os.environ.get("BENCH_FINDINGS", "10000000"))
PEERS = os.environ.get("BENCH_PEERS", "1") == "1"
KEPT = os.environ.get("BENCH_LAKE", "")
GOAL = 0.5
"""Seconds that each question may take."""
PATIENCE = 30
"""Seconds that a peer is given for one question."""
Rows = list[tuple[object, ...]]


class Time(NamedTuple):
    """Seconds that a question took, seconds of processors of this process, and the answer in a fixed order."""

    wall: float
    cpu: float
    rows: Rows


Asked = dict[str, Time | None]
TABLES = ("subjects", "listings", "findings", "observations")
PERIODS = tuple(f"{year}H{half}" for year in (2023, 2024, 2025, 2026) for half in (1, 2))
CLAUSES = 50

QUESTIONS = {
    "apps by clause, one half-year": """
        SELECT clause, count(*) AS apps FROM apps JOIN findings ON findings.report = apps.report
        WHERE apps.period = '2026H2' AND verdict = 'violated' GROUP BY clause ORDER BY apps DESC, clause""",
    "distinct apps by type, severe": """
        SELECT apps.category, count(DISTINCT apps.package) AS apps FROM apps JOIN findings ON findings.report = apps.report
        WHERE apps.period = '2026H2' AND verdict = 'violated' AND severity IN ('critical', 'high')
        GROUP BY apps.category ORDER BY apps DESC, apps.category""",
    "ranking of SDKs": """
        SELECT sdk, count(DISTINCT package) AS apps FROM sdks WHERE period = '2026H2' AND NOT told
        GROUP BY sdk ORDER BY apps DESC, sdk LIMIT 20""",
    "trend by clause, all half-years": """
        SELECT apps.period, clause, count(*) AS apps FROM apps JOIN findings ON findings.report = apps.report
        WHERE verdict = 'violated' GROUP BY apps.period, clause ORDER BY apps.period, clause""",
    "share by store, newest reports": """
        SELECT store, count(*) AS apps, sum(CASE WHEN violated > 0 THEN 1 ELSE 0 END) AS with_faults
        FROM apps GROUP BY store ORDER BY store""",
    "every verdict of every row": """
        SELECT period, clause, verdict, severity, count(*) AS n FROM findings
        GROUP BY period, clause, verdict, severity ORDER BY period, clause, verdict, severity""",
    "findings of one report": """
        SELECT clause, verdict FROM findings WHERE report = (SELECT min(report) FROM listings) ORDER BY clause""",
}

_REPORTS = """
    CREATE TABLE made AS FROM range($reports) SELECT range AS number, sha256(range::VARCHAR) AS report,
      2023 + (range // 2) % 4 || 'H' || 1 + range % 2 AS period, hash(range * 7 + 1) % $apps AS app"""
_ROWS = {
    "subjects": """SELECT report, sha256('package' || number) AS package_sha256, period, 'android' AS platform,
      'com.example.a' || app AS package, 'App ' || app AS label, number % 20 || '.0' AS version,
      'Operator ' || app % 9000 AS operator, 'type_' || app % 40 AS category, sha256('signer' || app % 9000) AS signer,
      '1.0' AS tool, sha256('catalogue') AS catalogue, 'full' AS confined, ['cac-2019@1.0'] AS packs,
      substr(period, 1, 4) || '-0' || 1 + number % 9 || '-1' || number % 10 || 'T08:00:00+08:00' AS created_at,
      hash(number) % 6 AS violated, 3 AS suspected, 22 AS inconclusive, 17 AS satisfied, 5 AS not_applicable,
      sha256('pack') AS pack, number * 20000 AS "offset", 20000 AS size FROM rows""",
    "listings": """SELECT report, 'run-' || period AS run, number AS place, period, 's3://store/' || number || '.apk' AS location,
      'store_' || hash(number * 3) % 12 AS store, 'region_' || number % 31 AS region, 'type_' || app % 40 AS category, NULL AS shelf,
      hash(app) % 100000000 AS downloads, 'Operator ' || app % 9000 AS operator FROM rows""",
    "findings": """SELECT report, period, 'com.example.a' || app AS package, 'type_' || app % 40 AS category,
      'cac-2019/' || 1 + clause // 8 || '.' || 1 + clause % 8 AS clause,
      CASE WHEN dice < 6 THEN 'violated' WHEN dice < 12 THEN 'suspected' WHEN dice < 57 THEN 'inconclusive' WHEN dice < 90 THEN 'satisfied'
        ELSE 'not_applicable' END AS verdict,
      ['critical', 'high', 'medium', 'low'][1 + clause % 4] AS severity, CASE WHEN dice < 12 THEN 1 + dice % 3 ELSE 0 END AS hits,
      CASE WHEN dice < 12 THEN [sha256(app || '/' || clause || '/' || nth) FOR nth IN range(1 + dice % 3)] ELSE [] END AS fingerprints,
      CASE WHEN dice BETWEEN 12 AND 56 THEN ['ui@before_consent', 'network'][: 1 + dice % 2] ELSE [] END AS missing
      FROM (SELECT *, (hash(app * 64 + clause) % 100)::BIGINT AS dice FROM rows, range(50) AS clauses(clause))""",
    "observations": """SELECT report, period, 'com.example.a' || app AS package, 'type_' || app % 40 AS category, place,
      CASE WHEN place < 10 THEN 'declared' WHEN place = 19 THEN 'claimed' ELSE 'possible' END AS mode,
      CASE WHEN place < 10 THEN 'manifest' WHEN place = 19 THEN 'policy' ELSE 'code' END AS channel,
      CASE WHEN place < 10 THEN 'declare' WHEN place < 14 THEN 'collect' ELSE 'embed' END AS action,
      CASE WHEN place < 10 THEN 'permission.group_' || place || '.P' || dice % 12 WHEN place < 14 THEN 'device.d' || dice % 30 END AS data,
      CASE WHEN place >= 10 THEN 'sdk.s' || (dice % 15) * (dice % 14) END AS actor, NULL AS recipient, NULL AS purpose, NULL AS phase,
      false AS negated, true AS certain, 1 + dice % 5 AS sites, 'code' AS extractor,
      CASE WHEN place BETWEEN 14 AND 18 AND dice % 4 = 0 THEN '1.' || dice % 9 END AS version
      FROM (SELECT *, (hash(app * 32 + place) % 210)::BIGINT AS dice FROM rows, range(20) AS places(place))""",
}


def main() -> int:
    """0 when every question stays under the goal, with the usual memory and with 512 MiB."""
    with _folder() as folder:
        if not (folder / "manifest.json").exists():
            made(folder, FINDINGS)
        size = sum(path.stat().st_size for path in folder.rglob("*.parquet"))
        print(f"lake: {FINDINGS:,} findings, {size / 1e6:,.0f} MB in {sum(1 for _ in folder.rglob('*.parquet'))} files")
        columns = {}
        for name, memory in (("lake", "4GiB"), ("lake, 512 MiB", "512MiB")):
            with lake.open(folder, memory=memory, threads=2) as opened:
                columns[name] = asked(lambda sql, opened=opened: opened.query(sql).rows)
        if PEERS:
            with closing(sqlite_beside(folder)) as database:
                columns["SQLite"] = asked(partial(patient, database))
            with _postgres(folder) as connection:
                columns["PostgreSQL"] = asked(lambda sql: connection.execute(sql).fetchall())
    return _shown(columns)


def made(folder: Path, findings: int) -> None:
    """A lake of made rows, written partition by partition as a compaction writes."""
    began = monotonic()
    found(folder)
    working = folder / "tmp"
    working.mkdir()
    parts = []
    with closing(Writer(folder, working)) as writer:
        run = writer.connection.execute
        run(_REPORTS, {"reports": findings // CLAUSES, "apps": max(1, findings * 6 // 1000)})
        for period in PERIODS:
            for prefix in "0123456789abcdef":
                run(f"CREATE OR REPLACE TEMP TABLE rows AS FROM made WHERE period = '{period}' AND report[1] = '{prefix}'")
                parts += _parts(writer, period, prefix)
    swap(folder, Manifest(tuple(parts)))
    print(f"made by the lake's writer in {monotonic() - began:,.0f} s, on one thread")


def _parts(writer: Writer, period: str, prefix: str) -> Iterator[Part]:
    ends = writer.connection.execute("FROM rows SELECT count(*), min(report), max(report)").fetchone()
    if not ends or not ends[0]:
        return
    files = {table: writer.table(table, period, prefix, rows) for table, rows in _ROWS.items()}
    for family, tables in (("reports", ("subjects", "observations", "findings")), ("listings", ("listings",))):
        yield Part(family, period, prefix, *ends, {table: file for table in tables if (file := files[table])})


def asked(ask: Callable[[str], Rows]) -> Asked:
    """The best of five times that each question takes, as others use the machine too, and its answer; fewer times where it takes long, and
    none where it takes too long."""
    times: Asked = {}
    for name, sql in QUESTIONS.items():
        best = None
        spent = 0.0
        with suppress(psycopg.errors.QueryCanceled, sqlite3.OperationalError):
            for _ in range(5):
                began, busy = monotonic(), process_time()
                rows = ask(sql)
                took = Time(monotonic() - began, process_time() - busy, sorted(map(tuple, rows), key=repr))
                best = min(best or took, took, key=attrgetter("wall"))
                spent += took.wall
                if spent > PATIENCE / 4:
                    break
        times[name] = best
    return times


@contextmanager
def _folder() -> Iterator[Path]:
    if KEPT:
        Path(KEPT).mkdir(parents=True, exist_ok=True)
        yield Path(KEPT)
        return
    with tempfile.TemporaryDirectory(prefix="mingjian-lake-") as folder:
        yield Path(folder)


def _tables(folder: Path, kinds: dict[str, str]) -> Iterator[tuple[str, str, Iterator[tuple[object, ...]]]]:
    """Each table with its definition in another dialect and its rows; a list is told as text there."""
    with lake.open(folder, memory="4GiB", seconds=3600) as opened:
        for table in TABLES:
            shape = opened.query(f"DESCRIBE files.{table}").rows
            names = ", ".join(f'"{column}" {kinds.get(kind, "TEXT")}' for column, kind, *_ in shape)
            cells = ", ".join(f'"{column}"::VARCHAR' if kind.endswith("[]") else f'"{column}"' for column, kind, *_ in shape)
            yield table, f"CREATE TABLE {table} ({names})", opened.stream(f"FROM files.{table} SELECT {cells}")[1]


_APPS = """
CREATE VIEW apps AS SELECT * FROM (
  SELECT listed.period, subject.package, subject.report, coalesce(subject.category, listed.category) AS category, store, downloads,
    violated, suspected, row_number() OVER (
      PARTITION BY listed.period, platform, coalesce(nullif(subject.package, ''), package_sha256), signer
      ORDER BY created_at DESC NULLS LAST, downloads DESC NULLS LAST, subject.report, run, place) AS nth
  FROM listings AS listed JOIN subjects AS subject ON subject.report = listed.report) AS offers
WHERE nth = 1"""
"""The lake's view of that name, of the columns that the questions have, in the SQL that all of them read."""


def _definitions() -> Iterator[str]:
    """Indexes for the questions, and the lake's views."""
    yield "CREATE INDEX of_report ON findings (report)"
    yield "CREATE INDEX of_verdict ON findings (verdict, report)"
    yield "CREATE INDEX of_subject ON subjects (report)"
    yield "CREATE INDEX of_listing ON listings (period)"
    yield "CREATE INDEX of_action ON observations (period, action)"
    yield _APPS
    for view in views():
        if view.name == "sdks":
            yield f"CREATE VIEW {view.name} AS {view.sql}".replace("files.", "")
    yield "ANALYZE"


def sqlite_beside(folder: Path) -> sqlite3.Connection:
    """The same rows in SQLite, in a file of its own that goes with the connection."""
    began = monotonic()
    database = sqlite3.connect("", isolation_level=None)
    for setting in ("journal_mode = off", "synchronous = off", "cache_size = -2000000", "temp_store = memory"):
        database.execute(f"PRAGMA {setting}")
    for table, definition, rows in _tables(folder, {"INTEGER": "INTEGER", "BIGINT": "INTEGER", "BOOLEAN": "INTEGER"}):
        database.execute(definition)
        database.execute("BEGIN")
        width = definition.count('"') // 2
        database.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * width)})", rows)  # noqa: S608  names of ours
        database.execute("COMMIT")
    for definition in _definitions():
        database.execute(definition)
    print(f"SQLite {sqlite3.sqlite_version}: loaded and indexed in {monotonic() - began:,.0f} s")
    return database


def patient(database: sqlite3.Connection, sql: str) -> Rows:
    """SQLite's answer, or its error when that takes too long."""
    until = monotonic() + PATIENCE
    database.set_progress_handler(lambda: monotonic() > until, 100_000)
    return database.execute(sql).fetchall()


@contextmanager
def _postgres(folder: Path) -> Iterator[psycopg.Connection]:
    with server() as url, psycopg.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        began = monotonic()
        for setting in ("work_mem = '512MB'", "maintenance_work_mem = '1GB'", "max_parallel_workers_per_gather = 2"):
            cursor.execute(f"SET {setting}")
        kinds = {"INTEGER": "integer", "BIGINT": "bigint", "BOOLEAN": "boolean"}
        for table, definition, rows in _tables(folder, kinds):
            cursor.execute(definition)
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        for definition in _definitions():
            cursor.execute(definition)
        cursor.execute("VACUUM")
        cursor.execute(f"SET statement_timeout = '{PATIENCE}s'")
        print(f"PostgreSQL {connection.info.server_version // 10000}: loaded and indexed in {monotonic() - began:,.0f} s")
        yield connection


def _shown(columns: dict[str, Asked]) -> int:
    """The table of times, each peer's also as a ratio to the lake's; 1 when an answer differs or the lake is too slow."""
    own = columns["lake"]
    print("\n| question | " + " | ".join(f"{name}, s" for name in columns) + " |\n" + "|---" * (len(columns) + 1) + "|")
    problems = []
    for question in QUESTIONS:
        cells = []
        first = own[question]
        for name, times in columns.items():
            time = times[question]
            if time is None or first is None:
                cells.append(f"over {PATIENCE}" + (f" (over {PATIENCE / first.wall:,.0f}×)" if first else ""))
                continue
            inside = f"{time.cpu:.2f} CPU" if name.startswith("lake") else f"{time.wall / first.wall:,.2g}×"
            cells.append(f"{time.wall:.3f} ({inside})")
            problems += [f"not under {GOAL} s: {name}: {question}"] if name.startswith("lake") and time.wall >= GOAL else []
            problems += [f"another answer: {name}: {question}"] if time.rows != first.rows else []
        print(f"| {question} | " + " | ".join(cells) + " |")
    print("\n".join(problems))
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
