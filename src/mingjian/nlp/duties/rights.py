"""The rights of users, met where a way to use them is told: access, correction, deletion, cancellation, withdrawal, the switch."""

import re
from collections.abc import Iterator

from mingjian.nlp.duties.deeds import Deed, deeds, labelled, named
from mingjian.nlp.duties.scene import Scene
from mingjian.nlp.duties.vocabulary import entry, words
from mingjian.nlp.reading import Sentence, Statement


def rights(scene: Scene) -> Iterator[Statement]:
    """A statement for each right and each sentence that tells a way to it; uncertain where the right stands alone, or where what the
    sentence points to is missing."""
    said = {index: tuple(_deeds(scene, index, sentence)) for index, sentence in scene.each()}
    for index, sentence in scene.each():
        yield from _refusals(scene, index, sentence)
        own = said[index]
        if _mute(scene, index):
            continue
        usable = scene.usable(index)
        if usable is None:
            if own:
                yield from _bare(scene, index, sentence, own)
            continue
        for deed in own:
            yield from _told(scene, index, deed, certain=usable)
        for action in sorted((_introduced(scene, index, said) | _headed(scene, index)) - {deed.action for deed in own}):
            certain = usable and not scene.has(index, "shown_elsewhere")
            yield from _told(scene, index, Deed(action, 0, 0, whole=True), certain=certain)


def _deeds(scene: Scene, index: int, sentence: Sentence) -> Iterator[Deed]:
    """The acts of a sentence; what users can do thanks to something the operator collects counts in a chapter on rights alone."""
    if scene.has(index, "collecting") and not scene.zone(index, "rights"):
        return
    for deed in deeds(sentence.text, sentence.lang):
        reach = sentence.text[max(0, deed.start - _PURPOSE) : deed.start]
        if words(sentence.lang, "so_that").search(reach) is None or scene.zone(index, "rights"):
            yield deed
    switched = scene.near_zone(index, "personal") and words(sentence.lang, "switch_here").search(sentence.text)
    if switched and not words(sentence.lang, "switch_none_here").search(sentence.text):
        yield Deed("target.switch", switched.start(), switched.end(), whole=True)


def _told(scene: Scene, index: int, deed: Deed, *, certain: bool) -> Iterator[Statement]:
    sentence = scene.sentence(index)
    if deed.action == "withdraw" and certain:
        certain = not _only_by_cancelling(sentence)
    if deed.action == "target.switch" and certain:
        # The option must be in the app: one that takes a mail or a call may be none.
        certain = bool(scene.ways(index) & {"path", "setting"})
    if not deed.whole and deed.action in _ITEMS and not scene.zone(index, "rights"):
        if not scene.topic(index, "rights"):
            return
        certain = False
    elif not deed.whole and deed.action not in _ITEMS:
        certain = False
    yield _statement(sentence, deed, certain=certain)


