"""Which of the 39 official types an app is, from what it says of itself and what is in it: a linear model over hashed words and runs of
characters, trained on a list of invented apps (see `docs/models/app_types.md`), and the words of `terms/categories.yml`."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise
from math import exp, sqrt
from typing import Literal
from zlib import crc32

from mingjian.model.terms import vocabulary
from mingjian.model.types import Ground, Proposal
from mingjian.nlp.language import HAN, simplified
from mingjian.nlp.ngrams import Rows

Source = Literal["label", "description", "component", "screen", "policy", "permission", "sdk"]

NONE = "none"
"""The answer of the model for an app that is none of the 39: programs for staff, for the merchant's side, for offices."""

SHARES: Mapping[Source, float] = {
    "label": 1.0,
    "description": 1.4,
    "component": 0.5,
    "screen": 0.4,
    "policy": 0.3,
    "permission": 0.5,
    "sdk": 0.4,
}
"""How much each source counts. What an app says of itself weighs most, so that a mixed app is judged by what it presents itself as."""

UNDESCRIBED = 2.0
"""By how much names of components, screens and the policy count more where nobody described the app: they stand for the description."""

KEYWORD: Mapping[Source, float] = {"label": 2.0, "description": 1.0}
"""What a word of the official vocabulary adds to the score of its type. Set beforehand: no app of the lists holds one of its own type."""

CALM = 12.0
"""What is added to the square of a source's length, so that one known word in a text of strangers does not count as a whole text."""

_LONGEST: Mapping[Source, int] = {"label": 200, "description": 4_000, "screen": 4_000, "policy": 2_000}
_MOST_NAMES = 400
_WIDTHS = (1, 2, 3)
_MOST_WORDS = 4
_STEM = 5
_RUN = re.compile(f"[{HAN}]+")
_WORD = re.compile(r"[a-z]+")
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_GENERIC = frozenset(
    ("activity", "service", "receiver", "provider", "fragment", "main", "base", "splash", "app", "application", "android", "com")
)


@dataclass(frozen=True, slots=True)
class Clues:
    """What is known of an app. `labels` and `description` are what it presents itself as; `components` dotted class names, `screens` the
    headings of screens, `policy` the beginning of the policy, `permissions` names with or without `android.permission.`, `sdks` the
    kinds of the embedded SDKs (`map`, `pay`)."""

    labels: tuple[str, ...] = ()
    description: str = ""
    components: tuple[str, ...] = ()
    screens: tuple[str, ...] = ()
    policy: str = ""
    permissions: tuple[str, ...] = ()
    sdks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ranked:
    """The types by score. `best` is one of the 39, or `none`; `share` its probability among all, from 0 to 1; `sure` says that it
    reaches the threshold below which nobody is told a type."""

    best: str
    second: str
    share: float
    sure: bool
    grounds: tuple[Ground, ...]
    order: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """The weights: a lane a type and, last, the square of a feature's rarity in units of `rarity`. `scales` and `biases` turn sums of
    lanes into scores, `threshold` is the least probability of a type that is named."""

    rows: Rows
    types: list[str]
    rarity: float
    scales: list[float]
    biases: list[float]
    threshold: float


def features(clues: Clues) -> dict[Source, dict[int, str]]:
    """The hashed features of each source, each with the words that it stands for."""
    found: dict[Source, dict[int, str]] = {
        "label": _of_text(" ".join(clues.labels)[: _LONGEST["label"]]),
        "description": _of_text(clues.description[: _LONGEST["description"]]),
        "component": _of_names(clues.components[:_MOST_NAMES]),
        "screen": _of_text("\n".join(clues.screens)[: _LONGEST["screen"]]),
        "policy": _of_text(clues.policy[: _LONGEST["policy"]]),
        "permission": _marked("permission:", (name.rpartition(".")[2] for name in clues.permissions[:_MOST_NAMES])),
        "sdk": _marked("sdk:", clues.sdks[:_MOST_NAMES]),
    }
    return {source: words for source, words in found.items() if words}


def rank(clues: Clues, model: Model | None = None) -> Ranked | None:
    """The types in order, the likeliest first; none when no word, name or permission is known that could carry a type."""
    model = model or trained()
    found, named = features(clues), keywords(clues)
    sums = list(model.biases)
    known = False
    for source, words in found.items():
        values, length = _summed(words, model)
        known = known or (length > 0 and source != "permission")
        for lane, value in enumerate(values):
            sums[lane] += _share(source, found) * value * model.scales[lane] / sqrt(length + CALM)
    for type, source, _ in named:
        sums[model.types.index(type)] += KEYWORD[source]
    if not known and not named:
        return None
    order = sorted(range(len(sums)), key=lambda lane: -sums[lane])
    best, second = model.types[order[0]], model.types[order[1]]
    share = 1 / sum(exp(max(-60.0, value - sums[order[0]])) for value in sums)
    return Ranked(
        best=best,
        second=second,
        share=share,
        sure=share >= model.threshold,
        grounds=tuple(_grounds(found, named, order[0], model)),
        order=tuple(model.types[lane] for lane in order),
    )


