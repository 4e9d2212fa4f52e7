"""What a layer makes of one image: its channels as small pictures, or its units as a vector."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model.batches import padded, refused
from model.graph import Graph, channel_axis

if TYPE_CHECKING:
    import keras

    from model.steps import Step

# Maps shown, and pixels a side of each: a card in the page has room for no more.
MAX_MAPS, MAX_SIDE = 64, 96
# Values of a vector that are told.
MAX_VALUES = 4096

# Colours are given to values between these percentiles; what lies beyond has the end's colour.
PERCENTILES = (0.5, 99.5)


@dataclass(frozen=True, slots=True)
class FeatureMaps:
    """Some channels of a layer for one image, drawn by one scale.

    Attributes:
        values: float32, (shown, height, width); the strongest channel first, which is the one whose
            absolute values are greatest on average.
        order: int32, (shown,): the channels' numbers.
        count: how many channels the layer has.
        low, high: the range that colours stand for; low < high. low is 0 where no value is
            negative, and -high where some are.
        size: (height, width) of the layer's own maps; those drawn may be smaller.
    """

    values: NDArray[np.float32]
    order: NDArray[np.int32]
    count: int
    low: float
    high: float
    size: tuple[int, int]


@dataclass(frozen=True, slots=True)
class FeatureVector:
    """Units without a place: float32, (at most MAX_VALUES,), of `count`."""

    values: NDArray[np.float32]
    count: int


def build_reader(graph: Graph, step: "Step") -> "keras.Model":
    """The network up to one layer; its weights are shared."""
    import keras

    return keras.Model(graph.inputs[0], step.output)


def look_inside(
    reader: "keras.Model", graph: Graph, step: "Step", inputs: NDArray[np.float32]
) -> FeatureMaps | FeatureVector:
    """What the layer makes of an input of shape (1, ...), which preprocessing has been through.

    Raises:
        ModelError: the network cannot be run on it.
    """
    import keras

    assert len(inputs) == 1
    own = reader.inputs[0].shape[0]
    inputs = padded(inputs, own or 1)
    try:
        # Nothing is compiled for it, which would take longer than running it once.
        output = reader(keras.ops.convert_to_tensor(inputs), training=False)
        output = keras.ops.convert_to_numpy(keras.ops.cast(output, "float32"))
    except Exception as error:
        raise refused(inputs, error) from error
    values = np.asarray(output[0], np.float32)
    if values.ndim > 1:
        values = np.moveaxis(values, channel_axis(graph, step) % output.ndim - 1, -1)
    return arrange(values)


def arrange(values: NDArray[np.float32]) -> FeatureMaps | FeatureVector:
    """Maps of (height, width, channels), or (steps, channels) as one map, or a vector.

    Of more axes the first ones are averaged over. What is not finite counts as 0.
    """
    values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    if values.ndim < 2 or not values.size:
        return FeatureVector(values.reshape(-1)[:MAX_VALUES], values.size)
    if values.ndim == 2:
        values = values[..., None]
    values = values.mean(axis=tuple(range(values.ndim - 3)), dtype=np.float32)
    height, width, count = values.shape
    strength = np.abs(values).mean(axis=(0, 1))
    order = np.argsort(-strength, kind="stable")[:MAX_MAPS].astype(np.int32)
    shown = np.ascontiguousarray(np.moveaxis(values[..., order], -1, 0))
    low, high = scale(shown)
    shown = _shrunk(_shrunk(shown, 1), 2)
    return FeatureMaps(shown, order, count, low, high, (height, width))


def scale(values: NDArray[np.float32]) -> tuple[float, float]:
    """(low, high) of the colours: from 0 where nothing is negative, else as far down as up."""
    low, high = (float(q) for q in np.percentile(values, PERCENTILES))
    if values.min() < 0:
        high = max(abs(low), abs(high)) or float(np.abs(values).max())
        return -high, high
    high = high or float(values.max())
    return 0.0, high or 1.0


def _shrunk(maps: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    """At most MAX_SIDE pixels along an axis, each the mean of those it stands for."""
    side = maps.shape[axis]
    if side <= MAX_SIDE:
        return maps
    bounds = np.linspace(0, side, MAX_SIDE + 1).astype(np.int64)
    sums = np.add.reduceat(maps, bounds[:-1], axis=axis)
    sizes = np.expand_dims(np.diff(bounds), tuple({0, 1, 2} - {axis}))
    shrunk: NDArray[np.float32] = (sums / sizes).astype(np.float32)
    return shrunk
