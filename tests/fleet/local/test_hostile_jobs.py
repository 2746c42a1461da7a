"""200 jobs, one in five of which does its worst: each has one row with the verdict it earned, and no other pays for it."""

import os
import tracemalloc
from collections import Counter
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from threading import Event

import pytest

from mingjian.fleet.listing import Listing
from mingjian.fleet.local import JOBS, Local
from mingjian.fleet.received import NoReportError, receive
from mingjian.fleet.run import Run
from mingjian.fleet.sqlite import SqliteJournal
from mingjian.fleet.steps import staged_at
from mingjian.fleet.task import REPORT, Task
from tests.fleet.local.hostile_acts import CATALOGUE, LIMITS, ORPHAN, TOOL, VERDICTS, act, report_on

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
RUN = Run("a", "-", MOMENT, "2026H1", ("cac-2019",), TOOL, CATALOGUE, LIMITS)
BAD = [word for word in VERDICTS if word != "good"]


def test_every_job_has_its_verdict_and_every_good_one_its_report(tmp_path: Path) -> None:
    jobs = 200
    words = [BAD[place // 5 % len(BAD)] if place % 5 == 2 else "good" for place in range(jobs)]
    assert set(words) == set(VERDICTS)
    packages = [f"{word} {place}".encode() for place, word in enumerate(words)]
    (tmp_path / "apps").mkdir()
    for place, content in enumerate(packages):
        (tmp_path / "apps" / f"{place}.apk").write_bytes(content)
    journal = SqliteJournal(tmp_path / "journal.sqlite3")
    journal.begin(RUN)
    journal.plan(RUN, ((place, Listing(str(tmp_path / "apps" / f"{place}.apk"))) for place in range(jobs)))

    outcomes = list(Local(journal, tmp_path, slots=6).run(RUN, act, Event()))

    assert {each.place: (words[each.place], each.verdict) for each in outcomes} == {
        place: (word, VERDICTS[word]) for place, word in enumerate(words)
    }
    assert len(outcomes) == jobs
    good = {each.place: each for each in outcomes if each.verdict == "ok"}
    for place, outcome in good.items():
        content = staged_at(tmp_path, outcome.key).read_bytes()
        assert content == report_on(packages[place], "2026-01-01T08:00:00+08:00")
        assert sha256(content).hexdigest() == outcome.sha256
    assert sum(len(files) for _, _, files in os.walk(tmp_path / "staging")) == len(good)

    progress = journal.progress(RUN)
    assert (progress.open, progress.done, progress.poison) == (0, len(good), jobs - len(good))
    for job, outcome in journal.poisoned(RUN):
        assert job.tries == (1 if outcome.verdict == "refused" else LIMITS.tries), words[job.place]
        assert outcome.reason is not None
        assert outcome.reason.zh
        assert outcome.reason.en
        assert "\x1b" not in outcome.reason.en
    assert Counter(journal.verdicts(RUN)) == Counter(VERDICTS[word] for word in words)

    assert not (tmp_path / JOBS).exists()
    assert ORPHAN not in names_of_processes()


def test_what_is_no_report_is_told_without_being_built(tmp_path: Path) -> None:
    content = b'{"schema":"mingjian-report/1","findings":[' + b"[]," * 400_000 + b"[]]}"
    (tmp_path / REPORT).write_bytes(content)
    task = Task((), frozenset(), "", TOOL, CATALOGUE)
    tracemalloc.start()
    with pytest.raises(NoReportError, match="unsound"):
        receive(tmp_path, task, LIMITS.output)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # An empty list takes 56 bytes.
    assert most < 56 * 400_000


@pytest.mark.parametrize("change", [(b'"a.b"', b'"a.b", "more": 1'), (b'"findings": []', b'"findings": [{}]'), (b"\n", b"  ")])
def test_a_report_that_is_not_as_it_would_be_written_is_unsound(tmp_path: Path, change: tuple[bytes, bytes]) -> None:
    sound = report_on(b"x", "2026-01-01T08:00:00+08:00")
    task = Task((), frozenset({sha256(b"x").hexdigest()}), "2026-01-01T08:00:00+08:00", TOOL, CATALOGUE)
    (tmp_path / REPORT).write_bytes(sound)
    assert receive(tmp_path, task, LIMITS.output).verdict == "ok"
    assert change[0] in sound
    (tmp_path / REPORT).write_bytes(sound.replace(*change, 1))
    with pytest.raises(NoReportError, match="unsound"):
        receive(tmp_path, task, LIMITS.output)


def names_of_processes() -> set[str]:
    names = set()
    for entry in Path("/proc").glob("[0-9]*/comm"):
        try:
            names.add(entry.read_text().strip())
        except OSError:
            continue
    return names
