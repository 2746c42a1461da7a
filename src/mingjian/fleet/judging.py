"""Judges again what a lake holds, from stored observations alone. Nothing here opens a package, and nothing could: none is there."""

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType

from mingjian.errors import UsageError
from mingjian.extract.catalogue import digest
from mingjian.fleet.crew import spread
from mingjian.fleet.moment import now
from mingjian.fleet.verdicts import Judge
from mingjian.judge import Pack, in_force, load, shipped_packs
from mingjian.judge import loaded as packs_named
from mingjian.lake import again, manifest
from mingjian.lake.adoption import Adopted, adopting
from mingjian.lake.again import Judged, Judgement
from mingjian.lake.candidates import Candidates, Unit, alone, documents, units, working_of, writing
from mingjian.lake.manifest import Manifest
from mingjian.model.codec import DecodeError
from mingjian.scan import tool_version

SECONDS = 60.0
"""That one report may take. The largest that were seen take a tenth of a second."""

Tell = Callable[[int, int], None]
"""Told how many reports are done, and of how many."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be judged again: a lake, under which packs, for one half-year or all; by whom, and by how many processes."""

    folder: Path
    packs: tuple[Pack, ...]
    period: str | None = None
    by: str = ""
    processes: int = 1


def loaded(names: Sequence[str]) -> tuple[Pack, ...]:
    """The packs of these names or folders. Raises what `loaded` raises, and `UsageError` where no clause is in force."""
    packs = packs_named(names, examples=False)
    if not any(in_force(pack) for pack in packs):
        raise UsageError("fleet.judge.empty", packs=", ".join(names))
    return packs


def judge(question: Question, tell: Tell) -> Judgement:
    """The judgement, kept beside the lake's own. What was judged before under the same packs by the same program is not judged again, so
    this goes on where it was ended. Raises `InputError` for a damaged lake, `TryAgainError` for a fault of the house."""
    # Nothing is written where no lake is.
    manifest.load(question.folder)
    with alone(question.folder):
        state = manifest.load(question.folder)
        again.prune(question.folder, state)
        return _judged(question, state, tell)


def adopt(question: Question, tell: Tell) -> Judgement:
    """Makes the judgement the lake's own, all or nothing; reports that came since it was made are judged first. Raises what `judge`
    raises."""
    with alone(question.folder), adopting(question.folder) as adoption:
        judgement = _judged(question, adoption.before, tell)
        todo = [(part, judged) for part in adoption.before.parts if part.family == "reports" and (judged := judgement.of(part))]
        for (part, _), new in spread(Adopted(question.folder, judgement), todo, question.processes):
            adoption.replace(part, new)
    return judgement


def _judged(question: Question, state: Manifest, tell: Tell) -> Judgement:
    """The judgement on every unit of this state; on the disk whenever a unit is done."""
    judgement = _begun(question)
    todo = units(question.folder, state, question.period)
    wanted = {(again.place_of(unit.part), unit.listed) for unit in todo}
    judgement = replace(judgement, parts=tuple(part for part in judgement.parts if (part.place, part.listed) in wanted))
    known = {part.place for part in judgement.parts}
    waiting = [unit for unit in todo if again.place_of(unit.part) not in known]
    if waiting or not todo:
        again.save(question.folder, judgement)
    total = sum(unit.part.rows for unit in todo)
    done = total - sum(unit.part.rows for unit in waiting)
    tell(done, total)
    work = Judging(Judge(question.packs, [load(name, examples=False) for name in shipped_packs()]), judgement.id)
    for unit, judged in spread(work, waiting, question.processes):
        judgement = replace(judgement, parts=(*judgement.parts, judged))
        again.save(question.folder, judgement)
        done += unit.part.rows
        tell(done, total)
    return judgement


def _begun(question: Question) -> Judgement:
    stamps = tuple(pack.stamp for pack in question.packs)
    program, catalogue = tool_version(), digest()
    id = again.identity(stamps, program, catalogue, question.period)
    if known := again.load(question.folder, id):
        return known
    clauses = tuple(rule.clause for pack in question.packs for rule in in_force(pack))
    return Judgement(id, stamps, clauses, program, catalogue, question.period, question.by, now().isoformat())


@dataclass(frozen=True, slots=True)
class Judging:
    """The work of one process: one unit after the other, under packs that it is given once."""

    judge: Judge
    judgement: str

    def __call__(self, unit: Unit) -> Judged:
        with writing(unit.folder, working_of(self.judgement, unit)) as writer:
            candidates = Candidates(writer, self.judgement, unit)
            for key, document in documents(unit, unit.seats(writer)):
                if document is None:
                    candidates.fail(key, "unreadable")
                    continue
                try:
                    with _in_time():
                        judged = self.judge(document)
                except DecodeError:
                    candidates.fail(key, "unreadable")
                except (MemoryError, RecursionError):
                    candidates.fail(key, "memory")
                except TimeoutError:
                    candidates.fail(key, "time")
                else:
                    candidates.add(key, judged)
            return candidates.judged()


@contextmanager
def _in_time() -> Iterator[None]:
    """Ends what takes longer than a report may. Raises `TimeoutError`."""

    def late(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise TimeoutError

    signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
