"""One pack of reports on its way to a judgement: its documents go out, rows come in, and a file of them is kept."""

import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from mingjian.errors import InputError, TryAgainError
from mingjian.lake import again, packs
from mingjian.lake.again import COLUMNS, Failed, Judged
from mingjian.lake.files import digest, house_faults, keep, make_folder
from mingjian.lake.manifest import PACK, Manifest, Part
from mingjian.lake.rows import rows_of
from mingjian.lake.tables import Spool, Writer, engine_faults, scan
from mingjian.model.types import Report, Verdict

_WORKING = "tmp"


@dataclass(frozen=True, slots=True)
class Unit:
    """The reports of one part that are to be judged: all, or those that `listings` names where the part is of another half-year."""

    folder: Path
    part: Part
    listings: tuple[Path, ...] | None = None

    @property
    def listed(self) -> tuple[str, ...]:
        """The digests of the listings, none where all reports are to be judged."""
        return tuple(path.stem for path in self.listings or ())

    def seats(self, writer: Writer) -> list[tuple[str, int, int]]:
        """Key, offset and size of each report, in order of key. Raises `InputError` for a damaged file."""
        wanted = "" if self.listings is None else f" WHERE report IN (FROM {scan(self.listings)} SELECT report)"
        with engine_faults(self.folder):
            return writer.connection.execute(
                f'FROM {scan([self.folder / self.part.path("subjects")])} SELECT report, "offset", size{wanted} ORDER BY report'
            ).fetchall()


def units(folder: Path, state: Manifest, period: str | None) -> list[Unit]:
    """The parts that hold reports of a half-year, or all: what came into the lake in it, and what a run of it lists."""
    found = []
    for part in (part for part in state.parts if part.family == "reports"):
        if period in (None, part.period):
            found.append(Unit(folder, part))
            continue
        lists = [each for each in state.parts if (each.family, each.period, each.prefix) == ("listings", period, part.prefix)]
        if lists:
            found.append(Unit(folder, part, tuple(folder / each.path("listings") for each in lists)))
    return found


def documents(unit: Unit, seats: Iterable[tuple[str, int, int]]) -> Iterator[tuple[str, bytes | None]]:
    """The raw reports with their keys; none in place of one that is damaged. Raises `InputError` when the pack is not there."""
    path = unit.folder / unit.part.path(PACK)
    try:
        with path.open("rb") as pack:
            for key, offset, size in seats:
                try:
                    yield key, packs.unpacked(packs.member_at(pack, offset, size), path)
                except InputError:
                    yield key, None
    except OSError as error:
        raise InputError("error.cannot_read", path=path, why=error.strerror or str(error)) from error


@dataclass(frozen=True, slots=True)
class JudgedReport:
    """A report with its new findings and clauses; what else it has is not asked for. `before` are the verdicts that it had by clause,
    `whole` the JSON of each finding that is not word for word an old one. `settled` says that it names these very packs already and has
    these verdicts, with these hits."""

    report: Report
    before: Mapping[str, Verdict]
    whole: Mapping[str, str]
    settled: bool


class Candidates:
    """Gathers the rows of one unit."""

    def __init__(self, writer: Writer, judgement: str, unit: Unit) -> None:
        self._writer, self._judgement, self._unit = writer, judgement, unit
        self._spool = Spool(writer.working / "candidates.ndjson", COLUMNS)
        self._reports = 0
        self._settled = 0
        self._failed: list[Failed] = []

    def add(self, key: str, judged: JudgedReport) -> None:
        """A report that was judged."""
        report, before, whole = judged.report, judged.before, judged.whole
        self._reports += 1
        self._settled += judged.settled
        rows = rows_of(key, self._unit.part.period, report)["findings"]
        for finding, row in zip(report.findings, rows, strict=True):
            self._spool.add(
                row | {"judgement": self._judgement, "before": before.get(finding.clause), "finding": whole.get(finding.clause)}
            )
        found = {finding.clause for finding in report.findings}
        for clause in (clause for clause in before if clause not in found):
            head = {name: rows[0][name] for name in ("report", "period", "package", "category")}
            self._spool.add(head | {"judgement": self._judgement, "clause": clause, "before": before[clause]})

    def fail(self, report: str, fault: again.Fault) -> None:
        """A report that could not be judged."""
        self._failed.append(Failed(report, fault))

    def judged(self) -> Judged:
        """The finished unit, its rows on the disk. Raises `TryAgainError`."""
        part = self._unit.part
        of, failed = part.files[PACK].sha256, tuple(self._failed)
        judged = Judged(of, part.period, part.prefix, self._reports, failed, listed=self._unit.listed, settled=self._settled)
        if not self._reports:
            return judged
        written = self._writer.working / "candidates.parquet"
        with engine_faults(self._writer.folder):
            self._writer.connection.execute(again.copy_to(self._spool.query(), written))
        with house_faults(self._writer.folder):
            sha256, _ = digest(written)
        judged = replace(judged, sha256=sha256)
        keep(written, self._writer.folder / judged.path(self._judgement))
        return judged


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One judging of a lake at a time; the system ends the claim of one that was killed, and what that left goes. Raises
    `TryAgainError`."""
    place = folder / again.FOLDER
    with house_faults(place):
        make_folder(place)
        claim = os.open(place, os.O_RDONLY)
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(claim)
        raise TryAgainError("fleet.judge.busy", path=folder) from error
    try:
        for left in place.glob(f"*/{_WORKING}"):
            shutil.rmtree(left, ignore_errors=True)
        yield
    finally:
        os.close(claim)


@contextmanager
def writing(folder: Path, working: Path) -> Iterator[Writer]:
    """A writer with a working folder of its own, which goes with it."""
    with house_faults(working):
        make_folder(working)
    try:
        with closing(Writer(folder, working)) as writer:
            yield writer
    finally:
        shutil.rmtree(working, ignore_errors=True)


def working_of(judgement: str, unit: Unit) -> Path:
    """Where the rows of a unit are made."""
    return unit.folder / again.FOLDER / judgement / _WORKING / "-".join(again.place_of(unit.part))
