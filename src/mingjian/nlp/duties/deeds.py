"""What a sentence says that users may do with their data and accounts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from mingjian.nlp.duties.vocabulary import compiled, ending, entry, words
from mingjian.nlp.reading import Lang


@dataclass(frozen=True, slots=True)
class Deed:
    """An act of the user, and where its words stand. `whole` is false where the object is a single item ("delete a comment")."""

    action: str
    start: int
    end: int
    whole: bool


def deeds(text: str, lang: Lang) -> tuple[Deed, ...]:
    """The acts that are the user's: what the operator does, what befalls the data and what lies in the past are none. One of each kind."""
    if words(lang, "not_users").search(text):
        return ()
    text = plain(text, lang)
    found = []
    for action in entry(lang, "rights"):
        fit = [each for each in _matches(text, lang, action) if _of_user(text, lang, each.start, each.end)]
        if fit:
            found.append(next((each for each in fit if each.whole), fit[0]))
    return tuple(found)


def plain(text: str, lang: Lang) -> str:
    """The text with the names of other sections and texts blanked out, of the same length."""
    return words(lang, "references").sub(lambda match: " " * len(match[0]), text)


def named(title: str, lang: Lang) -> frozenset[str]:
    """The acts that a heading names, whoever does them."""
    if words(lang, "not_users").search(title):
        return frozenset()
    return frozenset(action for action in entry(lang, "rights") if next(_matches(title, lang, action), None) is not None)


def labelled(title: str, lang: Lang) -> frozenset[str]:
    """The acts that a title or a few words before a passage ("Leaving.") name, the object understood."""
    if len(title) > _LABEL[lang] or words(lang, "not_users").search(title):
        return frozenset()
    return named(title, lang) or frozenset(
        action for action in entry(lang, "rights") if words(lang, f"rights/{action}/label").search(title)
    )


def _matches(text: str, lang: Lang, action: str) -> Iterator[Deed]:
    row = entry(lang, f"rights/{action}")
    at = 0
    while match := _pattern(lang, action).search(text, at):
        between = words(lang, "siblings").sub("", match["between"] if match["between"] is not None else match["back"] or "")
        refused = compiled(row["not_between"]).search(between + (match["object"] or "")) or words(lang, "never_between").search(between)
        # "Delete the data and close the account": the verb that the object belongs to may be a later one.
        at = match.start() + 1 if refused or (match["verb"] and compiled(row["verb"]).search(between)) else match.end()
        if refused:
            continue
        whole = True
        if "whole" in row:
            whole = compiled(row["whole"]).search(text, max(0, match.start() - _OWNER), match.end() + 4) is not None
        elif "whole_text" in row:
            whole = compiled(row["whole_text"]).search(text) is not None
        start = match.start("verb") if match["verb"] else match.start("verb_after") if match["verb_after"] else match.start()
        yield Deed(action, start, match.end(), whole)


@cache
def _pattern(lang: Lang, action: str) -> re.Pattern[str]:
    row, gap = entry(lang, f"rights/{action}"), entry(lang, "gap")
    verb, object = row["verb"], row["object"]
    after, before = f"{entry(lang, 'rights_between')}{{0,{gap['after']}}}?", f"{entry(lang, 'before_between')}{{0,{gap['before']}}}?"
    forms = [f"(?P<verb>{verb})(?P<between>{after})(?P<object>{object})", f"(?:{object})(?P<back>{before})(?P<verb_after>{verb})"]
    if "alone" in row:
        forms.append(row["alone"])
    return re.compile("|".join(forms), re.IGNORECASE)


def _of_user(text: str, lang: Lang, start: int, end: int) -> bool:
    """Whether the verb at `start` is something the user may do: by its nearest subject, and not as what happened before."""
    before = text[max(0, start - _REACH) : start]
    if ending(lang, "passive").search(before):
        return False
    # "If you cannot delete it there, write to us" tells a second way.
    if ending(lang, "cannot").search(before) and not words(lang, "refused_not").search(before):
        return False
    if words(lang, "past").match(text, end):
        return False
    if words(lang, "during").match(text, end) and not words(lang, "wish").search(before):
        return False
    if ending(lang, "means_before").search(before) and words(lang, "means").match(text, end):
        return False
    if ending(lang, "past_before").search(before) and not words(lang, "wish").search(before):
        return False
    before = words(lang, "quoted").sub(lambda match: " " * len(match[0]), before)
    user = _last(lang, "user", before)
    if _last(lang, "stranger", before) > user:
        return False
    company = _last(lang, "company", before)
    if company <= user:
        if user < 0:
            return start < _FIRST or words(lang, "able").search(before[-_FIRST * 2 :] + text[start : start + _VERB]) is not None
        return words(lang, "able").search(before[user:] + text[start : start + _VERB]) is not None
    # "You may ask us to delete" is the user's, "we delete" is not.
    return words(lang, "asks").search(before, max(0, user if user >= 0 else company - _ASKING)) is not None


def _last(lang: Lang, name: str, text: str) -> int:
    last = -1
    for match in words(lang, name).finditer(text):
        last = match.start()
    return last


_LABEL: dict[Lang, int] = {"zh": 24, "en": 60}
"""How many characters a title has at most that is nothing but a name."""

_REACH = 90
"""How far before a verb its subject may stand."""

_FIRST = 20
"""Where no subject is named, how near the beginning an order to the reader stands, or half of how near what allows the act."""

_OWNER = 14
"""How far before an object the words stand that say whose it is."""

_VERB = 12
"""How much of the act itself may show that the user wants it."""

_ASKING = 12
"""How far before the operator's name the words that ask it may stand, where no user is named."""
