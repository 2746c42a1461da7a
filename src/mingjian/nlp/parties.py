"""Whom a text gives data to: SDKs, companies and kinds of third parties."""

import re
from functools import cache

from mingjian.nlp.companies import companies, slug
from mingjian.nlp.products import Word, narrowed, sdks, vocabulary, words_of
from mingjian.nlp.reading import Lang, Mention

__all__ = ["named_sdks", "narrowed", "parties", "sdks"]


def parties(text: str, lang: Lang) -> list[Mention]:
    """The recipients that a text names, the app's own operator left out, in order and without overlaps: `sdk.<id>` (one mention for each
    SDK that an ambiguous name may mean, at the same place), `company.<slug>`, `party.<kind>` and `program.mini`."""
    found = [
        (each.start, each.end, [Mention(each.start, each.end, f"company.{slug(each.name)}")])
        for each in companies(text, lang)
        if each.kind == "company"
    ]
    found += named_sdks(text)
    found += [(mention.start, mention.end, [mention]) for mention in _kinds(text, lang)]
    chosen: list[tuple[int, int, list[Mention]]] = []
    for start, end, mentions in sorted(found, key=lambda item: (item[0], -item[1])):
        if chosen and start < chosen[-1][1]:
            if end - start > chosen[-1][1] - chosen[-1][0]:
                chosen[-1] = start, end, mentions
        else:
            chosen.append((start, end, mentions))
    return [mention for _, _, mentions in chosen for mention in mentions]


def _kinds(text: str, lang: Lang) -> list[Mention]:
    return [
        Mention(match.start(), match.end(), _TERMS.get(kind, f"party.{kind}"), certain)
        for kind, certain, pattern in _patterns(lang)
        for match in pattern.finditer(text)
        if match.end() > match.start()
    ]


_TERMS = {"program": "program.mini"}
"""What a kind is called where it is no `party.<kind>`: programs opened from inside the app are recipients of their own."""


@cache
def _patterns(lang: Lang) -> tuple[tuple[str, bool, re.Pattern[str]], ...]:
    around = ("", "") if lang == "zh" else (r"\b(?:", r")\b")
    flags = re.IGNORECASE if lang == "en" else 0
    return tuple(
        (kind, sure == "certain", re.compile(around[0] + "|".join(patterns) + around[1], flags))
        for kind, languages in vocabulary()["kinds"].items()
        for sure, patterns in languages[lang].items()
    )


def named_sdks(text: str) -> list[tuple[int, int, list[Mention]]]:
    """The places where a text names an SDK, with a mention for each that the name may mean."""
    found = []
    for run in _runs(text, words_of(text)):
        for index, word in enumerate(run):
            after = run[index + 1 :]
            technical = any(each.kind == "technical" for each in after)
            told = technical or any(each.kind == "function" for each in after)
            if word.kind == "product" and (told or not word.plain):
                ids, certain = word.values, len(word.values) == 1 and (technical or not word.plain)
            elif word.kind == "maker" and technical and not any(each.kind == "product" for each in run):
                ids = narrowed(word.values, text[run[0].start : run[-1].end], strict=True)
                certain = len(ids) == 1
            else:
                continue
            end = _end(word, after)
            if ids:
                found.append((word.start, end, [Mention(word.start, end, f"sdk.{id}", certain) for id in ids]))
    return found


def _end(word: Word, after: list[Word]) -> int:
    """Where a mention ends: with the words of function and technique that follow, before the next name."""
    end = word.end
    for each in after:
        if each.kind not in ("function", "technical") or each.start - end > 1:
            break
        end = each.end
    return end


def _runs(text: str, words: list[Word]) -> list[list[Word]]:
    """Words that stand together, nothing but separators and conjunctions between them."""
    runs: list[list[Word]] = []
    for word in words:
        if word.kind == "generic":
            continue
        if runs and _joint().fullmatch(text, runs[-1][-1].end, word.start):
            runs[-1].append(word)
        else:
            runs.append([word])
    return runs


@cache
def _joint() -> re.Pattern[str]:
    return re.compile(vocabulary()["joint"])
