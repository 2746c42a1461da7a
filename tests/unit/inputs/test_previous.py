"""The stored report of an earlier version: what is none is refused in one line with the documented exit code."""

from dataclasses import replace
from pathlib import Path

import pytest

from mingjian.errors import InputError, UsageError
from mingjian.inputs import open_previous, refuse_stranger
from mingjian.model.codec import dump_report
from mingjian.model.types import Report, Subject, Tool

NEW = Subject("new", "android", "com.example.food", "2.10.1", "Food", None, ())
OLD = replace(NEW, id="old", version="2.9")


def test_a_stored_report_is_read_with_its_digest(tmp_path: Path) -> None:
    report = Report(Tool("1", "a", "full"), OLD, (), (), (), (), (), "2026-01-01T00:00:00+08:00")
    (tmp_path / "old.json").write_bytes(dump_report(report))
    artifact, found = open_previous(tmp_path / "old.json")
    assert found == report
    assert (artifact.kind, artifact.name, len(artifact.sha256)) == ("previous", "old.json", 64)


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04", b"[]", b'{"schema": "mingjian-report/9"}', b'{"schema": "mingjian-report/1"}', b"[" * 100_000]
)
def test_what_is_no_report_is_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "old.json").write_bytes(content)
    with pytest.raises(InputError) as raised:
        open_previous(tmp_path / "old.json")
    assert (raised.value.key, raised.value.exit_code) == ("error.not_a_report", 65)


def test_what_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        open_previous(tmp_path / "none.json")
    assert raised.value.exit_code == 65


@pytest.mark.parametrize(
    ("old", "key"),
    [
        (replace(OLD, platform="unknown"), "previous.other_platform"),
        (replace(OLD, package="com.example.other"), "previous.other_app"),
        (replace(OLD, id="new"), "previous.same"),
        (replace(OLD, version="2.11"), "previous.later"),
        (replace(OLD, version="2.10.1.1"), "previous.later"),
        (replace(OLD, version="3 beta"), "previous.later"),
    ],
)
def test_another_app_or_platform_and_a_later_version_are_refused(old: Subject, key: str) -> None:
    with pytest.raises(UsageError) as raised:
        refuse_stranger(Path("old.json"), old, NEW)
    assert (raised.value.key, raised.value.exit_code) == (key, 64)


@pytest.mark.parametrize("version", ["2.9", "2.10", "2.10.1", "2.10.1-rc", "canary", ""])
def test_an_earlier_version_and_one_without_a_number_are_taken(version: str) -> None:
    refuse_stranger(Path("old.json"), replace(OLD, version=version), NEW)
