"""A work for children that does what the package says in its first word: what a scan of a hostile package may come to."""

import ctypes
import os
import signal
import socket
import time
from hashlib import sha256
from pathlib import Path

from mingjian.errors import InputError, UsageError
from mingjian.fleet.limits import Limits
from mingjian.fleet.task import REPORT, Task
from mingjian.model.codec import dump_report
from mingjian.model.types import Coverage, Report, Subject, Tool

ORPHAN = "mj-orphan"
NAPPING = "mj-napping"
TOOL, CATALOGUE = "0", "0" * 64
LIMITS = Limits(timeout=6, cpu=3, memory=320 << 20, output=4 << 20, files=64, processes=24)


def act(folder: Path, task: Task) -> None:
    """Does what the package's first word says, and leaves a sound report when it comes to that."""
    (package,) = task.package
    content = package.read_bytes()
    word = content.split()[0].decode()
    if word != "good":
        globals()[word](folder)
    (folder / REPORT).write_bytes(report_on(content, task.created_at))


def report_on(content: bytes, created_at: str, *rows: Coverage) -> bytes:
    """A sound report on the package of that content."""
    subject = Subject(sha256(content).hexdigest(), "android", "a.b", "1", "", None, ())
    return dump_report(Report(Tool(TOOL, CATALOGUE, "full"), subject, (), (), rows, (), (), created_at))


def segfault(folder: Path) -> None:
    ctypes.string_at(1)


def hang_with_the_lock(folder: Path) -> None:
    # PyDLL keeps the interpreter's lock: no other thread and no handler of a signal runs.
    ctypes.PyDLL(None).sleep(600)


def burn(folder: Path) -> None:
    while True:
        pass


def eat(folder: Path) -> None:
    held = []
    while True:
        held.append(bytearray(64 << 20))


def eat_together(folder: Path) -> None:
    """Four processes, none of which holds too much by itself."""
    for _ in range(4):
        if os.fork() == 0:
            held = b"x" * (120 << 20)
            time.sleep(len(held))
    time.sleep(600)


def killed(folder: Path) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fail(folder: Path) -> None:
    raise ValueError("so \x1b[2J it is " + "很长" * 1000)


def leave(folder: Path) -> None:
    os._exit(0)


def flood(folder: Path) -> None:
    with (folder / "flood").open("wb") as file:
        while True:
            file.write(b"x" * (1 << 20))


def boast(folder: Path) -> None:
    """Says that it is confined in full, after the walls were put up."""
    os.write(3, b'["full", []]\n')
    os._exit(1)


def flood_the_line(folder: Path) -> None:
    """Writes on the line without end, while files pile up beside it."""
    if os.fork() == 0:
        while True:
            os.write(3, b"x" * 512)
    litter(folder)
    time.sleep(600)


def litter(folder: Path) -> None:
    for number in range(200):
        (folder / str(number)).touch()


def multiply(folder: Path) -> None:
    for _ in range(60):
        if os.fork() == 0:
            time.sleep(600)
            os._exit(0)
    time.sleep(600)


def call_home(folder: Path) -> None:
    socket.create_connection(("127.0.0.1", 9), timeout=1)


def write_outside(folder: Path) -> None:
    (folder.parent / "input" / "more").touch()


def read_another(folder: Path) -> None:
    os.scandir(folder.parents[1])


def spin_together(folder: Path) -> None:
    """Four processes, none of which takes too much time by itself."""
    for _ in range(2):
        os.fork()
    burn(folder)


def nest(folder: Path) -> None:
    (folder / REPORT).mkdir()
    os._exit(0)


def stretch(folder: Path) -> None:
    """A report that takes no room and is large."""
    with (folder / REPORT).open("wb") as file:
        file.truncate(LIMITS.output)
    os._exit(0)


def refuse(folder: Path) -> None:
    raise InputError("input.not_a_package", path=folder / "package", why="-", looks="-")


def be_asked_wrongly(folder: Path) -> None:
    """What the settings are to blame for, and not the package."""
    raise UsageError("error.no_such_category", category="-")


def lie(folder: Path) -> None:
    (folder / REPORT).write_bytes(report_on(b"another package", "2026-01-01T08:00:00+08:00"))
    os._exit(0)


def point_elsewhere(folder: Path) -> None:
    (folder / REPORT).symlink_to("/etc/hostname")
    os._exit(0)


def balloon(folder: Path) -> None:
    """A few megabytes that take many times as many, when somebody decodes them without looking what they are."""
    (folder / REPORT).write_bytes(b'{"schema":"mingjian-report/1","findings":[' + b"[]," * 400_000 + b"[]]}")
    os._exit(0)


def crowd(folder: Path) -> None:
    """Few bytes, and a great deal of work for whoever builds what they say."""
    (folder / REPORT).write_bytes(b'{"schema":"mingjian-report/1","findings":[' + b"0," * 1_500_000 + b"0]}")
    os._exit(0)


def pipe(folder: Path) -> None:
    os.mkfifo(folder / REPORT)
    os._exit(0)


def babble(folder: Path) -> None:
    (folder / REPORT).write_bytes(b'{"schema": "mingjian-report/1", "findings": ' + b"[" * 100_000)
    os._exit(0)


def nap(folder: Path) -> None:
    ctypes.CDLL(None).prctl(15, NAPPING.encode(), 0, 0, 0)
    time.sleep(2)


def orphan(folder: Path) -> None:
    """A process that leaves the session and its parent behind."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            ctypes.CDLL(None).prctl(15, ORPHAN.encode(), 0, 0, 0)
            time.sleep(600)
        os._exit(0)
    time.sleep(0.05)


VERDICTS = {
    "good": "ok",
    "orphan": "ok",
    "segfault": "crash",
    "fail": "crash",
    "be_asked_wrongly": "crash",
    "leave": "crash",
    "boast": "crash",
    "lie": "crash",
    "babble": "crash",
    "nest": "crash",
    "stretch": "crash",
    "balloon": "crash",
    "hang_with_the_lock": "timeout",
    "burn": "timeout",
    "spin_together": "timeout",
    "eat": "memory",
    "eat_together": "memory",
    "killed": "crash",
    "flood": "limit",
    "litter": "limit",
    "crowd": "limit",
    "flood_the_line": "limit",
    "multiply": "limit",
    "call_home": "denied",
    "write_outside": "denied",
    "read_another": "denied",
    "point_elsewhere": "denied",
    "pipe": "denied",
    "refuse": "refused",
}
"""What each act comes to."""
