"""The fleet reads equal code once, tells how often it was spared, and lets no child put answers where others look."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest

from fixtures.builder import build
from mingjian.errors import InputError
from mingjian.extract.catalogue import digest
from mingjian.fleet import guard
from mingjian.fleet.child import Work
from mingjian.fleet.limits import Limits
from mingjian.fleet.listing import Listing
from mingjian.fleet.local import Local
from mingjian.fleet.outcome import Outcome
from mingjian.fleet.run import Run
from mingjian.fleet.sqlite import SqliteJournal
from mingjian.fleet.task import CODE, Task
from mingjian.fleet.work import Scan
from mingjian.native.kept import KnownCode, leave, load
from mingjian.scan import DEFAULT_PACKS, tool_version
from tests.fleet.local.hostile_acts import CATALOGUE, TOOL, act

pytest.importorskip("mingjian._core", reason="the core is not built")

APP = Path(__file__).parents[3] / "fixtures" / "apps" / "old-target"
RUN = Run("a", "-", datetime(2026, 1, 1, tzinfo=UTC), "2026H1", DEFAULT_PACKS, tool_version(), digest(), Limits(timeout=60, cpu=60))
KEY = f"{7:064x}"


def outcomes(lake: Path, run: Run, work: Work, packages: list[Path]) -> list[Outcome]:
    lake.mkdir(exist_ok=True)
    journal = SqliteJournal(lake / "journal.sqlite3")
    journal.begin(run)
    journal.plan(run, ((place, Listing(str(package))) for place, package in enumerate(packages)))
    ended = list(Local(journal, lake, slots=1).run(run, work, Event()))
    return sorted(ended, key=lambda each: each.place)


@pytest.fixture
def packages(tmp_path: Path) -> list[Path]:
    """Four packages with the same code."""
    content = build(APP, tmp_path / "app.apk").path.read_bytes()
    made = [tmp_path / f"{place}.apk" for place in range(4)]
    for place, path in enumerate(made):
        path.write_bytes(content[:-2] + (1).to_bytes(2, "little") + b"%d" % place)
    return made


def test_equal_code_is_read_twice_and_reports_are_those_of_reading_it_each_time(
    tmp_path: Path, packages: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "_is_checked", lambda: False)
    scan = Scan(RUN.packs, RUN.limits)

    with_answers = outcomes(tmp_path / "one", RUN, scan, packages)
    without = outcomes(tmp_path / "other", replace(RUN, limits=replace(RUN.limits, reuse=False)), scan, packages)

    assert [each.verdict for each in (*with_answers, *without)] == ["ok"] * 8
    assert sorted(bool(each.code_known) for each in with_answers) == [False, False, True, True]
    assert [each.code_known for each in without] == [None] * 4
    assert len({each.sha256 for each in without}) == 4
    assert [each.sha256 for each in with_answers] == [each.sha256 for each in without]
    assert not (tmp_path / "other" / CODE).exists()


def test_answers_that_are_not_those_of_the_code_come_to_light_when_it_is_read_anew(
    tmp_path: Path, packages: list[Path], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    scan, lake = Scan(RUN.packs, RUN.limits), tmp_path / "lake"
    monkeypatch.setattr(guard, "_is_checked", lambda: False)
    honest = outcomes(lake, RUN, scan, packages[:3])
    (kept,) = (lake / CODE).glob("[0-9a-f][0-9a-f]/*")
    given = load(lake / CODE, kept.name, 1 << 30)
    assert given is not None
    leave(KnownCode(lake / CODE, tmp_path / "forged"), kept.name, {**given, "found": given["found"].replace(b'"finds":', b'"others":')})
    (tmp_path / "forged" / kept.name).replace(kept)
    monkeypatch.setattr(guard, "_is_checked", lambda: True)

    (checked,) = outcomes(lake, replace(RUN, id="b", limits=replace(RUN.limits, timeout=59)), scan, packages[3:])

    assert (checked.verdict, checked.code_known) == ("ok", False)
    assert "reads otherwise" in caplog.text
    assert not kept.exists()
    assert sorted(bool(each.code_known) for each in honest) == [False, False, True]


def _writes_where_others_look(folder: Path, task: Task) -> None:
    del folder
    assert task.kept
    (task.kept / "00").mkdir(exist_ok=True)
    (task.kept / "00" / KEY).write_bytes(b"planted")


def _leaves_answers_and_fails(folder: Path, task: Task) -> None:
    (folder / CODE).mkdir()
    (folder / CODE / KEY).write_bytes(b"planted")
    raise InputError("input.unreadable", path=task.package[0], why="-")


@pytest.mark.parametrize(("work", "verdict"), [(_writes_where_others_look, "denied"), (_leaves_answers_and_fails, "refused")])
def test_a_child_puts_nothing_where_others_look(tmp_path: Path, work: Work, verdict: str) -> None:
    (tmp_path / "app.apk").write_bytes(b"good")
    (ended,) = outcomes(tmp_path / "lake", replace(RUN, limits=replace(RUN.limits, tries=1)), work, [tmp_path / "app.apk"])
    assert ended.verdict == verdict
    assert not any(path.is_file() for path in (tmp_path / "lake" / CODE).rglob("*"))


def test_work_that_reads_no_code_says_nothing_of_it(tmp_path: Path) -> None:
    (tmp_path / "app.apk").write_bytes(b"good")
    run = replace(RUN, tool=TOOL, catalogue=CATALOGUE)
    (ended,) = outcomes(tmp_path / "lake", run, act, [tmp_path / "app.apk"])
    assert (ended.verdict, ended.code_known) == ("ok", None)
