"""Runs with class-probability maps whose every value is known, for the tests of their page."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from innerview import fixed_point
from innerview.records import ClassMap, ClassPoints, Record
from tests.training_stores import STARTED

XLIM, YLIM = (-1.0, 1.0), (-0.5, 1.0)
NAMES = ("north", "east", "south", "west", "middle")
TAG = "plane"


def probabilities(
    x: ArrayLike, y: ArrayLike, epoch: float, turn: float = 0.0
) -> NDArray[np.float64]:
    """What a network says at places: five classes, four towards the winds and one in the middle.

    Args:
        epoch: the later, the surer; turn: of the winds, in radians.

    Returns:
        float64, (..., 5), which sums to 1.
    """
    angles = np.pi / 2 - np.pi / 2 * np.arange(4) + turn
    places = np.stack(np.broadcast_arrays(np.asarray(x, float), np.asarray(y, float)), -1)
    winds = places @ np.stack([np.cos(angles), np.sin(angles)])
    middle = 0.3 - np.linalg.norm(places, axis=-1, keepdims=True) / 2
    scores = np.exp((1 + epoch) * np.concatenate([winds, middle], -1))
    return np.asarray(scores / scores.sum(-1, keepdims=True))


def map_record(
    run: str, epoch: int | None, step: int, turn: float = 0.0, side: int = 41, tag: str = TAG
) -> ClassMap:
    """The map of `probabilities` at an epoch (of epoch 0 where that is None)."""
    width, height = side, side // 2 + 1
    y, x = np.meshgrid(np.linspace(*YLIM, height), np.linspace(*XLIM, width), indexing="ij")
    shares = probabilities(x, y, epoch or 0, turn)
    return ClassMap(
        run, tag, f"{run}-{tag}-{step}", step, STARTED + step, epoch, height, width, len(NAMES),
        XLIM, YLIM, fixed_point.encode(shares),
    )  # fmt: skip


def points_record(run: str, count: int = 60, tag: str = TAG) -> ClassPoints:
    """Points with their true classes, those of the surest network; every tenth has a wrong one."""
    places = np.random.default_rng(3).uniform((XLIM[0], YLIM[0]), (XLIM[1], YLIM[1]), (count, 2))
    labels = probabilities(places[:, 0], places[:, 1], 50).argmax(1)
    labels[::10] = (labels[::10] + 1) % len(NAMES)
    return ClassPoints(
        run, tag, f"{run}-{tag}-points", STARTED, places.astype(np.float32),
        labels.astype(np.int32), NAMES,
    )  # fmt: skip


def maps_of(
    run: str, epochs: Sequence[int], turn: float = 0.0, per_epoch: int = 10
) -> list[Record]:
    """The maps of a run, and its points."""
    return [
        points_record(run),
        *(map_record(run, epoch, epoch * per_epoch, turn) for epoch in epochs),
    ]
