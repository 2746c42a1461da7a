"""The policy on a screen: its text, links to it, links that lead nowhere, and how legible its words are."""

import re
from collections.abc import Iterator
from functools import cache

from mingjian.extract.layout import PALE_CONTRAST, SMALL_SP
from mingjian.extract.screen import Element, Said, Screen, pattern, screen_words
from mingjian.extract.settings_screen import entry_of
from mingjian.model.run import Ui
from mingjian.model.shipped import catalog
from mingjian.nlp.language import HAN, script, simplified

_QUOTED = re.compile(r"[《「『“\"][^《》「」『』“”\"]{0,30}$")
_LONGEST_LINK = 30
_LONGEST_TAP = 40
_LONGEST_ERROR = 300
_MOST_BEFORE_TITLE = 8
_LONGEST_SUMMARY = 1500
_HAN = re.compile(f"[{HAN}]")
_ABOVE = re.compile(r"[A-Zbdfhklt0-9]")
_BELOW = re.compile(r"[gjpqy,;]")


def policy_text(screen: Screen, by: str, *, asked: bool) -> Said | None:
    """That the screen shows the text of the policy. A prompt (`asked`) shows it only when it is longer than a summary. A long page with the
    title of a policy, or that a tap on the policy (`by`) led to, is the policy perhaps, even where its text does not say so."""
    title = _title(screen)
    led = names_policy(by)
    shown = title or (screen.elements[0] if led and screen.elements else None)
    if shown is None or (asked and screen.length < _LONGEST_SUMMARY) or pattern("policy", "others").search(shown.words[:_LONGEST_LINK]):
        return None
    topics = [any(topic.search(each.words) for each in screen.elements) for topic in _topics()]
    speaks = screen.find(pattern("policy", "voice")) is not None
    long = screen.length >= screen_words("policy", "shortest")
    if title is not None:
        # The first page of a policy may say little yet, a short one little at all.
        if speaks and ((long and any(topics)) or (led and topics[0])):
            return Said("publish.rules", shown.excerpt)
    elif speaks and long and topics[0] and sum(topics) >= screen_words("policy", "topics_needed"):
        return Said("publish.rules", shown.excerpt)
    # A name that can be tapped, on a page that says nothing of the policy, is an entry that leads to it, as in a list of settings.
    entry = title is not None and title.tappable and not speaks
    return Said("publish.rules", shown.excerpt, certain=False) if long and not entry else None


def names_policy(by: str) -> bool:
    """Whether a tapped label is the name of the policy."""
    tapped = tapped_label(by)
    return len(tapped) <= _LONGEST_TAP and bool(pattern("policy", "name").search(tapped)) and not pattern("policy", "others").search(tapped)


def tapped_label(by: str) -> str:
    """What was tapped, as far as what led to a screen tells it, in simplified characters."""
    return pattern("taps", "verb").sub("", simplified(by)[:_LONGEST_ERROR]).strip(" 《》“”\"'")


def dead(screen: Screen) -> Element | None:
    """The words of a failure, on a page that should show the policy and shows nothing else."""
    title = _title(screen)
    if title is None or screen.length > _LONGEST_ERROR:
        return None
    return failure(screen, beside=title)


def failure(screen: Screen, beside: Element | None = None) -> Element | None:
    """The words that say that a page could not be opened."""
    if screen.length > _LONGEST_ERROR:
        return None
    return next((each for each in screen.elements if each is not beside and any(fault.search(each.words) for fault in _errors())), None)


def _title(screen: Screen) -> Element | None:
    for each in screen.elements[:_MOST_BEFORE_TITLE]:
        if each.label and _titles().fullmatch(each.label) and not pattern("policy", "others").search(each.label):
            return each
    first = screen.elements[0] if screen.elements else None
    # A page that is one text begins with its title.
    if first is not None and len(first.words) > _LONGEST_ERROR and _titles().match(first.words):
        return None if pattern("policy", "others").search(first.words[:_LONGEST_LINK]) else first
    return None


def languages(screen: Screen, rules: Said) -> Iterator[Said]:
    """Whether the text is in simplified Chinese; its script is judged as it stands, not as it was made comparable."""
    text = "\n".join(each.node.text or each.node.desc for each in screen.elements)
    if script(text) == "zh-Hans":
        yield Said("publish.simplified_chinese", rules.excerpt, certain=rules.certain)


def links(screen: Screen) -> Iterator[Said]:
    """Ways to the policy. Whether words within a text can be tapped no tree tells: then the link is uncertain."""
    name = pattern("policy", "name")
    for each in screen.elements:
        match = name.search(each.words)
        if match is None:
            if each.tappable and each.label and pattern("policy", "perhaps").fullmatch(each.label):
                yield Said("link.policy", each.excerpt, certain=False)
            continue
        if entry_of(each.label)[0] is not None:
            continue
        quoted = bool(_QUOTED.search(each.words[: match.start()]))
        short = len(each.words) <= _LONGEST_LINK
        tappable = each.tappable and not each.node.checkable
        if tappable and (quoted or short) and not pattern("policy", "others").search(each.words[max(0, match.start() - 4) : match.start()]):
            yield Said("link.policy", each.excerpt)
        elif quoted:
            yield Said("link.policy", each.excerpt, certain=False)


def legibility(screen: Screen, ui: Ui, *, whole: bool) -> Iterator[Said]:
    """Words of the policy (`whole`: every word of the screen) that are too small or too pale, as the picture shows them."""
    about = {each.index: each for each in screen.elements if whole or pattern("policy", "name").search(each.words)}
    for shade in ui.shades:
        element = about.get(shade.node)
        if element is None:
            continue
        if shade.height is not None and ui.density and ui.density > 0:
            size = shade.height / ui.density / _share_of_type(element.words)
            if 0 < size < SMALL_SP:
                yield Said("legible.small", element.excerpt, count=int(size))
        if shade.contrast is not None and 1 <= shade.contrast < PALE_CONTRAST:
            yield Said("legible.pale", element.excerpt, count=int(shade.contrast * 10))


def _share_of_type(words: str) -> float:
    """How high a line of these words is, as a share of the size of its type."""
    if _HAN.search(words):
        return float(screen_words("type", "han"))
    above, below = _ABOVE.search(words), _BELOW.search(words)
    kind = "tall" if above and below else "capital" if above or below else "low"
    return float(screen_words("type", kind))


@cache
def _titles() -> re.Pattern[str]:
    policy = screen_words("policy")
    return re.compile(f"{policy['before']}(?:{policy['name']}){policy['after']}", re.I)


@cache
def _topics() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(topic, re.I) for topic in screen_words("policy", "topics"))


@cache
def _errors() -> tuple[re.Pattern[str], ...]:
    pages = catalog("policy_pages")["blocked"]["kinds"]["error"]
    return tuple(re.compile(words) for words in [*pages, f"(?i){screen_words('errors')}"])
