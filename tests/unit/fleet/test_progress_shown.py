"""How a run goes is told with its rate and the time that is left: in lines now and then, or in a bar on a terminal."""

import io
import sys
import threading

import pytest

from mingjian.errors import TryAgainError
from mingjian.fleet import progress as module
from mingjian.fleet.journal import Progress
from mingjian.fleet.outcome import Outcome
from mingjian.fleet.progress import Shown
from mingjian.model.texts import say


class Clock:
    """Stands still until it is set."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def english(key: str, **values: object) -> str:
    return say(key, "en", **values)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


def run(shown: Shown, clock: Clock) -> None:
    """10 jobs of which 2 were done before; 4 more in 20 seconds, one of them given up."""
    with shown:
        shown.planned(Progress(open=8, done=2, poison=0, known=0, cpu=0))
        for place in range(4):
            clock.now += 5
            shown.ended(Outcome(place, "crash" if place == 2 else "ok"))
        shown.waiting(TryAgainError("fleet.cannot_write", path="/lake", why="full"))
        shown.storing()


def test_lines_come_now_and_then_and_count_what_was_done_before_but_not_in_the_rate(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    run(Shown(english), clock)
    lines = capsys.readouterr().err.splitlines()
    # 4 in 20 seconds are 720 an hour, and the 4 that are left take 20 seconds.
    assert lines[:3] == ["2/10, 0 given up", "4/10, 0 given up; 720 an hour, 0:00:30 left", "6/10, 1 given up; 720 an hour, 0:00:20 left"]
    assert "/lake" in lines[3]
    assert len(lines) == 5


def test_a_bar_on_a_terminal_says_the_same_and_needs_no_thread(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    before = threading.active_count()
    shown = Shown(english)
    with shown:
        shown.planned(Progress(open=8, done=2, poison=0, known=0, cpu=0))
        assert threading.active_count() == before
        clock.now += 10
        shown.ended(Outcome(0, "ok"))
    assert "3/10" in terminal.getvalue()
    assert "360 an hour, 0:01:10 left" in terminal.getvalue()
