"""What a compaction is given, sorted by prefix, and the first parts that are made of it."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from mingjian.errors import InputError
from mingjian.lake import packs
from mingjian.lake.decoded import crowded, report_of
from mingjian.lake.files import house_faults
from mingjian.lake.manifest import PACK, Manifest, Part
from mingjian.lake.merge import places_spool, seated
from mingjian.lake.packs import MOST_REPORT, PackWriter, member
from mingjian.lake.rows import Poison, Staged, listing_row, poison_row, rows_of
from mingjian.lake.schema import OF_REPORTS, TABLES
from mingjian.lake.tables import Spool, Writer, engine_faults
from mingjian.model.codec import DecodeError
from mingjian.model.periods import bounds
from mingjian.model.types import Report

_KEY = re.compile(r"[0-9a-f]{64}", re.ASCII)
_JOBS = {"run": "VARCHAR", "place": "BIGINT"}


@dataclass(slots=True)
class Taken:
    """What was taken under one prefix, by period: new parts of reports, those of their keys that stand in an older part too, and rows of
    listings."""

    parts: defaultdict[str, list[Part]] = field(default_factory=lambda: defaultdict(list))
    replaced: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    listings: dict[str, Spool] = field(default_factory=dict)


class Intake:
    """Reads what is staged once, keeps it on the disk by prefix, and then takes one prefix after the other."""

    def __init__(self, writer: Writer, before: Manifest, most: int) -> None:
        self.reports = 0
        self.unreadable: list[str] = []
        self.poison: dict[str, Spool] = {}
        self.listed: dict[str, Spool] = {}
        """By period: run and place of what is listed now, which is poison no longer."""
        self._writer = writer
        self._before = before
        self._most = most
        self._staged: dict[str, Spool] = {}
        self._offers: dict[str, Spool] = {}

    def spool(self, staged: Iterable[Staged], poison: Iterable[Poison]) -> None:
        """Reads both to their end. Raises `ValueError` for a key or a period that is none, `TryAgainError` when the disk is full."""
        with house_faults(self._writer.working):
            for item in staged:
                if not _KEY.fullmatch(item.key):
                    raise ValueError(f"no key: {item.key[:80]!r}")
                bounds(item.period)
                prefix = item.key[0]
                row = {"key": item.key, "path": str(item.path) if item.path else None, "period": item.period}
                self._spool(self._staged, prefix, "staged", {"key": "VARCHAR"}).add(row)
                offers = self._spool(self._offers, prefix, "offers", TABLES["listings"])
                for listed in item.listings:
                    offers.add(listing_row(item.key, item.period, listed))
            for job in poison:
                bounds(job.period)
                self._spool(self.poison, job.period, "poison", TABLES["poison"]).add(poison_row(job))
            for spool in (*self._staged.values(), *self._offers.values(), *self.poison.values()):
                spool.close()

    def take(self, prefix: str) -> Taken:
        """Makes parts of what is staged under a prefix. A report that the lake has with the same bytes is left as it is."""
        taken = Taken()
        if prefix not in self._staged:
            return taken
        homes = self._homes(prefix)
        drafts: dict[str, _Draft] = {}
        unreadable = set()
        with house_faults(self._writer.working):
            for key, items in _by_key(self._staged[prefix].path):
                if not self._take_report(key, items, homes.get(key), (taken, drafts)):
                    unreadable.add(key)
            self.unreadable += sorted(unreadable)
            for row in self._offers[prefix].rows():
                if row["report"] in unreadable:
                    continue
                self._spool(taken.listings, row["period"], f"listings-{prefix}", TABLES["listings"]).add(row)
                self._spool(self.listed, row["period"], "listed", _JOBS).add({"run": row["run"], "place": row["place"]})
            for period, draft in drafts.items():
                taken.parts[period].append(draft.part())
            for spool in taken.listings.values():
                spool.close()
        return taken

    def _take_report(self, key: str, items: list[dict[str, Any]], home: "_Home | None", into: "tuple[Taken, dict[str, _Draft]]") -> bool:
        """Takes the report of a key, if one is staged; false when there is none that can be read, neither staged nor in the lake."""
        taken, drafts = into
        path = next((Path(item["path"]) for item in reversed(items) if item["path"]), None)
        if path is None:
            return home is not None
        document = _document(path)
        if document is None:
            return home is not None
        content, report = document
        period = home.period if home else items[0]["period"]
        if home:
            if packs.read(home.pack, home.offset, home.size) == content:
                return True
            taken.replaced[period].append(key)
        if period not in drafts:
            drafts[period] = _Draft(self._writer, period, key[0])
        drafts[period].add(key, content, report)
        self.reports += 1
        if drafts[period].reports == self._most:
            taken.parts[period].append(drafts.pop(period).part())
        return True

    def _homes(self, prefix: str) -> "dict[str, _Home]":
        """Where the lake has the reports that are staged again under a prefix."""
        parts = {part.files[PACK].sha256: part for part in self._before.parts if part.family == "reports" and part.prefix == prefix}
        if not parts:
            return {}
        keys = f"FROM {self._staged[prefix].query()} SELECT key"
        with engine_faults(self._writer.folder):
            rows = self._writer.connection.execute(
                f'FROM ({self._writer.relation("subjects", parts.values())}) SELECT report, pack, "offset", size WHERE report IN ({keys})'
            ).fetchall()
        if strange := {pack for _, pack, _, _ in rows} - parts.keys():
            raise InputError("lake.damaged", path=min(strange))
        folder = self._writer.folder
        return {report: _Home(parts[pack].period, folder / parts[pack].path(PACK), offset, size) for report, pack, offset, size in rows}

    def _spool(self, spools: dict[str, Spool], name: str, kind: str, kinds: Any) -> Spool:
        if name not in spools:
            spools[name] = Spool(self._writer.working / f"{kind}-{name}.ndjson", kinds)
        return spools[name]


@dataclass(frozen=True, slots=True)
class _Home:
    period: str
    pack: Path
    offset: int
    size: int


class _Draft:
    """A part of reports in the making: its pack, and the rows of each table."""

    def __init__(self, writer: Writer, period: str, prefix: str) -> None:
        self._writer, self._period, self._prefix = writer, period, prefix
        self._keys: list[str] = []
        self._pack = PackWriter(writer.working / f"draft-{period}.pack")
        self._places = places_spool(writer.working, f"draft-{period}-places")
        self._spools = {table: Spool(writer.working / f"draft-{period}-{table}.ndjson", TABLES[table]) for table in OF_REPORTS}

    @property
    def reports(self) -> int:
        return len(self._keys)

    def add(self, key: str, content: bytes, report: Report) -> None:
        offset, size = self._pack.add(member(content))
        self._keys.append(key)
        self._places.add({"report": key, "offset": offset, "size": size})
        for table, rows in rows_of(key, self._period, report).items():
            for row in rows:
                self._spools[table].add(row)

    def part(self) -> Part:
        """The finished part."""
        self._pack.close()
        for spool in (self._places, *self._spools.values()):
            spool.close()
        pack = self._writer.keep(PACK, self._pack.path, self._period, self._prefix, self.reports)
        files = {PACK: pack}
        for table, spool in self._spools.items():
            rows = f"FROM {spool.query()}"
            file = self._writer.table(table, self._period, self._prefix, seated(rows, self._places, pack) if table == "subjects" else rows)
            if file:
                files[table] = file
        return Part("reports", self._period, self._prefix, self.reports, self._keys[0], self._keys[-1], files)


def _by_key(path: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The lines of a spool by key, in order of key and then of their coming; in memory are the keys alone."""
    index = []
    with path.open("rb") as file:
        offset = 0
        for line in file:
            index.append((json.loads(line)["key"], offset))
            offset += len(line)
        index.sort()
        for key, offsets in groupby(index, itemgetter(0)):
            yield key, [_line(file, offset) for _, offset in offsets]


def _line(file: Any, offset: int) -> dict[str, Any]:
    file.seek(offset)
    row: dict[str, Any] = json.loads(file.readline())
    return row


def _document(path: Path) -> tuple[bytes, Report] | None:
    """A staged report and its bytes; none when it is gone, too large, has more entries than one may have, or is no report."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_REPORT + 1)
        return None if len(content) > MOST_REPORT or crowded(content) else (content, report_of(content))
    except (FileNotFoundError, DecodeError):
        return None
