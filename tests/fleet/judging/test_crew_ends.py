"""How work that is spread over processes ends while one of them has only begun to start: nothing is told but what went wrong."""

import os
import signal
import time
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from mingjian.errors import InputError
from mingjian.fleet.crew import spread

LONG = 20.0
"""Seconds that nothing here should take."""


class Failing:
    """Work that fails at once in the first process, which takes its time to end. The second one is not given it before."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._given = 0

    def __reduce__(self) -> tuple[Any, ...]:
        self._given += 1
        return (Failing if self._given == 1 else late), (self.folder,)

    def __call__(self, thing: str) -> str:
        def end(number: int, frame: FrameType | None) -> None:
            del number, frame
            (self.folder / "ending").touch()
            time.sleep(1)
            os._exit(0)

        signal.signal(signal.SIGTERM, end)
        raise InputError("lake.damaged", path=Path(thing))


def late(folder: Path) -> Failing:
    """The work as the second process is given it: not before the first one is told to end."""
    begun = time.monotonic()
    while not (folder / "ending").exists() and time.monotonic() < begun + LONG:
        time.sleep(0.01)
    (folder / "given").touch()
    return Failing(folder)


def test_a_process_that_was_still_starting_when_the_work_failed_tells_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match="bad"):
        list(spread(Failing(tmp_path), ["bad"], 2))
    assert (tmp_path / "given").exists(), "the second process was starting while the first one ended"
    assert capfd.readouterr() == ("", "")
