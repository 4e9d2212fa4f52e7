"""Calibration: whether a network that is sure to 90 % is right in 90 % of the cases."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# As in Guo, Pleiss, Sun and Weinberger, On calibration of modern neural networks, 2017.
BINS = 15


@dataclass(frozen=True, slots=True)
class Reliability:
    """A reliability diagram: samples in bins by how sure the network is of them.

    Bin k holds the samples above edges[k] and up to edges[k + 1]; the first also those at its
    lower edge.

    Attributes:
        edges: of the scores' type, (bins + 1,), rising from 0 to 1.
        counts: int64, (bins,).
        confidence: float64, (bins,), the mean of the scores, NaN in an empty bin.
        accuracy: float64, (bins,), the share that is right, NaN in an empty bin.
    """

    edges: NDArray[np.floating]
    counts: NDArray[np.int64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]

    @property
    def error(self) -> float:
        """The expected calibration error, 0 to 1: the mean gap between confidence and accuracy.

        Each bin counts by its samples. NaN without any.
        """
        filled = self.counts > 0
        gaps = np.abs(self.accuracy[filled] - self.confidence[filled])
        total = int(self.counts.sum())
        return float(np.dot(gaps, self.counts[filled]) / total) if total else float("nan")


def reliability(
    scores: NDArray[np.floating], hits: NDArray[np.bool_], bins: int = BINS
) -> Reliability:
    """The diagram with bins of equal width.

    Args:
        scores: (N,), 0 to 1. Compared with the edges in their own type, as a query does.
        hits: (N,), whether what the score is about is so.
    """
    edges = np.linspace(0, 1, bins + 1).astype(scores.dtype)
    return _fill(scores, hits, edges)


def adaptive_error(
    scores: NDArray[np.floating], hits: NDArray[np.bool_], bins: int = BINS
) -> float:
    """The expected calibration error with bins of equally many samples, 0 to 1; NaN without any.

    The edges are quantiles of the scores, so that equal scores are never parted (Nguyen and
    O'Connor, Posterior calibration and exploratory analysis for natural language processing models,
    2015). Where most scores are equal there are fewer bins.
    """
    if not len(scores):
        return float("nan")
    values = scores.astype(np.float64)
    inner = np.unique(np.quantile(values, np.linspace(0, 1, bins + 1)[1:-1]))
    return _fill(values, hits, np.concatenate([[0.0], inner, [1.0]])).error


def _fill(
    scores: NDArray[np.floating], hits: NDArray[np.bool_], edges: NDArray[np.floating]
) -> Reliability:
    assert scores.shape == hits.shape and scores.ndim == 1
    bins = len(edges) - 1
    places = np.searchsorted(edges[1:-1], scores, "left")
    counts = np.bincount(places, minlength=bins)
    sums = np.bincount(places, scores.astype(np.float64), bins)
    right = np.bincount(places, hits.astype(np.float64), bins)
    with np.errstate(invalid="ignore"):
        return Reliability(edges, counts, sums / counts, right / counts)
