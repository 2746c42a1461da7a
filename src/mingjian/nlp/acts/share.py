"""What is given to others, to whom, and under what."""

from dataclasses import replace

from mingjian.nlp.acts.deeds import Deed
from mingjian.nlp.acts.inherit import deeds_of
from mingjian.nlp.acts.linking import Told, antecedents, names_data
from mingjian.nlp.acts.places import Places
from mingjian.nlp.acts.purposes_of import purposes_of
from mingjian.nlp.acts.received import received
from mingjian.nlp.acts.said import Said, specific
from mingjian.nlp.reading import Condition, Mention, Statement


def shared(places: Places, index: int, told: Told) -> list[Statement]:
    """What a sentence tells or denies to share, and the consent it promises for sharing."""
    said = places.said(index)
    found: list[Statement] = []
    acts = [deed for deed in deeds_of(places, index) if "share" in deed.verbs and not deed.relative and deed.subject == "app"]
    exempt = said.words.found("exempt", said.text)
    gets = [] if exempt else list(received(said))
    deeds = [] if exempt else [deed for deed in acts if _gives_away(places, index, deed) and not (gets and deed.inherited)]
    if deeds and (_promises_consent(said, deeds) or _excepts_consent(places, index, deeds)):
        found += _consents(places, index, deeds[0], told)
    elif not deeds and _announces_consent(said):
        terms: list[str | None] = [*dict.fromkeys(each.term for each in said.data if each.end <= _announced_until(said))]
        found += [
            Statement("consent.share", said.sentence.start, said.sentence.end, data=term, recipient=_limit(said))
            for term in terms or [None]
        ]
    for deed in deeds:
        if deed.polarity != "hollow":
            found += _statements(places, index, deed, told)
    return [*found, *(each for named, party, sure in gets for each in _received(places, index, named, (party, sure)))]


def _received(places: Places, index: int, named: tuple[Mention, ...], party: tuple[str, bool]) -> list[Statement]:
    said = places.said(index)
    purposes: list[str | None] = [*specific(list(dict.fromkeys(purpose.term for purpose in said.purposes)))]
    condition = _condition(said) or _condition_above(places, index)
    return [
        Statement(
            action="share",
            start=said.sentence.start,
            end=said.sentence.end,
            data=mention.term,
            recipient=party[0],
            purpose=purpose,
            condition=condition,
            certain=mention.certain and party[1],
        )
        for mention in named
        for purpose in purposes or [None]
    ]


def _gives_away(places: Places, index: int, deed: Deed) -> bool:
    """Whether something is given to others: "provide" alone may be anything, and sending abroad is another matter."""
    said = places.said(index)
    clause = said.cut.clauses[deed.clause]
    if said.words.found("abroad", said.text, clause.start, clause.end):
        return False
    bare = said.words.patterns["provides"].fullmatch(said.text, deed.start, deed.end) and not deed.inherited
    marked = said.words.found("given_before", said.text, clause.start, deed.start) or said.words.found("given_after", said.text, deed.end)
    if bare and not marked and places.lead(index) is None and _condition(said) != "law":
        return False
    weak = said.words.patterns["weak_share"].fullmatch(said.text, deed.start, deed.end)
    return not weak or bool(_recipients(places, index, deed, _condition(said)))


def _consents(places: Places, index: int, deed: Deed, told: Told) -> list[Statement]:
    """The consent that is promised, for the data and the recipients that are named; for sharing in general where none are. What is told to
    be shared under consent says so itself."""
    sentence = places.outline.sentences[index]
    terms: list[str | None] = [term for term, _ in _data(places, index, deed, told) if term]
    if terms and deed.polarity == "told":
        return []
    recipients: list[str | None] = [recipient for recipient, _ in _recipients(places, index, deed, None) if recipient not in _ANYBODY]
    return [
        Statement("consent.share", sentence.start, sentence.end, data=term, recipient=recipient)
        for term in terms or [None]
        for recipient in recipients or [_limit(places.said(index))]
    ]


