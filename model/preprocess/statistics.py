"""A dataset's pixels in figures: mean and deviation by channel, and the mean image."""

import numpy as np
from numpy.typing import NDArray

from data import ImageSource
from model.preprocess.geometry import Geometry
from model.preprocess.preprocessing import with_alpha
from model.preprocess.scaling import Statistics

# At most so many images are looked at, and fewer large ones: the means of some hundred are within
# a level or two of those of all.
MOST_IMAGES, LEAST_IMAGES, MOST_PIXELS = 10_000, 500, 2**25

# Values held at a time.
PIECE = 2**22


def measure(images: ImageSource, geometry: Geometry, seed: int = 0) -> Statistics:
    """Mean, deviation and mean image of a fair sample, at the network's size.

    Raises:
        DataError: an image cannot be read.
    """
    area = geometry.size[0] * geometry.size[1]
    wanted = min(MOST_IMAGES, max(LEAST_IMAGES, MOST_PIXELS // area))
    indices = sample(len(images), wanted, seed)
    step = max(1, PIECE // (area * geometry.channels))
    total = np.zeros((*geometry.size, geometry.channels))
    squares = np.zeros(geometry.channels)
    for start in range(0, len(indices), step):
        part = indices[start : start + step]
        pixels = images.read(part, geometry.size, min(geometry.channels, 3))
        values = with_alpha(pixels, geometry.channels).astype(np.float64)
        total += values.sum(0)
        squares += (values**2).sum((0, 1, 2))
    image = total / len(indices)
    mean = image.mean((0, 1))
    variance = squares / (len(indices) * area) - mean**2
    return Statistics(
        tuple(float(m) for m in mean),
        tuple(float(v) for v in np.sqrt(np.maximum(variance, 0))),
        image.astype(np.float32),
    )


def sample(count: int, wanted: int, seed: int) -> NDArray[np.int64]:
    """At most `wanted` of `count` numbers, fair and in ascending order."""
    if count <= wanted:
        return np.arange(count, dtype=np.int64)
    chosen = np.random.default_rng(seed).choice(count, wanted, replace=False)
    return np.sort(chosen).astype(np.int64)
