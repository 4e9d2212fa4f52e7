"""From the shape of a network's input to the images that it takes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data import Dataset, ImageSource
from data.images import ArrayImages
from model.description import NetworkDescription, Shape
from model.preprocess.preprocessing import Order
from util import ModelError

# Channels that an image can have, and the side of one where neither network nor dataset says.
CHANNELS = (1, 3, 4)
DEFAULT_SIDE = 224

# A vector of fewer numbers is a row of a table rather than an image.
FEWEST_PIXELS = 49

ALLOWED = (
    "allowed are (height, width), (height, width, channels) and (channels, height, width) with 1, "
    "3 or 4 channels, and (pixels,)"
)


@dataclass(frozen=True, slots=True)
class Geometry:
    """The images that a network takes; the attributes are those of Preprocessing."""

    size: tuple[int, int]
    channels: int
    shape: tuple[int, ...]
    order: Order = "channels last"


def find_geometry(description: NetworkDescription, dataset: Dataset) -> Geometry:
    """What images of a dataset have to be brought to.

    Raises:
        ModelError: the network does not take images.
    """
    shape = description.input_shape
    first = description.layers[0].kind if description.layers else ""
    if first == "Embedding":
        raise ModelError(
            f"The network reads text or other sequences of numbers (its input {_text(shape)} goes "
            "into an Embedding layer); only networks that take images can be looked into."
        )
    # A Conv3D or a ConvLSTM may have axes of one around the image.
    core = shape
    while len(core) > 3 and core[0] == 1:
        core = core[1:]
    while len(core) > 3 and core[-1] == 1 and core[-2] in CHANNELS:
        core = core[:-1]
    found = _of_core(core, dataset.images)
    if found is None:
        raise ModelError(
            f"The network's input {_text(shape)} is no image: {_reason(core)}{ALLOWED}."
        )
    size, channels, order = found
    return Geometry(size, channels, _filled(shape, core, size, channels, order), order)


def conversion(geometry: Geometry, dataset: Dataset) -> str | None:
    """A sentence where the images of an array have to be made others than they are.

    Pictures in files are brought to a network's size as a matter of course; arrays were made for
    one network's input.
    """
    images = dataset.images
    if not isinstance(images, ArrayImages):
        return None
    given, wanted = (*images.shape, images.channels), (*geometry.size, geometry.channels)
    changes = []
    if images.shape != geometry.size:
        changes.append("stretched")
    if images.channels != min(geometry.channels, 3):
        changes.append("turned to grey" if geometry.channels == 1 else "turned to colour")
    if not changes:
        return None
    return (
        f"The network takes images of {_by(wanted)}, but those of dataset '{dataset.name}' are "
        f"{_by(given)}; they are {' and '.join(changes)} for it."
    )


Found = tuple[tuple[int, int], int, Order]


def _of_core(shape: Shape, images: ImageSource) -> Found | None:
    match shape:
        case (height, width, channels) if channels in CHANNELS:
            return _size(height, width, images), int(channels or 0), "channels last"
        case (channels, height, width) if channels in CHANNELS:
            return _size(height, width, images), int(channels or 0), "channels first"
        case (pixels, channels) if channels in CHANNELS:
            return _of_pixels(pixels, int(channels or 0), images)
        case (int(height), int(width)) if (rows := _rows(height, width, images)) is not None:
            return rows, 3, "channels last"
        case (height, width):
            return _size(height, width, images), 1, "channels last"
        case (int(units),):
            return _of_units(units, images)
    return None


def _of_pixels(pixels: int | None, channels: int, images: ImageSource) -> Found | None:
    """An image as a sequence of its pixels."""
    if pixels is None:
        return _size(None, None, images), channels, "channels last"
    return _of_units(pixels * channels, images, (channels,))


def _rows(height: int, width: int, images: ImageSource) -> tuple[int, int] | None:
    """(height, width) where an image in colour comes as a sequence of its rows."""
    if images.shape == (height, width):
        return None
    if images.channels == 3 and images.shape == (height, width // 3) and width % 3 == 0:
        return images.shape
    return (height, height) if width == 3 * height else None


def _of_units(units: int, images: ImageSource, allowed: Sequence[int] = (1, 3)) -> Found | None:
    """The image that a vector of so many numbers is."""
    if images.shape is not None:
        area = images.shape[0] * images.shape[1]
        # The dataset's own channels first.
        for channels in sorted(allowed, key=lambda c: c != images.channels):
            if area * channels == units:
                return images.shape, channels, "channels last"
    if units < FEWEST_PIXELS:
        return None
    for channels in allowed:
        side = round((units / channels) ** 0.5)
        if side * side * channels == units:
            return (side, side), channels, "channels last"
    return None


def _size(height: int | None, width: int | None, images: ImageSource) -> tuple[int, int]:
    own = images.shape or (DEFAULT_SIDE, DEFAULT_SIDE)
    return height or own[0], width or own[1]


def _filled(
    shape: Shape, core: Shape, size: tuple[int, int], channels: int, order: Order
) -> tuple[int, ...]:
    """The input's shape with every open size known."""
    height, width = size
    known = {
        1: (height * width * channels,),
        2: (height * width, channels) if core[-1] == channels else (height, width * channels),
        3: (height, width, channels) if order == "channels last" else (channels, height, width),
    }[len(core)]
    if len(core) == 2 and channels == 1 and core[-1] != 1:
        known = (height, width)
    before = next(at for at in range(len(shape)) if shape[at : at + len(core)] == core)
    ones = len(shape) - len(core) - before
    return (*(1,) * before, *known, *(1,) * ones)


def _reason(core: Shape) -> str:
    match core:
        case (int(units),) if units < FEWEST_PIXELS:
            return f"{units} numbers are too few for one; "
        case (int(units),):
            return f"{units} numbers are no square image, grey or in colour; "
        case (_, _, int(channels)) if channels > max(CHANNELS):
            return (
                f"with {channels} channels it is what another network's layers give out, such as a "
                "network without its top; "
            )
    return ""


def _text(shape: Shape) -> str:
    inner = ", ".join("any" if n is None else str(n) for n in shape)
    return f"({inner}{',' if len(shape) == 1 else ''})"


def _by(numbers: Sequence[int]) -> str:
    return " x ".join(str(int(n)) for n in np.asarray(numbers))
