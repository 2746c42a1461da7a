"""Packages for the tests of the cluster, made quickly: one app, each time with another digest, and some that go wrong when read."""

import mmap
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from mingjian.fleet.task import Task

WRONG = ("crash", "hang", "memory", "no-package")


def make(folder: Path, template: bytes, kinds: Sequence[str]) -> dict[str, str]:
    """A package of each kind: one of `WRONG`, or none for a good one; gives the kind of each bad one by name. `template` is an APK whose
    end has no comment: with a comment it is the same app and another file."""
    folder.mkdir()
    for place, kind in enumerate(kinds):
        comment = f"{place} {kind}".encode()
        content = b"no package %d" % place if kind == "no-package" else template[:-2] + len(comment).to_bytes(2, "little") + comment
        (folder / f"{place:04}.apk").write_bytes(content)
    return {f"{place:04}.apk": kind for place, kind in enumerate(kinds) if kind}


class Spoiled:
    """The work of a child that scans, except of packages whose comment says how they go wrong."""

    def __init__(self, scan: object) -> None:
        self._scan = scan

    def __call__(self, folder: Path, task: Task) -> None:
        match task.package[0].read_bytes()[-12:].split(b" ")[-1]:
            case b"crash":
                os.kill(os.getpid(), signal.SIGSEGV)
            case b"hang":
                time.sleep(3600)
            case b"memory":
                # Asked for and not used, so that the neighbours on a small machine keep theirs.
                held = [mmap.mmap(-1, 64 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) for _ in range(1000)]
                assert not held
        assert callable(self._scan)
        self._scan(folder, task)
