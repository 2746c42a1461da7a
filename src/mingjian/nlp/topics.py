"""What each sentence of a policy is about, by models trained on CAPP-130 (see `docs/models/topics.md`)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import exp, sqrt
from operator import mul

from mingjian.nlp.ngrams import Rows, grams
from mingjian.nlp.reading import Lang, Sentence
from mingjian.nlp.surroundings import Vector, like_heading, shape, surroundings

TOPICS = (
    "collection",
    "use",
    "permission",
    "sharing",
    "storage",
    "security",
    "rights",
    "change",
    "contact",
    "special",
    "cessation",
)
LABELS = (*TOPICS, "important", "risk")


@dataclass(frozen=True, slots=True)
class Model:
    """The weights of one language. The last lane of `rows` is the square of an n-gram's rarity, in units of `rarity`. `scales` and
    `biases` turn sums of lanes into scores: 13 of the sentence itself, then 11 topics each for what follows, what precedes and what
    stands below it. `hidden` and `out` are the two layers over the surroundings, a bias first in each row; `own_share` is how much the
    sentence's own score counts beside them; `thresholds` are probabilities."""

    rows: Rows
    rarity: float
    scales: Vector
    biases: Vector
    hidden: list[Vector]
    out: list[Vector]
    own_share: float
    thresholds: Vector


def topics(sentences: Sequence[Sentence]) -> list[dict[str, float]]:
    """The score of each label for each sentence of a document, in order: over 0 means present, 1 is certain, -1 surely absent. Each
    language of a document is judged by itself."""
    scored: list[dict[str, float]] = [{} for _ in sentences]
    for lang in ("zh", "en"):
        places = [place for place, sentence in enumerate(sentences) if sentence.lang == lang]
        texts = [sentences[place].text for place in places]
        headings = [sentences[place].kind == "heading" or like_heading(sentences[place].text, lang) for place in places]
        for place, row in zip(places, _scores(texts, headings, lang), strict=True):
            scored[place] = row
    return scored


def scores(texts: Sequence[str], lang: Lang) -> list[dict[str, float]]:
    """As `topics`, for the sentences of one document as plain texts; headings are told by their looks."""
    return _scores(texts, [like_heading(text, lang) for text in texts], lang)


def judged(vector: Vector, model: Model) -> Vector:
    """The probability of each label, from the surroundings of a sentence; the sentence's own scores stand first in them."""
    inner = [max(0.0, row[0] + sum(map(mul, row[1:], vector))) for row in model.hidden]
    sums = [row[0] + sum(map(mul, row[1:], inner)) for row in model.out]
    return [1 / (1 + exp(-max(-30.0, min(30.0, value + model.own_share * own)))) for value, own in zip(sums, vector, strict=False)]


def vectors(texts: Sequence[str], headings: Sequence[bool], lang: Lang, model: Model) -> list[Vector]:
    """The surroundings of each sentence of one document."""
    labels, topic_count = len(LABELS), len(TOPICS)
    own, after, before, below = [], [], [], []
    for text in texts:
        *sums, rarity = model.rows.add(grams(text, lang))
        norm = sqrt(rarity * model.rarity) or 1.0
        values = [value * scale / norm + bias for value, scale, bias in zip(sums, model.scales, model.biases, strict=True)]
        own.append(values[:labels])
        after.append(values[labels : labels + topic_count])
        before.append(values[labels + topic_count : labels + 2 * topic_count])
        below.append(values[labels + 2 * topic_count :])
    return surroundings(own, after, before, below, [shape(text, heading) for text, heading in zip(texts, headings, strict=True)])


def _scores(texts: Sequence[str], headings: Sequence[bool], lang: Lang) -> list[dict[str, float]]:
    model = trained(lang)
    found = []
    for vector in vectors(texts, headings, lang, model):
        rows = zip(LABELS, judged(vector, model), model.thresholds, strict=True)
        found.append({label: (p - t) / (1 - t) if p > t else (p - t) / t for label, p, t in rows})
    return found


@cache
def trained(lang: Lang) -> Model:
    """The shipped model of a language."""
    folder = resources.files("mingjian") / "nlp" / "weights"
    values = json.loads((folder / f"topics.{lang}.json").read_text(encoding="utf-8"))
    lanes = len(values["scales"]) + 1
    return Model(rows=Rows.unpack((folder / f"topics.{lang}.bin").read_bytes(), lanes), **values)
