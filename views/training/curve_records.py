"""Precision-recall curves of a run, as the page takes them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from innerview.records import Curve
from views.training.media import spread

# Steps that a slider tells apart; of more, so many are evenly chosen.
MOST_CURVES = 200
# Thresholds that a chart shows; of more, so many are evenly chosen.
MOST_THRESHOLDS = 400
COUNTS = ("tp", "fp", "tn", "fn")


def describe_curves(found: Sequence[Curve]) -> dict[str, Any]:
    """The curves of a run and tag, by their steps.

    `total` is how many there are, `thresholds` the distinct lists of them, of which `thresholds` of
    a curve is the place of its own. See `describe_curve`.
    """
    ordered = sorted(found, key=lambda curve: (curve.step, curve.time))
    places: dict[tuple[float, ...], int] = {}
    curves = []
    for curve in spread(ordered, MOST_CURVES):
        thresholds, counts = tidy(curve)
        described = describe_curve(curve, counts)
        chosen = np.array(spread(range(len(thresholds)), MOST_THRESHOLDS), np.intp)
        key = tuple(thresholds[chosen].tolist())
        described["thresholds"] = places.setdefault(key, len(places))
        shown = counts[:, chosen]
        described |= {name: _numbers(row) for name, row in zip(COUNTS, shown, strict=True)}
        curves.append(described)
    return {"total": len(ordered), "thresholds": list(map(list, places)), "curves": curves}


def describe_curve(curve: Curve, counts: NDArray[np.float64]) -> dict[str, Any]:
    """What is known of a curve besides its counts, float64, (4, n).

    `average_precision` is of all its thresholds, and null without a positive.
    """
    precision = average_precision(counts)
    return {
        "id": curve.id,
        "step": curve.step,
        "time": curve.time,
        "average_precision": None if np.isnan(precision) else precision,
    }


def tidy(curve: Curve) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The thresholds, float64, (n,), rising, and counts, float64, (4, n), of a curve.

    A store may come from a stranger: what is no number, or less than nothing, is left out.
    """
    length = min(len(curve.thresholds), curve.counts.shape[-1])
    thresholds, counts = curve.thresholds[:length], curve.counts[:, :length]
    usable = np.isfinite(thresholds) & (np.isfinite(counts) & (counts >= 0)).all(0)
    order = np.argsort(thresholds[usable], kind="stable")
    return thresholds[usable][order], counts[:, usable][:, order]


def average_precision(counts: NDArray[np.float64]) -> float:
    """The average precision over the logged thresholds, 0 to 1; NaN without a positive.

    The sum of (R_k - R_{k-1}) P_k from the highest threshold to the lowest, R_0 being 0 (scikit-
    learn's definition): the area under the steps through the logged points. It is exactly that of
    the scores rounded down to their thresholds.

    Args:
        counts: float64, (4, n): true positives, false positives, true negatives, false negatives
            at rising thresholds.
    """
    hits, alarms, _, misses = counts[:, ::-1]
    positives = hits + misses
    if not (positives > 0).any():
        return float("nan")
    recall = np.divide(hits, positives, out=np.zeros_like(hits), where=positives > 0)
    called = hits + alarms
    # Where nothing is called positive there is no precision, and the recall has not risen.
    precision = np.divide(hits, called, out=np.zeros_like(hits), where=called > 0)
    return float(np.dot(np.diff(recall, prepend=0.0), precision))


def _numbers(row: NDArray[np.float64]) -> list[float]:
    """Whole numbers without a point: most counts are, and answers are half as long."""
    return [int(value) if value.is_integer() else value for value in row.tolist()]
