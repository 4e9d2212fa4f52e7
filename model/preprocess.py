"""Images -> the network's input: shape, and the scale the network was trained to see."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from data import Dataset, ImageSource
from data.images import ArrayImages
from model.archive import Config, nodes
from util import ModelError, UserError

Scale = Literal["0-1", "0-255", "-1-1"]
SCALES: tuple[Scale, ...] = get_args(Scale)

# Layers that scale by themselves, so that the network was trained on raw pixels.
SCALING_LAYERS = ("Rescaling", "Normalization")


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How uint8 images become a network's input.

    Attributes:
        size: (height, width) of the input; images of another size are resized to it.
        channels: 1 (grey) or 3 (red, green, blue).
        shape: shape of one input as the network wants it: (H, W, C), (H, W) or (H * W * C,).
        scale: range that 0..255 is mapped to.
    """

    size: tuple[int, int]
    channels: int
    shape: tuple[int, ...]
    scale: Scale

    def __str__(self) -> str:
        height, width = self.size
        return f"{height} x {width} x {self.channels}, pixels scaled to {self.scale}"

    def read(self, images: ImageSource, indices: NDArray[np.int64]) -> NDArray[np.float32]:
        """The network's input for some images, float32 of shape (n, *self.shape)."""
        pixels = images.read(indices, self.size, self.channels)
        return scaled(pixels, self.scale).reshape(len(indices), *self.shape)


def scaled(pixels: NDArray[np.uint8], scale: Scale) -> NDArray[np.float32]:
    """Pixels 0..255 as float32 in the range that `scale` names."""
    values = pixels.astype(np.float32)
    if scale == "0-1":
        values /= np.float32(255)
    elif scale == "-1-1":
        values /= np.float32(127.5)
        values -= np.float32(1)
    return values


def choose(
    config: Config, input_shape: tuple[int | None, ...], dataset: Dataset, wanted: str
) -> Preprocessing:
    """The preprocessing for a network on a dataset.

    Args:
        config: the network's config, searched for a layer that scales pixels by itself.
        input_shape: shape of the input without the batch, e.g. (28, 28, 1); None is any size.
        wanted: one of SCALES, or "auto": 0..255 where the network scales by itself, else 0..1.

    Raises:
        UserError: `wanted` is none of these.
        ModelError: the network does not take images, or not images of this dataset's shape.
    """
    if wanted != "auto" and wanted not in SCALES:
        known = ", ".join(SCALES)
        raise UserError(f"--preprocess {wanted} is not known; allowed are auto, {known}.")
    scale: Scale = next((s for s in SCALES if s == wanted), _static_scale(config))
    size, channels = _geometry(input_shape, dataset)
    return Preprocessing(size, channels, _filled(input_shape, size), scale)


def _static_scale(config: Config) -> Scale:
    kinds = {node.get("class_name") for node in nodes(config)}
    return "0-255" if kinds.intersection(SCALING_LAYERS) else "0-1"


def _geometry(input_shape: tuple[int | None, ...], dataset: Dataset) -> tuple[tuple[int, int], int]:
    """(height, width) and channels of the images to hand over, from the input's shape."""
    images = dataset.images
    given = images.shape
    height: int | None
    width: int | None
    match input_shape:
        case (height, width, 1 | 3 as depth):
            channels: int = depth
        case (height, width):
            channels = 1
        case (int(units),):
            height, width, channels = _unflattened(units, images)
        case _:
            raise ModelError(
                f"The network's input has the shape {_text(input_shape)}, which is no image; "
                "allowed are (height, width), (height, width, 1 or 3) and (pixels,)."
            )
    if given is None:
        return (height or 224, width or 224), channels
    size = (height or given[0], width or given[1])
    # Images from files are pictures at any size; arrays were made for one network's input.
    if isinstance(images, ArrayImages) and (size, channels) != (given, images.channels):
        raise ModelError(
            f"The network takes images of {size[0]} x {size[1]} x {channels}, but those of dataset "
            f"'{dataset.name}' are {given[0]} x {given[1]} x {images.channels}; choose the dataset "
            "that the network was trained for, or give the images as a folder."
        )
    return size, channels


def _unflattened(units: int, images: ImageSource) -> tuple[int, int, int]:
    if images.shape is not None and units == images.shape[0] * images.shape[1] * images.channels:
        return (*images.shape, images.channels)
    for channels in (1, 3):
        side = round((units / channels) ** 0.5)
        if side * side * channels == units:
            return side, side, channels
    raise ModelError(
        f"The network takes vectors of {units} numbers, which are no square image, grey or colour."
    )


def _filled(input_shape: tuple[int | None, ...], size: tuple[int, int]) -> tuple[int, ...]:
    if len(input_shape) == 1:
        return (-1,) if input_shape[0] is None else (input_shape[0],)
    return (*size, *(n for n in input_shape[2:] if n is not None))


def _text(shape: tuple[int | None, ...]) -> str:
    return "(" + ", ".join("any" if n is None else str(n) for n in shape) + ")"
