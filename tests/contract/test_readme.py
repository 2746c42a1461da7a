"""The READMEs show what the program prints."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_both_readmes_show_the_real_output() -> None:
    if not Path(sys.executable).with_name("mingjian").exists():
        pytest.skip("the program is not installed beside this interpreter: make setup")
    found = subprocess.run([sys.executable, "tools/demo_block.py", "--check"], cwd=ROOT, env={"PYTHONPATH": str(ROOT)},
                           capture_output=True, check=False)  # fmt: skip
    assert found.returncode == 0, found.stdout.decode() + found.stderr.decode()
