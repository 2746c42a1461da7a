"""One sentence with all that is found in it, and the terms that it names."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from mingjian.nlp import lexicon
from mingjian.nlp.acts.clauses import Cut, cut
from mingjian.nlp.acts.deeds import Deed, deeds
from mingjian.nlp.acts.words import Span, Words
from mingjian.nlp.parties import parties
from mingjian.nlp.reading import Lang, Mention, Sentence


@dataclass(frozen=True)
class Said:
    """A sentence with its data, purposes and acts; offsets count within it. `passwords` go with data, and are no term of the vocabulary."""

    sentence: Sentence
    words: Words
    cut: Cut
    data: tuple[Mention, ...]
    purposes: tuple[Mention, ...]
    deeds: tuple[Deed, ...]
    passwords: tuple[Mention, ...] = ()

    @property
    def text(self) -> str:
        return self.sentence.text

    @cached_property
    def parties(self) -> tuple[Mention, ...]:
        """Who else is named."""
        return tuple(parties(self.text, self.sentence.lang))

    @cached_property
    def open_lists(self) -> tuple[Mention, ...]:
        """The words that leave a list open."""
        return tuple(lexicon.open_list(self.text, self.sentence.lang))

    @cached_property
    def owned(self) -> dict[int, tuple[str, ...]]:
        """The purposes of its acts, each act by where it begins."""
        return _owned(self)

    def named(self, reach: Iterable[Span]) -> tuple[Mention, ...]:
        """The data named in the stretches: not those of a purpose or circumstance, no permission, and no family that is spelt out."""
        spans = tuple(reach)
        inside = [
            mention
            for mention in self.data
            if any(start <= mention.start and mention.end <= end for start, end in spans)
            and self.cut.role(mention.start, mention.end) is None
        ]
        permission = self.words.patterns["permission_after"]
        return tuple(mention for mention in inside if not self.spelt_out(mention) and not permission.match(self.text, mention.end))

    def secrets(self, reach: Iterable[Span]) -> tuple[Mention, ...]:
        """The passwords named in the stretches."""
        spans = tuple(reach)
        return tuple(
            each
            for each in self.passwords
            if any(start <= each.start and each.end <= end for start, end in spans) and self.cut.role(each.start, each.end) is None
        )

    def spelt_out(self, mention: Mention) -> bool:
        """Whether the members of a family follow it in brackets, after a colon or after "such as"."""
        members = any(each.start >= mention.end and each.term.startswith(mention.term + ".") for each in self.data)
        return members and self.words.patterns["spells_out"].match(self.text, mention.end) is not None


def said(sentence: Sentence, vocabulary: Words, lead: str = "") -> Said:
    """What a sentence says. Some phrases are data only by what stands before them: for an item, the sentence that leads to it."""
    before = lead[-_BEFORE:]
    named = [
        replace(each, start=each.start - len(before), end=each.end - len(before))
        for each in lexicon.data(before + sentence.text, sentence.lang)
        if each.start >= len(before)
    ]
    secret = {each: match.end() for each in named if (match := vocabulary.patterns["secret_after"].match(sentence.text, each.end))}
    data = tuple(each for each in named if each not in secret)
    # Where the vocabulary names the password itself, nothing is left that it lacks.
    passwords = tuple(
        replace(each, term=_UNLISTED)
        for each, end in secret.items()
        if not any(each.end <= other.start and other.end <= end for other in data)
    )
    pieces = cut(sentence.text, vocabulary)
    told = deeds(pieces, vocabulary, [(mention.start, mention.end) for mention in data])
    return Said(sentence, vocabulary, pieces, data, _purposes(sentence, pieces, vocabulary, data), told, passwords)


def _purposes(sentence: Sentence, pieces: Cut, vocabulary: Words, data: tuple[Mention, ...]) -> tuple[Mention, ...]:
    """The purposes of a sentence: those of its clauses that tell why, of what the user is doing then, and of a label before a colon. Using
    the app at all is no purpose."""
    text, lang = sentence.text, sentence.lang
    found = list(lexicon.stated_purposes(text, lang))
    reasons = [Mention(each.start, each.end, _STATED) for each in pieces.stretches if each.role == "purpose"]
    for stretch in pieces.stretches:
        if stretch.role == "circumstance":
            doing = _doing(text, stretch.start, stretch.end, sentence, vocabulary)
            found += [each for each in doing if each.term != _GENERAL or not (found or reasons)]
    label = vocabulary.patterns["label"].match(text)
    if label and vocabulary.found("function_title", text, 0, label.end()):
        found += _apart(lexicon.purposes(label.group(), lang), data)
    if sentence.kind == "item" and not found:
        found += _apart(lexicon.purposes(text, lang), data)
    found += [each for reason in reasons if not _touches(reason, found) for each in _inside(text, reason, lang)]
    named = [each for each in found if each.term != _STATED]
    distinct = dict.fromkeys(each for each in found if each.term != _STATED or not _touches(each, named))
    return tuple(sorted(distinct, key=lambda each: (each.start, each.end)))


def _inside(text: str, reason: Mention, lang: Lang) -> list[Mention]:
    """The purposes that a clause which tells why names in words that are no clause of purpose themselves, else that it states one."""
    inner = [each for each in lexicon.purposes(text[reason.start : reason.end], lang) if each.term != _GENERAL]
    return [Mention(reason.start + each.start, reason.start + each.end, each.term, each.certain) for each in inner] or [reason]


def _doing(text: str, start: int, end: int, sentence: Sentence, vocabulary: Words) -> list[Mention]:
    """What the user does when something is collected: it is collected for that."""
    inner = [each for each in lexicon.purposes(text[start:end], sentence.lang) if each.term != _GENERAL]
    if not inner and vocabulary.found("names_function", text, start, end):
        return [Mention(start, end, _GENERAL)]
    return [Mention(start + each.start, start + each.end, each.term, each.certain) for each in inner]


def _apart(mentions: list[Mention], data: tuple[Mention, ...]) -> list[Mention]:
    """The purposes that are no part of a phrase for data, and say more than that a service is provided."""
    return [each for each in mentions if each.term != _GENERAL and not _touches(each, list(data))]


def _touches(mention: Mention, others: list[Mention]) -> bool:
    return any(each.start < mention.end and mention.start < each.end for each in others)


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
    return {start: specific(terms) for start, terms in owned.items()}


def _leads_to(said: Said, end: int) -> bool:
    """Whether what tells why stands before its act: "to pay, we collect", and not "we collect X to pay, and use Y"."""
    stretch = next((each for each in said.cut.stretches if each.start < end <= each.end), None)
    if stretch is None:
        return False
    if stretch.role == "circumstance":
        return True
    return said.words.patterns["purpose_first"].match(said.text, said.cut.clauses[said.cut.clause_at(stretch.start)].start) is not None


def specific(terms: list[str]) -> tuple[str, ...]:
    """Terms without `stated` where another says more."""
    named = [term for term in terms if term != "stated"]
    return tuple(named or terms)


_GENERAL = "service"
_STATED = "stated"
_UNLISTED = "other.unlisted"

_BEFORE = 40
"""How many characters of the sentence before may decide."""
