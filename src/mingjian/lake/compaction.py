"""Takes staged reports into the lake. Whatever ends this at whatever point, the lake is the old one or the new one, and doing it again
changes nothing more."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from mingjian.lake import manifest
from mingjian.lake.files import house_faults, make_folder
from mingjian.lake.intake import Intake, Taken
from mingjian.lake.manifest import Manifest, Part
from mingjian.lake.merge import MOST_REPORTS, Reports, listings, listings_part, settled
from mingjian.lake.retired import retire
from mingjian.lake.rows import Poison, Staged
from mingjian.lake.tables import MEMORY, Writer, verify

WORKING = "tmp"
PREFIXES = "0123456789abcdef"
POISON = "0"
"""The prefix of all poison, which need have no key."""
MOST_LISTINGS = 1 << 62
"""A full merge leaves one file of listings for each prefix, however many there are."""


@dataclass(frozen=True, slots=True)
class Compacted:
    """What a compaction did: how many reports it took that the lake did not have with these bytes, and the keys whose report cannot be read
    or is nowhere. Those, and their listings, were left out."""

    reports: int = 0
    unreadable: tuple[str, ...] = ()


def compact(
    folder: Path,
    staged: Iterable[Staged] = (),
    poison: Iterable[Poison] = (),
    *,
    full: bool = False,
    memory: str = MEMORY,
    most: int = MOST_REPORTS,
) -> Compacted:
    """Takes reports, listings and poison rows into the lake, which it founds where none is, and merges what is due; with `full` everything,
    so that the same content always makes the same files.

    A key that the lake has keeps its period; its newer report takes the place of the older. A poison row takes the place of the one of the
    same run and place, and goes when that place is listed. Memory holds one report, and the keys of one prefix. Raises `TryAgainError`
    when the disk is full or another compaction is under way, `InputError` when a file of the lake is damaged."""
    manifest.found(folder)
    with alone(folder), working_folder(folder) as working, closing(Writer(folder, working, memory)) as writer:
        before = manifest.load(folder)
        intake = Intake(writer, before, most)
        intake.spool(staged, poison)
        parts: list[Part] = []
        for prefix in PREFIXES:
            taken = intake.take(prefix)
            parts += _of_reports(Reports(writer, most), before, prefix, taken, full)
            parts += _of_listings(writer, before, prefix, taken, full)
        parts += _of_poison(writer, before, intake)
        after = Manifest(tuple(parts))
        manifest.swap(folder, after)
        retire(folder, after, writer.made - {path for _, path, _, _ in before.files()})
    return Compacted(intake.reports, tuple(intake.unreadable))


def _of_reports(reports: Reports, before: Manifest, prefix: str, taken: Taken, full: bool) -> list[Part]:
    """The parts of reports under a prefix. An older part that holds a key which came anew is merged at once, so that none stands twice."""
    parts = []
    for period, older in _by_period(before, "reports", prefix, taken.parts).items():
        newer = taken.parts[period]
        keys = taken.replaced[period]
        touched = [part for part in older if any(part.first <= key <= part.last for key in keys)]
        if touched:
            newer = reports.merge(touched, newer)
        parts += settled([part for part in older if part not in touched] + newer, reports.merge, full, reports.most)
    return parts


def _of_listings(writer: Writer, before: Manifest, prefix: str, taken: Taken, full: bool) -> list[Part]:
    """The parts of listings under a prefix. What stands in an older part is not added again."""
    parts = []
    for period, older in _by_period(before, "listings", prefix, taken.listings).items():
        newer: list[Part] = []
        if period in taken.listings:
            known = writer.relation("listings", older)
            rows = f"FROM {taken.listings[period].query()} ANTI JOIN ({known}) AS known USING (report, run, place)"
            newer = listings_part(writer, period, prefix, rows)
        parts += settled([*older, *newer], partial(listings, writer), full, MOST_LISTINGS)
    return parts


def _of_poison(writer: Writer, before: Manifest, intake: Intake) -> list[Part]:
    """The poison rows, one part a period: those that were given, and the older ones that were neither given anew nor listed since."""
    parts = []
    for spool in intake.listed.values():
        spool.close()
    for period, older in _by_period(before, "poison", POISON, intake.poison).items():
        if period not in intake.poison and period not in intake.listed:
            parts += older
            continue
        verify(writer.folder, older)
        rows = f"FROM ({writer.relation('poison', older)})"
        if period in intake.poison:
            given = intake.poison[period].query()
            rows = f"{rows} ANTI JOIN {given} USING (run, place) UNION ALL FROM {given} SELECT DISTINCT ON (run, place) *"
        if period in intake.listed:
            rows = f"FROM ({rows}) ANTI JOIN {intake.listed[period].query()} USING (run, place)"
        if file := writer.table("poison", period, POISON, rows):
            parts.append(Part("poison", period, POISON, file.rows, "", "", {"poison": file}))
    return parts


def _by_period(before: Manifest, family: str, prefix: str, newer: Iterable[str]) -> dict[str, list[Part]]:
    """The parts of a family under a prefix by period; the periods of what is new are there too."""
    periods: dict[str, list[Part]] = {period: [] for period in newer}
    for part in before.parts:
        if (part.family, part.prefix) == (family, prefix):
            periods.setdefault(part.period, []).append(part)
    return periods


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One compaction at a time; the system ends the claim of one that was killed. Raises `TryAgainError`."""
    with manifest.claimed(folder, wait=False):
        yield


@contextmanager
def working_folder(folder: Path) -> Iterator[Path]:
    """A folder for what is not finished, empty at first and gone afterwards; what a killed compaction left in it goes too."""
    working = folder / WORKING
    with house_faults(working):
        shutil.rmtree(working, ignore_errors=True)
        make_folder(working)
        try:
            yield working
        finally:
            shutil.rmtree(working, ignore_errors=True)
