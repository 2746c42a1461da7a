"""Parts into fewer parts: which, and how. A lake that grows by small steps rewrites a report a few times in all, never with every step."""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from mingjian.errors import InputError
from mingjian.lake.files import house_faults
from mingjian.lake.manifest import PACK, File, Part, place
from mingjian.lake.packs import PackWriter, member_at
from mingjian.lake.schema import OF_REPORTS
from mingjian.lake.tables import Spool, Writer, engine_faults, quoted, scan, verify

MOST_REPORTS = 20_000
"""Reports of a part."""
FAN = 8
"""So many parts of about one size become one."""

_BATCH = 1000

_Place = tuple[str, str, int, int]
"""Report, its pack, offset and size in it."""

Merge = Callable[[Sequence[Part]], list[Part]]


def settled(parts: Sequence[Part], merge: Merge, full: bool, most: int = MOST_REPORTS) -> list[Part]:
    """The parts of one family, period and prefix after merging what is due: parts of about one size as soon as there are `FAN` of them, or
    with `full` all, unless they are already as a full merge leaves them."""
    parts = sorted(parts, key=lambda part: (part.first, part.last))
    if full:
        return parts if _is_final(parts, most) else merge(parts)
    while due := _due(parts, most):
        parts = [part for part in parts if part not in due] + merge(due)
    return parts


def _is_final(parts: Sequence[Part], most: int) -> bool:
    return all(part.rows == most and part.last < after.first for part, after in pairwise(parts)) and (not parts or parts[-1].rows <= most)


def _due(parts: Sequence[Part], most: int) -> list[Part]:
    """The smallest parts that are due; none of those that have grown up."""
    sizes = defaultdict(list)
    for part in parts:
        if part.rows * 2 < most:
            sizes[int(math.log(part.rows, FAN))].append(part)
    return next((sizes[size] for size in sorted(sizes) if len(sizes[size]) >= FAN), [])


@dataclass(frozen=True, slots=True)
class Reports:
    """Merges parts of reports into parts of at most `most`, in order of key."""

    writer: Writer
    most: int = MOST_REPORTS

    def merge(self, parts: Sequence[Part], newer: Sequence[Part] = ()) -> list[Part]:
        """One report for each key: that of `newer` where both have one. Raises `InputError` for a file that is damaged."""
        verify(self.writer.folder, [*parts, *newer])
        merged = []
        chunk: list[_Place] = []
        cursor = self.writer.connection.cursor()
        with engine_faults(self.writer.folder):
            found = cursor.execute(f'FROM ({self._rows("subjects", parts, newer)}) SELECT report, pack, "offset", size ORDER BY report')
            while rows := found.fetchmany(min(_BATCH, self.most - len(chunk))):
                chunk += rows
                if len(chunk) == self.most:
                    merged.append(self._part(chunk, parts, newer))
                    chunk = []
        if chunk:
            merged.append(self._part(chunk, parts, newer))
        cursor.close()
        return merged

    def _rows(self, table: str, parts: Sequence[Part], newer: Sequence[Part]) -> str:
        older = self.writer.relation(table, parts)
        if not newer:
            return older
        known = self.writer.relation("subjects", newer)
        return f"FROM ({older}) WHERE report NOT IN (FROM ({known}) SELECT report) UNION ALL {self.writer.relation(table, newer)}"

    def _part(self, chunk: Sequence[_Place], parts: Sequence[Part], newer: Sequence[Part]) -> Part:
        writer = self.writer
        period, prefix = parts[0].period, parts[0].prefix
        copy, places = self._copied(chunk, {part.files[PACK].sha256: writer.folder / part.path(PACK) for part in (*parts, *newer)})
        first, last = chunk[0][0], chunk[-1][0]
        files: dict[str, File] = {PACK: writer.keep(PACK, copy, period, prefix, len(chunk))}
        for table in OF_REPORTS:
            rows = f"FROM ({self._rows(table, parts, newer)}) WHERE report BETWEEN {quoted(first)} AND {quoted(last)}"
            if table == "subjects":
                rows = seated(rows, places, files[PACK])
            if file := writer.table(table, period, prefix, rows):
                files[table] = file
        return Part("reports", period, prefix, len(chunk), first, last, files)

    def _copied(self, chunk: Sequence[_Place], paths: Mapping[str, Path]) -> tuple[Path, Spool]:
        """A new pack with these reports, as they stand in the old ones, and where in it each lies."""
        with house_faults(self.writer.folder), ExitStack() as opened:
            files: dict[str, BinaryIO] = {}
            copy = PackWriter(self.writer.working / "merged.pack")
            opened.callback(copy.close)
            places = places_spool(self.writer.working)
            opened.callback(places.close)
            for report, pack, offset, size in chunk:
                if pack not in paths:
                    raise InputError("lake.damaged", path=pack)
                if pack not in files:
                    files[pack] = opened.enter_context(paths[pack].open("rb"))
                at, length = copy.add(member_at(files[pack], offset, size))
                places.add({"report": report, "offset": at, "size": length})
        return copy.path, places


def places_spool(working: Path, name: str = "places") -> Spool:
    """Where each report lies in a new pack, as `seated` reads it: `report`, `offset` and `size`."""
    return Spool(working / f"{name}.ndjson", {"report": "VARCHAR", "offset": "BIGINT", "size": "BIGINT"})


def seated(subjects: str, places: Spool, pack: File) -> str:
    """Subjects with their places in a new pack."""
    return (
        f"FROM ({subjects}) AS rows JOIN {places.query()} AS places USING (report)"
        f' SELECT rows.* REPLACE ({quoted(pack.sha256)} AS pack, places."offset" AS "offset", places.size AS size)'
    )


def listings(writer: Writer, parts: Sequence[Part]) -> list[Part]:
    """One part of all listings of these parts. Raises `InputError` for a file that is damaged."""
    verify(writer.folder, parts)
    return listings_part(writer, parts[0].period, parts[0].prefix, writer.relation("listings", parts))


def listings_part(writer: Writer, period: str, prefix: str, rows: str) -> list[Part]:
    """The part that the listings of a query make, each kept once; none when there are none."""
    file = writer.table("listings", period, prefix, f"FROM ({rows}) SELECT DISTINCT *")
    if file is None:
        return []
    path = writer.folder / place("listings", period, prefix, file.sha256)
    with engine_faults(writer.folder):
        ends = writer.connection.execute(f"FROM {scan([path])} SELECT min(report), max(report)").fetchone()
    first, last = ends or ("", "")
    return [Part("listings", period, prefix, file.rows, first, last, {"listings": file})]
