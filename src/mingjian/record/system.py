"""What the system itself writes down while an app runs, kept as it gave it: accesses that needed a permission, and the log of processes and
of what was in front."""

import re
from pathlib import Path

from mingjian.record.device import Device
from mingjian.record.journal import Journal

EVENTS = "events.txt"
"""The event log, with year and zone."""
ACCESSES, HISTORY = "appops", "appops-history"
"""The last access of each operation, to the millisecond; from Android 12 on also single accesses, by the minute in which they began."""

_SECONDS = 60.0
_MOST = 64 << 20
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d)(\d\d)")
_UNKNOWN = re.compile(rb"\s*(?:Current AppOps Service state:\s*)?(?:Error: )?Unknown (?:option|package|command)")


class SystemRecords:
    """The system's records of one app, in one folder."""

    def __init__(self, device: Device, package: str, folder: Path, journal: Journal) -> None:
        self._device = device
        self._package = package
        self._folder = folder
        self._journal = journal
        self._last: bytes | None = None
        # A version of the system that does not know an option tells what it has in other words.
        self._commands = {
            ACCESSES: (["dumpsys", "appops", "--package", package], ["cmd", "appops", "get", package]),
            HISTORY: (
                ["dumpsys", "appops", "--history", "--include-discrete", "0", "--package", package],
                ["dumpsys", "appops", "--history", "--package", package],
            ),
        }

    def keep(self, when: str) -> None:
        """The accesses so far; `when` becomes part of the names of the files."""
        for name, commands in self._commands.items():
            for command in commands:
                told = self._device.run(command, _SECONDS, _MOST).output
                if told.strip() and not _UNKNOWN.match(told):
                    (self._folder / f"{name}-{when}.txt").write_bytes(self._heading() + told)
                    break

    def _heading(self) -> bytes:
        """The lines by which answers can be read that name no app and times without a zone: which app, and when by the device's own clock,
        where it tells."""
        told = _MOMENT.fullmatch(self._device.text(["date", "+%Y-%m-%dT%H:%M:%S%z"]))
        return (f"# captured {told[1]}:{told[2]}\n" if told else "").encode() + f"# package {self._package}\n".encode()

    def follow(self) -> None:
        """The events since last time. The system keeps only the latest, so this has to be asked again and again; when events were
        dropped in between, that is noted."""
        told = self._device.run(["logcat", "-b", "events", "-v", "threadtime", "-v", "year", "-v", "zone", "-d"], _SECONDS, _MOST).output
        lines = [line for line in told.splitlines() if line and not line.startswith(b"---------")]
        if not lines:
            return
        known = len(lines) - 1 - lines[::-1].index(self._last) if self._last in lines else -1
        if self._last is not None and known < 0:
            self._journal.note("record.note.log_gaps")
        with (self._folder / EVENTS).open("ab") as file:
            file.writelines(line + b"\n" for line in lines[known + 1 :])
        self._last = lines[-1]
