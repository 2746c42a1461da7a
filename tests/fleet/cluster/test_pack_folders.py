"""A pack that is a folder is found by whoever does the work, or refused before there is a run."""

from importlib import import_module
from pathlib import Path

import pytest

from mingjian.errors import UsageError
from mingjian.scan import DEFAULT_PACKS

verbs = import_module("mingjian.cli.fleet")


class LoadedError(Exception):
    """The packs were accepted, and are told."""


@pytest.fixture(autouse=True)
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def loaded(packs: tuple[str, ...], limits: object) -> None:
        raise LoadedError(packs)

    monkeypatch.setattr(verbs, "Scan", loaded)
    monkeypatch.chdir(tmp_path)
    for folder in ("mine", "lake/mine"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "pack.yml").touch()


def packs_of(*options: str) -> tuple[str, ...]:
    with pytest.raises(LoadedError) as loaded:
        verbs.run_.main(["apps", "--lake", "lake", *options], standalone_mode=False)
    (packs,) = loaded.value.args
    return tuple(packs)


CLUSTER = ("--engine", "cluster", "--database", "postgresql://db/x")


def test_a_folder_is_kept_by_its_whole_path(tmp_path: Path) -> None:
    assert packs_of("--pack", "mine", "--pack", "cac-2019") == (str(tmp_path / "mine"), "cac-2019")
    assert packs_of() == DEFAULT_PACKS


def test_nodes_are_given_no_folder_that_they_may_not_see(tmp_path: Path) -> None:
    assert packs_of("--pack", "lake/mine", *CLUSTER) == (str(tmp_path / "lake" / "mine"),)
    assert packs_of("--pack", "cac-2019", *CLUSTER) == ("cac-2019",)
    with pytest.raises(UsageError) as refused:
        verbs.run_.main(["apps", "--lake", "lake", "--pack", "mine", *CLUSTER], standalone_mode=False)
    assert (refused.value.key, refused.value.values["path"]) == ("fleet.pack_not_shared", tmp_path / "mine")
