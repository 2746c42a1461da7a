"""The steps of one job that every engine takes: bring its files, know its key, stage its report, say what came of it."""

import logging
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from mingjian.errors import InputError, MingjianError
from mingjian.fleet.fetch import fetch
from mingjian.fleet.guard import Ended
from mingjian.fleet.journal import Job, Result
from mingjian.fleet.key import key_of
from mingjian.fleet.limits import Limits
from mingjian.fleet.outcome import FINAL, GOOD, Outcome
from mingjian.fleet.run import JobState, Run
from mingjian.fleet.task import CODE, OUTPUT, REPORT, Task
from mingjian.lake.files import keep
from mingjian.model.periods import PLACE
from mingjian.model.texts import in_both
from mingjian.model.types import Text

logger = logging.getLogger(__name__)

STAGING = "staging"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A job whose files lie in its folder. `lost` says what could not be had beside the package."""

    key: str
    task: Task
    lost: tuple[Text, ...] = ()


def prepare(job: Job, run: Run, folder: Path, link: bool) -> Prepared:
    """Brings the files of a job into its new folder. Raises as `fetch` does."""
    fetched = fetch(job.listing, folder, run.limits, link=link)
    task = Task(
        package=fetched.package,
        digests=frozenset(file.sha256 for kind, file in fetched.files if kind == "package"),
        created_at=run.begun_at.astimezone(PLACE).isoformat(timespec="seconds"),
        tool=run.tool,
        catalogue=run.catalogue,
        policy=fetched.policy,
        runs=fetched.runs,
        review=fetched.review,
        category=job.listing.category,
        operator=job.listing.operator,
    )
    return Prepared(key_of(fetched, job.listing, run), task, fetched.lost)


def staged_at(lake: Path, key: str) -> Path:
    """Where the report of a key waits to be taken into the lake."""
    return lake / STAGING / key[:2] / f"{key}.json"


def stage(lake: Path, key: str, folder: Path) -> None:
    """Moves the checked report of a job's folder to its place; it is on the disk when this returns. Raises `TryAgainError`."""
    keep(folder / OUTPUT / REPORT, staged_at(lake, key))


def with_known_code(task: Task, run: Run, lake: Path) -> Task:
    """The task with the lake's answers about code, if the run wants them; the folder is there when this returns, if it can be."""
    if not run.limits.reuse:
        return task
    with suppress(OSError):
        (lake / CODE).mkdir(exist_ok=True)
    return replace(task, kept=lake / CODE)


def ended(job: Job, prepared: Prepared, end: Ended) -> Outcome:
    """The outcome of a try that a child brought to an end. `end` has a verdict."""
    assert end.verdict is not None
    spent = (end.seconds, end.cpu, end.memory)
    outcome = Outcome(job.place, end.verdict, prepared.key, end.sha256, end.reason, *spent, code_known=end.code_known)
    if end.code_disputed:
        what = "its code reads otherwise than was kept; that is withdrawn, and reports made with it should be made anew with --no-cache"
        logger.warning("run %s, job %d: %s", job.run, job.place, what)
    if end.confined:
        outcome = replace(outcome, confined=end.confined.level)
    return _with_losses(outcome, prepared)


def known(job: Job, prepared: Prepared, result: Result) -> Outcome:
    """The outcome of a job whose report was there before."""
    return _with_losses(Outcome(job.place, result.verdict, prepared.key, result.sha256, known=True), prepared)


def serves(result: Result, run: Run) -> bool:
    """Whether a report that is there is what the run would make: what was read in part is read again where there is more time for it."""
    return result.verdict == "ok" or result.timeout >= run.limits.timeout


def given_up(job: Job, outcome: Outcome) -> Outcome:
    """The outcome of a job whose key was given up before in this run, with that outcome: trying it again would change nothing."""
    return replace(outcome, place=job.place, seconds=0, cpu=0, memory=0)


def refused(job: Job, error: InputError) -> Outcome:
    """The outcome of a job whose package is not to be had."""
    return Outcome(job.place, "refused", reason=told(error))


def took_program(job: Job, tries: int) -> Outcome:
    """The outcome of a job that was begun before, at last alone, and never came to an end: it is not opened again."""
    return Outcome(job.place, "crash", reason=in_both("fleet.reason.took_program", tries=tries))


def state_after(outcome: Outcome, tries: int, limits: Limits) -> JobState:
    """What a job is after this outcome, when `tries` tries before it count."""
    if outcome.verdict in GOOD:
        return "done"
    return "poison" if outcome.verdict in FINAL or tries + 1 >= limits.tries else "open"


def told(error: MingjianError) -> Text:
    """An error in both languages."""
    return in_both(error.key, **error.values)


def _with_losses(outcome: Outcome, prepared: Prepared) -> Outcome:
    if not prepared.lost or outcome.verdict not in GOOD:
        return outcome
    reason = Text("；".join(each.zh for each in prepared.lost), "; ".join(each.en for each in prepared.lost))
    return replace(outcome, verdict="partial", reason=reason, of_report=outcome.verdict)
