"""Trains the model of app types: `python -m training.train_app_types`. The same lists and versions give the same bytes.

Learns from the larger part of the list and from the words of each type; every choice rests on cross-validation over that part, and the
part that is held out is never read here."""

import json
import random
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from mingjian.nlp.app_types import CALM, SHARES, Clues, Model, Ranked, features, rank
from mingjian.nlp.ngrams import Rows, pack
from training import app_type_list
from training.app_type_list import SEED, App, apps, split

WEIGHTS = Path(__file__).parents[1] / "src/mingjian/nlp/weights"
FOLDS = 5
STRENGTH = 60.0
"""The inverse of regularisation."""
KEPT = 6_000
RARE = 2
TOGETHER = 5
"""Words of a type that are shown together as one description."""
ROUNDS = 4
LEAST_PRECISION = 0.95
"""What the types that are named have to reach in cross-validation; the threshold follows from it."""

Array = NDArray[np.float64]


def lessons() -> list[App]:
    """The words of each type as descriptions of a few words each, every word in as many of them as there are rounds."""
    found = []
    for type, known in app_type_list.words().items():
        for turn in range(ROUNDS):
            drawn = list(known)
            random.Random(f"{SEED} {type} {turn}").shuffle(drawn)  # noqa: S311  a draw, no secret
            for at in range(0, len(drawn), TOGETHER):
                found.append(App(type, Clues((), "，".join(drawn[at : at + TOGETHER])), False))
    return found


def fit(learnt: Sequence[App], threshold: float = 0.0) -> tuple[Model, bytes]:
    """The model of these apps and its rows as bytes."""
    found = [features(app.clues) for app in learnt]
    counts = Counter(key for each in found for key in {key for words in each.values() for key in words})
    common = np.array(sorted(key for key, count in counts.items() if count >= RARE))
    rarity = np.log((1 + len(found)) / (1 + np.array([counts[int(key)] for key in common]))) + 1
    types = sorted({app.type for app in learnt})
    target = np.array([types.index(app.type) for app in learnt])
    keys, rarity = _telling(found, common, rarity, target)
    matrix = _matrix(found, keys, rarity)
    machine = LogisticRegression(C=STRENGTH, max_iter=400, tol=1e-3).fit(matrix, target)
    weights = machine.coef_.T * rarity[:, None]
    scales = np.abs(weights).max(axis=0) / 127
    square = rarity**2
    whole = np.rint(np.hstack([weights / scales, 127 * square[:, None] / square.max()])).astype(int)
    packed = pack(keys.tolist(), whole.tolist())
    rows = Rows.unpack(packed, whole.shape[1])
    rounded = [float(f"{value:.6g}") for value in scales], [float(f"{value:.6g}") for value in machine.intercept_]
    return Model(rows, types, float(f"{square.max() / 127:.6g}"), *rounded, threshold), packed


def _telling(found: list, keys: Array, rarity: Array, target: Array) -> tuple[Array, Array]:  # type: ignore[type-arg]
    """The features that tell most of some type, by the distance of their count from the expected in standard deviations."""
    column = {int(key): at for at, key in enumerate(keys)}
    own = np.zeros((len(keys), target.max() + 1))
    for each, type in zip(found, target, strict=True):
        for key in {key for words in each.values() for key in words if key in column}:
            own[column[key], type] += 1
    share = np.bincount(target) / len(target)
    count = own.sum(axis=1)
    strength = ((own - np.outer(count, share)) / np.sqrt(np.outer(count, share) + 0.1)).max(axis=1)
    best = np.sort(np.argsort(-strength, kind="stable")[:KEPT])
    return keys[best], rarity[best]


def _matrix(found: list, keys: Array, rarity: Array) -> sparse.csr_matrix:  # type: ignore[type-arg]
    """As `rank` weighs them: each source by its share, over its length."""
    column = {int(key): at for at, key in enumerate(keys)}
    values: list[float] = []
    columns: list[int] = []
    starts = [0]
    for each in found:
        row: dict[int, float] = {}
        for source, words in each.items():
            known = [column[key] for key in words if key in column]
            length = np.sqrt(sum(rarity[at] ** 2 for at in known) + CALM)
            for at in known:
                row[at] = row.get(at, 0.0) + SHARES[source] * rarity[at] / length
        columns += row
        values += row.values()
        starts.append(len(columns))
    return sparse.csr_matrix((values, columns, starts), shape=(len(found), len(keys)))


def unseen(learnt: Sequence[App], beside: Sequence[App]) -> list[tuple[App, Ranked | None]]:
    """Every app with the ranking by a model that has not seen it."""
    fold = dict.fromkeys({app.type for app in learnt}, 0)
    folds = []
    for app in learnt:
        folds.append(fold[app.type] % FOLDS)
        fold[app.type] += 1
    told = []
    for each in range(FOLDS):
        model, _ = fit([*(app for app, own in zip(learnt, folds, strict=True) if own != each), *beside])
        told += [(app, rank(app.clues, model)) for app, own in zip(learnt, folds, strict=True) if own == each]
    return told


def threshold_of(told: Sequence[tuple[App, Ranked | None]]) -> float:
    """The least probability from which on what is named is right often enough."""
    ordered = sorted(((ranked.share, ranked.best == app.type) for app, ranked in told if ranked), reverse=True)
    right, cut = 0, 1.0
    for count, (share, true) in enumerate(ordered, 1):
        right += true
        if right / count >= LEAST_PRECISION:
            cut = share
    return float(f"{cut:.3f}")


def main() -> None:
    """Writes the weights and prints the scores of the cross-validation."""
    learnt, _ = split(apps())
    beside = lessons()
    told = unseen(learnt, beside)
    cut = threshold_of(told)
    first = sum(ranked is not None and ranked.best == app.type for app, ranked in told)
    second = sum(ranked is not None and app.type in ranked.order[:2] for app, ranked in told)
    sys.stdout.write(
        f"cross-validation over {len(told)} apps: first {first / len(told):.3f}, first two {second / len(told):.3f}, threshold {cut}\n"
    )
    model, packed = fit([*learnt, *beside], cut)
    values = {"types": model.types, "rarity": model.rarity, "scales": model.scales, "biases": model.biases, "threshold": cut}
    (WEIGHTS / "app_types.bin").write_bytes(packed)
    (WEIGHTS / "app_types.json").write_text(json.dumps(values, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
