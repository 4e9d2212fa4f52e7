"""How well a network's outputs go with labels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.head import HeadKind

# In nats, for what no loss can be reckoned of: outputs that are no numbers, labels with no output.
WORST_LOSS = 100.0

# How far the sum of outputs may be from one for them to be probabilities.
SUM_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """What a network makes of n labelled images.

    Attributes:
        predicted: int64, (n,), the output it decides for; -1 where its outputs are no numbers.
        correct: bool, (n,).
        losses: float64, (n,), nats, finite, at most WORST_LOSS.
    """

    predicted: NDArray[np.int64]
    correct: NDArray[np.bool_]
    losses: NDArray[np.float64]

    @property
    def accuracy(self) -> float:
        return float(self.correct.mean())

    @property
    def mean_loss(self) -> float:
        return float(self.losses.mean())


def score(
    logits: NDArray[np.float32],
    head: HeadKind,
    labels: NDArray[np.int64],
    targets: NDArray[np.bool_] | None = None,
) -> Score:
    """Hits and losses.

    Args:
        logits: (n, units).
        labels: (n,), from 0; one with no output of its own counts as wrong.
        targets: (n, C), where images have several labels: a prediction of one of them is right.
    """
    values = logits.astype(np.float64)
    broken = ~np.isfinite(values).all(1)
    values[broken] = 0
    if head == "sigmoid" and values.shape[1] == 1:
        values = np.concatenate([np.zeros_like(values), values], axis=1)
    rows, classes = np.arange(len(values)), values.shape[1]
    predicted = np.where(broken, -1, values.argmax(1)).astype(np.int64)
    known = (labels < classes) & ~broken
    hits = np.zeros((len(values), classes), np.bool_)
    if targets is None:
        hits[rows[known], labels[known]] = True
    else:
        shared = min(classes, targets.shape[1])
        hits[:, :shared] = targets[:, :shared]
    correct = hits[rows, np.maximum(predicted, 0)] & ~broken
    own = np.where(known, labels, 0)
    losses = _summed(values, hits) if head == "multilabel" else _entropy(values, own, head)
    return Score(predicted, correct, np.where(known, np.minimum(losses, WORST_LOSS), WORST_LOSS))


def _entropy(
    values: NDArray[np.float64], labels: NDArray[np.int64], head: HeadKind
) -> NDArray[np.float64]:
    """Cross-entropy -log p of each label, from logits or from what are probabilities already."""
    rows = np.arange(len(values))
    sums = values.sum(1)
    if head == "logits" and values.min() >= 0 and np.abs(sums - 1).max() < SUM_TOLERANCE:
        logarithms = np.log(np.maximum(values, np.exp(-WORST_LOSS)))
    else:
        shifted = values - values.max(1, keepdims=True)
        logarithms = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    losses: NDArray[np.float64] = np.maximum(-logarithms[rows, labels], 0)
    return losses


def _summed(values: NDArray[np.float64], hits: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Binary cross-entropy of each unit, log(1 + exp(z)) - z y, summed."""
    softplus = np.maximum(values, 0) + np.log1p(np.exp(-np.abs(values)))
    losses: NDArray[np.float64] = (softplus - values * hits).sum(1)
    return losses


def best_assignment(
    labels: NDArray[np.int64], predicted: NDArray[np.int64], classes: int, outputs: int
) -> NDArray[np.int64]:
    """The output for each class, no output twice, under which most predictions are right.

    Where an image more or less does not speak for another, a class keeps its own number. Solved
    as a linear assignment on the matrix of confusions.

    Args:
        labels: (n,), 0 to classes-1.
        predicted: (n,), 0 to outputs-1; any other stands for none.

    Returns:
        int64, (classes,), -1 for a class that is left without an output.
    """
    from scipy.optimize import linear_sum_assignment

    counts = np.zeros((classes, outputs))
    told = (predicted >= 0) & (predicted < outputs) & (labels < classes)
    np.add.at(counts, (labels[told], predicted[told]), 1)
    # Less than a count, so that it only decides between equals.
    shared = np.arange(min(classes, outputs))
    counts[shared, shared] += 0.5 / max(1, len(shared))
    of_class = np.full(classes, -1, np.int64)
    chosen, output = linear_sum_assignment(-counts)
    of_class[chosen] = output
    return of_class
