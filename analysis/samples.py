"""The table: one row a sample, the spine of everything else."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from data import Dataset
from util import atomic_path

if TYPE_CHECKING:
    import pandas as pd

INDEX = "index"
ID = "id"
LABEL = "label"
PREDICTED = "predicted"
CORRECT = "correct"
CONFIDENCE = "confidence"
MARGIN = "margin"
ENTROPY = "entropy"
LOSS = "loss"

# Rows worked on at a time, so that memory does not grow with the dataset.
ROWS = 65_536

# How far the sum of a sample's outputs may be from one for them to be probabilities.
SUM_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class Samples:
    """The samples table.

    Columns: index int64; id string; label and predicted int64, 0 to C-1; correct bool; confidence,
    margin float32, 0 to 1; entropy and loss float32, nats, not negative.
    """

    frame: "pd.DataFrame"

    def __len__(self) -> int:
        return len(self.frame)

    def __getitem__(self, column: str) -> NDArray[Any]:
        values: NDArray[Any] = self.frame[column].to_numpy()
        return values

    @property
    def accuracy(self) -> float:
        """Share of samples whose prediction is their label, 0 to 1."""
        return float(np.mean(self[CORRECT]))

    @property
    def mean_loss(self) -> float:
        """Mean cross-entropy in nats."""
        return float(np.mean(self[LOSS], dtype=np.float64))


def make_samples(labels: NDArray[np.int64], ids: list[str], scores: NDArray[np.float64]) -> Samples:
    """The table from each sample's log probabilities.

    Args:
        labels: (N,), 0 to C-1.
        ids: N names.
        scores: float64, (N, C): natural logarithms of the class probabilities.
    """
    import pandas as pd

    assert scores.shape[0] == len(labels) == len(ids)
    columns: dict[str, list[NDArray[Any]]] = {}
    for rows in _slices(len(labels)):
        for name, values in _measures(labels[rows], scores[rows]).items():
            columns.setdefault(name, []).append(values)
    table: dict[str, Any] = {INDEX: np.arange(len(labels)), ID: ids, LABEL: labels}
    table.update({name: np.concatenate(parts) for name, parts in columns.items()})
    return Samples(pd.DataFrame(table))


def write_samples(path: Path, dataset: Dataset, logits: NDArray[np.float32], head: str) -> Samples:
    """Make the table from the logits and keep it as Parquet."""
    scores = log_probabilities(logits, head)
    samples = make_samples(dataset.labels, list(dataset.ids), scores)
    with atomic_path(path) as temporary:
        samples.frame.to_parquet(temporary, index=False)
    return samples


def read_samples(path: Path) -> Samples | None:
    """The table out of a Parquet file, or None where there is none that can be read."""
    import pandas as pd

    try:
        return Samples(pd.read_parquet(path))
    except Exception:
        # Whatever broke it, it can be made again from the logits.
        return None


def _measures(labels: NDArray[np.int64], scores: NDArray[np.float64]) -> dict[str, NDArray[Any]]:
    probabilities = np.exp(scores)
    predicted = scores.argmax(1)
    best = np.sort(probabilities, 1)[:, ::-1]
    second = best[:, 1] if best.shape[1] > 1 else np.zeros(len(best))
    # The limit of p log p at zero is zero; there the logarithm may be -inf.
    finite = np.where(probabilities > 0, scores, 0)
    return {
        PREDICTED: predicted.astype(np.int64),
        CORRECT: predicted == labels,
        CONFIDENCE: best[:, 0].astype(np.float32),
        MARGIN: (best[:, 0] - second).astype(np.float32),
        ENTROPY: np.maximum(-(probabilities * finite).sum(1), 0).astype(np.float32),
        LOSS: np.maximum(-scores[np.arange(len(labels)), labels], 0).astype(np.float32),
    }


def log_probabilities(logits: NDArray[np.float32], head: str) -> NDArray[np.float64]:
    """Natural logarithms of the class probabilities, float64 (N, C), from the head's logits.

    Args:
        logits: (N, units).
        head: "softmax" or "logits": log softmax. "sigmoid": one unit z gives the two classes
            1 - s(z) and s(z); several units are compared by softmax, as one label is given.

    With "logits", outputs that are no logits but probabilities already (none negative, each row
    summing to one) are taken as such.
    """
    values = logits.astype(np.float64)
    if head == "sigmoid" and values.shape[1] == 1:
        values = np.concatenate([np.zeros_like(values), values], axis=1)
    elif head == "logits" and _are_probabilities(values):
        with np.errstate(divide="ignore"):
            return np.log(values)
    return _log_softmax(values)


def _log_softmax(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """x - log(sum(exp(x))) along the last axis, shifted by the maximum against overflow."""
    shifted = values - values.max(axis=1, keepdims=True)
    result: NDArray[np.float64] = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return result


def _are_probabilities(values: NDArray[np.float64]) -> bool:
    sums = values.sum(axis=1)
    return bool(values.min() >= 0 and np.abs(sums - 1).max() < SUM_TOLERANCE)


def _slices(count: int) -> Iterator[slice]:
    return (slice(start, start + ROWS) for start in range(0, count, ROWS))
