"""Adopts a judgement in children that are killed at one file operation after the other: `python -m tests.fleet.judging.dying FOLDER ID`.

The lake is `FOLDER/old`; each child has a copy of its own. Prints for each whether it was killed or came to its end, and where."""

import os
import shutil
import signal
import sys
from pathlib import Path

from mingjian.lake import again
from mingjian.lake.adoption import Adopted, adopting
from tests.unit.lake.killing import die_before


def main(folder: Path, id: str) -> int:
    for nth in range(1, 1000):
        place = folder / str(nth)
        shutil.copytree(folder / "old", place)
        child = os.fork()
        if not child:
            die_before(nth)
            adopt(place, id)
            os._exit(0)
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if ended not in (0, -signal.SIGKILL):
            return 1
        print("whole" if ended == 0 else "killed", place, flush=True)
        if ended == 0:
            return 0
    return 1


def adopt(place: Path, id: str) -> None:
    """In this process alone."""
    judgement = again.load(place, id)
    assert judgement
    with adopting(place) as adoption:
        for part in adoption.before.parts:
            if part.family == "reports" and (judged := judgement.of(part)):
                adoption.replace(part, Adopted(place, judgement)((part, judged)))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
