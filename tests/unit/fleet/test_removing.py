"""What a child left behind goes, however it was made."""

import os
from pathlib import Path

from mingjian.fleet.remove import remove


def test_folders_deeper_than_a_path_and_closed_to_their_owner_are_removed(tmp_path: Path) -> None:
    left = tmp_path / "left"
    left.mkdir()
    (left / "file").touch()
    before = Path.cwd()
    os.chdir(left)
    try:
        # 1 200 levels: more than a recursion goes down, and 60 times as long as a path may be.
        for _ in range(1200):
            Path("d" * 200).mkdir()
            os.chdir("d" * 200)
        Path("file").touch()
        Path("../" + "d" * 200).chmod(0)
    finally:
        os.chdir(before)
    remove(left)
    assert not left.exists()


def test_a_link_is_removed_and_what_it_points_to_stays(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "kept").touch()
    left = tmp_path / "left"
    left.mkdir()
    (left / "link").symlink_to(other)
    (left / "tmp").symlink_to(other / "kept")
    remove(left)
    assert not left.exists()
    assert (other / "kept").exists()


def test_what_is_not_there_is_no_fault(tmp_path: Path) -> None:
    remove(tmp_path / "nothing")
