"""Makes a judgement the lake's own. The raw reports get its findings, packs and clauses and keep every other byte; the tables follow."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import duckdb
import msgspec

from mingjian.lake import again, manifest, packs
from mingjian.lake.again import Judged, Judgement
from mingjian.lake.candidates import writing
from mingjian.lake.compaction import WORKING, alone, working_folder
from mingjian.lake.manifest import PACK, File, Manifest, Part
from mingjian.lake.merge import places_spool, seated
from mingjian.lake.packs import PackWriter, member
from mingjian.lake.retired import retire
from mingjian.lake.schema import TABLES
from mingjian.lake.tables import Spool, Writer, engine_faults, listed, verify
from mingjian.model.codec import DERIVED, SCHEMA, dump_report, encode, load_report
from mingjian.model.printable import printable_json
from mingjian.model.types import VERDICTS, Finding

_BATCH = 1000

Findings = list[tuple[str, str | None]]
"""Clause and finding as JSON, none where the report has it already; in the order of a report."""


@dataclass(slots=True)
class Adoption:
    """The lake as it was found, and what takes the place of its parts."""

    before: Manifest
    _new: dict[int, Part] = field(default_factory=dict)

    def replace(self, old: Part, new: Part) -> None:
        """Has `new` take the place of a part."""
        self._new[self.before.parts.index(old)] = new

    @property
    def after(self) -> Manifest:
        """The lake as it will be."""
        return Manifest(tuple(self._new.get(place, part) for place, part in enumerate(self.before.parts)))


@contextmanager
def adopting(folder: Path) -> Iterator[Adoption]:
    """Nobody else changes the lake meanwhile. At the end, unless something was raised, all that was replaced is swapped in at once; the
    files that it replaces stay for readers as they do with a compaction. Raises `TryAgainError`."""
    with alone(folder), working_folder(folder):
        adoption = Adoption(manifest.load(folder))
        yield adoption
        after = adoption.after
        if manifest.digest(after) != manifest.digest(adoption.before):
            manifest.swap(folder, after)
            retire(folder, after, ())


@dataclass(frozen=True, slots=True)
class Adopted:
    """Gives a part of the lake the findings of a judgement. What it makes is in no manifest yet."""

    folder: Path
    judgement: Judgement

    def __call__(self, work: tuple[Part, Judged]) -> Part:
        """The part as it will be; the same one where its reports say so already. Raises `InputError` for a damaged file."""
        part, judged = work
        if judged.sha256 is None:
            return part
        verify(self.folder, [part])
        with writing(self.folder, self.folder / WORKING / "-".join(again.place_of(part))) as writer:
            rows = again.relation([self.folder / judged.path(self.judgement.id)])
            copy, places = self._reports(writer, part, rows)
            pack = writer.keep(PACK, copy, part.period, part.prefix, part.rows)
            if pack == part.files[PACK]:
                return part
            tables = self._tables(writer, part, rows, lambda subjects: seated(subjects, places, pack))
            return replace(part, files={**part.files, **tables, PACK: pack})

    def _reports(self, writer: Writer, part: Part, rows: str) -> tuple[Path, Spool]:
        """A new pack with every report of the part, and where in it each lies."""
        path = self.folder / part.path(PACK)
        head = _head(self.judgement)
        copy = PackWriter(writer.working / "adopted.pack")
        places = places_spool(writer.working)
        with ExitStack() as opened:
            opened.callback(copy.close)
            opened.callback(places.close)
            old = opened.enter_context(path.open("rb"))
            judged = _by_report(writer, f"FROM ({rows}) SELECT report, clause, finding WHERE verdict IS NOT NULL")
            waiting = next(judged, None)
            for report, offset, size in _seats(writer, part):
                content = packs.member_at(old, offset, size)
                if waiting and waiting[0] == report:
                    content = member(with_findings(packs.unpacked(content, path), head, waiting[1]))
                    waiting = next(judged, None)
                at, length = copy.add(content)
                places.add({"report": report, "offset": at, "size": length})
        return copy.path, places

    def _tables(self, writer: Writer, part: Part, rows: str, seat: Callable[[str], str]) -> dict[str, File]:
        """New subjects and findings of a part; of a report that was not judged they say what they said."""
        counts = ", ".join(f"count(*) FILTER (verdict = '{verdict}')::INTEGER AS {verdict}" for verdict in VERDICTS)
        named = listed(f"{pack.id}@{pack.version}" for pack in self.judgement.packs)
        news = ", ".join(f"coalesce(new.{verdict}, old.{verdict}) AS {verdict}" for verdict in VERDICTS)
        subjects = (
            f"FROM ({writer.relation('subjects', [part])}) AS old"
            f" LEFT JOIN (FROM ({rows}) SELECT report, {counts} GROUP BY report) AS new USING (report)"
            f" SELECT old.* REPLACE ({news}, CASE WHEN new.violated IS NULL THEN old.packs ELSE {named} END AS packs)"
        )
        columns = ", ".join(TABLES["findings"])
        kept = f"FROM ({writer.relation('findings', [part])}) ANTI JOIN (FROM ({rows}) SELECT report) AS new USING (report)"
        findings = f"FROM ({rows}) SELECT {columns} WHERE verdict IS NOT NULL UNION ALL {kept} SELECT {columns}"
        made = {"subjects": seat(subjects), "findings": findings}
        files = {table: writer.table(table, part.period, part.prefix, query) for table, query in made.items()}
        return {table: file for table, file in files.items() if file}


def with_findings(document: bytes, head: Mapping[str, bytes], findings: Findings) -> bytes:
    """A report's bytes with these findings and what `head` holds in the place of what it had, laid out as `dump_report` does. Raises
    `InputError` for a report that lacks a finding it should have."""
    pieces = msgspec.json.decode(document, type=dict[str, msgspec.Raw])
    if bytes(pieces["schema"]) != json.dumps(SCHEMA).encode():
        pieces = msgspec.json.decode(dump_report(load_report(document)), type=dict[str, msgspec.Raw])
    pieces.pop(DERIVED, None)
    had = {
        msgspec.json.decode(each, type=_Clause).clause: bytes(each)
        for each in msgspec.json.decode(pieces["findings"], type=list[msgspec.Raw])
    }
    texts = [had[clause] if finding is None else _laid_out(encode(_finding(finding)), 2) for clause, finding in findings]
    new = {**head, "findings": b"[\n  " + b",\n  ".join(texts) + b"\n ]"}
    lines = [msgspec.json.encode(name) + b": " + new.get(name, bytes(piece)) for name, piece in pieces.items()]
    return b"{\n " + b",\n ".join(lines) + b"\n}\n"


class _Clause(msgspec.Struct):
    clause: str


def _finding(text: str) -> Finding:
    return msgspec.json.decode(text, type=Finding)


def _head(judgement: Judgement) -> dict[str, bytes]:
    """What every report that is judged carries alike: the packs and the words of their clauses."""
    return {"packs": _laid_out(encode(judgement.packs), 1), "clauses": _laid_out(encode(judgement.clauses), 1)}


def _laid_out(value: object, depth: int) -> bytes:
    text = msgspec.json.format(msgspec.json.encode(value), indent=1).decode()
    return printable_json(text).replace("\n", "\n" + " " * depth).encode()


def _seats(writer: Writer, part: Part) -> list[tuple[str, int, int]]:
    with engine_faults(writer.folder):
        return writer.connection.execute(
            f'FROM ({writer.relation("subjects", [part])}) SELECT report, "offset", size ORDER BY report'
        ).fetchall()


def _by_report(writer: Writer, rows: str) -> Iterator[tuple[str, Findings]]:
    """The findings of one report after the other, as they lie in the file, which is in order of key."""
    with engine_faults(writer.folder):
        cursor = writer.connection.cursor().execute(rows)
        for report, found in groupby(_fetched(cursor), itemgetter(0)):
            yield report, [(clause, finding) for _, clause, finding in found]


def _fetched(cursor: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str, str | None]]:
    while batch := cursor.fetchmany(_BATCH):
        yield from batch
