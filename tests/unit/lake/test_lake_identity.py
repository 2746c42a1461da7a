"""Two lakes are told apart by an id that each gets once."""

import fcntl
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

import pytest

from mingjian import lake
from mingjian.errors import InputError, TryAgainError
from mingjian.lake.compaction import alone
from mingjian.lake.manifest import identity


def test_a_lake_keeps_the_id_that_it_was_founded_with(tmp_path: Path) -> None:
    id = lake.found(tmp_path / "a")
    assert len(id) == 32
    assert [lake.found(tmp_path / "a"), identity(tmp_path / "a")] == [id, id]
    assert lake.found(tmp_path / "b") != id
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["lake.json"]


def test_where_no_lake_is_there_is_no_id_and_none_is_made(tmp_path: Path) -> None:
    assert identity(tmp_path / "nowhere") == ""
    assert not list(tmp_path.iterdir())


def test_a_lake_of_an_older_program_gets_its_id_when_it_is_next_written(tmp_path: Path) -> None:
    (tmp_path / "lake.json").write_text('{"format": "mingjian-lake/1"}\n')
    assert identity(tmp_path) == ""
    lake.compact(tmp_path)
    id = identity(tmp_path)
    assert len(id) == 32
    assert lake.found(tmp_path) == id


@pytest.mark.parametrize("older", [False, True])
def test_programs_that_find_a_lake_at_once_agree_on_its_id(tmp_path: Path, older: bool) -> None:
    if older:
        (tmp_path / "lake.json").write_text('{"format": "mingjian-lake/1"}\n')
    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(lake.found, [tmp_path] * 8))) == 1


def test_a_claim_is_on_the_file_that_has_the_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lake.json").write_text('{"format": "mingjian-lake/1"}\n')
    flock = fcntl.flock

    def late(file: IO[bytes], how: int) -> None:
        """Another program gives the lake its id after this one opened the file, and before it claims it."""
        monkeypatch.undo()
        lake.found(tmp_path)
        flock(file, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with alone(tmp_path), pytest.raises(TryAgainError, match=r"lake\.busy"), alone(tmp_path):
        pass
    with alone(tmp_path):
        pass


def test_a_file_system_without_links_holds_a_lake_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: Any) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", none)
    assert lake.found(tmp_path) == identity(tmp_path) != ""


@pytest.mark.parametrize("id", [None, 1, "x" * 32, "a" * 31, ["a" * 32]])
def test_an_id_that_is_none_is_damage(tmp_path: Path, id: Any) -> None:
    (tmp_path / "lake.json").write_text(json.dumps({"format": "mingjian-lake/1", "id": id}))
    with pytest.raises(InputError, match=r"lake\.damaged"):
        lake.found(tmp_path)
