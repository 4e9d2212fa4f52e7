"""Samples that are drawn upon class-probability maps, and the names of their classes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from innerview.arrays import as_array, as_text

# A label beyond is none: every class is named and coloured.
MOST_CLASSES = 1 << 16


def name_classes(given: Sequence[str] | None, count: int) -> tuple[str, ...]:
    """A name for each of the classes; its number where none, or an empty one, was given."""
    whole = enumerate([] if given is None else list(given)[:count])
    names = [as_text(name).strip() or str(number) for number, name in whole]
    return (*names, *map(str, range(len(names), count)))


def read_samples(points: Any, labels: Any) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Places, float64, (n, 2), and classes, int64, (n,), -1 for those that have none.

    Args:
        labels: numbers of classes, (n,), or shares of them, (n, classes); None for none. What is
            no number from 0 to 65,535 is no class.

    Raises:
        ValueError, TypeError: these are no places in the plane, or not one label for each.
    """
    if points is None:
        return np.empty((0, 2)), np.empty(0, np.int64)
    places = as_array(points).astype(np.float64)
    if places.ndim != 2 or places.shape[1] != 2:
        raise ValueError(f"points are of the shape (n, 2); given was {places.shape}")
    if labels is None:
        classes = np.full(len(places), -1)
    else:
        found = as_array(labels)
        if found.ndim == 2:
            found = found.argmax(1) if found.shape[1] > 1 else found[:, 0]
        if found.shape != (len(places),) or found.dtype.kind not in "biuf":
            raise ValueError(
                f"labels are numbers of classes, ({len(places)},); given was {found.shape} of "
                f"{found.dtype}"
            )
        classes = np.where((found >= 0) & (found < MOST_CLASSES), found, -1).astype(np.int64)
    known = np.isfinite(places).all(1)
    return places[known], classes[known]


def choose(
    places: NDArray[np.float64], classes: NDArray[np.int64], most: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """At most so many samples, chosen by chance, in their order; the same ones each time."""
    if len(places) <= most:
        return places, classes
    chosen = np.sort(np.random.default_rng(0).choice(len(places), most, replace=False))
    return places[chosen], classes[chosen]
