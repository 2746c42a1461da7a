"""What the app and its maker call themselves, so that they are known as those who act."""

import re
from collections import Counter
from dataclasses import replace

from mingjian.nlp.acts.words import Words
from mingjian.nlp.reading import Outline


def naming(vocabulary: Words, outline: Outline) -> Words:
    """The words with the names of the app and its maker among those who act, as the titles, definitions and acts of the text tell them."""
    names = _names(vocabulary, outline)
    if not names:
        return vocabulary
    together = "|".join(re.escape(name) for name in names)
    template = vocabulary.patterns["named_subject"].pattern
    acting = f"{vocabulary.patterns['subjects.app'].pattern}|{template.replace(_PLACE, f'(?:{together})')}"
    return replace(vocabulary, patterns={**vocabulary.patterns, "subjects.app": re.compile(acting, re.IGNORECASE)})


def _names(vocabulary: Words, outline: Outline) -> list[str]:
    told: Counter[str] = Counter()
    for index, sentence in enumerate(outline.sentences):
        if sentence.lang != vocabulary.lang:
            continue
        if index < _FIRST:
            told.update({match.group("name"): _TIMES for match in vocabulary.patterns["name_titled"].finditer(sentence.text)})
        told.update({match.group("name"): _TIMES for match in vocabulary.patterns["name_defined"].finditer(sentence.text)})
        told.update(match.group("name") for match in vocabulary.patterns["name_acting"].finditer(sentence.text))
    return [name for name, times in told.most_common(_MOST) if times >= _TIMES and not vocabulary.found("no_name", name)]


_PLACE = "NAME"
_FIRST = 6
"""How many sentences at the beginning may be a title that holds the name."""

_TIMES = 3
"""How often a word acts as the app does before it is taken for its name."""

_MOST = 4
"""How many names are kept."""
