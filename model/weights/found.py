"""Arrays of a file that have been found for a variable, read only when they are needed."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# What Keras 1 called its weights. Its running_std held the variance.
KERAS1_NAMES = {
    "W": "kernel",
    "U": "recurrent_kernel",
    "b": "bias",
    "running_mean": "moving_mean",
    "running_std": "moving_variance",
    "running_var": "moving_variance",
    "alphas": "alpha",
    "W_carry": "carry_kernel",
    "b_carry": "carry_bias",
    "depthwise_kernel": "depthwise_kernel",
    "pointwise_kernel": "pointwise_kernel",
}
KERAS1_ENDING = re.compile(
    r"_(W_carry|b_carry|running_mean|running_std|running_var|depthwise_kernel|pointwise_kernel|"
    r"gamma|beta|alphas|[WUb]_[a-z]|W|U|b)$"
)


@dataclass(frozen=True, slots=True)
class Found:
    """One array.

    Attributes:
        name: as the file has it, e.g. "conv1/kernel:0" or "dense_1_W".
        shape: of the array.
        read: reads it, whole.
    """

    name: str
    shape: tuple[int, ...]
    read: Callable[[], Array]

    @property
    def owner(self) -> str:
        """The layer's part of the name: "block/conv1" of "block/conv1/kernel:0", else ""."""
        plain = self.name.split(":")[0]
        if "/" in plain:
            return plain.rsplit("/", 1)[0]
        match = KERAS1_ENDING.search(plain)
        return plain[: match.start()] if match else ""

    @property
    def kind(self) -> str:
        """What it is, in today's words: "kernel", "moving_mean"."""
        last = self.name.split(":")[0].rsplit("/", 1)[-1]
        match = KERAS1_ENDING.search(last)
        if match and "/" not in self.name:
            last = match.group(1)
        last = KERAS1_NAMES.get(last, last)
        return re.sub(r"_\d+$", "", last)


def of_dataset(name: str, dataset: Any) -> Found:
    """A dataset of an h5py.File."""
    return Found(name, tuple(int(n) for n in dataset.shape), lambda: _read(dataset))


def _read(dataset: Any) -> Array:
    values = np.asarray(dataset[()])
    if values.dtype == np.dtype("V2"):
        # HDF5 has no bfloat16, which is the upper half of a float32.
        return (values.view(np.uint16).astype(np.uint32) << 16).view(np.float32)
    return values


def of_array(name: str, array: Array) -> Found:
    """An array that had to be converted, hence read already."""
    return Found(name, array.shape, lambda: array)
