"""The report of a child is believed when it is a plain file, sound, and speaks of the package and the run that were asked for."""

import os
from hashlib import sha256
from pathlib import Path

import pytest

from mingjian.fleet.received import NoReportError, receive
from mingjian.fleet.task import REPORT, Task
from mingjian.lake.decoded import MOST_ENTRIES
from mingjian.model.types import Coverage, Text
from tests.fleet.local.hostile_acts import CATALOGUE, TOOL, report_on

PACKAGE = b"the package"
MOMENT = "2026-01-01T08:00:00+08:00"
TASK = Task((), frozenset({sha256(PACKAGE).hexdigest()}), MOMENT, TOOL, CATALOGUE)
MOST = 1 << 20


def left(folder: Path, content: bytes) -> Path:
    (folder / REPORT).write_bytes(content)
    return folder


def test_a_sound_report_is_received_by_its_digest(tmp_path: Path) -> None:
    content = report_on(PACKAGE, MOMENT)
    received = receive(left(tmp_path, content), TASK, MOST)
    assert (received.verdict, received.sha256) == ("ok", sha256(content).hexdigest())


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        (Coverage("code", "code", "failed"), "partial"),
        (Coverage("layout", "layout", "failed"), "partial"),
        (Coverage("code", "packer", "partial", reason=Text("-", "-")), "partial"),
        (Coverage("layout", "hybrid", "partial", reason=Text("-", "-")), "ok"),
        (Coverage("policy", "inputs", "absent", reason=Text("-", "-")), "ok"),
    ],
)
def test_a_report_that_lost_what_every_package_has_is_partial(tmp_path: Path, row: Coverage, verdict: str) -> None:
    assert receive(left(tmp_path, report_on(PACKAGE, MOMENT, row)), TASK, MOST).verdict == verdict


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (report_on(b"another", MOMENT), "foreign"),
        (report_on(PACKAGE, "2026-01-02T08:00:00+08:00"), "foreign"),
        (report_on(PACKAGE, MOMENT).replace(CATALOGUE.encode(), b"1" * 64), "foreign"),
        (report_on(PACKAGE, MOMENT)[:-9], "unsound"),
        (b"[" * 200_000, "unsound"),
        (b"", "unsound"),
        (report_on(PACKAGE, MOMENT).replace(b'"observations"', b'"observation"'), "unsound"),
        (report_on(PACKAGE, MOMENT) + b" " * MOST, "output"),
    ],
)
def test_what_is_no_report_on_this_job_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    with pytest.raises(NoReportError, match=why):
        receive(left(tmp_path, content), TASK, MOST)


def test_a_report_of_more_entries_than_one_may_have_is_refused_before_it_is_built(tmp_path: Path) -> None:
    sound = report_on(PACKAGE, MOMENT)
    entries = sum(sound.count(mark) for mark in (b",", b"[", b"{"))
    crowd = sound.replace(b'"findings": []', b'"findings": [' + b"0," * (MOST_ENTRIES - entries) + b"0]")
    # Just as many as may be are looked at, and are no findings.
    for content, why in ((crowd, "unsound"), (crowd.replace(b"[0,", b"[0,0,", 1), "entries")):
        with pytest.raises(NoReportError, match=why):
            receive(left(tmp_path, content), TASK, 1 << 26)


def test_neither_a_link_nor_a_pipe_nor_a_folder_nor_a_shared_file_is_read(tmp_path: Path) -> None:
    sound = tmp_path / "sound"
    sound.write_bytes(report_on(PACKAGE, MOMENT))
    for name in ("link", "pipe", "folder", "shared", "nothing"):
        folder = tmp_path / name
        folder.mkdir()
        match name:
            case "link":
                (folder / REPORT).symlink_to(sound)
            case "pipe":
                os.mkfifo(folder / REPORT)
            case "folder":
                (folder / REPORT).mkdir()
            case "shared":
                (folder / REPORT).hardlink_to(sound)
        with pytest.raises(NoReportError):
            receive(folder, TASK, MOST)
