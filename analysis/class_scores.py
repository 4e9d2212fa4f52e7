"""What is known of every sample and every class: too much to be columns of the samples table."""

import threading
from collections import OrderedDict
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from analysis.samples import ROWS, are_probabilities

# Columns kept, those asked for last: moving a threshold asks for one of them again and again.
KEPT = 4


class ClassScores:
    """The probability that the network gives each class, and what the dataset says of it.

    A column is worked out of the logits when it is asked for, so that a thousand classes of a
    million samples take no memory. May be called from any thread.

    Attributes:
        head: as `analysis.samples.log_probabilities` takes it.
        targets: bool, (N, classes of the dataset), the classes that apply to each sample, or None
            where each has one label.
    """

    def __init__(
        self,
        logits: NDArray[np.float32],
        head: str,
        targets: NDArray[np.bool_] | None = None,
    ) -> None:
        """Hold the scores.

        Args:
            logits: (N, units), may be memory-mapped.
        """
        assert logits.ndim == 2 and (targets is None or len(targets) == len(logits))
        self.head = head
        self.targets = targets
        self._logits = logits
        self._lock = threading.Lock()
        self._kept: OrderedDict[int, NDArray[np.float64]] = OrderedDict()
        self._normaliser: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
        self._are_probabilities: bool | None = None

    def __len__(self) -> int:
        return len(self._logits)

    @property
    def classes(self) -> int:
        """How many classes have a probability: one unit of a sigmoid stands for two."""
        units = self._logits.shape[1]
        return 2 if self._is_binary else units

    @property
    def _is_binary(self) -> bool:
        return self.head == "sigmoid" and self._logits.shape[1] == 1

    def probability(self, number: int) -> NDArray[np.float64]:
        """The probability of a class: float64, (N,), 0 to 1, not to be written to.

        In 64 bits, as in 32 every network that is sure of itself has thousands of ones.
        """
        assert 0 <= number < self.classes
        with self._lock:
            values = self._kept.pop(number, None)
            if values is None:
                values = self._read(number)
                values.setflags(write=False)
            self._kept[number] = values
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return values

    def _read(self, number: int) -> NDArray[np.float64]:
        if self.head == "logits" and self._are_probabilities is None:
            self._are_probabilities = are_probabilities(self._logits)
        if self._are_probabilities:
            return self._column(number)
        if self.head == "multilabel":
            # log s(z) = -log(1 + exp(-z)), without overflow.
            scores = -self._column(number)
            logarithms = -(np.maximum(scores, 0) + np.log1p(np.exp(-np.abs(scores))))
        else:
            # The very operations of `log_probabilities`: the results are the same to the bit.
            highest, logarithm = self._normalisers()
            logarithms = self._column(number) - highest - logarithm
        probabilities: NDArray[np.float64] = np.exp(logarithms)
        return probabilities

    def _column(self, number: int) -> NDArray[np.float64]:
        if not self._is_binary:
            return self._logits[:, number].astype(np.float64)
        return np.zeros(len(self)) if number == 0 else self._logits[:, 0].astype(np.float64)

    def _normalisers(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Of each sample the highest logit, and log(sum(exp(logit - highest))): (N,) each."""
        if self._normaliser is None:
            highest, logarithm = np.empty(len(self)), np.empty(len(self))
            for rows, values in self._rows():
                peak = values.max(axis=1, keepdims=True)
                highest[rows] = peak[:, 0]
                logarithm[rows] = np.log(np.exp(values - peak).sum(axis=1))
            self._normaliser = highest, logarithm
        return self._normaliser

    def _rows(self) -> Iterator[tuple[slice, NDArray[np.float64]]]:
        # Of a thousand classes fewer rows at a time: as many numbers as ROWS rows of 64 classes.
        step = max(1, ROWS * 64 // max(64, self._logits.shape[1]))
        for start in range(0, len(self), step):
            rows = slice(start, min(start + step, len(self)))
            values = self._logits[rows].astype(np.float64)
            if self._is_binary:
                values = np.concatenate([np.zeros_like(values), values], axis=1)
            yield rows, values


def has_class(
    labels: NDArray[np.int64], targets: NDArray[np.bool_] | None, number: int
) -> NDArray[np.bool_]:
    """Which samples the dataset says are of a class: bool, (N,).

    Args:
        labels: (N,), -1 for none.
        targets: bool, (N, classes), where several classes apply to a sample; else None.
    """
    if targets is None:
        return np.equal(labels, number)
    if number >= targets.shape[1]:
        return np.zeros(len(labels), np.bool_)
    mask: NDArray[np.bool_] = targets[:, number] & (labels >= 0)
    return mask
