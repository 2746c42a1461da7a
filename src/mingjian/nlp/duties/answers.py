"""Where complaints go, and within what time complaints and requests are answered."""

from collections.abc import Iterator

from mingjian.nlp.durations import Duration, durations
from mingjian.nlp.duties.deeds import deeds
from mingjian.nlp.duties.scene import Scene
from mingjian.nlp.duties.vocabulary import ending, words
from mingjian.nlp.reading import Lang, Sentence, Statement


def answers(scene: Scene) -> Iterator[Statement]:
    """`answer.rights` and `answer.complaint`, each with the working days it takes at most."""
    for index, sentence in scene.each():
        if _elsewhere(scene, index):
            continue
        terms = list(_terms(scene, index, sentence))
        if not terms:
            continue
        longest = max(terms, key=lambda each: each.working_days)
        at = sentence.start + longest.start, sentence.start + longest.end
        for action in _answered(scene, index, sentence, longest):
            certain = longest.working_days <= _LAWFUL or _promised(scene, index, sentence)
            yield Statement(action, sentence.start, sentence.end, certain=certain, count=longest.working_days, words=at)


def _elsewhere(scene: Scene, index: int) -> bool:
    kept = scene.near_zone(index, "retention") and not scene.near_zone(index, "rights")
    return kept or scene.near_zone(index, "minors") or scene.near_zone(index, "cease") or scene.strangers(index)


def _terms(scene: Scene, index: int, sentence: Sentence) -> Iterator[Duration]:
    """The lengths of time within which something is answered or done."""
    lang, text = sentence.lang, sentence.text
    found = durations(text, lang)
    if not found or not _served(scene, index, text):
        return
    for each in found:
        if each.bound == "at_least" or each.recurring or each.days > _LONGEST:
            continue
        start, end = _clause(text, each)
        clause = text[start:end]
        if words(lang, "answer_not").search(clause) or ending(lang, "answer_not_before").search(text[max(0, each.start - 40) : each.start]):
            continue
        if words(lang, "answer_not_after").match(text, each.end) or _users(text, lang, start, each):
            continue
        if words(lang, "answer").search(clause):
            yield each


def _users(text: str, lang: Lang, start: int, each: Duration) -> bool:
    """Whether the time runs for the user: to restore an account, to appeal, to hand something in."""
    if words(lang, "answer_expected").search(text[slice(*_clause(text, each))]):
        return False
    if words(lang, "answer_user").search(text[start : each.start]):
        return True
    near = text[max(start, *(text.rfind(mark, start, each.start) + 1 for mark in _COMMAS)) : each.start]
    if words(lang, "answer_user_near").search(near):
        return True
    if words(lang, "company").search(near):
        return False
    return any(words(lang, name).match(text, each.end) for name in ("answer_user_after", "answer_user_act"))


def _promised(scene: Scene, index: int, sentence: Sentence) -> bool:
    """Whether the operator, and nobody else, surely answers within the time, and what it answers is named in or just above the sentence."""
    lang, text = sentence.lang, sentence.text
    if not words(lang, "answer_by_us").search(text) or words(lang, "answer_over").search(text):
        return False
    if scene.near_zone(index, "rights") or scene.near_zone(index, "contact"):
        return True
    above = [] if sentence.lead is None else [sentence.lead]
    return any(words(lang, "answer_object").search(scene.sentence(each).text) for each in (index, *above, *scene.before(index, 1)))


def _served(scene: Scene, index: int, text: str) -> bool:
    """Whether anything in or around the sentence is a request or a complaint at all."""
    lang = scene.sentence(index).lang
    return (
        words(lang, "about_rights").search(text) is not None
        or words(lang, "about_identity").search(text) is not None
        or words(lang, "about_complaint").search(text) is not None
        or scene.zone(index, "contact")
        or scene.zone(index, "rights")
        or scene.topic(index, "contact")
        or scene.topic(index, "rights")
    )


def _clause(text: str, each: Duration) -> tuple[int, int]:
    """The part of the sentence around a length of time, up to a stop or semicolon and no further than a reader looks."""
    first, last = max(0, each.start - _REACH), min(len(text), each.end + _REACH)
    starts = [text.rfind(mark, first, each.start) + 1 for mark in _STOPS]
    ends = [found for mark in _STOPS if (found := text.find(mark, each.end, last)) >= 0]
    return max(first, *starts), min(last, *ends, last)


