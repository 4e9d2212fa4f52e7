"""Seven classes on the plane: points that a network of two inputs learns, and maps show whole."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

CLASSES = 7
CLASS_NAMES = tuple(f"arm {number}" for number in range(1, CLASSES + 1))

# Half the side of the square that the maps show; the points lie within it.
SIDE = 1.25
# Points along each axis of a map.
GRID = 101
# Maps of a training, however many epochs it has: more are not told apart, and fill the store.
MOST_MAPS = 200

TRAINING, VALIDATION = 2100, 700

# How far an arm goes from the middle and how wide it is there, both normally distributed; how far
# the plane is turned for each unit of distance, in radians.
REACH, SPREAD, WIDTH, TURN = 0.62, 0.21, 0.085, 2.2


class Points(NamedTuple):
    """Points on the plane.

    Attributes:
        places: float32, (n, 2), within SIDE of the middle; labels: int64, (n,), 0 to CLASSES - 1.
    """

    places: NDArray[np.float32]
    labels: NDArray[np.int64]


def make_points(count: int, generator: np.random.Generator) -> Points:
    """As many points of every class, or one more: an arm each of a pinwheel.

    The arms are clouds that reach outwards, turned the further the more, so that no straight line
    parts them.
    """
    labels = np.arange(count) % CLASSES
    along = np.clip(generator.normal(REACH, SPREAD, count), 0.05, SIDE * 0.95)
    across = generator.normal(0.0, WIDTH, count) * (0.5 + along)
    angle = 2 * np.pi * labels / CLASSES + TURN * along
    radial = np.stack([np.cos(angle), np.sin(angle)], 1)
    sideways = np.stack([-np.sin(angle), np.cos(angle)], 1)
    places = along[:, None] * radial + across[:, None] * sideways
    return Points(np.clip(places, -SIDE, SIDE).astype(np.float32), labels.astype(np.int64))


def make_parts(seed: int) -> tuple[Points, Points]:
    """The points to train with, and others to validate with."""
    generator = np.random.default_rng(seed)
    return make_points(TRAINING, generator), make_points(VALIDATION, generator)


def epochs_between(epochs: int) -> int:
    """How many epochs lie between two maps of a training of so many."""
    return -(-epochs // MOST_MAPS)
