"""A run whose every process is killed at 50 moments that nobody chose ends with the lake of a run that nobody disturbed."""

import os
import random
import signal
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from mingjian import lake as lakes
from mingjian.extract.catalogue import digest
from mingjian.fleet.limits import Limits
from mingjian.fleet.run import Run
from mingjian.fleet.sqlite import SqliteJournal
from mingjian.lake import manifest
from mingjian.scan import DEFAULT_PACKS, tool_version
from tests.fleet.local.conftest import Zygote

KILLS = 50
MOMENT = datetime(2026, 3, 1, tzinfo=UTC)
VARYING = {"poison": ("tries", "seconds")}
"""Columns that tell how it went and not what was found."""


def planned(lake: Path, apps: Path) -> Path:
    """A lake with a run that has a fixed moment and was not begun. A job may be begun more often than it can be killed here."""
    lakes.found(lake)
    journal = SqliteJournal(lake / "journal.sqlite3")
    limits = Limits(tries=1000)
    journal.begin(Run("r", str(apps), MOMENT, "2026H1", DEFAULT_PACKS, tool_version(), digest(), limits))
    journal.close()
    return lake


def content(lake: Path) -> dict[str, Any]:
    """Every table row by row, and every raw report, after a full merge, which makes one lake of one content whatever its history."""
    lakes.compact(lake, full=True)
    parts = manifest.load(lake).parts
    found: dict[str, Any] = {}
    for table in {name for part in parts for name in part.files} - {manifest.PACK}:
        files = [str(lake / part.path(table)) for part in parts if table in part.files]
        rows = duckdb.read_parquet(files).order("ALL")
        varying = VARYING.get(table, ())
        found[table] = [
            tuple(value for name, value in zip(rows.columns, row, strict=True) if name not in varying) for row in rows.fetchall()
        ]
    keys = duckdb.read_parquet([str(lake / part.path("subjects")) for part in parts if part.family == "reports"]).project("report")
    with lakes.open(lake) as opened:
        found["reports"] = {key: opened.document(key) for (key,) in keys.fetchall()}
    return found


def test_the_lake_of_a_run_that_was_killed_50_times_is_that_of_one_that_was_not(tmp_path: Path, apps: Path, zygote: Zygote) -> None:
    undisturbed = planned(tmp_path / "undisturbed", apps)
    assert zygote.run("fleet", "resume", "--lake", str(undisturbed), "--slots", "2") == 65
    wanted = content(undisturbed)
    assert len(wanted["reports"]) == 36
    assert len(wanted["listings"]) == 40
    assert len(wanted["poison"]) == 1

    chance = random.Random(6)
    kills = 0
    done = []
    while kills < KILLS:
        lake = planned(tmp_path / f"killed-{kills}", apps)
        ended = -signal.SIGKILL
        while ended == -signal.SIGKILL:
            group = zygote.start("fleet", "resume", "--lake", str(lake), "--slots", "2")
            if kills < KILLS:
                time.sleep(chance.uniform(0.1, 1.2))
                begun = progress(lake)
                # However slow the machine is, half of the kills come when something was done.
                while kills % 2 and progress(lake) == begun and runs(group):
                    time.sleep(0.01)
                with suppress(ProcessLookupError):
                    os.killpg(group, signal.SIGKILL)
            ended = zygote.ended()
            if ended == -signal.SIGKILL:
                kills += 1
                done.append(progress(lake))
        assert ended == 65
        assert content(lake) == wanted
        assert not (lake / "jobs").exists()
        assert not list((lake / "staging").rglob("*.json"))
    # It was killed at its work, and not before and after it alone.
    assert len(set(done)) > 3


def runs(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def progress(lake: Path) -> int:
    journal = SqliteJournal(lake / "journal.sqlite3")
    done = journal.progress(journal.run()).done
    journal.close()
    return done
