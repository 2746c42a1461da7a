"""Language and script of a text, and its form in simplified characters."""

import re
from collections import Counter
from functools import cache
from typing import Any, Literal

import opencc

from mingjian.model.shipped import catalog
from mingjian.nlp.reading import Lang, Script

HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Han characters, for a character class of a regular expression."""

_HAN = re.compile(f"[{HAN}]")
_HAN_TEXT = re.compile(f"[{HAN}\u3001\u3002\uff0c\uff1a\uff1b]")
_LATIN_WORD = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]+")
_OTHER_LETTER = re.compile(rf"[^\W\d_A-Za-z\u00aa\u00ba\u00c0-\u024f\u1e00-\u1eff\uff21-\uff3a\uff41-\uff5a\u3005\u3006{HAN}]")
_PIECE = re.compile(r"[^\n。！？.!?]+")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def simplified(text: str) -> str:
    """The text in simplified characters, one for one: offsets in both forms agree."""
    if text.isascii():
        return text
    # A lone surrogate cannot be handed to the converter.
    sound = _SURROGATE.sub("\ufffd", text)
    converted = _convert(sound)
    if len(converted) == len(text):
        return converted
    return "\n".join(_line(line) for line in sound.split("\n"))


def lang(text: str) -> Lang:
    """The language of most of the text; what holds no letters at all is `zh`."""
    return "zh" if len(_HAN_TEXT.findall(text)) >= len(_LATIN_WORD.findall(text)) else "en"


def script(text: str) -> Script:
    """The script of the text. `mixed` holds both languages in a real share; `zh-Hans` includes a text that stands in both Chinese scripts;
    `other` is neither Chinese nor English."""
    words = _words()
    weights = _weights(text, simplified(text))
    whole = sum(weights.values())
    if not whole:
        return "other"
    chinese = weights["zh-Hans"] + weights["zh-Hant"]
    if weights["other"] * 2 > whole:
        return "other"
    if min(chinese, weights["en"]) >= words["real_share"] * (chinese + weights["en"]):
        return "mixed"
    if weights["en"] > chinese:
        return "en"
    if traditional_share(text) <= words["traditional_share"] or weights["zh-Hans"] >= words["simplified_version"] * chinese:
        return "zh-Hans"
    return "zh-Hant"


def traditional_share(text: str) -> float:
    """The share of Han characters that stand in their traditional form, 0 to 1."""
    return _share(text, simplified(text))


def _share(text: str, converted: str) -> float:
    if text == converted:
        return 0.0
    changed = sum(before != after for before, after in zip(text, converted, strict=True))
    return changed / max(1, len(_HAN.findall(text)))


_Kind = Literal["zh-Hans", "zh-Hant", "en", "other"]


def _weights(text: str, converted: str) -> Counter[_Kind]:
    """How much of the text is what, piece by piece; a word of an alphabet weighs as much as two Han characters."""
    weights: Counter[_Kind] = Counter()
    words: Counter[str] = Counter()
    for piece in _PIECE.finditer(text):
        han = len(_HAN.findall(piece[0]))
        latin = _LATIN_WORD.findall(piece[0].lower())
        other = len(_OTHER_LETTER.findall(piece[0]))
        if other > (han + sum(map(len, latin)) + other) * 0.2:
            weights["other"] += han + other
        elif han >= len(latin):
            traditional = _share(piece[0], converted[piece.start() : piece.end()]) > _words()["traditional_share"]
            weights["zh-Hant" if traditional else "zh-Hans"] += han
        else:
            foreign = max(sum(word in language for word in latin) for language in _foreign())
            english = sum(word in _english() for word in latin)
            weights["other" if foreign > english else "en"] += 2 * len(latin)
            words["english"] += english
            words["all"] += len(latin)
    if (
        words["all"] >= _words()["judged_words"]
        and words["english"] < _words()["english_share"] * words["all"]
        and weights["en"] > weights["zh-Hans"]
    ):
        weights["other"] += weights.pop("en")
    return weights


def _convert(text: str) -> str:
    converted: str = _converter().convert(text)
    return converted


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def _line(line: str) -> str:
    converted = _convert(line)
    return converted if len(converted) == len(line) else "".join(map(_character, line))


@cache
def _character(character: str) -> str:
    converted = _convert(character)
    return converted if len(converted) == 1 else character


@cache
def _words() -> dict[str, Any]:
    table: dict[str, Any] = catalog("languages")
    return table


@cache
def _english() -> frozenset[str]:
    return frozenset(_words()["english"])


@cache
def _foreign() -> tuple[frozenset[str], ...]:
    return tuple(frozenset(words) - _english() for words in _words()["foreign"])
