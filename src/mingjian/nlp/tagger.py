"""Phrases for data, purposes and recipients by learnt tags: finds what no list knows (see `docs/models/tagger.md`).

A linear chain over words, where a Chinese character is a word: each word begins a phrase, goes on with one, or stands outside."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from operator import add
from zlib import crc32

from mingjian.nlp.lexicon import data, stated_purposes
from mingjian.nlp.ngrams import LONGEST, Rows
from mingjian.nlp.parties import parties
from mingjian.nlp.reading import Lang, Mention

KINDS = ("data", "purpose", "recipient")
TAGS = ("O", *(f"{part}-{kind}" for kind in KINDS for part in "BI"))

Span = tuple[int, int, str]
"""Start, end and kind of a phrase."""

_WORD = re.compile(r"[A-Za-z]+|\d+|\S")
_LISTS: tuple[tuple[str, Callable[[str, Lang], list[Mention]]], ...] = (("d", data), ("p", stated_purposes), ("r", parties))
_BEGINS = [tag[0] != "I" for tag in TAGS]
"""Whether a tag may stand after any other: a phrase goes on only after its own beginning, which is the tag before in `TAGS`, or itself."""


@dataclass(frozen=True, slots=True)
class _Chain:
    rows: Rows
    scale: float
    steps: list[list[float]]


def spans(text: str, lang: Lang) -> list[Mention]:
    """The phrases of a sentence, from left to right, none overlapping. Terms are `data`, `purpose` and `recipient`; what a phrase is called
    in the vocabulary is for the lists to say. Never certain. Of a sentence longer than `ngrams.LONGEST` the rest is not looked at."""
    text = text[:LONGEST]
    words = places(text)
    if not words:
        return []
    chain = _trained(lang)
    scores = [[value * chain.scale for value in chain.rows.add(map(hashed, row))] for row in features(text, words, lang)]
    return mentions(words, _best(scores, chain.steps))


def places(text: str) -> list[tuple[int, int]]:
    """Start and end of each word: a run of Latin letters or of digits, or any other character that is not a space."""
    return [match.span() for match in _WORD.finditer(text)]


def features(text: str, words: Sequence[tuple[int, int]], lang: Lang) -> list[list[str]]:
    """What the tags of each word rest on: the words around it, its shape, brackets, and what the lists of phrases say."""
    plain = ["^", "^", *(text[start:end].lower() for start, end in words), "$", "$"]
    known = [_listed(words, find(text, lang)) for _, find in _LISTS]
    rows = []
    depth = 0
    for index, (start, end) in enumerate(words):
        before2, before, word, after, after2 = plain[index : index + 5]
        depth += (word in "（(") - (before in "）)")
        row = [
            f"0{word}",
            f"1{before}",
            f"2{after}",
            f"3{before2}",
            f"4{after2}",
            f"5{before}\t{word}",
            f"6{word}\t{after}",
            f"7{before2}\t{before}",
            f"8{after}\t{after2}",
            f"9{before2}\t{before}\t{word}",
            f"a{before}\t{word}\t{after}",
            f"b{word}\t{after}\t{after2}",
            f"c{_shape(text[start:end])}{min(depth, 1)}",
        ]
        for (name, _), tags in zip(_LISTS, known, strict=True):
            here = "".join(tags[index : index + 3])
            if here != "---":
                row += [f"{name}{here}", f"{name}{here}\t{word}"]
        rows.append(row)
    return rows


def hashed(feature: str) -> int:
    """The key of a feature in the table of weights."""
    return crc32(feature.encode("utf-8", "replace"))


def mentions(words: Sequence[tuple[int, int]], tags: Sequence[str]) -> list[Mention]:
    """The phrases that a run of tags stands for."""
    found: list[Mention] = []
    for (start, end), tag in zip(words, tags, strict=True):
        if tag[0] == "B":
            found.append(Mention(start, end, tag[2:], certain=False))
        elif tag[0] == "I":
            found[-1] = Mention(found[-1].start, end, tag[2:], certain=False)
    return found


def _shape(word: str) -> str:
    if word.isdigit():
        return "9"
    if not word.isascii():
        return "-"
    return "A" if word.isupper() else "a" if word.isalpha() else "."


def _listed(words: Sequence[tuple[int, int]], found: Sequence[Mention]) -> list[str]:
    """For each word, with one more at either end, whether it begins (B) or goes on (I) a listed phrase, or neither (-)."""
    marks = ["-"] * (len(words) + 2)
    at = 0
    for mention in found:
        while at < len(words) and words[at][0] < mention.start:
            at += 1
        first = at
        while at < len(words) and words[at][0] < mention.end:
            marks[at + 1] = "B" if at == first else "I"
            at += 1
    return marks


def _best(scores: Sequence[Sequence[float]], steps: Sequence[Sequence[float]]) -> list[str]:
    """The tags whose scores and steps add up to most. `steps[a][b]` is for tag b after tag a; the first tag wins a tie."""
    into = list(zip(*steps, strict=True))
    totals = [score if _BEGINS[tag] else float("-inf") for tag, score in enumerate(scores[0])]
    back = []
    for row in scores[1:]:
        origins, reached = [], []
        for tag, (begins, score, step) in enumerate(zip(_BEGINS, row, into, strict=True)):
            if begins:
                values = list(map(add, totals, step))
                best = max(values)
                origin = values.index(best)
            else:
                first, again = totals[tag - 1] + step[tag - 1], totals[tag] + step[tag]
                origin, best = (tag - 1, first) if first >= again else (tag, again)
            origins.append(origin)
            reached.append(best + score)
        totals = reached
        back.append(origins)
    tag = totals.index(max(totals))
    path = [tag]
    for origins in reversed(back):
        tag = origins[tag]
        path.append(tag)
    return [TAGS[tag] for tag in reversed(path)]


@cache
def _trained(lang: Lang) -> _Chain:
    folder = resources.files("mingjian") / "nlp" / "weights"
    values = json.loads((folder / f"tagger.{lang}.json").read_text(encoding="utf-8"))
    return _Chain(Rows.unpack((folder / f"tagger.{lang}.bin").read_bytes(), len(TAGS)), **values)