def _limit(said: Said) -> str | None:
    """To whom a promise of consent is limited that speaks of no sharing but making public or handing the business over."""
    words = said.words
    if words.found("sharing", said.text):
        return None
    if words.found("public", said.text):
        return "party.public"
    return "party.successor" if words.found("transfers", said.text) else None


def _announced_until(said: Said) -> int:
    """Where the words end that announce consent: what is named after them may be the recipient's."""
    announced = said.words.patterns["consent_before"].search(said.text)
    return announced.end() if announced else 0


def _announces_consent(said: Said) -> bool:
    """Whether the sentence, which tells of no sharing itself, says that consent comes before it."""
    told = said.words.found("consent_before", said.text) and (said.data or said.words.found("bare", said.text))
    return bool(told) and not said.words.found("user_obtains", said.text)


def _promises_consent(said: Said, deeds: list[Deed]) -> bool:
    """Whether the sentence says that nothing is shared, or nothing before, without consent."""
    text, words = said.text, said.words
    if words.found("user_obtains", text):
        return False
    if words.found("consent_first", text) or words.found("consent_before", text):
        return True
    kept = any(deed.polarity != "told" for deed in deeds) and words.found("denial", text)
    return kept and (words.found("no_consent", text) or (words.found("exception", text) and words.found("consent", text)))


def _excepts_consent(places: Places, index: int, deeds: list[Deed]) -> bool:
    """Whether consent is an item of the cases in which alone something is shared."""
    said = places.said(index)
    excepted = all(deed.inherited and deed.polarity == "hollow" for deed in deeds)
    return excepted and said.words.found("consent", said.text) and not said.words.found("no_consent", said.text)


def _statements(places: Places, index: int, deed: Deed, told: Told) -> list[Statement]:
    said = places.said(index)
    denied = deed.polarity == "denied"
    condition = None if denied else _condition(said) or _authorised(said, deed) or _condition_above(places, index)
    recipients = _recipients(places, index, deed, condition)
    data = _data(places, index, deed, told)
    if denied and data == [(None, True)] and said.words.found("identifying", said.text, deed.end):
        return []
    purposes = (None,) if denied else purposes_of(said, deed) or (None,)
    given_to: list[tuple[str | None, bool]] = [*recipients] or [(None, True)]
    return [
        Statement(
            action="share",
            start=said.sentence.start,
            end=said.sentence.end,
            data=term,
            recipient=recipient,
            purpose=purpose,
            condition=condition,
            negated=denied,
            certain=certain and sure,
        )
        for term, certain in data
        for recipient, sure in given_to
        for purpose in purposes
    ]


def _data(places: Places, index: int, deed: Deed, told: Told) -> list[tuple[str | None, bool]]:
    """What is given: the data named in reach, else in the clause; none for personal information in general; nothing where neither is."""
    said = places.said(index)
    clause = said.cut.clauses[deed.clause]
    named = said.named(deed.reach) or said.named([(clause.start, clause.end)])
    given = [each for each in named if not any(party.start < each.end and each.start < party.end for party in said.parties)]
    if given:
        return list(dict.fromkeys((each.term, each.certain) for each in given))
    back = antecedents(places, index, told)
    if back:
        terms = dict.fromkeys(each.data for earlier in back for each in told[earlier] if names_data(each))
        return [(term, True) for term in terms]
    spans = [*deed.reach, (clause.start, clause.end)]
    return [(None, True)] if any(said.words.found("bare", said.text, start, end) for start, end in spans) else []


