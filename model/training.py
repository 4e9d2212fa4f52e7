"""What the scripts that train networks share: images as arrays, moved, mirrored and scaled."""

import numpy as np
from numpy.typing import NDArray

from data import Dataset


def augment(
    images: NDArray[np.uint8], shift: int, flip: bool, generator: np.random.Generator
) -> NDArray[np.uint8]:
    """Copies of images (N, h, w, C), each moved and mirrored at random; gaps are filled with 0."""
    count, height, width, _ = images.shape
    padded = np.pad(images, ((0, 0), (shift, shift), (shift, shift), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), axis=(1, 2))
    down, right = generator.integers(0, 2 * shift + 1, (2, count))
    moved = np.moveaxis(windows[np.arange(count), down, right], 1, 3)
    if flip:
        mirrored = generator.random(count) < 0.5
        moved[mirrored] = moved[mirrored, :, ::-1]
    return np.ascontiguousarray(moved)


def read_all(dataset: Dataset) -> NDArray[np.uint8]:
    """Every image of a dataset, uint8, (N, h, w, C)."""
    return dataset.images.read(np.arange(len(dataset)))


def scale(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Pixels 0 to 255 as the networks see them, 0 to 1."""
    return images.astype(np.float32) / np.float32(255)
