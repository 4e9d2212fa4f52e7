"""Class-probability maps: what a network of two inputs says everywhere on a piece of the plane."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from innerview import fixed_point
from innerview.arrays import as_number
from innerview.class_maps_scores import Scores, score, to_probabilities

MapType = Literal["boundary", "region"]
MAP_TYPES = ("boundary", "region")
# Points of the grid that a network is asked at once.
BATCH = 8192
# Points of a grid: each has two classes at least.
MOST_POINTS = fixed_point.LARGEST // 2


@dataclass(frozen=True, slots=True, eq=False)
class ClassMap:
    """Probabilities of the classes on a grid. `numpy.asarray` gives what its `map_type` names.

    Attributes:
        probabilities: float32, (height, width, classes); each point's sum is 1. [0, 0] lies at
            (xlim[0], ylim[0]), and rows go upwards. NaN where the network answered so.
        xlim, ylim: places of the first and the last point along each axis.
        map_type: "boundary" or "region".
        epoch: epochs done by then; None where that was not said.
    """

    probabilities: NDArray[np.float32]
    xlim: tuple[float, float]
    ylim: tuple[float, float]
    map_type: MapType = "boundary"
    epoch: int | None = None

    def __post_init__(self) -> None:
        assert self.probabilities.ndim == 3 and self.probabilities.dtype == np.float32
        assert self.probabilities.shape[2] > 1 and self.map_type in MAP_TYPES

    @property
    def xs(self) -> NDArray[np.float64]:
        """Places of the columns: float64, (width,), rising."""
        return np.linspace(*self.xlim, self.probabilities.shape[1])

    @property
    def ys(self) -> NDArray[np.float64]:
        """Places of the rows: float64, (height,), rising."""
        return np.linspace(*self.ylim, self.probabilities.shape[0])

    @property
    def boundary(self) -> NDArray[np.float32]:
        """The largest probability: float32, (height, width). Low where classes meet."""
        largest: NDArray[np.float32] = self.probabilities.max(2)
        return largest

    @property
    def region(self) -> NDArray[np.int64]:
        """The class of the largest probability: int64, (height, width); -1 where there is none."""
        return winners(self.probabilities)

    def as_type(self, map_type: MapType) -> "ClassMap":
        """The same map, seen as the other type."""
        return replace(self, map_type=_check_type(map_type))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("a class map is no array; its values are always copied")
        return np.asarray(getattr(self, self.map_type), dtype)


def winners(probabilities: NDArray[np.floating]) -> NDArray[np.int64]:
    """The most probable class along the last axis: int64; the first of equals; -1 for NaN."""
    known = ~np.isnan(probabilities).any(-1)
    return np.where(known, probabilities.argmax(-1), -1)


def make_map(
    model: Any,
    xlim: tuple[float, float],
    ylim: tuple[float, float],
    map_type: MapType = "boundary",
    axial_gradation: float = 0.05,
    square_axis_points: int | None = None,
    epoch_num: int | None = None,
    epoch_freq: int | None = None,
    *,
    scores: Scores | None = None,
) -> ClassMap | None:
    """Ask a network of two inputs for its classes on a grid.

    Args:
        model: a Keras model, a PyTorch module (asked in evaluation mode and without gradients; its
            modes are put back), or a function from float32, (n, 2), to scores, (n, classes). Scores
            of the shape (n,) or (n, 1) are those of the second of two classes.
        xlim, ylim: the first and the last place along each axis; both are points of the grid.
        map_type: which of both the map shows; it holds all probabilities in either case.
        axial_gradation: the distance of neighbouring points along an axis, or a little less, so
            that a whole number of them fits.
        square_axis_points: so many points along each axis instead.
        epoch_num: epochs done. With epoch_freq nothing is done unless it is a multiple of that.
        scores: "logits" or "probabilities"; by default told from the network's last layer or from
            the scores (see `to_probabilities`).

    Returns:
        None if this epoch's turn is not yet.

    Raises:
        ValueError, TypeError: an argument makes no sense, or the network is none of two inputs;
            a sentence says which. What the network itself raises passes.
    """
    if epoch_num is not None:
        epoch_num = check_whole("epoch_num", epoch_num, 0)
    if epoch_freq is not None and not _is_turn(epoch_num, epoch_freq):
        return None
    left, right = _check_limits("xlim", xlim)
    bottom, top = _check_limits("ylim", ylim)
    _check_type(map_type)
    width = _count_points(right - left, axial_gradation, square_axis_points)
    height = _count_points(top - bottom, axial_gradation, square_axis_points)
    if height * width > MOST_POINTS:
        raise ValueError(
            f"a grid of {width:,} x {height:,} points is too fine; at most {MOST_POINTS:,} are "
            "kept: raise axial_gradation, or lower square_axis_points"
        )
    places = _batches(np.linspace(left, right, width), np.linspace(bottom, top, height))
    found = score(model, places, fixed_point.LARGEST // (height * width))
    shares = to_probabilities(found, scores, model)
    probabilities = shares.astype(np.float32).reshape(height, width, -1)
    return ClassMap(probabilities, (left, right), (bottom, top), map_type, epoch_num)


def _is_turn(epoch_num: int | None, epoch_freq: int) -> bool:
    if epoch_num is None:
        raise ValueError("epoch_freq needs epoch_num, the epochs done")
    return epoch_num % check_whole("epoch_freq", epoch_freq, 1) == 0


def _check_limits(name: str, limits: tuple[float, float]) -> tuple[float, float]:
    try:
        low, high = map(float, limits)
    except (TypeError, ValueError):
        raise ValueError(f"{name} is a pair of numbers; given was {limits!r}") from None
    # The network is asked in 32 bits: beyond them there are no places, or all are one.
    with np.errstate(over="ignore"):
        first, last = np.float32(low), np.float32(high)
    if not (np.isfinite(first) and np.isfinite(last) and first < last):
        raise ValueError(
            f"{name} goes from a lower to a higher number of 32 bits; given was {limits!r}"
        )
    return low, high


def check_whole(name: str, value: Any, least: int) -> int:
    """An argument that is a whole number, such as 3 or 3.0.

    Raises:
        ValueError: it is none, or below the least.
    """
    try:
        whole = as_number(value)
    except (TypeError, ValueError):
        whole = math.nan
    if not (whole >= least and whole.is_integer()):
        raise ValueError(f"{name} is a whole number from {least}; given was {value!r}")
    return int(whole)


def _check_type(map_type: MapType) -> MapType:
    if map_type not in MAP_TYPES:
        raise ValueError(f'map_type is "boundary" or "region"; given was {map_type!r}')
    return map_type


def _count_points(length: float, gradation: float, points: int | None) -> int:
    """Along an axis, at least 2."""
    if points is not None:
        return check_whole("square_axis_points", points, 2)
    try:
        distance = as_number(gradation)
    except (TypeError, ValueError):
        distance = math.nan
    if not (math.isfinite(distance) and distance > 0):
        raise ValueError(f"axial_gradation is a distance above 0; given was {gradation!r}")
    # 2 / 0.05 is 40 steps, whatever the last digits of both say.
    steps = min(length / distance, 1e12)
    return max(1, math.ceil(steps - 1e-6 * max(1.0, steps))) + 1


def _batches(xs: NDArray[np.float64], ys: NDArray[np.float64]) -> Iterator[NDArray[np.float32]]:
    """The grid's points row by row: float32, (n, 2), at most BATCH at once."""
    columns, rows = np.meshgrid(xs.astype(np.float32), ys.astype(np.float32))
    places = np.stack([columns.ravel(), rows.ravel()], axis=1)
    for start in range(0, len(places), BATCH):
        yield places[start : start + BATCH]
