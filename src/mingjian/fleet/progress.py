"""How a run goes, for who waits for it: a bar on a terminal, else a line now and then."""

import sys
import time
from collections import Counter
from collections.abc import Callable
from types import TracebackType

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Bar

from mingjian.errors import MingjianError
from mingjian.fleet.journal import Progress
from mingjian.fleet.outcome import GOOD, Outcome

_EVERY = 10.0
_REFRESH = 0.25

Say = Callable[..., str]


class Shown:
    """Shows on standard error what it is told. It runs no thread, which a fork would not carry over. `say` gives texts by their keys.

    In `code` it counts the packages that were scanned by whether their code was read before; empty where that is not known here."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self.code: Counter[bool] = Counter()
        self._bar: Bar | None = None
        if sys.stderr.isatty():
            columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[pace]}"))
            self._bar = Bar(*columns, console=Console(stderr=True), transient=True, auto_refresh=False)
        self._total = self._done = self._here = self._poison = 0
        self._began = self._told = time.monotonic()

    def __enter__(self) -> "Shown":
        if self._bar:
            self._bar.start()
            self._bar.add_task(self._say("fleet.progress.planning"), total=None, pace="")
            self._bar.refresh()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Gives the terminal back."""
        if self._bar:
            self._bar.stop()

    def planned(self, progress: Progress) -> None:
        self._total = progress.open + progress.done + progress.poison
        self._done, self._poison = progress.done + progress.poison, progress.poison
        self._began = time.monotonic()
        self._show(now=True)

    def ended(self, outcome: Outcome) -> None:
        self._done += 1
        self._here += 1
        self._poison += outcome.verdict not in GOOD
        if outcome.code_known is not None:
            self.code[outcome.code_known] += 1
        self._show()

    def storing(self) -> None:
        self._line(self._say("fleet.progress.storing"))

    def waiting(self, error: MingjianError) -> None:
        """The house is at fault, and waited for."""
        self._line(self._say("fleet.progress.waiting", what=self._say(error.key, **error.values)))

    def stopping(self) -> None:
        """The run was told to stop."""
        click.echo(self._say("fleet.stopping"), err=True)

    def _show(self, *, now: bool = False) -> None:
        moment = time.monotonic()
        if not now and moment - self._told < (_REFRESH if self._bar else _EVERY):
            return
        self._told = moment
        if self._bar:
            task = self._bar.task_ids[0]
            text = self._say("fleet.progress.scanning", poison=self._poison)
            self._bar.update(task, description=text, total=self._total, completed=self._done, pace=self._pace(moment))
            self._bar.refresh()
        else:
            line = self._say("fleet.progress.line", done=self._done, total=self._total, poison=self._poison)
            pace = self._pace(moment)
            click.echo(self._say("fleet.progress.with_pace", line=line, pace=pace) if pace else line, err=True)

    def _pace(self, moment: float) -> str:
        rate = self._here / max(moment - self._began, 0.001)
        if not self._here:
            return ""
        return self._say("fleet.progress.pace", rate=f"{rate * 3600:.0f}", left=_time((self._total - self._done) / rate))

    def _line(self, text: str) -> None:
        if self._bar:
            self._bar.update(self._bar.task_ids[0], description=text, completed=self._done)
            self._bar.refresh()
        else:
            click.echo(text, err=True)


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"
