"""Pictures out of arrays, tensors and figures, as uint8 pixels."""

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from innerview.arrays import as_array

# Pixels a side; a browser shows no more in one piece.
LARGEST_SIDE = 4096
# Pictures of one call of add_images.
MOST_PICTURES = 64


def as_pixels(picture: Any, dataformats: str | None = None) -> NDArray[np.uint8]:
    """One picture.

    Args:
        picture: uint8, or floats or truth values from 0 to 1 (others are cut off), of the shape HW,
            HWC or CHW with 1, 3 or 4 channels.
        dataformats: which of them, as "CHW"; None finds out.

    Returns:
        uint8, (height, width, channels); a copy.

    Raises:
        TypeError, ValueError: it is no picture.
    """
    array = as_array(picture)
    formats = _formats(array, dataformats)
    array = np.transpose(array, [formats.index(axis) for axis in "HWC" if axis in formats])
    if array.ndim == 2:
        array = array[:, :, None]
    height, width, channels = array.shape
    if channels not in (1, 3, 4):
        raise ValueError(f"a picture has 1, 3 or 4 channels, not {channels}")
    if not height or not width or max(height, width) > LARGEST_SIDE:
        raise ValueError(f"a picture has 1 to {LARGEST_SIDE} pixels a side, not {width} x {height}")
    return _as_bytes(array)


def as_grid(pictures: Any, dataformats: str | None = None) -> NDArray[np.uint8]:
    """Several pictures of one size side by side, as square as can be.

    Args:
        pictures: as in `as_pixels`, with the axis N.
    """
    array = as_array(pictures)
    formats = (dataformats or "").upper()
    if not formats:
        formats = "NHW" if array.ndim == 3 else "N" + _guess(array.shape[1:])
    if sorted(formats) not in (["H", "N", "W"], sorted("NHWC")) or len(formats) != array.ndim:
        raise ValueError(f"{dataformats} does not name the axes of the shape {array.shape}")
    array = np.moveaxis(array, formats.index("N"), 0)[:MOST_PICTURES]
    if not len(array):
        raise ValueError("there is no picture")
    tiles = [as_pixels(each, formats.replace("N", "")) for each in array]
    height, width, channels = tiles[0].shape
    across = int(np.ceil(np.sqrt(len(tiles))))
    down = -(-len(tiles) // across)
    if max(across * width, down * height) > LARGEST_SIDE:
        raise ValueError(f"side by side they have more than {LARGEST_SIDE} pixels a side")
    grid = np.zeros((down * height, across * width, channels), np.uint8)
    for number, tile in enumerate(tiles):
        top, left = number // across * height, number % across * width
        grid[top : top + height, left : left + width] = tile
    return grid


def of_figure(figure: Any) -> NDArray[np.uint8]:
    """What a Matplotlib figure looks like: uint8, (height, width, 4)."""
    canvas = figure.canvas
    if not hasattr(canvas, "buffer_rgba"):
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return as_pixels(np.asarray(canvas.buffer_rgba()), "HWC")


def close_figure(figure: Any) -> None:
    """Let Matplotlib forget a figure, if pyplot has made it."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close(figure)


def _formats(array: NDArray[Any], dataformats: str | None) -> str:
    """The axes' letters, each once."""
    formats = dataformats.upper() if dataformats else _guess(array.shape)
    if len(formats) != array.ndim or sorted(formats) not in (["H", "W"], ["C", "H", "W"]):
        raise ValueError(f"{dataformats} does not name the axes of the shape {array.shape}")
    return formats


def _guess(shape: tuple[int, ...]) -> str:
    if len(shape) == 2:
        return "HW"
    if len(shape) != 3:
        raise ValueError(f"an array of the shape {shape} is no picture")
    # Channels are few; where both ends could be them, as torch has it.
    few = (1, 3, 4)
    return "HWC" if shape[2] in few and shape[0] not in few else "CHW"


def _as_bytes(array: NDArray[Any]) -> NDArray[np.uint8]:
    if array.dtype == np.uint8:
        return array.copy()
    if array.dtype.kind == "b":
        return array.astype(np.uint8) * np.uint8(255)
    if array.dtype.kind in "iu":
        limited: NDArray[np.uint8] = np.clip(array, 0, 255).astype(np.uint8)
        return limited
    if array.dtype.kind != "f":
        raise TypeError(f"an array of {array.dtype} is no picture")
    # NaN has no colour; it is drawn black.
    scaled = np.nan_to_num(np.clip(array.astype(np.float32), 0.0, 1.0), nan=0.0)
    pixels: NDArray[np.uint8] = (scaled * 255.0 + 0.5).astype(np.uint8)
    return pixels
