"""Trains the topic models: `python -m training.train DATA_DIR [--lang zh]`. The same data and versions give the same bytes.

Every choice rests on cross-validation by policy over `train/`; `dev/` is never read here."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from mingjian.nlp.reading import Lang
from mingjian.nlp.topics import LABELS
from training import first, second
from training.corpus import Policy, digest, read
from training.measure import report

SEED = 1
FOLDS = 5
WEIGHTS = Path(__file__).parents[1] / "src/mingjian/nlp/weights"


def train(policies: Sequence[Policy], lang: Lang) -> tuple[dict[str, object], bytes, str]:
    """The values and the rows of a model, and the table of its scores in cross-validation."""
    found = first.found_grams(policies, lang)
    labels = first.labels_of(policies)
    group = np.repeat(np.arange(len(policies)), [len(policy.texts) for policy in policies])
    inputs = _unseen(policies, found, group, lang)
    probability = np.zeros_like(labels)
    model, packed = first.fit(policies, found, lang)
    for learnt, held in GroupKFold(FOLDS, shuffle=True, random_state=SEED + 1).split(labels, groups=group):
        part = second.fit(inputs[:, learnt], labels[learnt], SEED, model)
        probability[held] = second.probabilities(inputs[0, held], part)
    cuts = second.thresholds(probability, labels)
    model = replace(second.fit(inputs, labels, SEED, model), thresholds=cuts)
    values = {field.name: getattr(model, field.name) for field in fields(model) if field.name != "rows"}
    return values, packed, report(labels.tolist(), (probability - np.array(cuts)).tolist())


def _unseen(policies: Sequence[Policy], found: Sequence[Sequence[int]], group: NDArray[np.int64], lang: Lang) -> NDArray[np.float64]:
    """The surroundings of every sentence by a first stage that has not seen its policy: in the whole policy, then in pieces of it. The
    axes are those of `second.fit`."""
    parts: dict[int, NDArray[np.float64]] = {}
    for learnt, held in GroupKFold(FOLDS, shuffle=True, random_state=SEED).split(group, groups=group):
        known = [policies[index] for index in np.unique(group[learnt])]
        model, _ = first.fit(known, [found[index] for index in learnt], lang)
        for index in np.unique(group[held]):
            cuts = [[policies[index]], *(second.in_pieces([policies[index]], *span, seed=int(index)) for span in second.PIECES)]
            parts[int(index)] = np.stack([second.seen(pieces, lang, model) for pieces in cuts])
    return np.concatenate([parts[index] for index in range(len(policies))], axis=1)


def main() -> None:
    """Writes the weights of the languages asked for and prints the scores of the cross-validation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--lang", choices=("zh", "en"), action="append")
    given = parser.parse_args()
    for lang in given.lang or ("zh", "en"):
        values, packed, table = train(read(given.data / lang / "train"), lang)
        (WEIGHTS / f"topics.{lang}.bin").write_bytes(packed)
        (WEIGHTS / f"topics.{lang}.json").write_text(json.dumps(values, separators=(",", ":")) + "\n", encoding="utf-8")
        sys.stdout.write(f"{lang}: data {digest(given.data / lang / 'train')}, {len(LABELS)} labels, cross-validation by policy\n{table}\n")


if __name__ == "__main__":
    main()
