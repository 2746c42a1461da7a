"""Judgements beside the lake's own: what other packs would say of the reports that are there. See docs/fleet.md, "Judging again".

A judgement lies in `judgements/<id>/`: `judgement.json` says who made it, when, and with what; a Parquet file for each pack of reports
holds a row a clause. It counts for the packs it was made of, so what a compaction writes anew is judged anew."""

import hashlib
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from mingjian.errors import InputError
from mingjian.lake.files import house_faults, make_folder, read_small, write
from mingjian.lake.manifest import PACK, Manifest, Part
from mingjian.lake.tables import quoted, scan
from mingjian.model.periods import bounds
from mingjian.model.types import Clause, PackVersion

FOLDER = "judgements"
FILE = "judgement.json"

COLUMNS: Mapping[str, str] = {
    "judgement": "VARCHAR",
    "report": "VARCHAR",
    "period": "VARCHAR",
    "package": "VARCHAR",
    "category": "VARCHAR",
    "clause": "VARCHAR",
    "verdict": "VARCHAR",
    "severity": "VARCHAR",
    "before": "VARCHAR",
    "hits": "INTEGER",
    "fingerprints": "VARCHAR[]",
    "missing": "VARCHAR[]",
    "finding": "VARCHAR",
}
"""A row of a judgement. `before` is null for a clause that the report was not judged by, `verdict` for one that these packs have not;
`finding` is the whole finding as JSON, null where it is word for word the one in the report. Rows stand in the order of the report."""

_MOST = 64 << 20
_Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
_Prefix = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]$")]
Place = tuple[str, str, str]
"""Half-year, prefix and digest of a pack."""
Fault = Literal["unreadable", "time", "memory"]


@dataclass(frozen=True, slots=True)
class Failed:
    """A report that could not be judged, and keeps the findings it has."""

    report: str
    fault: Fault


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of the reports of one pack, `of` being its digest: of all, or of those in the files of listings `listed`, by digest.
    `sha256` names the file of rows, none when there are none. `settled` reports say already what was judged."""

    of: _Digest
    period: str
    prefix: _Prefix
    reports: int
    failed: tuple[Failed, ...] = ()
    sha256: _Digest | None = None
    listed: tuple[str, ...] = ()
    settled: int = 0

    @property
    def place(self) -> Place:
        """Which part of the lake it is about."""
        return self.period, self.prefix, self.of

    def path(self, judgement: str) -> Path:
        """Where in the lake the rows lie."""
        return Path(FOLDER, judgement, f"period={self.period}", f"prefix={self.prefix}", f"{self.sha256}.parquet")


@dataclass(frozen=True, slots=True)
class Judgement:
    """One judgement: the packs and clauses that judged, the program and the catalogue that carried it out, for which half-year (none for
    all), who asked for it and when it was begun (ISO 8601)."""

    id: _Digest
    packs: tuple[PackVersion, ...]
    clauses: tuple[Clause, ...]
    program: str
    catalogue: str
    period: str | None
    by: str
    at: str
    parts: tuple[Judged, ...] = ()
    format: Literal["mingjian-judgement/1"] = "mingjian-judgement/1"

    @property
    def reports(self) -> int:
        """How many reports were judged."""
        return sum(part.reports for part in self.parts)

    @property
    def settled(self) -> bool:
        """Whether every report that could be judged says already what was judged, so that nothing is left to adopt."""
        return self.reports > 0 and all(part.settled == part.reports for part in self.parts)

    def of(self, part: Part) -> Judged | None:
        """What came of a part of the lake, where it was judged."""
        return next((each for each in self.parts if each.place == place_of(part)), None)


def place_of(part: Part) -> Place:
    """What tells a part of reports from all others: equal reports under other keys may make equal packs."""
    return part.period, part.prefix, part.files[PACK].sha256


def identity(packs: Sequence[PackVersion], program: str, catalogue: str, period: str | None) -> str:
    """The id of a judgement. Whoever asks for the same with the same program finds what was judged before."""
    return hashlib.sha256("\n".join([*(pack.digest for pack in packs), program, catalogue, period or ""]).encode()).hexdigest()


def load(folder: Path, id: str) -> Judgement | None:
    """The judgement of that id, if there is one. Raises `InputError` for a file that is damaged."""
    path = folder / FOLDER / id / FILE
    try:
        judgement = msgspec.json.decode(read_small(path, _MOST), type=Judgement)
        for part in judgement.parts:
            bounds(part.period)
    except FileNotFoundError:
        return None
    except (ValueError, RecursionError) as error:
        raise InputError("lake.damaged_judgement", path=path) from error
    if judgement.id != id:
        raise InputError("lake.damaged_judgement", path=path)
    return judgement


def save(folder: Path, judgement: Judgement) -> None:
    """Puts a judgement in the place of what was known of it. Raises `TryAgainError`."""
    place = folder / FOLDER / judgement.id
    with house_faults(place):
        make_folder(place)
    write(place / FILE, msgspec.json.encode(judgement))


def judgements(folder: Path) -> Iterator[Judgement]:
    """All of a lake, by id. Raises `InputError` for one that is damaged."""
    place = folder / FOLDER
    for entry in sorted(place.iterdir()) if place.is_dir() else ():
        if judgement := load(folder, entry.name):
            yield judgement


def prune(folder: Path, state: Manifest) -> None:
    """Removes rows that count no longer, because the lake has other packs now. Raises `TryAgainError`."""
    places = _places(state)
    for judgement in judgements(folder):
        counted = {folder / part.path(judgement.id) for part in judgement.parts if part.place in places}
        with house_faults(folder):
            if not counted:
                shutil.rmtree(folder / FOLDER / judgement.id)
                continue
            for path in (folder / FOLDER / judgement.id).rglob("*.parquet"):
                if path not in counted:
                    path.unlink()


def rows_in(folder: Path, state: Manifest) -> list[Path]:
    """The files of rows that count for this state of the lake."""
    places = _places(state)
    known = ((judgement.id, part) for judgement in judgements(folder) for part in judgement.parts)
    return [folder / part.path(id) for id, part in known if part.sha256 and part.place in places]


def _places(state: Manifest) -> set[Place]:
    return {place_of(part) for part in state.parts if PACK in part.files}


def relation(paths: Iterable[Path]) -> str:
    """A query of the rows in these files; of none where there is none."""
    paths = list(paths)
    if not paths:
        return "SELECT " + ", ".join(f'NULL::{kind} AS "{column}"' for column, kind in COLUMNS.items()) + " WHERE false"
    return f"FROM {scan(paths)} SELECT " + ", ".join(f'"{column}"::{kind} AS "{column}"' for column, kind in COLUMNS.items())


def copy_to(rows: str, path: Path) -> str:
    """The SQL that writes rows in the order in which they come. A row may hold a whole finding, so that groups of rows are small."""
    return f"COPY (FROM {rows}) TO {quoted(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480)"
