"""The numbers that a network is given for pixels 0..255: the ways in use, by name."""

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from util import UserError

# Every way that has a name, as --preprocess takes it; the first two are the static ones.
PHRASES = {
    "0-1": "pixels scaled to 0-1",
    "0-255": "pixels as they are, 0-255",
    "-1-1": "pixels scaled to -1-1",
    "-0.5-0.5": "pixels scaled to -0.5-0.5",
    "caffe": "pixels 0-255 in the order blue, green, red, less ImageNet's mean (caffe)",
    "torch": "pixels standardised by ImageNet's mean and deviation (torch)",
    "standardised": "pixels standardised by the dataset's mean and deviation",
    "standardised-per-image": "each image standardised by its own mean and deviation",
    "0-1-minus-mean": "pixels scaled to 0-1, less the dataset's mean",
    "0-255-minus-mean": "pixels 0-255, less the dataset's mean",
    "0-1-minus-mean-image": "pixels scaled to 0-1, less the dataset's mean image",
    "0-255-minus-mean-image": "pixels 0-255, less the dataset's mean image",
    "0-1-inverted": "light and dark exchanged, pixels scaled to 0-1",
    "0-255-inverted": "light and dark exchanged, pixels 0-255",
}
SCALES = tuple(PHRASES)
AUTO = "auto"

# What keras.applications calls it.
ALIASES = {"tf": "-1-1"}

# Made for photographs in colour.
COLOUR_ONLY = ("caffe", "torch")

# Those that need the dataset's own figures.
OF_DATASET = tuple(name for name in SCALES if name == "standardised" or "-minus-" in name)
OF_MEAN_IMAGE = tuple(name for name in SCALES if name.endswith("mean-image"))

# keras.applications.imagenet_utils: of ImageNet's training images, red, green, blue.
CAFFE_MEAN = (123.68, 116.779, 103.939)
TORCH_MEAN, TORCH_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

# A deviation below this, in pixels, is that of images in which nothing varies.
LEAST_STD = 1e-3

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_NUMBERS = rf"{_NUMBER}(?:,{_NUMBER})*"
_EXPLICIT = re.compile(rf"({_NUMBERS})/({_NUMBERS})")


@dataclass(frozen=True, slots=True, eq=False)
class Statistics:
    """What is known of a dataset's pixels, 0 to 255, at the network's size.

    Attributes:
        mean, std: by channel.
        image: float32, (height, width, channels), the mean image; None where it is not needed.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]
    image: NDArray[np.float32] | None = None

    def to_json(self) -> dict[str, Any]:
        image = None if self.image is None else np.round(self.image, 3).tolist()
        return {"mean": list(self.mean), "std": list(self.std), "image": image}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Statistics":
        image = None if value["image"] is None else np.array(value["image"], np.float32)
        return cls(tuple(value["mean"]), tuple(value["std"]), image)


@dataclass(frozen=True, slots=True, eq=False)
class Scaling:
    """(pixels - mean) / std, in that order of channels.

    Attributes:
        mean, std: float32, (1,), (channels,) or (height, width, channels), 0 to 255.
        inverted: light and dark are exchanged first.
        reversed: blue, green, red.
        per_image: each image is then brought to mean 0 and deviation 1.
    """

    mean: NDArray[np.float32]
    std: NDArray[np.float32]
    inverted: bool = False
    reversed: bool = False
    per_image: bool = False

    def apply(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Pixels (..., height, width, channels) as float32 of the same shape."""
        values = (255 - pixels if self.inverted else pixels).astype(np.float32)
        if self.mean.any():
            values -= self.mean
        if (self.std != 1).any():
            values /= self.std
        if self.per_image:
            axes = (-3, -2, -1)
            values -= values.mean(axes, keepdims=True)
            values /= np.maximum(values.std(axes, keepdims=True), np.float32(LEAST_STD))
        return values[..., ::-1] if self.reversed else values


