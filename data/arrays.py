"""Arrays of images and labels in their many forms, as the one form that a Dataset has."""

import hashlib
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.dataset import UNLABELLED, Dataset
from data.images import ArrayImages
from util import DataError, digest

# A label is the number of a network's output; far above any network it is some other number.
MAX_CLASSES = 100_000


def array_dataset(
    name: str,
    split: str,
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    class_names: Sequence[str],
    ids: Sequence[str],
    note: str,
    targets: NDArray[np.bool_] | None = None,
) -> Dataset:
    """A Dataset of arrays that have been checked, with their fingerprint."""
    state = hashlib.blake2b(digest_size=16)
    for array in (images, labels, *(() if targets is None else (targets,))):
        state.update(np.ascontiguousarray(array).data.cast("B"))
    names = tuple(class_names)
    fingerprint = digest(state.digest(), images.shape, split, names, "\0".join(ids))
    return Dataset(
        name=name,
        split=split,
        images=ArrayImages(images),
        labels=labels,
        class_names=names,
        ids=tuple(ids),
        total=len(images),
        note=note,
        fingerprint=fingerprint,
        targets=targets,
    )


def concatenate(parts: Sequence[NDArray[np.uint8]], path: Path) -> NDArray[np.uint8]:
    """The parts' images one after the other.

    Raises:
        DataError: their shapes differ.
    """
    if len({part.shape[1:] for part in parts}) > 1:
        shapes = " and ".join(str(part.shape) for part in parts)
        raise DataError(f"{path} holds splits of images of different shapes: {shapes}.")
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def as_images(array: NDArray[Any], path: Path, key: str) -> NDArray[np.uint8]:
    """Any sensible array of images as uint8, (N, height, width, 1 or 3).

    Args:
        array: (N, height, width), or with 1, 3 or 4 channels as the last dimension or the one
            after N, or (N, pixels) of square grey images; whole numbers from 0 to 255 in any
            number format, or floating-point numbers that are those divided by 255, or those
            brought to -1 to 1.
        path: the file that holds it, for messages.
        key: its name there.

    Raises:
        DataError: it is something else.
    """
    where, given = f"{key!r} in {path}", array.shape
    array = _arrange(array)
    if array.ndim != 4 or array.shape[3] not in (1, 3, 4) or 0 in array.shape:
        raise DataError(
            f"{where} has the shape {given}; wanted is (images, height, width), or with 1, "
            "3 or 4 channels as the last dimension, and at least one image."
        )
    # The fourth is transparency, which Keras drops as well.
    return _as_bytes(array[..., : 3 if array.shape[3] >= 3 else 1], where)


def _arrange(array: NDArray[Any]) -> NDArray[Any]:
    """The channels last, where their place can be told; other arrays as they are."""
    if array.ndim == 2 and array.shape[1] >= 16:
        side = math.isqrt(array.shape[1])
        if side * side == array.shape[1]:
            return array.reshape(-1, side, side, 1)
    if array.ndim == 3:
        return array[..., np.newaxis]
    if array.ndim == 4 and array.shape[1] in (1, 3, 4) and array.shape[3] not in (1, 3, 4):
        return np.moveaxis(array, 1, 3)
    return array


def _as_bytes(array: NDArray[Any], where: str) -> NDArray[np.uint8]:
    if array.dtype == np.uint8:
        return array.astype(np.uint8, copy=False)
    if array.dtype.kind not in "iufb":
        raise DataError(f"{where} is of type {array.dtype}; wanted are numbers from 0 to 255.")
    low, high = float(np.min(array)), float(np.max(array))
    fraction = array.dtype.kind in "fb" and high <= 1
    scale = 255.0 if fraction else 1.0
    out = np.empty(array.shape, np.uint8)
    fits = low >= 0 and high <= 255
    shift = 0.0
    if fraction and -1 <= low < 0:
        # -1 to 1, as networks of the MobileNet kind see them.
        scale, shift, fits = 127.5, 127.5, True
    for index in range(len(array) if fits else 0):
        exact = array[index].astype(np.float64) * scale + shift
        whole = np.rint(exact)
        fits = fits and bool((np.abs(exact - whole) <= 1e-3).all())
        out[index] = whole
    if not fits:
        raise DataError(
            f"{where} is of type {array.dtype} with values from {low:.4g} to {high:.4g}; wanted "
            "are images of 8 bits: whole numbers from 0 to 255, those divided by 255, or those "
            "brought to -1 to 1; save the images as they were before."
        )
    return out


