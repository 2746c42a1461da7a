"""Prompts for consent: what they prompt, the ways to answer, boxes, and consent that nobody gave expressly."""

from collections.abc import Iterator
from dataclasses import dataclass

from mingjian.extract.screen import Element, Said, Screen, one_line, pattern
from mingjian.model.run import Node

_LONGEST_NOTICE = 160
_MOST_FOLLOWING = 6


@dataclass(frozen=True, slots=True)
class Box:
    """A box for consent. `key` is the same on other sights of it; `certain` when it is the policy that is consented to."""

    key: str
    checked: bool
    certain: bool
    excerpt: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt that asks to read the policy or to agree to it, by its elements."""

    text: Element
    agree: Element | None
    refuse: Element | None
    passive: Element | None
    """A button that neither agrees nor refuses."""


def prompt_on(screen: Screen) -> Prompt | None:
    """The prompt with the policy, none where the screen only mentions it or is for signing in."""
    mention = screen.find(pattern("policy", "name"))
    if mention is None:
        return None
    agree = screen.button(pattern("buttons", "agree"))
    refuse = screen.button(pattern("buttons", "refuse"))
    passive = screen.button(pattern("buttons", "know"), tappable=True) or screen.button(pattern("buttons", "go_on"), tappable=True)
    signing_in = bool(screen.fields) or screen.button(pattern("entries", "actions", "account", "certain"), tappable=True) is not None
    if signing_in and (agree is None or refuse is None):
        return None
    asks, name = pattern("prompt", "asks"), pattern("policy", "name")
    if agree is None and passive is None:
        return None
    text = next((each for each in screen.elements if asks.search(each.words) and name.search(each.words)), None)
    if text is None and agree is not None:
        text = screen.find(asks) or _changed(screen) or (mention if refuse is not None else None)
    return Prompt(text, agree, refuse, passive) if text is not None else None


def of_prompt(prompt: Prompt, screen: Screen) -> Iterator[Said]:
    """What the prompt shows, its boxes apart."""
    yield Said("prompt.policy", prompt.text.excerpt)
    change = _changed(screen)
    if change is not None:
        yield Said("prompt.change", change.excerpt)
    if prompt.refuse is not None:
        yield Said("refuse", prompt.refuse.excerpt)
        if prompt.agree is not None:
            yield Said("consent", prompt.agree.excerpt)


def perhaps_prompt(screen: Screen) -> Iterator[Said]:
    """Words that ask to read the policy or to agree to it, on a screen that was recognised neither as a prompt nor as one with small print:
    it may be a prompt with buttons of its own."""
    if screen.find(pattern("policy", "name")) is None:
        return
    directs = (pattern("prompt", "directs"), pattern("consent", "given"))
    words = next((each for each in screen.elements if any(asked.search(each.words) for asked in directs)), None)
    if words is not None:
        yield Said("prompt.policy", words.excerpt, certain=False, phases=("before_consent",))


def told_change(screen: Screen) -> Iterator[Said]:
    """Words on a page that asks for nothing, such as a bar above it, that tell of a change of the policy and lead to it."""
    change = _changed(screen)
    if change is not None and change.tappable:
        yield Said("prompt.change", change.excerpt)


def _changed(screen: Screen) -> Element | None:
    """The words that tell of a change of the policy."""
    name, changes = pattern("policy", "name"), pattern("prompt", "changes")
    return next((each for each in screen.elements if name.search(each.words) and changes.search(each.words)), None)


def implied(screen: Screen, prompt: Prompt | None, boxes: tuple[Box, ...]) -> Iterator[Said]:
    """Consent taken from something else: going on, signing in, or closing a notice that cannot be refused."""
    if boxes or (prompt is not None and prompt.agree is not None):
        return
    terms = [each for each in screen.elements if pattern("consent", "terms").search(each.words)]
    words = next((each for each in terms if pattern("prompt", "implied").search(each.words)), None)
    asked = words or next((each for each in terms if pattern("consent", "given").search(each.words)), None)
    if asked is not None and screen.picture_before(asked):
        yield Said("tick", asked.excerpt, certain=False)
    elif words is not None and (screen.button(pattern("buttons", "agree")) is None or screen.button(pattern("buttons", "refuse")) is None):
        # What a policy's own text says stands in long paragraphs.
        about_privacy = bool(pattern("consent", "privacy").search(words.words)) and len(words.words) <= _LONGEST_NOTICE
        yield Said("consent.implied", words.excerpt, certain=about_privacy or prompt is not None)
    elif prompt is not None and prompt.passive is not None and prompt.refuse is None:
        yield Said("consent.implied", f"{prompt.text.excerpt} [{prompt.passive.excerpt}]")


def consent_boxes(screen: Screen) -> tuple[Box, ...]:
    """The boxes that ask for consent to terms or a policy. The words may stand in the box, beside it, or in elements that follow it."""
    found: list[Box] = []
    for index, node in screen.boxes():
        own = next((each.words for each in screen.elements if each.index == index), "")
        beside = screen.row(index)
        label = " ".join([own, *(each.words for each in [*beside, *_following(screen, index, beside, labelled=bool(own))])]).strip()
        if not (pattern("consent", "given").search(own or label) and pattern("consent", "terms").search(label)):
            continue
        found.append(Box(_key(node, label), node.checked, bool(pattern("consent", "privacy").search(label)), one_line(label)[:200]))
    return tuple(found)


def _following(screen: Screen, index: int, beside: list[Element], *, labelled: bool) -> Iterator[Element]:
    """The elements that go on with the words of a box: names of documents and what joins them; for a box without words also its first
    words, where they say that somebody agrees."""
    last = max([index, *(each.index for each in beside)])
    row = {each.index for each in beside}
    after = [each for each in screen.elements if each.index > last and each.index not in row]
    boxes = {box for box, _ in screen.boxes()}
    for number, each in enumerate(after[:_MOST_FOLLOWING]):
        begins = number == 0 and not labelled and not beside and pattern("consent", "given").search(each.words) is not None
        if each.index in boxes or not (begins or pattern("consent", "goes_on").fullmatch(each.words)):
            return
        yield each


def _key(node: Node, label: str) -> str:
    return node.id or label[:100] or str(node.bounds)
