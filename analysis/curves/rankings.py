"""Precision-recall and ROC curves: one class against the rest, and all of them averaged.

A threshold calls every sample of the class whose probability is at least as high. Only the distinct
probabilities of the class's own samples (its positives) are thresholds worth having: from one to
the next lower, nothing but negatives comes in. So a curve is two corners for each of them, exact,
and the figures are sums over them that need no curve: nothing drawn ever enters a figure.

Average precision is the sum of precision times the step of recall, without interpolation (as in
scikit-learn; see Su, Yuan and Zhu, 2015); the area under the ROC curve is the share of pairs of a
positive and a negative that are in the right order, a tie counting a half (Hanley and McNeil,
1982).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# A line is drawn through so many corners: on a screen it is the same as through all of them.
DRAWN = 400
# Places at which the classes' curves are averaged: evenly, and more of them where curves turn.
EVEN, CLOSE = 201, 120


@dataclass(frozen=True, slots=True)
class Ranking:
    """What every threshold finds.

    Attributes:
        thresholds: float64, (T,), the distinct probabilities of the positives, falling.
        hits: int64, (T,), positives at or above the threshold; the last is `positives`.
        alarms: int64, (T,), negatives at or above it.
        alarms_above: int64, (T,), negatives strictly above it.
        floors: float64, (T,), the highest probability of any sample below the threshold, -1 for
            none: thresholds above it, up to this one, all find the same.
        positives, negatives: how many there are.
    """

    thresholds: NDArray[np.float64]
    hits: NDArray[np.int64]
    alarms: NDArray[np.int64]
    alarms_above: NDArray[np.int64]
    floors: NDArray[np.float64]
    positives: int
    negatives: int

    def __post_init__(self) -> None:
        shapes = {a.shape for a in (self.hits, self.alarms, self.alarms_above, self.floors)}
        assert shapes == {self.thresholds.shape} and self.thresholds.ndim == 1

    @property
    def steps(self) -> NDArray[np.int64]:
        """How many positives have exactly the threshold: int64, (T,), at least 1."""
        return np.diff(self.hits, prepend=0)


@dataclass(frozen=True, slots=True)
class Line:
    """A pair of curves as it is drawn: (n,) each, from the strictest threshold to the most lenient.

    Attributes:
        thresholds: NaN where none is worth having.
        false_positive_rate, true_positive_rate: the ROC curve.
        recall, precision: the precision-recall curve.
    """

    thresholds: NDArray[np.float64]
    false_positive_rate: NDArray[np.float64]
    true_positive_rate: NDArray[np.float64]
    recall: NDArray[np.float64]
    precision: NDArray[np.float64]

    def stacked(self) -> NDArray[np.float64]:
        """All five as float64, (n, 5), in the order of the attributes."""
        return np.stack(
            [
                self.thresholds,
                self.false_positive_rate,
                self.true_positive_rate,
                self.recall,
                self.precision,
            ],
            axis=1,
        )


def rank(scores: NDArray[np.float64], truth: NDArray[np.bool_]) -> Ranking:
    """What every threshold of a class finds.

    Args:
        scores: (N,), the probability of the class, not NaN.
        truth: (N,), whether a sample is of the class.
    """
    assert scores.shape == truth.shape and scores.ndim == 1
    positives, negatives = np.sort(scores[truth]), np.sort(scores[~truth])
    thresholds = np.unique(positives)[::-1]
    above = np.searchsorted(positives, thresholds, "left")
    below = np.searchsorted(negatives, thresholds, "left")
    return Ranking(
        thresholds,
        len(positives) - above,
        len(negatives) - below,
        len(negatives) - np.searchsorted(negatives, thresholds, "right"),
        np.maximum(_before(positives, above), _before(negatives, below)),
        len(positives),
        len(negatives),
    )


def rank_all(
    read: Callable[[int], tuple[NDArray[np.float64], NDArray[np.bool_]]], classes: Iterable[int]
) -> Ranking:
    """All classes at once: every pair of a sample and a class is ranked (the "micro" average).

    Of a thousand classes and a million samples the pairs fit into no memory: they are counted class
    by class between the thresholds, which are as many as there are positives.

    Args:
        read: gives a class's scores and truth, (N,) each; called twice for each class.
        classes: can be gone through twice.
    """
    found = [scores[truth] for scores, truth in map(read, classes)]
    positives = np.sort(np.concatenate([np.zeros(0), *found]))
    thresholds = np.unique(positives)
    at_least, above = (np.zeros(len(thresholds), np.int64) for _ in range(2))
    floors, total = np.full(len(thresholds), -1.0), 0
    for number in classes:
        scores = np.sort(read(number)[0])
        first = np.searchsorted(scores, thresholds, "left")
        at_least += len(scores) - first
        above += len(scores) - np.searchsorted(scores, thresholds, "right")
        floors = np.maximum(floors, _before(scores, first))
        total += len(scores)
    hits = len(positives) - np.searchsorted(positives, thresholds, "left")
    hits_above = len(positives) - np.searchsorted(positives, thresholds, "right")
    return Ranking(
        thresholds[::-1],
        hits[::-1],
        (at_least - hits)[::-1],
        (above - hits_above)[::-1],
        floors[::-1],
        len(positives),
        total - len(positives),
    )


def average_precision(ranking: Ranking) -> float:
    """The average precision, 0 to 1; NaN without a positive."""
    if not ranking.positives:
        return float("nan")
    precision = ranking.hits / (ranking.hits + ranking.alarms)
    # The sum of the steps may be 1 and a rounding error.
    return min(1.0, float(np.dot(ranking.steps / ranking.positives, precision)))


def roc_area(ranking: Ranking) -> float:
    """The area under the ROC curve, 0 to 1; NaN without a positive or without a negative."""
    if not ranking.positives or not ranking.negatives:
        return float("nan")
    passed = ranking.negatives - (ranking.alarms + ranking.alarms_above) / 2
    return min(1.0, float(np.dot(ranking.steps / ranking.positives, passed / ranking.negatives)))


def draw(ranking: Ranking, most: int = DRAWN) -> Line:
    """A class's curves through at most `most` corners, chosen so that it does not show.

    Thresholds are given in as few digits as say which they are.
    """
    corners = _corners(ranking)
    kept = corners[_choose(corners, ranking, most)]
    hits, alarms, at = kept.T
    called = hits + alarms
    worth = at >= 0
    thresholds = np.full(len(kept), np.nan)
    thresholds[worth] = [
        shorten(float(ranking.floors[k]), float(ranking.thresholds[k])) for k in at[worth]
    ]
    recall = hits / max(1, ranking.positives)
    # Where nothing is called of the class, nothing is called so wrongly.
    precision = np.divide(hits, called, out=np.ones(len(kept)), where=called > 0)
    rate = alarms / max(1, ranking.negatives)
    return Line(thresholds, rate, recall, recall, precision)


def draw_average(rankings: Iterable[Ranking]) -> Line:
    """The mean of classes' curves (the "macro" average), each class counting alike.

    The ROC curves are averaged at the same false positive rate, the precision-recall curves at the
    same recall; classes without a positive or without a negative are left out.
    """
    grid = average_grid()
    rates, precisions, count = np.zeros(len(grid)), np.zeros(len(grid)), 0
    for ranking in rankings:
        if not ranking.positives or not ranking.negatives:
            continue
        count += 1
        hits, alarms, _ = _corners(ranking).T
        rates += np.interp(grid, alarms / ranking.negatives, hits / ranking.positives)
        precision = ranking.hits / (ranking.hits + ranking.alarms)
        at = np.searchsorted(ranking.hits / ranking.positives, grid, "left")
        precisions += precision[np.minimum(at, len(precision) - 1)]
    share = 1 / count if count else float("nan")
    return Line(np.full(len(grid), np.nan), grid, rates * share, grid, precisions * share)


def average_grid() -> NDArray[np.float64]:
    """Rates at which curves are averaged: float64, rising from 0 to 1, closest near both ends."""
    close = np.geomspace(1e-6, 0.05, CLOSE)
    return np.unique(np.concatenate([np.linspace(0, 1, EVEN), close, 1 - close]))


def shorten(floor: float, threshold: float) -> float:
    """The number of the fewest digits that is above `floor`, and not above `threshold`."""
    for digits in range(1, 17):
        value = float(f"{threshold:.{digits}g}")
        if floor < value <= threshold:
            return value
    return threshold


def _corners(ranking: Ranking) -> NDArray[np.int64]:
    """int64, (2T + 2, 3): hits, alarms, and which threshold it is, -1 for none.

    Before each threshold's own corner stands one with all negatives that are strictly above it.
    """
    count = len(ranking.thresholds)
    corners = np.full((2 * count + 2, 3), -1)
    corners[0, :2] = 0
    corners[1:-1:2, 0] = ranking.hits - ranking.steps
    corners[1:-1:2, 1] = ranking.alarms_above
    corners[2:-1:2, 0] = ranking.hits
    corners[2:-1:2, 1] = ranking.alarms
    corners[2:-1:2, 2] = np.arange(count)
    corners[-1, :2] = ranking.positives, ranking.negatives
    return corners


def _choose(corners: NDArray[np.int64], ranking: Ranking, most: int) -> NDArray[np.int64]:
    """Which corners are drawn: rising, the first and the last among them.

    Evenly along the way that the curves go: in recall, false positive rate and precision, and in
    the logarithms of the mistakes, so that the corner stays sharp when it is zoomed into. Between
    two that are drawn no quantity changes by more than the whole way over `most`.
    """
    hits, alarms = corners[:, 0], corners[:, 1]
    positives, negatives = max(1, ranking.positives), max(1, ranking.negatives)
    called = hits + alarms
    precision = np.divide(hits, called, out=np.ones(len(corners)), where=called > 0)
    ways = (
        hits / positives,
        alarms / negatives,
        precision,
        np.log1p(positives - hits) / np.log1p(positives),
        np.log1p(alarms) / np.log1p(negatives),
    )
    way = np.concatenate([[0.0], np.cumsum(sum(np.abs(np.diff(one)) for one in ways))])
    if len(corners) <= most:
        return np.arange(len(corners))
    found = np.searchsorted(way, np.linspace(0, way[-1], most), "left")
    return np.unique(np.concatenate([[0], found[1:-1], [len(corners) - 1]]))


def _before(values: NDArray[np.float64], places: NDArray[np.intp]) -> NDArray[np.float64]:
    """Of each place the value before it in a rising array; -1 where there is none."""
    return np.concatenate([[-1.0], values])[places]