def as_labels(
    parts: Sequence[tuple[NDArray[Any], str]], path: Path
) -> tuple[NDArray[np.int64], tuple[str, ...] | None]:
    """Labels of any sensible kind as numbers.

    Args:
        parts: arrays with their keys; each (N,), (N, 1) or one-hot (N, C); whole numbers from 0,
            or UNLABELLED; or text, where "" is no label.
        path: the file that holds them, for messages.

    Returns:
        int64 labels of all parts one after the other, and, where they were text, the class names
        in alphabetical order, else None.

    Raises:
        DataError: they are something else.
    """
    flat = [_flatten(array, f"{key!r} in {path}") for array, key in parts]
    if any(array.dtype.kind in "SU" for array in flat):
        text = np.concatenate([as_text(array) for array in flat])
        names, numbers = np.unique(text, return_inverse=True)
        missing = int(len(names) > 0 and names[0] == "")
        return numbers.astype(np.int64) - missing, tuple(str(name) for name in names[missing:])
    joined = np.concatenate(flat)
    whole = joined.dtype.kind in "iufb" and bool(np.isfinite(joined).all())
    if not whole or (joined.astype(np.int64) != joined).any():
        raise DataError(
            f"{parts[0][1]!r} in {path} is of type {joined.dtype}; wanted are whole numbers from "
            "0, text, or one column a class with a single 1 in each row."
        )
    labels = joined.astype(np.int64)
    if len(labels) and not UNLABELLED <= labels.min() <= labels.max() < MAX_CLASSES:
        raise DataError(
            f"{parts[0][1]!r} in {path} has labels from {labels.min()} to {labels.max()}; wanted "
            f"are whole numbers from 0, the number of the network's output, below {MAX_CLASSES:,},"
            f" and {UNLABELLED} where there is none."
        )
    return labels, None


def _flatten(array: NDArray[Any], where: str) -> NDArray[Any]:
    """Labels (N,), (N, 1) or one-hot (N, C) as (N,)."""
    if array.ndim == 2 and array.shape[1] == 1:
        return array.reshape(-1)
    if array.ndim == 2 and array.dtype.kind in "iufb":
        if bool(((array != 0).sum(axis=1) == 1).all()) and bool((array.max(axis=1) == 1).all()):
            numbers: NDArray[np.int64] = np.argmax(array, axis=1)
            return numbers
        raise DataError(
            f"{where} has {array.shape[1]} columns that are not one-hot: each row must hold a "
            "single 1, in the column of its class."
        )
    if array.ndim != 1:
        raise DataError(f"{where} has the shape {array.shape}; wanted is one label an image.")
    return array


def as_targets(parts: Sequence[tuple[NDArray[Any], str]]) -> NDArray[np.bool_] | None:
    """Several labels an image, bool, (N, C), all parts one after the other; None for one each.

    Args:
        parts: as for `as_labels`; several labels are rows of 0 and 1, of which at least one row
            holds another number of ones than one.
    """
    arrays = [array for array, _ in parts]
    if any(array.ndim != 2 or array.dtype.kind not in "iufb" for array in arrays):
        return None
    if len({array.shape[1] for array in arrays}) != 1 or arrays[0].shape[1] < 2:
        return None
    joined = np.concatenate(arrays)
    yes = joined == 1
    if not (yes | (joined == 0)).all() or bool((yes.sum(axis=1) == 1).all()):
        return None
    return np.asarray(yes)


def first_of(targets: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The first label of each image, int64, (N,); UNLABELLED where it has none."""
    first = np.where(targets.any(axis=1), targets.argmax(axis=1), UNLABELLED)
    return first.astype(np.int64)


def as_text(array: NDArray[Any]) -> NDArray[np.str_]:
    """Text, UTF-8 bytes or numbers as text of the same shape."""
    if array.dtype.kind == "S":
        array = np.char.decode(array, "utf-8", "replace")
    text: NDArray[np.str_] = array.astype(np.str_)
    return text
