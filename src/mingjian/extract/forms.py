"""Forms in which the app asks for sensitive information, and the purposes that stand on the same screen."""

import re
from collections.abc import Iterator
from functools import cache

from mingjian.extract.screen import Element, Said, Screen, pattern, screen_words


def asked(screen: Screen) -> Iterator[Said]:
    """What the fields of a screen ask for, and the purpose that the screen tells for it.

    A field is known by its hint, or by the label right before it; what a user typed into it is neither, as it does not name what it is.
    """
    reason = screen.find(pattern("permission_dialog", "purpose")) if screen.field_places else None
    for data, words in _fields():
        found = next((each for each in _names(screen) if words.search(each.words)), None)
        if found is not None:
            yield Said("ask", found.excerpt, data=data)
            if reason is not None:
                yield Said("prompt.purpose", reason.excerpt, data=data)


def _names(screen: Screen) -> Iterator[Element]:
    """The hints of fields and the labels before them, short ones."""
    longest = screen_words("forms", "longest")
    hints = [each for each in screen.fields if each.index in screen.field_places]
    labels = []
    for place in screen.field_places:
        before = [each for each in screen.elements if each.index < place]
        if before and not any(before[-1].index < other < place for other in screen.field_places):
            labels.append(before[-1])
    yield from (each for each in [*hints, *labels] if len(each.words) <= longest)


@cache
def _fields() -> tuple[tuple[str, re.Pattern[str]], ...]:
    rows = screen_words("forms", "fields")
    return tuple((row["data"], re.compile(row["words"], re.IGNORECASE)) for row in rows)
