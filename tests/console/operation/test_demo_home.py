"""The demonstration's folder: never a real console's, and made anew for another version of the program."""

from pathlib import Path

import pytest

from mingjian.console.operation import setup
from mingjian.errors import UsageError


def test_a_folder_with_something_else_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "console.sqlite3").write_text("a real console")
    with pytest.raises(UsageError, match="not_a_demo"):
        setup.demo_home(tmp_path)
    assert (tmp_path / "console.sqlite3").read_text() == "a real console"


def test_what_the_same_program_invented_stays(tmp_path: Path) -> None:
    folder = setup.demo_home(tmp_path / "demo")
    (folder / "console.sqlite3").write_text("invented")
    assert setup.demo_home(tmp_path / "demo") == folder
    assert (folder / "console.sqlite3").read_text() == "invented"


def test_what_another_program_invented_is_thrown_away(tmp_path: Path) -> None:
    folder = setup.demo_home(tmp_path / "demo")
    (folder / "console.sqlite3").write_text("invented")
    (folder / "demonstration").write_text("0" * 64)
    setup.demo_home(folder)
    assert [file.name for file in folder.iterdir()] == ["demonstration"]
