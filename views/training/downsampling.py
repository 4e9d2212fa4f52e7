"""Fewer points that look the same: of each pixel the lowest and the highest."""

import math

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.intp]
Floats = NDArray[np.float64]

# Points beside those of the pixels: one beyond each side, and the first and last of the range.
ENDS = 4


def visible(x: Floats, low: float, high: float) -> tuple[int, int]:
    """The points from `low` to `high`: first, and one past the last, of a rising x, (n,)."""
    first, last = np.searchsorted(x, (low, np.nextafter(high, math.inf)))
    return int(first), max(int(first), int(last))


def downsample(x: Floats, y: Floats, edges: Floats, most: int) -> Indices:
    """Which points to draw of those from edges[0] to edges[-1], and of one beyond each side.

    Args:
        x: float64, (n,), rising, finite. y: float64, (n,); what is not finite interrupts the line.
        edges: float64, (pixels + 1,), rising: where pixels begin and end; a pixel holds its first
            edge, the last one both.
        most: if no more points are visible, all are drawn.

    Returns:
        (m,), rising. Of each pixel the first lowest and the first highest finite value and the
        first that is not finite, as far as there are such; the first and the last of the range.
    """
    first, last = visible(x, edges[0], edges[-1])
    before, after = max(first - 1, 0), min(last + 1, len(x))
    if last - first <= most:
        return np.arange(before, after)
    keep = np.zeros(after - before, np.bool_)
    # What is beyond the sides, and the ends, also where nothing is beyond.
    keep[[0, -1, first - before, last - 1 - before]] = True
    keep[_extremes(y[first:last], _starts(x[first:last], edges)) + (first - before)] = True
    return np.flatnonzero(keep) + before


def _starts(x: Floats, edges: Floats) -> Indices:
    """Where each pixel that has any points begins: (p,), strictly rising, from 0."""
    starts = np.searchsorted(x, edges[:-1])
    starts[0] = 0
    # A pixel without points begins where the next one does.
    return np.unique(starts[starts < len(x)])


def _extremes(y: Floats, starts: Indices) -> Indices:
    """Of each piece of y, (n,): the places of its lowest and highest values, and of a gap."""
    finite = np.isfinite(y)
    if finite.all():
        return np.concatenate([_lowest(y, starts), _lowest(-y, starts)])
    gaps = np.flatnonzero(~finite)
    # The first gap at or after each start, which may be a later piece's: then it is found twice.
    found = np.searchsorted(gaps, starts)
    inside = gaps[np.unique(found[found < len(gaps)])]
    low = _lowest(np.where(finite, y, math.inf), starts)
    high = _lowest(np.where(finite, -y, math.inf), starts)
    return np.concatenate([low, high, inside])


def _lowest(y: Floats, starts: Indices) -> Indices:
    """Where each piece of y, (n,), has its lowest value first; y without NaN."""
    lowest = np.minimum.reduceat(y, starts)
    counts = np.diff(starts, append=len(y))
    places = np.flatnonzero(y == np.repeat(lowest, counts))
    return places[np.searchsorted(places, starts)]


def pixel_edges(low: float, high: float, pixels: int, logarithmic: bool = False) -> Floats:
    """The edges of pixels from `low` to `high`: float64, (pixels + 1,), rising."""
    if logarithmic and high > low > 0:
        edges = np.geomspace(low, high, pixels + 1)
    else:
        edges = np.linspace(low, high, pixels + 1)
    edges[0], edges[-1] = low, high
    return edges


def share(counts: NDArray[np.int64], budget: int) -> int:
    """The most points that each curve may have, so that all together keep within the budget.

    Curves that have fewer leave the rest to the others.
    """
    rest, short = budget, np.sort(counts)
    for place, count in enumerate(short):
        fair = rest // (len(short) - place)
        if count > fair:
            return fair
        rest -= int(count)
    return int(short[-1]) if len(short) else budget
