"""What stands around a sentence, as numbers: a sentence inherits much of its topic from its section and its neighbours."""

import re
from collections.abc import Sequence
from itertools import accumulate, chain
from operator import add

from mingjian.nlp.reading import Lang

Vector = list[float]

_ENDS = re.compile(r"[。；;：:，,！!？?.]\s*$")
_NUMBERED = re.compile(r"\s*[(（•·\-\d一二三四五六七八九十]")
_TITLE: dict[Lang, int] = {"zh": 30, "en": 90}
_FADING = (1.0, 0.5, 0.25)
_NEAR, _WIDE = 6, 20
_STEPS = (1, 2, -1, -2)


def like_heading(text: str, lang: Lang) -> bool:
    """Whether a line is short and ends without a mark, as headings do."""
    return len(text.strip()) <= _TITLE[lang] and not _ENDS.search(text)


def surroundings(
    own: Sequence[Vector], after: Sequence[Vector], before: Sequence[Vector], below: Sequence[Vector], shapes: Sequence[Vector]
) -> list[Vector]:
    """One vector a sentence, in the order of the document. `own` are the scores of each sentence by itself; `after`, `before` and `below`
    are what its words tell of the next sentences, of those before it, and of the section it is the heading of; `shapes` as from `shape`."""
    count = len(own)
    if not count:
        return []
    none = [0.0] * len(own[0])
    nothing = [0.0] * len(below[0])
    sums = list(accumulate(own, lambda total, row: list(map(add, total, row)), initial=none))
    vectors = []
    title, outer, lead = nothing, nothing, none
    under = 0
    for index in range(count):
        heading, colon = shapes[index][0], shapes[index][1]
        if heading:
            outer, title, under = (title if under else outer), below[index], 0
        else:
            under += 1
        neighbours = [own[index + step] if 0 <= index + step < count else none for step in _STEPS]
        parts = (
            own[index],
            *neighbours,
            _mean(sums, index - _NEAR, index + _NEAR + 1),
            _mean(sums, index - _WIDE, index + _WIDE + 1),
            _faded([after[at] for at in range(index - 1, max(-1, index - 4), -1)], nothing),
            _faded(before[index + 1 : index + 4], nothing),
            title,
            outer,
            lead,
            shapes[index],
            (min(under, 10) / 10,),
        )
        vectors.append(list(chain.from_iterable(parts)))
        if colon:
            lead = own[index]
    return vectors


def shape(text: str, heading: bool) -> Vector:
    """How a sentence looks: a heading, ends in a colon, ends in a semicolon, begins with a number or bullet, length."""
    end = text.rstrip()[-1:]
    return [
        float(heading),
        float(end in ("：", ":")),
        float(end in ("；", ";")),
        float(bool(_NUMBERED.match(text))),
        min(len(text), 200) / 100,
    ]


def _mean(sums: Sequence[Vector], start: int, end: int) -> Vector:
    start, end = max(0, start), min(len(sums) - 1, end)
    return [(high - low) / (end - start) for low, high in zip(sums[start], sums[end], strict=True)]


def _faded(rows: Sequence[Vector], nothing: Vector) -> Vector:
    if not rows:
        return nothing
    return [sum(weight * value for weight, value in zip(_FADING, values, strict=False)) for values in zip(*rows, strict=True)]
