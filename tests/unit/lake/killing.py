"""Compacts a lake in children that are killed at one file operation after the other: `python -m tests.unit.lake.killing FOLDER`.

Before every durable step (an `fsync`, a rename, a removal) one child is ended as a power cut ends it. Prints for each what became of it:
`killed`, or `whole` for the last, which had no more steps. The parent asks DuckDB nothing, for its threads do not live on in a child."""

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mingjian import lake
from tests.unit.lake.making import key, poison

STEPS = ((os, "fsync"), (Path, "replace"), (Path, "unlink"))


def main(folder: Path) -> int:
    for nth in range(1, 1000):
        place = folder / str(nth)
        shutil.copytree(folder / "old", place)
        child = os.fork()
        if not child:
            die_before(nth)
            take_in(place, folder / "staged")
            os._exit(0)
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if ended not in (0, -signal.SIGKILL):
            return 1
        print("whole" if ended == 0 else "killed", place, flush=True)
        if ended == 0:
            return 0
    return 1


def die_before(nth: int) -> None:
    """Ends this process with SIGKILL before its step number `nth`."""
    count = 0

    def counted(step: Callable[..., Any]) -> Callable[..., Any]:
        def stepping(*given: Any, **named: Any) -> Any:
            nonlocal count
            count += 1
            if count == nth:
                os.kill(os.getpid(), signal.SIGKILL)
            return step(*given, **named)

        return stepping

    for owner, name in STEPS:
        setattr(owner, name, counted(getattr(owner, name)))


def take_in(place: Path, staged: Path) -> None:
    """Takes what is staged into the lake in `place`, and one more poison row."""
    numbers = sorted(int(path.stem, 16) - int(key(0), 16) for path in staged.iterdir())
    items = [lake.Staged(key(n), staged / f"{key(n)}.json", "2026H2", [("run-1", n, {"location": f"{n}.apk"})]) for n in numbers]
    lake.compact(place, items, [poison(70)], full=True)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
