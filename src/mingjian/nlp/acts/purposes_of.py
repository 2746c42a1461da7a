"""Why an act is done, by its own sentence."""

from mingjian.nlp import lexicon
from mingjian.nlp.acts.deeds import Deed
from mingjian.nlp.acts.said import Said


def purposes_of(said: Said, deed: Deed) -> tuple[str, ...]:
    """The purposes of one act of a sentence: those told before it hold for all acts that follow, those told after it for it, and for the
    acts before it that have none of their own. An act taken over from a title or lead has all of them."""
    if deed.inherited:
        return _specific(list(dict.fromkeys(purpose.term for purpose in said.purposes)))
    owned = _owned(said)
    own = owned.get(deed.start, ())
    if said.words.patterns["use_by"].fullmatch(said.text, deed.start, deed.end):
        return _outcome(said, deed) or own
    if own:
        return own
    if deed.verbs == ("use",):
        return _outcome(said, deed)
    later = [owned[each.start] for each in said.deeds if each.start > deed.start and each.start in owned and _same_part(said, deed, each)]
    return later[0] if later else ()


def _outcome(said: Said, deed: Deed) -> tuple[str, ...]:
    """What data are the ground for: "based on your location, we recommend …"."""
    start = max((each.end for each in said.named(deed.reach)), default=len(said.text))
    terms = [each.term for each in lexicon.purposes(said.text[start:], said.sentence.lang)]
    return tuple(dict.fromkeys(term for term in terms if term != "service"))


def _owned(said: Said) -> dict[int, tuple[str, ...]]:
    owned: dict[int, list[str]] = {}
    for purpose in said.purposes:
        clause = said.cut.clause_at(purpose.start)
        part = said.cut.clauses[clause].part
        beside = [each for each in said.deeds if said.cut.clauses[each.clause].part == part]
        deeds = [each for each in beside if not each.relative] or beside
        before = [each for each in deeds if each.start < purpose.start]
        after = [each for each in deeds if each.start >= purpose.end]
        opens = said.cut.role(purpose.start, purpose.start + 1) is not None and not [each for each in before if each.clause == clause]
        preposed = opens and after and _leads_to(said, purpose.end)
        for deed in after if preposed or not before else [before[-1]]:
            terms = owned.setdefault(deed.start, [])
            if purpose.term not in terms:
                terms.append(purpose.term)
    return {start: _specific(terms) for start, terms in owned.items()}


def _leads_to(said: Said, end: int) -> bool:
    """Whether what tells why stands before its act: "to pay, we collect", and not "we collect X to pay, and use Y"."""
    stretch = next((each for each in said.cut.stretches if each.start < end <= each.end), None)
    if stretch is None:
        return False
    if stretch.role == "circumstance":
        return True
    return said.words.patterns["purpose_first"].match(said.text, said.cut.clauses[said.cut.clause_at(stretch.start)].start) is not None


def _same_part(said: Said, one: Deed, other: Deed) -> bool:
    return said.cut.clauses[one.clause].part == said.cut.clauses[other.clause].part


def _specific(terms: list[str]) -> tuple[str, ...]:
    """Terms without `stated` where another says more."""
    named = [term for term in terms if term != "stated"]
    return tuple(named or terms)
