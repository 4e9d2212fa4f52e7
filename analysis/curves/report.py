"""Precision, recall, F1, support and loss of each class, and their averages."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MICRO, MACRO, WEIGHTED = "micro", "macro", "weighted"
AVERAGES = (MICRO, MACRO, WEIGHTED)


@dataclass(frozen=True, slots=True)
class ClassReport:
    """What the network makes of each class: (C,) each.

    Attributes:
        hits: int64, samples of the class that are predicted so.
        called: int64, samples predicted to be of the class.
        support: int64, samples of the class.
        loss: float64, the mean loss of its samples in nats, NaN where none has one.
    """

    hits: NDArray[np.int64]
    called: NDArray[np.int64]
    support: NDArray[np.int64]
    loss: NDArray[np.float64]

    @property
    def precision(self) -> NDArray[np.float64]:
        """hits / called, 0 to 1; NaN where a class is never predicted."""
        return _divide(self.hits, self.called)

    @property
    def recall(self) -> NDArray[np.float64]:
        """hits / support, 0 to 1; NaN where no sample is of the class."""
        return _divide(self.hits, self.support)

    @property
    def f1(self) -> NDArray[np.float64]:
        """The harmonic mean of the two, 0 to 1; NaN for a class neither there nor predicted."""
        return _divide(2 * self.hits, self.called + self.support)

    def average(self, kind: str) -> tuple[float, float, float]:
        """Precision, recall and F1 over all classes.

        Args:
            kind: "micro": of all predictions together. "macro": the mean of the classes that are
                there or are predicted. "weighted": that of the classes by their support.

        What is not defined for a class counts as zero, as in scikit-learn.
        """
        if kind == MICRO:
            hits, called, support = (
                np.array([values.sum()]) for values in (self.hits, self.called, self.support)
            )
            whole = ClassReport(hits, called, support, np.full(1, np.nan))
            return (float(whole.precision[0]), float(whole.recall[0]), float(whole.f1[0]))
        there = (self.support + self.called) > 0
        weights = there.astype(np.int64) if kind == MACRO else self.support
        precision, recall, f1 = (
            mean(np.nan_to_num(values), weights)
            for values in (self.precision, self.recall, self.f1)
        )
        return precision, recall, f1


def report(
    truth: Callable[[int], NDArray[np.bool_]],
    called: Callable[[int], NDArray[np.bool_]],
    losses: NDArray[np.floating],
    classes: int,
) -> ClassReport:
    """Counts class by class, where several classes may apply to a sample.

    Args:
        truth, called: of a class, which samples are of it, and which are predicted so: (N,).
        losses: (N,), nats, NaN for none.
    """
    sums = np.zeros((3, classes), np.int64)
    loss = np.full(classes, np.nan)
    for number in range(classes):
        own, said = truth(number), called(number)
        sums[:, number] = (own & said).sum(), said.sum(), own.sum()
        loss[number] = mean_loss(losses[own])
    return ClassReport(sums[0], sums[1], sums[2], loss)


def report_single(
    labels: NDArray[np.int64],
    predicted: NDArray[np.int64],
    losses: NDArray[np.floating],
    classes: int,
) -> ClassReport:
    """Counts of all classes at once, where each sample has one label.

    Args:
        labels, predicted: (N,), 0 to classes - 1.
        losses: (N,), nats, NaN for none.
    """
    known = ~np.isnan(losses)
    sums = np.bincount(labels[known], losses[known].astype(np.float64), classes)
    return ClassReport(
        np.bincount(labels[labels == predicted], minlength=classes),
        np.bincount(predicted, minlength=classes),
        np.bincount(labels, minlength=classes),
        _divide(sums, np.bincount(labels[known], minlength=classes)),
    )


def mean(values: NDArray[np.float64], weights: NDArray[np.integer]) -> float:
    """The mean by weights, of the values that are known; NaN where no weight is left."""
    known = ~np.isnan(values) & (weights > 0)
    total = int(weights[known].sum())
    return float(np.dot(values[known], weights[known]) / total) if total else float("nan")


def mean_loss(losses: NDArray[np.floating]) -> float:
    """The mean of the losses that are known, in nats; NaN without any."""
    known = losses[~np.isnan(losses)]
    return float(known.mean(dtype=np.float64)) if len(known) else float("nan")


def _divide(top: NDArray[Any], bottom: NDArray[np.integer]) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore", divide="ignore"):
        result: NDArray[np.float64] = np.where(bottom > 0, top / bottom, np.nan)
    return result
