"""What is collected, used and stored."""

from mingjian.nlp.acts.deeds import Deed
from mingjian.nlp.acts.inherit import deeds_of
from mingjian.nlp.acts.places import Places
from mingjian.nlp.acts.purposes_of import purposes_of
from mingjian.nlp.acts.said import Said
from mingjian.nlp.reading import Condition, Mention, Statement


def collected(places: Places, index: int) -> list[Statement]:
    """What a sentence tells or denies to collect, use and store."""
    said = places.said(index)
    found: list[Statement] = []
    for deed in deeds_of(places, index):
        verbs = [verb for verb in deed.verbs if verb != "share"]
        if deed.polarity == "hollow" or not verbs:
            continue
        named = _named(places, index, deed)
        actors = _actors(places, index, deed)
        told = [
            statement
            for verb in (verbs if deed.subject == "app" else ["collect"])
            for actor, certain in actors
            for mention in named
            for statement in _statements(said, deed, verb, mention, (actor, certain))
        ]
        found += told
        if deed.polarity == "told" and (told or _speaks_of_information(said, deed)):
            found += _open_lists(said, deed)
    return found


def _named(places: Places, index: int, deed: Deed) -> tuple[Mention, ...]:
    """The data of an act; a list that the items spell out is left to them."""
    said = places.said(index)
    named = said.named(deed.reach) or _meant(said, deed)
    if deed.polarity == "denied":
        named += () if said.words.patterns["needs"].fullmatch(said.text, deed.start, deed.end) else said.secrets(deed.reach)
        named = tuple(
            each
            for each in named
            if not said.words.patterns["rest_objects"].search(said.text[: each.start][-_BEFORE:])
            and not said.words.patterns["describes"].match(said.text, each.end)
        )
    items = {mention.term for item in places.items(index) for mention in places.said(item).data}
    return tuple(each for each in named if not any(term.startswith(each.term + ".") for term in items))


def _meant(said: Said, deed: Deed) -> tuple[Mention, ...]:
    """The data that "it" means where the same sentence names them before: "if you save an address, we use it to …"."""
    if deed.inherited or not said.words.patterns["pronoun"].match(said.text[deed.end :]):
        return ()
    return tuple(each for each in said.data if each.end <= deed.start and said.cut.role(each.start, each.end) == "circumstance")


def _actors(places: Places, index: int, deed: Deed) -> list[tuple[str, bool]]:
    """Who acts, and whether that is sure: the app, or the SDKs named before the verb, else in the sentences before in the paragraph."""
    said = places.said(index)
    clause = said.cut.clauses[deed.clause]
    if deed.subject == "app" and not said.words.found("through", said.text, clause.start, deed.start):
        return [(each.term, each.certain) for each in _label(said, deed)] or [("app", True)]
    before = [each for each in _sdks(said) if each.end <= deed.start]
    named = [each for each in before if each.start >= clause.start]
    if deed.subject == "app":
        return [(each.term, each.certain) for each in named] or [("app", True)]
    named = named or before
    for earlier in range(index - 1, max(-1, index - 1 - _BACK), -1):
        if named or places.outline.sentences[earlier].section != said.sentence.section:
            break
        named = _sdks(places.said(earlier))
    return [(each.term, each.certain) for each in named]


def _label(said: Said, deed: Deed) -> list[Mention]:
    """The SDKs that a label before a colon names, where no one else is said to act: "Umeng SDK: collects the IMEI"."""
    label = said.words.patterns["label"].match(said.text)
    if label is None or deed.inherited or any(label.end() <= start < deed.start for start, _, _ in said.cut.subjects):
        return []
    return [each for each in _sdks(said) if each.end <= label.end() <= deed.start]


def _sdks(said: Said) -> list[Mention]:
    return [each for each in said.parties if each.term.startswith("sdk.")]


def _statements(said: Said, deed: Deed, verb: str, mention: Mention, actor: tuple[str, bool]) -> list[Statement]:
    denied = deed.polarity == "denied"
    start = said.sentence.start
    own = purposes_of(said, deed)
    purposes = own or (None,)
    if denied and verb != "use":
        purposes = (None,)
    elif not own and said.words.patterns["use_by"].fullmatch(said.text, deed.start, deed.end):
        return []
    # What is said not to be uploaded, or never to arrive, may be read on the phone all the same.
    kept = denied and deed.verbs == ("collect",) and said.words.patterns["uploads"].fullmatch(said.text, deed.start, deed.end)
    return [
        Statement(
            action="share" if kept else verb,
            start=start,
            end=said.sentence.end,
            data=mention.term,
            actor=actor[0],
            recipient="operator" if kept else None,
            purpose=purpose,
            phase=phase,
            condition=_condition(said, deed),
            negated=denied,
            certain=mention.certain and actor[1],
            words=(start + mention.start, start + mention.end),
        )
        for purpose in purposes
        for phase in _phases(said, deed)
    ]


def _phases(said: Said, deed: Deed) -> tuple[str | None, ...]:
    part = said.cut.clauses[deed.clause].part
    clauses = [each for each in said.cut.clauses if each.part == part]
    start, end = clauses[0].start, said.cut.clauses[deed.clause].end
    if deed.polarity == "denied" and said.words.found("before_consent", said.text, start, end):
        return ("before_consent",)
    return tuple(phase for phase in ("background", "closed") if said.words.found(phase, said.text, start, end)) or (None,)


def _condition(said: Said, deed: Deed) -> Condition | None:
    bounded = any(each.role == "circumstance" for each in said.cut.stretches) and said.words.found("only_when", said.text)
    return "function" if bounded and deed.polarity == "told" else None


def _speaks_of_information(said: Said, deed: Deed) -> bool:
    lists = not deed.inherited and said.words.patterns["listing"].match(said.text, deed.end) is not None
    return lists and any(said.words.found("bare", said.text, start, end) for start, end in deed.reach)


def _open_lists(said: Said, deed: Deed) -> list[Statement]:
    """A list that says of itself that it is not complete, with the family that it is of, where one is named."""
    start = said.sentence.start
    found = []
    for mention in said.open_lists:
        if not any(at <= mention.start < end for at, end in deed.reach) or said.cut.role(mention.start, mention.end) is not None:
            continue
        families = [each.term for each in said.data if "." not in each.term and said.spelt_out(each) and each.start < mention.end]
        found.append(
            Statement(
                "publish.catch_all",
                start,
                said.sentence.end,
                data=families[-1] if families else None,
                words=(start + mention.start, start + mention.end),
            )
        )
    return found


_BEFORE = 8
"""How many characters before a phrase may say that all the rest is meant."""

_BACK = 2
"""How many sentences back an SDK may be named."""
