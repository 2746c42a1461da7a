"""What a fleet tells whoever keeps its logs: one line an event, in words or in JSON. Packages, operators and addresses are not told: the
journal has them, for who may read it."""

import json
import logging
import re
import sys
from collections import Counter
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal

from mingjian.errors import MingjianError
from mingjian.fleet.journal import Job, Observer, Progress
from mingjian.fleet.outcome import GOOD, Outcome
from mingjian.fleet.run import Run
from mingjian.model.printable import printable
from mingjian.model.texts import say

Form = Literal["text", "json"]
FORMS: tuple[Form, ...] = ("text", "json")
_MOST = 2000
_SECRETS = (
    # Name and password in an address, what follows its question mark, and a password among the settings of a connection.
    (re.compile(r"(\w://)[^\s/@]+@"), r"\1"),
    (re.compile(r"(\w://[^\s?]*\?)[^\s'\"]+"), r"\1…"),
    (re.compile(r"(?i)\b(password|secret|apikey|token)=('[^']*'|\S+)"), r"\1=…"),
)

logger = logging.getLogger(__name__)


class Lines(logging.Formatter):
    """A line for each event: when, how grave, what, and its fields. A fault's traceback is not told, only what it was."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        self._form = form

    def format(self, record: logging.LogRecord) -> str:
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        what = record.getMessage()
        if record.exc_info and record.exc_info[1]:
            what = f"{what} ({type(record.exc_info[1]).__name__}: {record.exc_info[1]})"
        what = cleaned(what)
        fields: dict[str, Any] = getattr(record, "fields", {})
        if self._form == "json":
            row = {"time": when, "level": record.levelname.lower(), "logger": record.name, "event": what, **fields}
            return json.dumps(row, ensure_ascii=False)
        return " ".join((when, record.levelname, what, *(f"{name}={value}" for name, value in fields.items())))


def cleaned(text: str) -> str:
    """A text as one line that may be kept: bounded, and without what opens a door."""
    for secret, instead in _SECRETS:
        text = secret.sub(instead, text)
    return printable(" ".join(text.split()))[:_MOST]


def begin(form: Form) -> None:
    """Has everything that this process tells, ours and the libraries' warnings, written to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines(form))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("mingjian").setLevel(logging.INFO)
    # A database that is away is told of once, by us.
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)


class Told(Observer):
    """Tells of each job that this process ended or gave back."""

    def __init__(self) -> None:
        self._node = ""

    def begun(self, job: Job, node: str) -> None:
        self._node = node
        logger.info("begun", extra={"fields": {"run": job.run, "place": job.place, "tries": job.tries, "node": node}})

    def spared(self, job: Job) -> None:
        logger.info("given back", extra={"fields": {"run": job.run, "place": job.place, "node": self._node}})

    def ended(self, run: Run, outcome: Outcome) -> None:
        _ended(run.id, outcome, self._node)


class ToldRun:
    """Tells how a run goes, in place of the bar that a person sees; `code` as `progress.Shown` has it."""

    def __init__(self, run: Run, *, jobs: bool) -> None:
        self.code: Counter[bool] = Counter()
        self._run = run.id
        self._jobs = jobs
        """Whether each job is told of here, since nobody else in this process does."""

    def __enter__(self) -> "ToldRun":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Has nothing to give back."""

    def planned(self, progress: Progress) -> None:
        self._tell("planned", open=progress.open, done=progress.done, poison=progress.poison)

    def ended(self, outcome: Outcome) -> None:
        if outcome.code_known is not None:
            self.code[outcome.code_known] += 1
        if self._jobs:
            _ended(self._run, outcome, "")

    def storing(self) -> None:
        self._tell("storing")

    def stopping(self) -> None:
        """The run was told to stop."""
        self._tell("stopping")

    def waiting(self, error: MingjianError) -> None:
        """The house is at fault, and waited for."""
        logger.warning("waiting: %s", say(error.key, "en", **error.values), extra={"fields": {"run": self._run}})

    def _tell(self, event: str, **fields: object) -> None:
        logger.info(event, extra={"fields": {"run": self._run, **fields}})


def _ended(run: str, outcome: Outcome, node: str) -> None:
    fields: dict[str, object] = {"run": run, "place": outcome.place, "verdict": outcome.verdict}
    if outcome.key:
        fields["key"] = outcome.key
    if node:
        fields["node"] = node
    if outcome.known:
        fields["known"] = True
    if outcome.confined:
        fields["confined"] = outcome.confined
    if outcome.seconds:
        fields.update(seconds=outcome.seconds, cpu=outcome.cpu, memory=outcome.memory)
    logger.log(logging.INFO if outcome.verdict in GOOD else logging.WARNING, "ended", extra={"fields": fields})
