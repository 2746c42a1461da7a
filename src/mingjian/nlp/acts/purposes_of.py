"""Why an act is done, by its own sentence."""

from mingjian.nlp import lexicon
from mingjian.nlp.acts.deeds import Deed
from mingjian.nlp.acts.said import Said, specific


def purposes_of(said: Said, deed: Deed) -> tuple[str, ...]:
    """The purposes of one act of a sentence: those told before it hold for all acts that follow, those told after it for it, and for the
    acts before it that have none of their own. An act taken over from a title or lead has all of them."""
    if deed.inherited:
        return specific(list(dict.fromkeys(purpose.term for purpose in said.purposes)))
    owned = said.owned
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


def _same_part(said: Said, one: Deed, other: Deed) -> bool:
    return said.cut.clauses[one.clause].part == said.cut.clauses[other.clause].part
