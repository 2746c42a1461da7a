"""What `import mingjian` offers, and what it leaves alone until it is asked for."""

import subprocess
import sys

import mingjian
from mingjian.scan import Options, scan


def test_the_function_stands_before_the_module_of_the_same_name() -> None:
    assert mingjian.scan is scan
    assert Options.__module__ == "mingjian.scan"


def test_what_scans_is_loaded_only_when_it_is_asked_for() -> None:
    asked = "import sys, mingjian; before = 'mingjian.scan' in sys.modules; mingjian.scan; print(before, 'mingjian.scan' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], capture_output=True, check=True).stdout.split() == [b"False", b"True"]
