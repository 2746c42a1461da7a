"""What an inspection found that a case can rest on: the hits that one person confirmed and a second countersigned."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from mingjian.console.inspections import decisions
from mingjian.console.inspections.models import Decision, Hit, Inspection
from mingjian.console.refused import RefusedError
from mingjian.judge import Pack, in_force, load, shipped_packs
from mingjian.model.printable import printable
from mingjian.model.texts import say
from mingjian.model.types import Clause, Report, Text
from mingjian.model.words import observation_in_words
from mingjian.render import outline

MOST_PROBLEMS = 200
"""Of one case; the procedure takes no more."""
_MOST_WORDS = 1500
_BETWEEN = {"zh": "：", "en": ": "}

Key = tuple[str, str]
"""A clause and a fingerprint, or the clause twice where it is told as a whole."""


@dataclass(frozen=True, slots=True)
class Found:
    """One problem before it has a case: `key` is the fingerprint, or the clause when it is told as a whole."""

    clause: str
    key: str
    words: Text

    @property
    def id(self) -> str:
        return problem_id(self.clause, self.key)

    def data(self) -> dict[str, str]:
        """As the events of a case carry it."""
        return {"id": self.id, "clause": self.clause, "key": self.key, "zh": self.words.zh, "en": self.words.en}


def problem_id(clause: str, key: str) -> str:
    """How the events of a case name a problem."""
    return f"{clause}:{key}"


def countersigned(inspection: Inspection) -> None:
    """Raises `RefusedError` unless two persons stand behind the results of the inspection."""
    if inspection.countersigned_at is None or inspection.countersigned_by_id == inspection.concluded_by_id:
        raise RefusedError("console.cases.refused.not_countersigned")


def confirmed(inspection: Inspection, report: Report | None) -> list[Found]:
    """The confirmed problems of an inspection in the order of their clauses. Where they are more than a case can hold, the clauses with
    most of them are told as a whole."""
    keys = {key for key, kind in said(inspection).items() if kind == Decision.Kind.CONFIRMED}
    hits = [hit for hit in inspection.hits.order_by("clause", "fingerprint") if (hit.clause, hit.fingerprint) in keys]
    whole = {clause for clause, key in keys if clause == key}
    counts = Counter(hit.clause for hit in hits)
    for clause, count in counts.most_common():
        if sum(counts.values()) - sum(counts[each] for each in whole) + len(whole) <= MOST_PROBLEMS or count == 1:
            break
        whole.add(clause)
    words = _Words(report)
    found = [Found(hit.clause, hit.fingerprint, words.of_hit(hit)) for hit in hits if hit.clause not in whole]
    found += [Found(clause, clause, words.of_clause(clause, counts[clause])) for clause in whole]
    return sorted(found, key=lambda each: (_order(each.clause), each.key))


def said(inspection: Inspection) -> dict[Key, str]:
    """Everything that an inspection found, with what counts of it today: the kind of a decision, or nothing."""
    found = decisions.of_everything_found(inspection)
    return {(clause, key or clause): standing.kind for (clause, key), standing in found.items()}


def clause_of(id: str, report: Report | None) -> Clause | None:
    """The clause as the report carries it, else as it ships; none when neither knows it."""
    told = {clause.id: clause for clause in report.clauses} if report else {}
    return told.get(id) or next((rule.clause for pack in _packs() for rule in in_force(pack) if rule.clause.id == id), None)


def instrument_of(clause: Clause, report: Report | None) -> Text:
    """What a reader calls the instrument that a clause is of."""
    packs = [*(report.packs if report else ()), *(pack.stamp for pack in _packs())]
    of = clause.id.rpartition("/")[0]
    return next((pack.title for pack in packs if pack.id == of), Text(clause.cites.instrument, clause.cites.instrument))


def _order(clause: str) -> tuple[object, ...]:
    pack, _, number = clause.rpartition("/")
    return pack, tuple(int(part) if part.isdecimal() else 0 for part in number.split(".")), number


@cache
def _packs() -> tuple[Pack, ...]:
    """The shipped packs, which take a second to read."""
    return tuple(map(load, shipped_packs()))


def without_title(words: str, title: str, lang: str) -> str:
    """What was found, without what the clause forbids, which stands before it in the words of a problem."""
    return words.removeprefix(title).removeprefix(_BETWEEN["zh" if lang == "zh" else "en"]) or words


class _Words:
    """What a reader is told of a problem: what the clause forbids, and what was found."""

    def __init__(self, report: Report | None) -> None:
        self._report = report
        self._names = outline.names(report) if report else {}
        self._hits = _hits_of(report)

    def of_hit(self, hit: Hit) -> Text:
        """The clause and the deciding observation of a hit."""
        return self._both(hit.clause, {lang: self._line(hit, lang) for lang in ("zh", "en")})

    def of_clause(self, clause: str, hits: int) -> Text:
        """The clause, with the number of places where that is more than one."""
        return self._both(clause, {lang: say("console.cases.places", lang, n=hits) for lang in ("zh", "en") if hits})

    def _line(self, hit: Hit, lang: str) -> str:
        found = self._hits.get((hit.clause, hit.fingerprint))
        if found is None or self._report is None or not found:
            return hit.line
        return observation_in_words(self._report.observations[found[0]], lang, self._names)

    def _both(self, clause: str, lines: Mapping[str, str]) -> Text:
        known = clause_of(clause, self._report)
        title = known.title if known else Text(clause, clause)
        zh, en = (printable(lines.get(lang, ""))[:_MOST_WORDS] for lang in ("zh", "en"))
        return Text(title.zh + _BETWEEN["zh"] + zh if zh else title.zh, title.en + _BETWEEN["en"] + en if en else title.en)


def _hits_of(report: Report | None) -> Mapping[Key, tuple[int, ...]]:
    found: defaultdict[Key, tuple[int, ...]] = defaultdict(tuple)
    for finding in report.findings if report else ():
        for hit in finding.hits:
            found[finding.clause, hit.fingerprint] = hit.observations
    return dict(found)


def observations_of(report: Report | None, keys: Iterable[Key]) -> dict[Key, tuple[int, ...]]:
    """The indices of the observations behind each problem; a clause as a whole rests on those of all its hits."""
    hits = _hits_of(report)
    whole: defaultdict[str, list[int]] = defaultdict(list)
    for (clause, _), indices in hits.items():
        whole[clause] += indices
    return {key: tuple(dict.fromkeys(whole[key[0]])) if key[0] == key[1] else hits.get(key, ()) for key in keys}
