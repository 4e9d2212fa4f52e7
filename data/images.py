"""Images that are read when they are needed: from an array, or from files decoded in parallel."""

import functools
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from data.decode import Blob, Encoded, Size, check_file, decode_file, resize
from util import DataError

T = TypeVar("T")
# Below this, handing work to threads takes longer than the work.
MIN_PARALLEL = 16


class ImageSource(Protocol):
    """N images of 8 bits a channel. It can be pickled, so that worker processes can read it."""

    @property
    def channels(self) -> int:
        """1 (grey) or 3 (red, green, blue)."""

    @property
    def shape(self) -> Size | None:
        """(height, width) that `read` gives when no size is asked for; None where they differ."""

    def __len__(self) -> int: ...

    def read(
        self, indices: NDArray[np.int64], size: Size | None = None, channels: int | None = None
    ) -> NDArray[np.uint8]:
        """The images at `indices`, in that order.

        Args:
            indices: int64, (n,), 0 to N-1, repetition allowed.
            size: (height, width) to stretch each image to, antialiased; by default `shape`.
            channels: 1 or 3 to convert to; by default the source's own.

        Returns:
            uint8, (n, height, width, channels).

        Raises:
            DataError: a file is missing, broken, or too large, or sizes differ and none is asked.
        """

    def original(self, index: int) -> NDArray[np.uint8]:
        """One image at its own size: uint8, (height, width, channels)."""

    def take(self, indices: NDArray[np.int64]) -> "ImageSource":
        """The source that holds only the images at `indices`, in that order."""


@dataclass(frozen=True, slots=True)
class ArrayImages:
    """Images held in memory.

    Attributes:
        array: uint8, (N, height, width, 1 or 3).
    """

    array: NDArray[np.uint8]

    def __post_init__(self) -> None:
        assert self.array.ndim == 4
        assert self.array.dtype == np.uint8
        assert self.array.shape[3] in (1, 3)

    @property
    def channels(self) -> int:
        return int(self.array.shape[3])

    @property
    def shape(self) -> Size:
        return int(self.array.shape[1]), int(self.array.shape[2])

    def __len__(self) -> int:
        return len(self.array)

    def read(
        self, indices: NDArray[np.int64], size: Size | None = None, channels: int | None = None
    ) -> NDArray[np.uint8]:
        images = convert_channels(self.array[indices], channels or self.channels)
        if size is None or size == self.shape:
            return images
        if not len(images):
            return np.zeros((0, *size, images.shape[3]), np.uint8)
        return np.stack(_in_parallel(functools.partial(resize, size=size), list(images)))

    def original(self, index: int) -> NDArray[np.uint8]:
        image: NDArray[np.uint8] = self.array[index].copy()
        return image

    def take(self, indices: NDArray[np.int64]) -> "ArrayImages":
        return ArrayImages(self.array[indices])


class _Decoding:
    """What sources have in common whose images are decoded at each reading."""

    __slots__ = ()

    channels: int
    shape: Size | None

    def encoded(self, index: int) -> Encoded:
        """The file of an image, or its content."""
        raise NotImplementedError

    def check(self, index: int) -> tuple[Size, int]:
        """Decode an image once: its own ((height, width), channels).

        Raises:
            UnreadableImage: it cannot be decoded.
        """
        return check_file(self.encoded(index))

    def read(
        self, indices: NDArray[np.int64], size: Size | None = None, channels: int | None = None
    ) -> NDArray[np.uint8]:
        size = size or self.shape
        channels = channels or self.channels
        if not len(indices):
            return np.zeros((0, *(size or (0, 0)), channels), np.uint8)

        def decode(index: int) -> NDArray[np.uint8]:
            return decode_file(self.encoded(index), channels, size)

        images = _in_parallel(decode, [int(index) for index in indices])
        for image, index in zip(images, indices, strict=True):
            if image.shape != images[0].shape:
                first, other = self._name(indices[0]), self._name(index)
                raise DataError(
                    f"The images differ in size: {first} is {_size_text(images[0])}, {other} is "
                    f"{_size_text(image)}; give the size to which they are to be brought."
                )
        return np.stack(images)

    def original(self, index: int) -> NDArray[np.uint8]:
        return decode_file(self.encoded(index), self.channels)

    def _name(self, index: int) -> str:
        encoded = self.encoded(index)
        return encoded.name if isinstance(encoded, Blob) else str(encoded)


