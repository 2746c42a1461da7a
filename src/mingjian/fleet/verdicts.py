"""One stored report under other packs, from its observations alone. Only what judging needs of a report is decoded, and a clause is judged
only where its finding may come out otherwise."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import msgspec

from mingjian.extract.catalogue import digest
from mingjian.extract.policy import PROPOSED
from mingjian.judge import Pack, in_force
from mingjian.judge.expr import Expr
from mingjian.judge.reads import signals_of
from mingjian.judge.rule import Rule
from mingjian.lake.candidates import JudgedReport
from mingjian.model.codec import SCHEMA, DecodeError, dump_report, load_report
from mingjian.model.types import Cap, Clause, Coverage, Finding, Hit, Observation, PackVersion, Report, Subject, Tool, Verdict
from mingjian.scan import judged, tool_version

MOST_FINDING = 4 << 20
"""Bytes of one finding. One with more reasons than that is no answer to anybody."""

_MOST_KINDS = 100
"""Kinds of reports, by the packs that judged them, of which something is kept. A lake has a few; a made one may have as many as reports."""


UNVERSIONED = "0"
"""The version of sources that run without having been installed."""


class _Had(msgspec.Struct):
    """A finding as a report has it, without its reasons."""

    clause: str
    verdict: Verdict
    hits: tuple[Hit, ...] = ()
    missing: tuple[str, ...] = ()
    capped: Cap | None = None


class _Stored(msgspec.Struct):
    """What judging needs of a report: no words of clauses, no reasons, no timeline."""

    tool: Tool
    subject: Subject
    packs: tuple[PackVersion, ...]
    coverage: tuple[Coverage, ...]
    observations: tuple[Observation, ...]
    findings: tuple[_Had, ...]
    created_at: str
    schema: str


_DECODER = msgspec.json.Decoder(_Stored)

_Meaning = tuple[tuple[Expr | None, ...], tuple[tuple[str, Expr], ...], Cap | None]


class Judge:
    """Packs that are loaded once. `known` are packs that reports may have been judged by: a finding under one of them stays as it is where
    the clause still means the same and the same program found it."""

    def __init__(self, packs: Sequence[Pack], known: Sequence[Pack]) -> None:
        self._packs = tuple(packs)
        self._known = {pack.digest: pack for pack in (*known, *packs)}
        self._program = (tool_version(), digest())
        self._same: dict[tuple[str, ...], frozenset[str]] = {}
        self._rest: dict[frozenset[str], tuple[Pack, ...]] = {}

    @cached_property
    def clauses(self) -> tuple[Clause, ...]:
        """The clauses in force, as a report carries them."""
        return tuple(rule.clause for pack in self._packs for rule in in_force(pack))

    def __call__(self, document: bytes) -> JudgedReport:
        """Raises `DecodeError` for what is no report, and `MemoryError`."""
        stored = _decoded(document)
        had = {finding.clause: finding for finding in stored.findings}
        same = self._unchanged(stored).intersection(had) if len(had) == len(stored.findings) else frozenset()
        new = {each.clause: each for each in judged(self._without(same), stored.observations, stored.coverage, stored.subject)}
        whole = {clause: msgspec.json.encode(finding).decode() for clause, finding in new.items()}
        if any(len(text) > MOST_FINDING for text in whole.values()):
            raise MemoryError
        findings = tuple(new.get(clause.id) or _kept(had[clause.id]) for clause in self.clauses)
        stamps = tuple(pack.stamp for pack in self._packs)
        report = Report(stored.tool, stored.subject, stamps, self.clauses, (), (), findings, stored.created_at)
        settled = stored.packs == stamps and tuple(map(_had, findings)) == stored.findings
        return JudgedReport(report, {clause: finding.verdict for clause, finding in had.items()}, whole, settled)

    def _without(self, clauses: frozenset[str]) -> tuple[Pack, ...]:
        """The packs without these clauses, the same ones each time, as a pack keeps what it learns from one report for the next."""
        if clauses not in self._rest:
            if len(self._rest) >= _MOST_KINDS:
                self._rest.clear()
            rest = (tuple(rule for rule in pack.rules if rule.clause.id not in clauses) for pack in self._packs)
            self._rest[clauses] = tuple(replace(pack, rules=rules) for pack, rules in zip(self._packs, rest, strict=True))
        return self._rest[clauses]

    def _unchanged(self, stored: _Stored) -> frozenset[str]:
        """The clauses whose findings judging again would only repeat. There are none where the program has no version, for nobody knows
        then whether what judged the report was this very code."""
        if (stored.tool.version, stored.tool.catalogue) != self._program or stored.tool.version == UNVERSIONED:
            return frozenset()
        digests = tuple(pack.digest for pack in stored.packs)
        if digests not in self._same:
            if len(self._same) >= _MOST_KINDS:
                self._same.clear()
            before = [self._known[digest] for digest in digests if digest in self._known]
            meant = {rule.clause.id: _meaning(rule, pack) for pack in before for rule in in_force(pack)}
            self._same[digests] = frozenset(
                rule.clause.id for pack in self._packs for rule in in_force(pack) if meant.get(rule.clause.id) == _meaning(rule, pack)
            )
        return self._same[digests]


def _decoded(document: bytes) -> _Stored:
    """Raises `DecodeError` also for a report whose observations stand in no order that a scan leaves."""
    try:
        stored = _DECODER.decode(document)
        if stored.schema != SCHEMA:
            stored = _DECODER.decode(dump_report(load_report(document)))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DecodeError("", str(error)) from error
    proposed = [item.extractor == PROPOSED for item in stored.observations]
    if proposed != sorted(proposed):
        raise DecodeError("observations", "what was proposed stands before what was found")
    return stored


def _had(finding: Finding) -> _Had:
    return _Had(finding.clause, finding.verdict, finding.hits, finding.missing, finding.capped)


def _kept(had: _Had) -> Finding:
    return Finding(had.clause, had.verdict, had.hits, had.missing, capped=had.capped)


def _meaning(rule: Rule, pack: Pack) -> _Meaning:
    """All that the finding on a clause depends on besides the report: its logic, that of every signal below it, and what caps it."""
    signals = tuple((name, pack.whens[name]) for name in sorted(signals_of(rule, pack.whens)))
    return (rule.applies_if, rule.violated_if, rule.suspected_if), signals, pack.cap(rule.clause)
