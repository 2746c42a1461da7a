"""What a report on several packs says in every format: the packs side by side, the conducts with their citations, the clauses by pack."""

from collections import Counter
from dataclasses import dataclass
from typing import get_args

from mingjian.model.citations import pack_of, place_in_words
from mingjian.model.conducts import conducts_of
from mingjian.model.texts import in_both, say
from mingjian.model.types import VERDICTS, Breach, Clause, Conduct, Finding, Nature, PackVersion, Report, Text, Verdict
from mingjian.model.words import label_in_words, observation_in_words
from mingjian.render.outline import names, rows


@dataclass(frozen=True, slots=True)
class PackRows:
    """One pack with its clauses and findings, and how many came out each way. `pack` is none for clauses of which no pack says that it has
    them, and for those of a report that needs no heading, as one pack judged."""

    pack: PackVersion | None
    rows: tuple[tuple[Clause, Finding], ...]
    counts: dict[Verdict, int]

    @property
    def informs(self) -> bool:
        """Whether it is a draft, which is not in force."""
        return self.pack is not None and self.pack.nature == "draft"


@dataclass(frozen=True, slots=True)
class Cited:
    """One clause that a conduct breaks, as a reader is told of it."""

    breach: Breach
    clause: Clause
    pack: PackVersion | None

    def law(self, lang: str) -> str:
        """Title of the pack and place in the instrument, with what public lists print for it."""
        title = self.pack.title.of(lang) if self.pack else self.clause.cites.instrument
        return say("report.cited", lang, law=title, place=self.place(lang)).strip()

    def place(self, lang: str) -> str:
        """The place in the instrument, with what public lists print for it."""
        place = place_in_words(self.clause.cites, lang)
        return place + say("report.labelled", lang, label=self.clause.label.of(lang)) if self.clause.label else place

    @property
    def informs(self) -> bool:
        """Whether it is of a draft, which is not in force."""
        return self.pack is not None and self.pack.nature == "draft"

    def why_weaker(self) -> Text | None:
        """Why the clause is only suspected; none where nothing caps it."""
        return in_both(f"capped.{self.breach.capped}") if self.breach.capped else None


@dataclass(frozen=True, slots=True)
class ShownConduct:
    """A conduct in words, with its citations in the order of the report."""

    conduct: Conduct
    words: Text
    cited: tuple[Cited, ...]


def by_pack(report: Report) -> tuple[PackRows, ...]:
    """The clauses by pack, law first, then standards, practice and drafts, each in the order of the report."""
    known = {pack.id: pack for pack in report.packs}
    groups: dict[str | None, list[tuple[Clause, Finding]]] = {pack.id: [] for pack in report.packs}
    for clause, finding in rows(report):
        of = pack_of(clause.id)
        groups.setdefault(of if of in known else None, []).append((clause, finding))
    found = [PackRows(known.get(id or ""), tuple(group), _counts(group)) for id, group in groups.items()]
    natures = get_args(Nature)
    return tuple(sorted(found, key=lambda each: natures.index(each.pack.nature) if each.pack else 0))


def conducts(report: Report) -> tuple[ShownConduct, ...]:
    """Every conduct that breaks a clause or raises a suspicion, each once."""
    known = names(report)
    clauses = {clause.id: clause for clause in report.clauses}
    packs = {pack.id: pack for pack in report.packs}
    shown = []
    for conduct in conducts_of(report):
        cited = tuple(Cited(each, clauses[each.clause], packs.get(pack_of(each.clause))) for each in conduct.breaches)
        zh, en = (_words(report, conduct, cited[0].clause, lang, known) for lang in ("zh", "en"))
        shown.append(ShownConduct(conduct, Text(zh, en), cited))
    return tuple(shown)


def totals(shown: tuple[ShownConduct, ...]) -> dict[Verdict, int]:
    """How many conducts that count came out each way."""
    found = Counter(each.conduct.verdict for each in shown if each.conduct.counts)
    return {verdict: found[verdict] for verdict in VERDICTS if found[verdict]}


def _counts(group: list[tuple[Clause, Finding]]) -> dict[Verdict, int]:
    found = Counter(finding.verdict for _, finding in group)
    return {verdict: found[verdict] for verdict in VERDICTS}


def _words(report: Report, conduct: Conduct, clause: Clause, lang: str, known: dict[str, Text]) -> str:
    if conduct.observations:
        words = observation_in_words(report.observations[conduct.observations[0]], lang, known)
        more = len(conduct.observations) - 1
        return words + (say("report.more", lang, n=more) if more else "")
    if conduct.absent:
        missing = dict.fromkeys(label_in_words(line, lang, known) for line in conduct.absent)
        return say("report.absent", lang, what=say("report.nor", lang).join(missing))
    return clause.title.of(lang)
