"""The distribution of many values, in few numbers; and precision-recall counts."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from innerview.arrays import as_numbers

MOST_BINS = 1000
DEFAULT_BINS = 30
# What NumPy can find out itself.
RULES = ("auto", "fd", "doane", "scott", "stone", "rice", "sturges", "sqrt")


def count(
    values: Any, bins: str | int | Any = "tensorflow", most: int | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Bins of equal widths, and how many of the finite values lie in each.

    Args:
        values: of any shape.
        bins: how many, the name of one of NumPy's rules, the edges themselves, or "tensorflow",
            TensorFlow's 30.
        most: bins at most.

    Returns:
        edges: float64, (bins + 1,), rising; counts: float64, (bins,); how many values are NaN or
        infinite, and not counted.

    Raises:
        TypeError, ValueError: these are no numbers, or there is no finite one.
    """
    array = as_numbers(values).ravel()
    finite = array[np.isfinite(array)]
    if not len(finite):
        raise ValueError("there is no finite value")
    edges = _edges(finite, bins, min(most or MOST_BINS, MOST_BINS))
    counts, edges = np.histogram(finite, edges)
    return edges.astype(np.float64), counts.astype(np.float64), len(array) - len(finite)


def _edges(finite: NDArray[np.float64], bins: Any, most: int) -> NDArray[np.float64]:
    if not isinstance(bins, str) and np.ndim(bins) == 1:
        edges = np.unique(as_numbers(bins))
        if len(edges) < 2 or not np.isfinite(edges).all():
            raise ValueError("bins need two finite edges or more")
        return edges
    low, high = float(finite.min()), float(finite.max())
    if not high - low < np.inf:
        raise ValueError("the values lie too far apart")
    number = DEFAULT_BINS
    if isinstance(bins, str):
        if bins in RULES and high > low:
            with np.errstate(all="ignore"):
                # The rules may ask for millions of bins where a few values lie far outside.
                width = _width(finite, bins)
            number = int(np.ceil((high - low) / width)) if width > 0 else DEFAULT_BINS
    else:
        number = int(bins)
    number = min(max(number, 1), most)
    if high == low:
        reach = max(abs(low) * 1e-3, 1e-6)
        low, high = low - reach, high + reach
    edges = np.linspace(low, high, number + 1)
    # Too close together for so many bins: fewer of them are left.
    return np.unique(edges)


def _width(finite: NDArray[np.float64], rule: str) -> float:
    n = len(finite)
    span = float(np.ptp(finite))
    sturges = float(span / (np.log2(n) + 1))
    if rule in ("auto", "fd"):
        quarter, three = (float(each) for each in np.percentile(finite, [25, 75]))
        freedman: float = 2 * (three - quarter) / n ** (1 / 3)
        if rule == "fd" or not freedman:
            return freedman if freedman else sturges
        return min(freedman, sturges)
    if rule == "scott":
        return float((24 * np.sqrt(np.pi) / n) ** (1 / 3) * finite.std())
    if rule == "rice":
        return float(span / (2 * n ** (1 / 3)))
    return span / float(np.sqrt(n)) if rule == "sqrt" else sturges


def count_decisions(
    labels: Any, predictions: Any, thresholds: int, weights: Any = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What a classifier gets right at each threshold.

    Args:
        labels: truth values, (n,); predictions: probabilities, (n,); weights: (n,), or None.
        thresholds: how many, from 0 to 1.

    Returns:
        thresholds: float64, (thresholds,); counts: float64, (4, thresholds): true positives,
        false positives, true negatives, false negatives; positive is at or above the threshold.

    Raises:
        TypeError, ValueError: these are no such arrays.
    """
    truth = as_numbers(labels).ravel() > 0.5
    scores = as_numbers(predictions).ravel()
    weight = np.ones(len(truth)) if weights is None else as_numbers(weights).ravel()
    if not len(truth) or not len(truth) == len(scores) == len(weight):
        raise ValueError(f"there are {len(truth)} labels for {len(scores)} predictions")
    if not ((scores >= 0) & (scores <= 1)).all():
        raise ValueError("the predictions are no probabilities from 0 to 1")
    limits = np.linspace(0.0, 1.0, max(int(thresholds), 2))
    # How many thresholds each prediction is at or above.
    passed = np.searchsorted(limits, scores, side="right")
    total = np.stack([_from_above(passed, weight * truth, len(limits)),
                      _from_above(passed, weight * ~truth, len(limits))])  # fmt: skip
    positive, negative = float(weight[truth].sum()), float(weight[~truth].sum())
    counts = np.stack([total[0], total[1], negative - total[1], positive - total[0]])
    return limits, np.maximum(counts, 0.0)


def _from_above(
    passed: NDArray[np.intp], weight: NDArray[np.float64], thresholds: int
) -> NDArray[np.float64]:
    """float64, (thresholds,): the weight of what is at or above each."""
    each: NDArray[np.float64] = np.bincount(passed, weight, thresholds + 1).astype(np.float64)
    return np.cumsum(each[::-1])[::-1][1:]
