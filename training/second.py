"""The second stage of the topic model: a small network over what stands around a sentence."""

import warnings
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import precision_recall_curve
from sklearn.neural_network import MLPClassifier

from mingjian.nlp.reading import Lang
from mingjian.nlp.surroundings import like_heading
from mingjian.nlp.topics import LABELS, Model, vectors
from training.corpus import Policy

HIDDEN = 32
PASSES = 10
DECAY = 3.0
OWN_SHARE = 2.0
"""How much the sentence's own score counts beside the network."""
PIECES = ((1, 40), (2, 80))
"""Lengths of the pieces, in sentences, that policies are cut into to learn from once more: a model that has seen whole policies only
takes a sentence with few neighbours for the opening of one, and finds no topic in it."""

Array = NDArray[np.float64]


def seen(policies: Sequence[Policy], lang: Lang, model: Model) -> Array:
    """The surroundings of every sentence of some policies, by the same code that reads a policy."""
    rows = [row for policy in policies for row in vectors(policy.texts, [like_heading(text, lang) for text in policy.texts], lang, model)]
    return np.array(rows)


def in_pieces(policies: Sequence[Policy], shortest: int, longest: int, seed: int) -> list[Policy]:
    """The policies cut into pieces of random lengths, short ones more often than long ones."""
    chance = np.random.RandomState(seed)
    pieces = []
    for policy in policies:
        start = 0
        while start < len(policy.texts):
            length = int(np.exp(chance.uniform(np.log(shortest), np.log(longest + 1))))
            part = slice(start, start + max(shortest, length))
            pieces.append(Policy(policy.name, policy.ids[part], policy.texts[part], policy.labels[part]))
            start = part.stop
    return pieces


def fit(inputs: Array, labels: Array, seed: int, model: Model) -> Model:
    """The model with its second stage; thresholds are still to come. The scaling of the inputs is folded into the weights. `inputs` has
    three axes: the ways a policy was cut, sentences, numbers."""
    labels = np.vstack([labels] * len(inputs))
    inputs = np.vstack(list(inputs))
    mean, spread = inputs.mean(axis=0), inputs.std(axis=0)
    spread[spread == 0] = 1
    network = MLPClassifier((HIDDEN,), alpha=DECAY, max_iter=PASSES, batch_size=256, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        network.fit((inputs - mean) / spread, labels)
    first, second = network.coefs_
    first = first / spread[:, None]
    hidden = np.column_stack([network.intercepts_[0] - mean @ first, first.T])
    out = np.column_stack([network.intercepts_[1], second.T])
    return replace(model, hidden=np.round(hidden, 4).tolist(), out=np.round(out, 4).tolist(), own_share=OWN_SHARE)


def probabilities(inputs: Array, model: Model) -> Array:
    """What `judged` gives, for many sentences at once."""
    hidden, out = np.array(model.hidden), np.array(model.out)
    inner = np.maximum(0, inputs @ hidden[:, 1:].T + hidden[:, 0])
    sums = inner @ out[:, 1:].T + out[:, 0] + model.own_share * inputs[:, : len(LABELS)]
    return np.asarray(1 / (1 + np.exp(-np.clip(sums, -30, 30))))


def thresholds(probability: Array, labels: Array) -> list[float]:
    """The probability from which a label counts as present: where F1 is best over sentences that the model did not learn from."""
    best = []
    for column, truth in zip(probability.T, labels.T, strict=True):
        precision, recall, cuts = precision_recall_curve(truth, column)
        f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
        best.append(round(float(cuts[min(int(f1.argmax()), len(cuts) - 1)]), 4))
    return best
