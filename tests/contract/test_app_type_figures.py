"""The figures in the documentation are those of the model that ships."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_tables_of_app_types_are_what_the_model_finds() -> None:
    found = subprocess.run([sys.executable, "tools/app_types.py", "--check"], cwd=ROOT, capture_output=True, check=False)
    assert found.returncode == 0, found.stdout.decode() + found.stderr.decode()