def check(wanted: str) -> None:
    """Refuse what --preprocess does not know.

    Raises:
        UserError: it is neither "auto" nor a name nor two lists of numbers.
    """
    name = canonical(wanted)
    if name == AUTO or name in SCALES:
        return
    numbers = explicit(name)
    if numbers is None:
        known = ", ".join((AUTO, *SCALES))
        raise UserError(
            f"--preprocess {wanted} is not known; allowed are {known}, and MEAN/STD in pixels of "
            "0 to 255, such as 127.5/127.5, each one number or one a channel with commas between."
        )
    mean, std = numbers
    usable = [math.isfinite(n) for n in mean] + [math.isfinite(n) and n > 0 for n in std]
    lengths = {len(mean), len(std)}
    if not all(usable) or not (lengths <= {1, 3} or lengths <= {1, 4}):
        raise UserError(
            f"--preprocess {wanted} has numbers that cannot be used; after the / each must be "
            "above 0, and there must be one, or one a channel."
        )


def canonical(wanted: str) -> str:
    return ALIASES.get(wanted, wanted)


def explicit(name: str) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
    """(mean, std) of "MEAN/STD", by channel or one for all; None where it is no such thing."""
    match = _EXPLICIT.fullmatch(name)
    if match is None:
        return None
    mean, std = (tuple(float(n) for n in part.split(",")) for part in match.groups())
    return mean, std


def phrase(name: str) -> str:
    """In words, as the page shows it."""
    if name in PHRASES:
        return PHRASES[name]
    mean, _, std = name.partition("/")
    return f"pixels 0-255 less {mean}, divided by {std}"


def scaling(name: str, channels: int, statistics: Statistics | None = None) -> Scaling:
    """The arithmetic of a name.

    Args:
        name: one of SCALES, or "MEAN/STD".
        channels: of the network's input.
        statistics: of the dataset, where the name is one of OF_DATASET.

    Raises:
        UserError: the numbers, or the name, are for another number of channels.
    """
    if name in OF_DATASET:
        assert statistics is not None
        return _of_dataset(name, statistics)
    if name in COLOUR_ONLY and channels != 3:
        raise UserError(
            f"--preprocess {name} is for images in colour, but the network takes {channels} "
            "channel a pixel; allowed are auto, 0-1, 0-255, -1-1 and others."
        )
    if name == "caffe":
        return Scaling(_array(CAFFE_MEAN), _array((1,)), reversed=True)
    if name == "torch":
        return Scaling(255 * _array(TORCH_MEAN), 255 * _array(TORCH_STD))
    if name.endswith("-inverted"):
        plain = scaling(name.removesuffix("-inverted"), channels)
        return Scaling(plain.mean, plain.std, inverted=True)
    ranges = {"0-1": (0, 255), "0-255": (0, 1), "-1-1": (127.5, 127.5), "-0.5-0.5": (127.5, 255)}
    if name in ranges:
        mean, std = ranges[name]
        return Scaling(_array((mean,)), _array((std,)))
    if name == "standardised-per-image":
        return Scaling(_array((0,)), _array((1,)), per_image=True)
    numbers = explicit(name)
    assert numbers is not None
    for given in numbers:
        if len(given) not in (1, channels):
            raise UserError(
                f"--preprocess {name} has numbers for {len(given)} channels, but the network "
                f"takes {channels}; give one number, or {channels} with commas between."
            )
    return Scaling(_array(numbers[0]), _array(numbers[1]))


def _of_dataset(name: str, statistics: Statistics) -> Scaling:
    mean = _array(statistics.mean)
    if name == "standardised":
        return Scaling(mean, np.maximum(_array(statistics.std), np.float32(LEAST_STD)))
    if name in OF_MEAN_IMAGE:
        assert statistics.image is not None
        mean = statistics.image
    return Scaling(mean, _array((255 if name.startswith("0-1-") else 1,)))


def _array(values: tuple[float, ...]) -> NDArray[np.float32]:
    return np.array(values, np.float32)
