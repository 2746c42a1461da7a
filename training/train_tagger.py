"""Trains the taggers: `python -m training.train_tagger DATA_DIR [--lang zh]`, and prints a cross-validation by policy.

A first tagger learns from the annotations and tags more sentences; the second learns from both. So that the tagger looks at the words and
does not just repeat the lists, what the lists say is withheld in copies of the samples. The weights that are written have not seen the
held-out fifth of the policies, neither annotations nor other sentences."""

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pycrfsuite

from mingjian.nlp.ngrams import pack
from mingjian.nlp.reading import Lang
from mingjian.nlp.tagger import TAGS, Span, features, hashed, mentions, places
from training.corpus import read
from training.spans import Annotated, annotated, by_lists, fold, table
from training.train import WEIGHTS

SPARSE, SMOOTH = 0.05, 0.05
PASSES = 120
MORE = 400
"""Sentences without annotations that are learnt from."""
TOPICAL = {"collection", "sharing", "permission", "use"}
LENGTHS: dict[Lang, tuple[int, int]] = {"zh": (20, 200), "en": (20, 400)}
WITHHELD = 0.5
SEED = 1

Sample = tuple[list[list[str]], list[str]]


def sample(sentence: Annotated, lang: Lang) -> Sample:
    """The features and the tags of a sentence."""
    words = places(sentence.text)
    tags = ["O"] * len(words)
    for start, end, kind in sentence.spans:
        inside = [index for index, (first, last) in enumerate(words) if start <= first and last <= end]
        for index in inside:
            tags[index] = f"{'B' if index == inside[0] else 'I'}-{kind}"
    return features(sentence.text, words, lang), tags


def fit(samples: Sequence[Sample]) -> pycrfsuite.Tagger:
    """A chain learnt from samples; the same samples give the same weights."""
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
    trainer.set_params({"c1": SPARSE, "c2": SMOOTH, "max_iterations": PASSES})
    for rows, tags in samples:
        trainer.append(rows, tags)
    with tempfile.NamedTemporaryFile() as file:
        trainer.train(file.name)
        tagger = pycrfsuite.Tagger()
        tagger.open(file.name)
    return tagger


def learn(samples: Sequence[Sample], more: Sequence[list[list[str]]]) -> pycrfsuite.Tagger:
    """The second chain: from samples twice as they are, once with phrases of the lists withheld, and from what the first chain tags."""
    chance = random.Random(SEED)  # noqa: S311 (no secret)
    first = fit(samples)
    tagged = [(rows, _whole(first.tag(rows))) for rows in more]
    return fit([*samples, *samples, *((_withheld(rows, chance), tags) for rows, tags in [*samples, *tagged])])


def untagged(corpus: Path, lang: Lang, known: Sequence[Annotated]) -> list[Annotated]:
    """Sentences of the same topics that have no annotations, drawn at random."""
    texts = {sentence.text for sentence in known}
    shortest, longest = LENGTHS[lang]
    fit_for_it = [
        Annotated(policy.name, text, [])
        for policy in read(corpus / lang / "train")
        for text, labels in zip(policy.texts, policy.labels, strict=True)
        if labels & TOPICAL and text not in texts and shortest < len(text) < longest
    ]
    return random.Random(SEED).sample(fit_for_it, min(MORE, len(fit_for_it)))  # noqa: S311 (no secret)


def _withheld(rows: list[list[str]], chance: random.Random) -> list[list[str]]:
    """The features without what the list of data says, for about half the phrases it finds."""
    kept = []
    inside = drop = False
    for row in rows:
        listed = any(feature[0] == "d" for feature in row)
        if listed and not inside:
            drop = chance.random() < WITHHELD
        inside = listed
        kept.append([feature for feature in row if feature[0] != "d"] if listed and drop else row)
    return kept


def _whole(tags: Sequence[str]) -> list[str]:
    """The tags with a beginning wherever a phrase goes on that has none."""
    return [f"B-{tag[2:]}" if tag[0] == "I" and before[2:] != tag[2:] else tag for before, tag in zip(["O", *tags], tags, strict=False)]


def weights(tagger: pycrfsuite.Tagger) -> tuple[bytes, dict[str, object]]:
    """What `mingjian.nlp.tagger` reads: rows of whole numbers, their scale, and the steps from tag to tag."""
    info = tagger.info()
    rows: dict[int, list[float]] = {}
    for (feature, tag), weight in info.state_features.items():
        rows.setdefault(hashed(feature), [0.0] * len(TAGS))[TAGS.index(tag)] += weight
    keys = sorted(rows)
    table = np.array([rows[key] for key in keys])
    scale = float(np.abs(table).max()) / 127
    whole = np.rint(table / scale).astype(int)
    kept = np.abs(whole).max(axis=1) > 0
    steps = [[round(info.transitions.get((first, second), 0.0), 4) for second in TAGS] for first in TAGS]
    return pack(np.array(keys)[kept].tolist(), whole[kept].tolist()), {"scale": scale, "steps": steps}


def cross_validated(sentences: Sequence[Annotated], more: Sequence[Annotated], lang: Lang) -> str:
    """The table of phrases found in policies that the chain has not seen, all parts in turn, beside what the lists find."""
    samples = [sample(sentence, lang) for sentence in sentences]
    others = [sample(sentence, lang)[0] for sentence in more]
    found: list[list[Span]] = [[] for _ in sentences]
    for part in range(5):
        known = [one for one, sentence in zip(samples, sentences, strict=True) if fold(sentence.policy) != part]
        tagger = learn(known, [rows for rows, sentence in zip(others, more, strict=True) if fold(sentence.policy) != part])
        for index, sentence in enumerate(sentences):
            if fold(sentence.policy) == part:
                found[index] = _spans(sentence.text, tagger.tag(samples[index][0]))
    gold = [sentence.spans for sentence in sentences]
    lists = [by_lists(sentence.text, lang) for sentence in sentences]
    return f"cross-validation\n{table(gold, found)}\nthe lists alone\n{table(gold, lists)}"


def _spans(text: str, tags: Sequence[str]) -> list[Span]:
    return [(mention.start, mention.end, mention.term) for mention in mentions(places(text), _whole(tags))]


def main() -> None:
    """Writes the weights of the languages asked for and prints how good such a tagger is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--lang", choices=("zh", "en"), action="append")
    given = parser.parse_args()
    for lang in given.lang or ("zh", "en"):
        sentences = annotated(given.data, lang)
        more = untagged(given.data, lang, sentences)
        samples = [sample(sentence, lang) for sentence in sentences if not sentence.held_out]
        packed, values = weights(learn(samples, [sample(sentence, lang)[0] for sentence in more if not sentence.held_out]))
        (WEIGHTS / f"tagger.{lang}.bin").write_bytes(packed)
        (WEIGHTS / f"tagger.{lang}.json").write_text(json.dumps(values, separators=(",", ":")) + "\n", encoding="utf-8")
        sys.stdout.write(f"{lang}: {len(sentences)} sentences, {cross_validated(sentences, more, lang)}\n")


if __name__ == "__main__":
    main()
