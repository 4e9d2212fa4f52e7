"""Many small images as one: the picture from which Facets Dive draws its items."""

import io
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Graphics cards and browsers take textures of this size everywhere.
MAX_SIDE = 4096


@dataclass(frozen=True, slots=True)
class Atlas:
    """Images side by side, row after row; the places after the last are black.

    Attributes:
        pixels: uint8, (rows * height, columns * width, 1 or 3), at most MAX_SIDE a side.
        height, width: of one image in it.
    """

    pixels: NDArray[np.uint8]
    height: int
    width: int

    @property
    def columns(self) -> int:
        return int(self.pixels.shape[1]) // self.width

    def __post_init__(self) -> None:
        assert max(self.pixels.shape[:2]) <= MAX_SIDE
        assert self.pixels.shape[0] % self.height == 0
        assert self.pixels.shape[1] % self.width == 0


def make_atlas(images: NDArray[np.uint8]) -> Atlas:
    """Lay images out, made smaller where they would not all fit.

    Args:
        images: uint8, (n, height, width, 1 or 3), n from 1 to MAX_SIDE squared.
    """
    count, channels = len(images), images.shape[3]
    assert count >= 1
    height, width = fit(count, images.shape[1], images.shape[2])
    if (height, width) != images.shape[1:3]:
        images = _shrink(images, height, width)
    columns = _columns(count, height, width)
    rows = math.ceil(count / columns)
    grid = np.zeros((rows * columns, height, width, channels), np.uint8)
    grid[:count] = images
    pixels = grid.reshape(rows, columns, height, width, channels).swapaxes(1, 2)
    return Atlas(pixels.reshape(rows * height, columns * width, channels), height, width)


def fit(count: int, height: int, width: int) -> tuple[int, int]:
    """The largest (height, width) of that shape, not above the given, of which `count` fit."""
    side = max(height, width)
    for longest in range(min(side, MAX_SIDE), 0, -1):
        size = max(1, height * longest // side), max(1, width * longest // side)
        if (MAX_SIDE // size[0]) * (MAX_SIDE // size[1]) >= count:
            return size
    raise AssertionError(f"{count} images do not fit into an atlas")


def _columns(count: int, height: int, width: int) -> int:
    """So many that the atlas is about square, and neither side is too long."""
    most, fewest = MAX_SIDE // width, math.ceil(count / (MAX_SIDE // height))
    square = math.ceil(math.sqrt(count * height / width))
    return min(max(square, fewest), most)


def _shrink(images: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    from PIL import Image

    grey = images.shape[3] == 1
    pictures = (Image.fromarray(image[..., 0] if grey else image) for image in images)
    small = [
        np.asarray(picture.resize((width, height), Image.Resampling.BOX)) for picture in pictures
    ]
    return np.stack(small).reshape(len(images), height, width, images.shape[3])


def encode(atlas: Atlas) -> tuple[bytes, str]:
    """The atlas as a file, and its media type.

    Grey images become PNG. Coloured ones become JPEG of high quality, colours at full resolution:
    for 10,000 photographs PNG takes most of a second and 20 MB, JPEG a tenth of the time.
    """
    from PIL import Image

    buffer = io.BytesIO()
    if atlas.pixels.shape[2] == 1:
        Image.fromarray(atlas.pixels[..., 0]).save(buffer, "PNG", compress_level=1)
        return buffer.getvalue(), "image/png"
    Image.fromarray(atlas.pixels).save(buffer, "JPEG", quality=95, subsampling=0)
    return buffer.getvalue(), "image/jpeg"
