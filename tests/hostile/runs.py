"""Runs of the program as a user makes them, with their time and memory bounded."""

import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from mingjian.model.codec import load_report
from mingjian.model.line import format_line
from mingjian.model.types import Report

SECONDS = 10
"""Of processor time of all its processes: what an input may cost, however busy the machine is."""
PATIENCE = 120
"""By the clock, for what waits and does not work."""
MOST_BYTES = 1 << 30


@dataclass
class Run:
    """How one run ended. `code` is negative when a signal ended it; `peak` is the largest of its processes, in bytes; `seconds` of
    processor time are those of all its processes."""

    code: int
    output: bytes
    complaint: str
    peak: int
    seconds: float

    @cached_property
    def report(self) -> Report:
        return load_report(self.output)

    @property
    def permissions(self) -> set[str]:
        return {line for line in self.lines if line.startswith("declared declare")}

    @property
    def lines(self) -> set[str]:
        """The observations, how often left out: a payload that repeats the code adds places and no facts."""
        return {format_line(observation) for observation in self.report.observations}

    @property
    def verdicts(self) -> dict[str, str]:
        return {finding.clause: finding.verdict for finding in self.report.findings}

    @property
    def losses(self) -> set[tuple[str, str, str]]:
        """Channel, extractor and reason of what was not read completely."""
        rows = (row for row in self.report.coverage if row.status in ("partial", "failed"))
        return {(row.channel, row.extractor, row.reason.en if row.reason else "") for row in rows}

    def faults(self) -> list[str]:
        """What no input may do to the program."""
        found = []
        if self.code not in (0, 1, 2, 3, 65):
            found.append(f"ended with {self.code}: {self.complaint[:300]}")
        if self.peak >= MOST_BYTES:
            found.append(f"took {self.peak >> 20} MiB")
        if self.seconds >= SECONDS:
            found.append(f"worked for {self.seconds:.1f} s")
        shown = self.complaint + self.output.decode()
        # A panic that was caught names its place in our sources.
        found += [word for word in ("Traceback", "panicked", ".rs:") if word in shown]
        if self.code == 65 and (self.output or self.complaint.count("\n") != 1):
            found.append(f"65 is one line on standard error: {self.complaint!r}")
        if self.code in (0, 1, 2, 3) and self.complaint:
            found.append(f"said {self.complaint!r}")
        return found


# Starts a command and tells its peak and its processor time. What the system accounts to a process at its end still holds the
# memory of the program that started it, and the tests are large by now; this starter is small.
_STARTER = """
import os, subprocess, sys
child = subprocess.Popen(sys.argv[2:])
_, status, usage = os.wait4(child.pid, 0)
with open(sys.argv[1], "w") as peak:
    peak.write(f"{os.waitstatus_to_exitcode(status)} {usage.ru_maxrss * 1024} {usage.ru_utime + usage.ru_stime}")
"""


def scan(data: bytes) -> Run:
    """One `mingjian scan` of a package of these bytes, killed after `PATIENCE`."""
    with tempfile.TemporaryDirectory() as folder:
        package, out, err, told = (Path(folder) / name for name in ("app.apk", "out", "err", "told"))
        package.write_bytes(data)
        command = [sys.executable, "-m", "mingjian.cli", "scan", str(package), "--format", "json"]
        with out.open("wb") as output, err.open("wb") as complaint:
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _STARTER, str(told), *command],
                stdout=output,
                stderr=complaint,
                env=os.environ | {"MINGJIAN_LANG": "en"},
                start_new_session=True,
            )
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        code, peak, seconds = told.read_text().split() if told.exists() else (-signal.SIGKILL, 0, PATIENCE)
        return Run(int(code), out.read_bytes(), err.read_text(), int(peak), float(seconds))