def _bare(scene: Scene, index: int, sentence: Sentence, own: tuple[Deed, ...]) -> Iterator[Statement]:
    """A right that is stated without a way. A list of what the law grants is no statement of the operator's at all."""
    lang, text = sentence.lang, sentence.text
    if words(lang, "conditional").search(text) or words(lang, "lawful").search(text) or (words(lang, "law").search(text) and len(own) > 1):
        return
    if scene.titled and not scene.zone(index, "rights"):
        return
    for deed in own:
        if not words(lang, "modal").search(text, max(0, deed.start - _MODAL), deed.end + _MODAL // 4):
            continue
        if deed.whole:
            yield _statement(sentence, deed, certain=False)


def _introduced(scene: Scene, index: int, said: dict[int, tuple[Deed, ...]]) -> frozenset[str]:
    """The rights that a sentence with a way serves though it does not name them."""
    sentence = scene.sentence(index)
    lang = sentence.lang
    if scene.has(index, "not_users"):
        return frozenset()
    if scene.has(index, "exercise") and scene.ways(index) - {"request"} and not scene.has(index, "complaint_object"):
        return frozenset() if scene.has(index, "others_rights") else _of_chapter(scene, index, said)
    lead = sentence.lead
    led: set[str] = set()
    while lead is not None and scene.sentence(lead).lead != lead:
        led |= {each.action for each in said.get(lead, ())} or named(scene.sentence(lead).text, lang)
        if led:
            if said[index] and not words(lang, "forward").search(scene.sentence(lead).text):
                return frozenset()
            return frozenset(led)
        lead = scene.sentence(lead).lead
    if said[index] or not _generic(scene, index) or (scene.near_zone(index, "contact") and not scene.near_zone(index, "rights")):
        return frozenset()
    return _mentioned(sentence, _carried(scene, index, said))


def _headed(scene: Scene, index: int) -> frozenset[str]:
    """The rights that the sentence itself names before a colon, as in "Look up: open ...", where what follows is not of something else."""
    sentence = scene.sentence(index)
    lang = sentence.lang
    head = _HEAD.match(sentence.text)
    if head is None or not scene.zone(index, "rights"):
        return frozenset()
    rest = sentence.text[head.end() :]
    return frozenset(action for action in labelled(head[1], lang) if words(lang, f"rights/{action}/not_between").search(rest) is None)


def _carried(scene: Scene, index: int, said: dict[int, tuple[Deed, ...]]) -> frozenset[str]:
    """The rights that the sentences before it or the headings above it name."""
    sentence = scene.sentence(index)
    lang = sentence.lang
    near = scene.zone(index, "rights") or scene.topic(index, "rights") or not scene.titled
    for other in scene.before(index, _BACK) if near else ():
        before = scene.sentence(other)
        if "path" not in scene.ways(other) and not scene.has(other, "company") and (found := labelled(before.text, lang)):
            return found
        if words(lang, "question").search(before.text) and len(before.text) > _ASIDE:
            return frozenset()
        if scene.usable(other) is None and (named_before := frozenset(each.action for each in said.get(other, ()))):
            return named_before
    for title in scene.headings[sentence.section][:_ABOVE]:
        if found := labelled(title, lang):
            return found
    return frozenset()


def _mentioned(sentence: Sentence, carried: frozenset[str]) -> frozenset[str]:
    """Of several rights, those that the sentence has a word for, where it has a word for any right at all."""
    mentions = entry(sentence.lang, "mentions")
    own = {action for action in mentions if words(sentence.lang, f"mentions/{action}").search(sentence.text)}
    return carried & own if own else carried


def _of_chapter(scene: Scene, index: int, said: dict[int, tuple[Deed, ...]]) -> frozenset[str]:
    """The rights that the chapter around the sentence speaks of, in headings or sentences."""
    chapter = scene.part(index)
    found: set[str] = set()
    if chapter == 0:
        for other in range(max(0, index - _NEARBY), index + 1):
            found |= {each.action for each in said.get(other, ())}
        return frozenset(found)
    for other, sentence in enumerate(scene.outline.sentences):
        if scene.part(other) == chapter:
            found |= {each.action for each in said.get(other, ())}
            if sentence.kind == "heading":
                found |= named(sentence.text, sentence.lang)
    return frozenset(found - {"target.switch"})


def _generic(scene: Scene, index: int) -> bool:
    """Whether the sentence does no more than tell a way, so that what it is a way to stands elsewhere."""
    sentence = scene.sentence(index)
    if scene.has(index, "other_business") or scene.has(index, "collecting"):
        return False
    if scene.ways(index) & {"path", "contact"}:
        return True
    return words(sentence.lang, "imperative").search(sentence.text) is not None or (
        scene.has(index, "generic") and scene.has(index, "modal")
    )


def _mute(scene: Scene, index: int) -> bool:
    """Whether nothing in the sentence can be a user's right in the app: it stands among other companies, minors or cookies."""
    return (
        scene.near_zone(index, "minors")
        or (scene.near_zone(index, "change") and not scene.near_zone(index, "rights"))
        or (scene.near_zone(index, "cookies") and not scene.near_zone(index, "rights"))
        or (scene.strangers(index) and not scene.near_zone(index, "targeting") and not scene.near_zone(index, "rights"))
    )


def _refusals(scene: Scene, index: int, sentence: Sentence) -> Iterator[Statement]:
    """That there is no such right; "if you cannot do it there, write to us" is no refusal."""
    if scene.has(index, "refused_not"):
        return
    for action in entry(sentence.lang, "refused"):
        match = words(sentence.lang, f"refused/{action}").search(sentence.text)
        if match:
            yield _statement(sentence, Deed(action, match.start(), match.end(), whole=True), certain=True, negated=True)
    match = words(sentence.lang, "switch_none").search(sentence.text)
    if match is None and scene.near_zone(index, "personal"):
        match = words(sentence.lang, "switch_none_here").search(sentence.text)
    if match:
        yield _statement(sentence, Deed("target.switch", match.start(), match.end(), whole=True), certain=True, negated=True)


def _only_by_cancelling(sentence: Sentence) -> bool:
    """Whether the only way to withdraw is to give the account up."""
    lang, text = sentence.lang, sentence.text
    if not words(lang, "cancelling").search(text):
        return False
    rest = words(lang, "cancelling").sub("", text)
    return not words(lang, "setting").search(rest) and not words(lang, "path").search(rest) and not words(lang, "channel").search(rest)


def _statement(sentence: Sentence, deed: Deed, *, certain: bool, negated: bool = False) -> Statement:
    words_at = (sentence.start + deed.start, sentence.start + deed.end) if deed.end else None
    return Statement(deed.action, sentence.start, sentence.end, certain=certain, negated=negated, words=words_at)


_HEAD = re.compile(r"\W{0,4}([^：:，,。；;“”\"\n]{1,40})[：:]")
"""The words before the first colon of a sentence, where nothing else stops them."""

_ITEMS = frozenset({"access", "correct", "delete"})
"""Rights that are only half met where they reach a single item."""

_PURPOSE = 40
"""How far before an act the words that make it a purpose may stand."""

_MODAL = 48
"""How far before an act the word that allows it may stand."""

_ASIDE = 12
"""A question so short ("What now?") changes no subject."""

_BACK = 4
"""How many sentences back a few words may have named what the following are about."""

_ABOVE = 2
"""How many headings above a sentence may say what it is about."""

_NEARBY = 12
"""How many sentences before it a closing sentence may gather up where no headings stand."""