def _recipients(places: Places, index: int, deed: Deed, condition: Condition | None) -> list[tuple[str, bool]]:
    said = places.said(index)
    found = _named_in(said, deed)
    if said.words.patterns["entrusts"].fullmatch(said.text, deed.start, deed.end):
        found = [each for each in found if not each.term.startswith("party.")]
        return [(each.term, each.certain) for each in found] or [("party.processor", True)]
    lead = places.lead(index)
    if not found and deed.inherited and lead is not None:
        found = [each for above in deeds_of(places, lead) if "share" in above.verbs for each in _named_in(places.said(lead), above)]
    pronoun = said.words.patterns["recipient_pronoun"].search(said.text, said.cut.clauses[deed.clause].start)
    if not found and pronoun is not None:
        return [_meant(places, index, pronoun.start())]
    if not found and said.words.found("outsider", said.text, max(0, deed.start - _NEAR), min(len(said.text), deed.end + _FAR)):
        return [("party.partner", True)]
    if not found and said.words.found("public", said.text, deed.start, deed.end):
        return [("party.public", True)]
    if not found and condition == "law":
        return [("party.authority", True)]
    return list(dict.fromkeys((each.term, each.certain) for each in found))


def _meant(places: Places, index: int, start: int) -> tuple[str, bool]:
    """The party that "it" stands for: the last that is named before."""
    said = places.said(index)
    before = [each for each in said.parties if each.end <= start]
    for earlier in range(index - 1, max(-1, index - 1 - _BACK), -1):
        if before or places.outline.sentences[earlier].section != said.sentence.section:
            break
        before = list(places.said(earlier).parties)
    named = [each for each in before if each.term != "operator"]
    return (named[-1].term, named[-1].certain) if named else ("party.partner", True)


def _named_in(said: Said, deed: Deed) -> list[Mention]:
    """The parties named beside an act, those that act together with the app left out."""
    clause = said.cut.clauses[deed.clause]
    end = max((end for _, end in deed.reach), default=clause.end)
    found = []
    for mention in said.parties:
        if clause.start <= mention.start < max(end, clause.end) and said.cut.role(mention.start, mention.end) in (None, "purpose"):
            together = said.words.patterns["together"].search(said.text[clause.start : mention.start])
            together = None if said.words.patterns["between"].match(said.text, mention.end) else together
            ourselves = said.words.found("ourselves", said.text, max(0, mention.start - _POSSESSIVE), mention.end)
            if not together and not ourselves and mention.term != "operator":
                anybody = said.words.found("anybody", said.text, mention.start, mention.end)
                found.append(replace(mention, certain=True) if anybody else mention)
    return found


def _condition(said: Said) -> Condition | None:
    text, words = said.text, said.words
    consents = [
        span for span in words.spans("consent", text) if not any(at <= span[0] < end for at, end in words.spans("no_consent", text))
    ]
    if consents:
        return "separate_consent" if words.found("separate_consent", text) else "consent"
    for name, condition in _CONDITIONS:
        if words.found(name, text):
            return condition
    return None


def _authorised(said: Said, deed: Deed) -> Condition | None:
    """The consent of one who "authorises us to" act."""
    subjects = [start for start, _, who in said.cut.subjects if who == "app" and start <= deed.start]
    return "consent" if subjects and said.words.patterns["authorised"].search(said.text[: subjects[-1]]) else None


def _condition_above(places: Places, index: int) -> Condition | None:
    lead = places.lead(index)
    if lead is None or not any("share" in above.verbs for above in deeds_of(places, lead)):
        return None
    above = _condition(places.said(lead))
    return above if above in ("consent", "separate_consent") else None


_ANYBODY = ("party.partner", "party.public")

_POSSESSIVE = 4

_BACK = 3
"""How many sentences back the one may be named whom "it" stands for."""

_FAR = 200
"""How far after its verb the one may be named to whom something is given."""

_NEAR = 40
"""How far before its verb the one may be named to whom something is given."""

_CONDITIONS: tuple[tuple[str, Condition], ...] = (
    ("anonymised", "anonymised"),
    ("law", "law"),
    ("choice", "choice"),
    ("only_when", "function"),
)
