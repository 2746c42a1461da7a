"""The figures in the documentation are those of the model that ships."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_tables_of_app_types_are_what_the_model_finds() -> None:
    command = [sys.executable, "tools/app_types.py", "--check"]
    found = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "src")))},
        capture_output=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout.decode() + found.stderr.decode()