def propose(clues: Clues, model: Model | None = None) -> Proposal:
    """The type that a person may confirm: `unknown` when nothing carries it far enough, `none` when the app looks like none of the 39."""
    ranked = rank(clues, model)
    if ranked is None:
        return Proposal("unknown")
    share = round(ranked.share, 3)
    if not ranked.sure:
        return Proposal("unknown", None, None, share)
    if ranked.best == NONE:
        return Proposal("none", None, ranked.second, share, ranked.grounds)
    return Proposal("proposed", ranked.best, ranked.second, share, ranked.grounds)


def keywords(clues: Clues) -> list[tuple[str, Source, str]]:
    """Type, source and word of each type whose official vocabulary stands in the label or the description, once a source. A word within
    a longer one of another type does not count."""
    found: list[tuple[str, Source, str]] = []
    texts: tuple[tuple[Source, str], ...] = (("label", " ".join(clues.labels)), ("description", clues.description))
    for source, whole in texts:
        text = simplified(whole[: _LONGEST[source]])
        here = [(type, word) for type, words in _keywords().items() for word in words if word in text]
        kept = [
            (type, word) for type, word in here if text.count(word) > sum(text.count(longer) for _, longer in here if _inside(word, longer))
        ]
        found += {type: (type, source, word) for type, word in reversed(kept)}.values()
    return found


def _inside(word: str, longer: str) -> bool:
    return word != longer and word in longer


def _share(source: Source, found: Mapping[Source, object]) -> float:
    within = source in ("component", "screen", "policy")
    return SHARES[source] * (UNDESCRIBED if within and "description" not in found else 1.0)


@cache
def _keywords() -> dict[str, tuple[str, ...]]:
    return {id: tuple(term.fields["keywords_zh"]) for id, term in vocabulary("categories").items()}


def _of_text(text: str) -> dict[int, str]:
    """Runs of Han characters and words of Latin letters, pairs and beginnings of words."""
    words: dict[int, str] = {}
    for run in _RUN.findall(simplified(text)):
        words |= {_key(run[at : at + width]): run[at : at + width] for width in _WIDTHS for at in range(len(run) - width + 1)}
    return words | _of_words(_WORD.findall(text.lower()))


def _of_words(latin: Sequence[str]) -> dict[int, str]:
    words = {_key(word): word for word in latin if len(word) > 1}
    words |= {_key(f"{word[:_STEM]}~"): word for word in latin if len(word) > _STEM}
    return words | {_key(f"{one} {two}"): f"{one} {two}" for one, two in pairwise(latin)}


def _of_names(names: Iterable[str]) -> dict[int, str]:
    """The words of the simple names of classes, without those that every app has."""
    words: dict[int, str] = {}
    for name in names:
        parts = (part.lower() for part in _CAMEL.findall(name.rpartition(".")[2][:100]))
        words |= _of_words([part for part in parts if part not in _GENERIC])
    return words


def _marked(mark: str, names: Iterable[str]) -> dict[int, str]:
    return {_key(mark + name): name for name in names}


def _key(word: str) -> int:
    return crc32(word.encode("utf-8", "replace"))


def _summed(words: Iterable[int], model: Model) -> tuple[list[int], float]:
    *sums, rarity = model.rows.add(words)
    return sums, rarity * model.rarity


def _grounds(
    found: Mapping[Source, Mapping[int, str]], named: Sequence[tuple[str, Source, str]], lane: int, model: Model
) -> Iterator[Ground]:
    """For each source the words that raise the type most above the others."""
    for source, words in found.items():
        own = [word for type, at, word in named if at == source and type == model.types[lane]]
        lifted: dict[str, float] = {}
        for key, word in words.items():
            values, length = _summed((key,), model)
            if length > 0:
                lift = values[lane] * model.scales[lane] - sum(map(float.__mul__, map(float, values), model.scales)) / len(values)
                lifted[word] = max(lift, lifted.get(word, 0.0))
        best = sorted((word for word, lift in lifted.items() if lift > 0), key=lambda word: (-lifted[word], word))
        shown = tuple(_distinct([*own, *best]))
        if shown:
            yield Ground(source, shown)


def _distinct(words: Iterable[str]) -> Iterator[str]:
    """The first words of which none is part of another."""
    kept: list[str] = []
    for word in words:
        if not any(word in other or other in word for other in kept) and (len(word) > 1 or not _RUN.match(word)):
            kept.append(word)
            yield word
        if len(kept) == _MOST_WORDS:
            return


@cache
def trained() -> Model:
    """The shipped model."""
    folder = resources.files("mingjian") / "nlp" / "weights"
    values = json.loads((folder / "app_types.json").read_text(encoding="utf-8"))
    return Model(rows=Rows.unpack((folder / "app_types.bin").read_bytes(), len(values["types"]) + 1), **values)