def _answered(scene: Scene, index: int, sentence: Sentence, term: Duration) -> list[str]:
    """What the answer is to: by the objects of the sentence, else of the one before it, else by the section."""
    lang = sentence.lang
    start, _ = _clause(sentence.text, term)
    # Who must show their identity has made a request, unless the sentence speaks of complaints.
    identity = ["answer.rights"] if words(lang, "about_identity").search(sentence.text) else []
    for text in (sentence.text[start:], sentence.text, *(scene.sentence(other).text for other in _about(scene, index))):
        rights = words(lang, "about_rights").search(text) is not None
        complaint = words(lang, "about_complaint").search(text) is not None
        if rights and not complaint and scene.near_zone(index, "contact"):
            # "Your request" where questions go is whatever was asked.
            complaint = words(lang, "request_of_right").search(text) is None
        if rights or complaint:
            found = ["answer.rights"] if rights else identity
            return [*found, "answer.complaint"] if complaint else found
    if identity:
        return identity
    return ["answer.rights"] if scene.zone(index, "rights") and not scene.near_zone(index, "contact") else ["answer.complaint"]


def _about(scene: Scene, index: int) -> Iterator[int]:
    lead = scene.sentence(index).lead
    if lead is not None:
        yield lead
    if not scene.near_zone(index, "rights") or scene.near_zone(index, "contact"):
        yield from scene.before(index)


def channels(scene: Scene) -> Iterator[Statement]:
    """`complain` where a channel for complaints or questions is told, `publish.contact` where an address of the operator is."""
    for index, sentence in scene.each():
        if scene.strangers(index) or scene.near_zone(index, "minors"):
            continue
        yield from _contact(scene, index, sentence)
        if scene.has(index, "complain_none"):
            yield Statement("complain", sentence.start, sentence.end, negated=True)
            continue
        certain = _complaint(scene, index, sentence)
        if certain is not None:
            yield Statement("complain", sentence.start, sentence.end, certain=certain)


def _contact(scene: Scene, index: int, sentence: Sentence) -> Iterator[Statement]:
    for contact in scene.contacts(index):
        if contact.kind == "form" and not scene.near_zone(index, "contact"):
            continue
        if contact.kind in {"mail", "phone", "form", "post", "im"} and not scene.has(index, "complain_elsewhere"):
            at = sentence.start + contact.start, sentence.start + contact.end
            yield Statement("publish.contact", sentence.start, sentence.end, words=at)
            return


def _complaint(scene: Scene, index: int, sentence: Sentence) -> bool | None:
    """Whether the sentence surely tells where to complain or ask; None where it does not tell at all."""
    lang, text = sentence.lang, sentence.text
    if words(lang, "complain_elsewhere").search(text) and not scene.contacts(index):
        return None
    ways = scene.ways(index)
    purpose = words(lang, "complain").search(text) is not None
    named = words(lang, "about_rights").search(text) is not None and not words(lang, "complaint_object").search(text)
    introduced = _introduced(scene, index)
    if words(lang, "definition").search(text) and not scene.near_zone(index, "contact"):
        return None
    if "contact" in ways:
        if purpose and not (named and not scene.near_zone(index, "contact")):
            return True
        if scene.near_zone(index, "contact") or introduced:
            return True
        return None
    if "path" in ways and deeds(text, lang) and not scene.near_zone(index, "contact"):
        return None
    if "path" in ways and (introduced or words(lang, "about_complaint").search(text)) and words(lang, "form").search(text):
        return scene.zone(index, "contact") or scene.zone(index, "rights") or scene.topic(index, "contact") or not scene.titled
    offered = words(lang, "complain_offers").search(text) and not words(lang, "complain_collects").search(text)
    if "channel" in ways and offered and words(lang, "about_complaint").search(text):
        # An address that is only pointed to counts where it is written out; the app's own desk may be one.
        return False
    return None


def _introduced(scene: Scene, index: int) -> bool:
    """Whether the sentence before it, or the one that leads the list, says that questions or complaints go here."""
    sentence = scene.sentence(index)
    others = [*([sentence.lead] if sentence.lead is not None else []), *scene.before(index, _ITEMS)]
    for other in others:
        before = scene.sentence(other)
        if words(before.lang, "about_complaint").search(before.text) and words(before.lang, "complain").search(before.text):
            rest = before.text
            if words(before.lang, "colon").search(rest) or words(before.lang, "forward").search(rest):
                return True
    return False


_STOPS = "。；;"

_COMMAS = "，,"

_REACH = 70
"""How far around a length of time the words stand that say what it is for."""

_ITEMS = 8
"""How many items after it an invitation to ask or complain may introduce."""

_LONGEST = 200
"""Beyond so many days it is a term of keeping rather than of answering."""

_LAWFUL = 15
"""Working days within which the law wants an answer."""
