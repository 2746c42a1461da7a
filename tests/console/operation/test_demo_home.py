"""The demonstration's folder: never a real console's, and made anew for another version of the program."""

import os
import subprocess
import sys
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


@pytest.mark.parametrize(("set_by_house", "named"), [("", "privacy@example.org"), ("office@example.com", "office@example.com")])
def test_the_demonstrations_policy_names_who_answers_for_it(tmp_path: Path, set_by_house: str, named: str) -> None:
    program = (
        "from mingjian.console.operation.setup import ready; ready(demo=True); from django.conf import settings; "
        "print(settings.HOUSE != '', settings.CONTACT)"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MINGJIAN_", "DJANGO_"))}
    environment |= {"MINGJIAN_HOME": str(tmp_path)} | ({"MINGJIAN_CONTACT": set_by_house} if set_by_house else {})
    told = subprocess.run([sys.executable, "-c", program], env=environment, check=True, capture_output=True, text=True, timeout=120).stdout
    assert told.split() == ["True", named]
