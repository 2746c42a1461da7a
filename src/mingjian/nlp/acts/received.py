"""What others are told to get from the app: "the coach sees your heart rate"."""

from collections.abc import Iterator

from mingjian.nlp.acts.clauses import Clause
from mingjian.nlp.acts.said import Said
from mingjian.nlp.acts.words import Span
from mingjian.nlp.reading import Mention


def received(said: Said) -> Iterator[tuple[tuple[Mention, ...], str, bool]]:
    """The data that a third party gets by each clause that says so, with the party and whether it is surely meant."""
    for start, end, term, certain in _receivers(said) if said.data else ():
        clause = said.cut.clauses[said.cut.clause_at(start)]
        gets = said.words.patterns["gets"].match(said.text, end, clause.end)
        if gets is None or said.cut.role(start, gets.end()) is not None or _taken_back(said, clause, gets.end()):
            continue
        named = said.named([_objects(said, gets.end())])
        if named:
            yield named, term, certain


def _receivers(said: Said) -> list[tuple[int, int, str, bool]]:
    """The third parties named; the maker of code that is named beside it is none besides that code."""
    code = any(each.term.startswith("sdk.") for each in said.parties)
    known = [
        (each.start, each.end, each.term, each.certain)
        for each in said.parties
        if each.term.startswith(("party.", "company.", "program."))
        and each.term not in ("party.public", "party.authority")
        and not (code and each.term.startswith("company."))
    ]
    ends = {end for _, end, _, _ in known}
    others = [(*span, "party.partner", True) for span in said.words.spans("receivers", said.text) if span[1] not in ends]
    return sorted(known + others)[:_MOST]


def _taken_back(said: Said, clause: Clause, end: int) -> bool:
    return any(said.words.found(name, said.text, clause.start, end) for name in ("denial", "hollow"))


def _objects(said: Said, start: int) -> Span:
    """From the verb to the end of what semicolons divide, or where another begins to act."""
    part = said.cut.clauses[said.cut.clause_at(start)].part
    end = max(clause.end for clause in said.cut.clauses if clause.part == part)
    return start, next((at for at, _, _ in said.cut.subjects if start <= at < end), end)


_MOST = 20
"""How many third parties of a sentence are looked at."""
