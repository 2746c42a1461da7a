"""The first stage of the topic model: linear scores of a sentence by itself, from the n-grams in it."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import Ridge
from sklearn.svm import LinearSVC

from mingjian.nlp.ngrams import Rows, grams, pack
from mingjian.nlp.reading import Lang
from mingjian.nlp.surroundings import like_heading
from mingjian.nlp.topics import LABELS, TOPICS, Model
from training.corpus import Policy

KEPT = 40_000
"""n-grams that a shipped model keeps."""
RARE = 3
REGULARISATION = 0.2
RIDGE = 2.0
BELOW = 12
"""Sentences under a heading that tell what it is about."""

Array = NDArray[np.float64]


def found_grams(policies: Sequence[Policy], lang: Lang) -> list[list[int]]:
    """The n-grams of every sentence, in order, sorted so that nothing depends on the order of a set."""
    return [sorted(grams(text, lang)) for policy in policies for text in policy.texts]


def labels_of(policies: Sequence[Policy]) -> Array:
    """A row a sentence and a column a label, of 0 and 1."""
    return np.array([[label in labels for label in LABELS] for policy in policies for labels in policy.labels], dtype=float)


def fit(policies: Sequence[Policy], found: Sequence[Sequence[int]], lang: Lang) -> tuple[Model, bytes]:
    """A model without its second stage, and its rows as bytes. Neighbours, titles and what follows are learnt by ridge regression on the
    share of each label there; the labels of the sentence itself by support vectors."""
    labels = labels_of(policies)
    after, before, below, headings = _around(policies, labels[:, : len(TOPICS)], lang)
    matrix, keys, rarity = _matrix(found, labels)
    support = [LinearSVC(C=REGULARISATION, random_state=0).fit(matrix, column) for column in labels.T]
    around = Ridge(alpha=RIDGE, solver="sparse_cg", tol=1e-2).fit(matrix, np.hstack([after, before]))
    under = Ridge(alpha=RIDGE / 4, solver="sparse_cg", tol=1e-2).fit(matrix[headings], below[headings])
    weights = np.vstack([*(machine.coef_ for machine in support), around.coef_, under.coef_]).T * rarity[:, None]
    biases = np.concatenate([*(machine.intercept_ for machine in support), around.intercept_, under.intercept_])
    scales = np.abs(weights).max(axis=0) / 127
    square = rarity**2
    whole = np.rint(np.hstack([weights / scales, 127 * square[:, None] / square.max()])).astype(int)
    packed = pack(keys.tolist(), whole.tolist())
    rows = Rows.unpack(packed, whole.shape[1])
    return Model(rows, float(square.max()) / 127, scales.tolist(), biases.tolist(), [], [], 0.0, []), packed


def _matrix(found: Sequence[Sequence[int]], labels: Array) -> tuple[sparse.csr_matrix, NDArray[np.int64], Array]:
    """Rows of unit length over the kept n-grams, the n-grams and their rarities. Kept are those that tell most of some label, by the
    distance of their count from the expected in standard deviations."""
    counts = Counter(key for row in found for key in row)
    keys = np.array(sorted(key for key, count in counts.items() if count >= RARE))
    whole = _counted(found, keys)
    share = labels.mean(axis=0)
    count = np.asarray(whole.sum(axis=0)).ravel()
    strength = np.abs(whole.T @ labels - np.outer(count, share)) / np.sqrt(np.outer(count, share * (1 - share)) + 1)
    best = np.sort(np.argsort(-strength.max(axis=1), kind="stable")[:KEPT])
    keys, count = keys[best], count[best]
    rarity = np.log((1 + len(found)) / (1 + count)) + 1
    weighted = whole[:, best] @ sparse.diags(rarity)
    norm = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    norm[norm == 0] = 1
    return sparse.csr_matrix(sparse.diags(1 / norm) @ weighted), keys, rarity


def _counted(found: Sequence[Sequence[int]], keys: NDArray[np.int64]) -> sparse.csr_matrix:
    column = {key: index for index, key in enumerate(keys.tolist())}
    columns = [[column[key] for key in row if key in column] for row in found]
    starts = np.cumsum([0, *map(len, columns)])
    return sparse.csr_matrix((np.ones(starts[-1]), np.concatenate(columns).astype(int), starts), shape=(len(found), len(keys)))


def _around(policies: Sequence[Policy], labels: Array, lang: Lang) -> tuple[Array, Array, Array, NDArray[np.bool_]]:
    """For each sentence the mean labels of the three after it, of the three before it and, where it is a heading, of those below it;
    and whether it is a heading."""
    after, before, below = np.zeros_like(labels), np.zeros_like(labels), np.zeros_like(labels)
    headings = np.array([like_heading(text, lang) for policy in policies for text in policy.texts])
    start = 0
    for policy in policies:
        end = start + len(policy.texts)
        for index in range(start, end):
            if index + 1 < end:
                after[index] = labels[index + 1 : min(end, index + 4)].mean(axis=0)
            if index > start:
                before[index] = labels[max(start, index - 3) : index].mean(axis=0)
            text = [at for at in range(index + 1, min(end, index + 25)) if not headings[at]][:BELOW]
            if headings[index] and text:
                below[index] = labels[text].mean(axis=0)
        start = end
    return after, before, below, headings