@dataclass(frozen=True, slots=True)
class FileImages(_Decoding):
    """Images in files under one folder, decoded at each reading.

    Attributes:
        root: the folder.
        paths: N paths relative to it.
        channels: 1 or 3; files of the other kind are converted.
        shape: (height, width) that all are brought to unless another is asked for, or None.
    """

    root: Path
    paths: Sequence[str]
    channels: int
    shape: Size | None

    def __len__(self) -> int:
        return len(self.paths)

    def encoded(self, index: int) -> Path:
        return self.root / self.paths[index]

    def take(self, indices: NDArray[np.int64]) -> "FileImages":
        return replace(self, paths=tuple(self.paths[index] for index in indices))


class Blobs(Protocol):
    """Contents of image files that lie inside other files. It can be pickled."""

    @property
    def files(self) -> tuple[Path, ...]:
        """Those files."""

    def blob(self, row: int) -> Blob:
        """The content at a row, from several threads at once.

        Raises:
            DataError: it cannot be read.
        """


@dataclass(frozen=True, slots=True)
class BlobImages(_Decoding):
    """Images whose files lie inside other files, decoded at each reading.

    Attributes:
        blobs: where they lie.
        rows: int64, (N,), the images' places there.
        channels: 1 or 3; images of the other kind are converted.
        shape: (height, width) that all are brought to unless another is asked for, or None.
    """

    blobs: Blobs
    rows: NDArray[np.int64]
    channels: int
    shape: Size | None

    def __len__(self) -> int:
        return len(self.rows)

    def encoded(self, index: int) -> Blob:
        return self.blobs.blob(int(self.rows[index]))

    def take(self, indices: NDArray[np.int64]) -> "BlobImages":
        return replace(self, rows=self.rows[indices])


def convert_channels(images: NDArray[np.uint8], channels: int) -> NDArray[np.uint8]:
    """Images (..., 1 or 3) as images (..., channels); grey is the luma of ITU-R BT.601."""
    assert channels in (1, 3)
    if images.shape[-1] == channels:
        return images
    if channels == 3:
        return np.repeat(images, 3, axis=-1)
    # In fixed point as Pillow reckons it, so that arrays and files give the same grey.
    luma = images.astype(np.uint32) @ np.array([19595, 38470, 7471], np.uint32) + 0x8000
    return (luma >> 16).astype(np.uint8)[..., np.newaxis]


def _size_text(image: NDArray[np.uint8]) -> str:
    return f"{image.shape[1]} x {image.shape[0]} pixels"


@functools.cache
def _pool() -> ThreadPoolExecutor:
    workers = min(16, os.cpu_count() or 1)
    return ThreadPoolExecutor(workers, thread_name_prefix="decode")


def _in_parallel(
    work: Callable[[T], NDArray[np.uint8]], items: Sequence[T]
) -> list[NDArray[np.uint8]]:
    """[work(item) for item in items], on several threads: Pillow lets go of the interpreter."""
    if len(items) < MIN_PARALLEL:
        return [work(item) for item in items]
    pieces = min(len(items), 4 * min(16, os.cpu_count() or 1))
    bounds = np.linspace(0, len(items), pieces + 1).astype(int)

    def work_through(piece: int) -> list[NDArray[np.uint8]]:
        return [work(item) for item in items[bounds[piece] : bounds[piece + 1]]]

    return [image for done in _pool().map(work_through, range(pieces)) for image in done]
