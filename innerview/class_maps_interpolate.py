"""Between class-probability maps: of two epochs, and of the points of a grid.

What is interpolated are probabilities, never numbers of classes: between the classes 0 and 2 there
is no class 1. More than that, a class is drawn at a place only if it wins in one of the maps, or at
one of the points of the grid, that the place lies between; probabilities alone would let a close
second of both win between them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from innerview.class_maps import ClassMap

InterpolationType = Literal["linear", "geometric"]
INTERPOLATION_TYPES = ("linear", "geometric")
# Half of what maps in a store can tell from 0: no class is impossible for ever.
SMALLEST = 1 / 131_068


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """A map, or what lies between two.

    Attributes:
        probabilities: float32, (height, width, classes).
        region: the class that is drawn: int64, (height, width); -1 for none.
        epoch: epochs done, between two maps a fraction; None where they are not known.
        index: position among the maps, between two a fraction.
    """

    probabilities: NDArray[np.float32]
    region: NDArray[np.int64]
    epoch: float | None
    index: float


def interpolate(
    maps: Sequence[ClassMap],
    factor: int | None = None,
    interpolation_type: InterpolationType = "linear",
) -> Iterator[Moment]:
    """Each map, and between it and the next one factor - 1 moments at equal distances."""
    steps = factor or 1
    for number, first in enumerate(maps):
        yield Moment(first.probabilities, first.region, first.epoch, float(number))
        if number + 1 == len(maps):
            return
        second = maps[number + 1]
        for step in range(1, steps):
            share = step / steps
            between = mix(first.probabilities, second.probabilities, share, interpolation_type)
            region = mix_regions(between, first.region, second.region)
            yield Moment(between, region, _epoch(first, second, share), number + share)


def _epoch(first: ClassMap, second: ClassMap, share: float) -> float | None:
    if first.epoch is None or second.epoch is None:
        return None
    return first.epoch + share * (second.epoch - first.epoch)


def mix(
    first: NDArray[np.float32],
    second: NDArray[np.float32],
    share: float,
    interpolation_type: InterpolationType = "linear",
) -> NDArray[np.float32]:
    """Probabilities between two, float32, (..., classes), whose sums are 1.

    Args:
        share: of the second, 0 to 1.
        interpolation_type: "linear": the weighted mean; "geometric": the weighted geometric mean,
            divided by its sum, which stays with what one of both is sure of.
    """
    if interpolation_type == "linear":
        mixed = (1 - share) * first + share * second
    else:
        near, far = (np.log(np.maximum(each, SMALLEST)) for each in (first, second))
        mixed = np.exp((1 - share) * near + share * far)
    return np.asarray(mixed / mixed.sum(-1, keepdims=True), np.float32)


def mix_regions(
    between: NDArray[np.float32], first: NDArray[np.int64], second: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Of the classes that win before and after, the one that is more probable in between.

    Args:
        between: (height, width, classes); first, second: (height, width).
    """
    both = np.maximum(np.stack([first, second], -1), 0)
    odds = np.take_along_axis(between, both, -1)
    mixed = np.where(odds[..., 1] > odds[..., 0], second, first)
    return np.where((first < 0) | (second < 0), -1, mixed)


def weights(points: int, pixels: int) -> NDArray[np.float32]:
    """Of each of the grid's points in each of the pixels that a map is drawn with: linear.

    The first and the last pixel's centres are the first and the last point.

    Returns:
        float32, (pixels, points); rows' sums are 1.
    """
    at = np.linspace(0, points - 1, pixels)
    near = np.maximum(0.0, 1 - np.abs(at[:, None] - np.arange(points)))
    return np.asarray(near, np.float32)


def stretch(
    values: NDArray[np.float32], rows: NDArray[np.float32], columns: NDArray[np.float32]
) -> NDArray[np.float32]:
    """(height, width, n) to (pixels high, pixels wide, n), with `weights` of both axes."""
    upright = np.tensordot(rows, values, (1, 0))
    wide = np.einsum("yxc,px->ypc", upright, columns, optimize=True)
    return np.asarray(wide, np.float32)


def stretch_region(
    probabilities: NDArray[np.float32],
    region: NDArray[np.int64],
    rows: NDArray[np.float32],
    columns: NDArray[np.float32],
) -> NDArray[np.int64]:
    """The class of each pixel: the most probable of those that win at a point next to it."""
    present = np.unique(region[region >= 0])
    drawn = np.full((len(rows), len(columns)), -1)
    best = np.full(drawn.shape, -1.0, np.float32)
    shares = stretch(np.nan_to_num(probabilities[..., present]), rows, columns)
    near = stretch((region[..., None] == present).astype(np.float32), rows, columns)
    for place, number in enumerate(present):
        wins = (near[..., place] > 0) & (shares[..., place] > best)
        drawn[wins], best[wins] = number, shares[..., place][wins]
    lost = stretch((region < 0)[..., None].astype(np.float32), rows, columns)[..., 0]
    return np.where(lost > 0.5, -1, drawn)
