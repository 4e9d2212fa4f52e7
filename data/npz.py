"""Images and labels in a NumPy archive (.npz), whose keys and number formats differ widely."""

import math
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.arrays import (
    array_dataset,
    as_images,
    as_labels,
    as_targets,
    as_text,
    concatenate,
    first_of,
)
from data.dataset import UNLABELLED, Dataset
from util import DataError

IMAGE_KEYS = ("x", "X", "images", "data")
LABEL_KEYS = ("y", "Y", "labels", "label", "targets")
CLASS_NAMES_KEY = "class_names"
SPLITS = ("train", "test")
# An array of more bytes is refused; and one that is not small and unpacks to more than so many
# times its size, which deflate reaches only where nearly all is the same.
MAX_BYTES = 32 * 2**30
SMALL = 256 * 2**20
MAX_RATIO = 500


def load_npz(path: Path, split: str | None) -> Dataset:
    """The dataset in a .npz file.

    It holds images and labels under x and y, or x_train, y_train, x_test, y_test, or images and
    labels, and so on; and, if it likes, class_names.

    Args:
        path: the file.
        split: "train", "test", "all", or None for "test" where there is one.

    Raises:
        DataError: the file does not hold such arrays.
    """
    keys = read_keys(path)
    pairs = _find_pairs(path, keys)
    chosen, note = _choose(path, tuple(pairs), split)
    images = {
        name: as_images(read_member(path, pairs[name][0]), path, pairs[name][0]) for name in chosen
    }
    by_split, class_names, targets = _read_labels(path, pairs)
    for name in chosen:
        found = by_split.get(name)
        if found is not None and len(found) != len(images[name]):
            raise DataError(
                f"{path} holds {len(images[name]):,} images under {pairs[name][0]!r} and "
                f"{len(found):,} labels under {pairs[name][1]!r}; the numbers must agree."
            )
    if not any(name in by_split for name in chosen):
        note = f"{note} {path.name} has no labels for these images.".strip()
    missing = {name: np.full(len(images[name]), UNLABELLED, np.int64) for name in chosen}
    several = None
    if targets is not None:
        none = {name: np.zeros((len(images[name]), len(class_names)), bool) for name in chosen}
        several = np.concatenate([targets.get(name, none[name]) for name in chosen])
    return array_dataset(
        path.name,
        chosen[0] if len(chosen) == 1 else "all",
        concatenate(list(images.values()), path),
        np.concatenate([by_split.get(name, missing[name]) for name in chosen]),
        class_names,
        [f"{name}/{index}" for name in chosen for index in range(len(images[name]))],
        note,
        several,
    )


def _read_labels(
    path: Path, pairs: Mapping[str, tuple[str, str | None]]
) -> tuple[dict[str, NDArray[np.int64]], tuple[str, ...], dict[str, NDArray[np.bool_]] | None]:
    """(labels by split, class names, several labels by split or None).

    The labels of every split are read, so that a class has the same number in each.
    """
    keys = {name: key for name, (_, key) in pairs.items() if key is not None}
    answers = [(read_member(path, key), key) for key in keys.values()]
    if not answers:
        if CLASS_NAMES_KEY not in read_keys(path):
            return {}, (), None
        found = as_text(read_member(path, CLASS_NAMES_KEY).reshape(-1))
        return {}, tuple(str(name) for name in found), None
    bounds = np.cumsum([len(array) for array, _ in answers])[:-1]
    several = as_targets(answers)
    if several is None:
        labels, class_names = _name_classes(path, *as_labels(answers, path))
        return dict(zip(keys, np.split(labels, bounds), strict=True)), class_names, None
    columns = tuple(str(number) for number in range(several.shape[1]))
    labels, class_names = _name_classes(path, first_of(several), None, columns)
    if len(class_names) != several.shape[1]:
        raise DataError(
            f"{CLASS_NAMES_KEY!r} in {path} names {len(class_names)} classes, and the labels have "
            f"{several.shape[1]} columns: name as many."
        )
    return (
        dict(zip(keys, np.split(labels, bounds), strict=True)),
        class_names,
        dict(zip(keys, np.split(several, bounds), strict=True)),
    )


def read_keys(path: Path) -> tuple[str, ...]:
    """The names of a .npz file's arrays.

    Raises:
        DataError: the file cannot be read or is no .npz.
    """
    try:
        if not zipfile.is_zipfile(path):
            path.open("rb").close()
            raise DataError(
                f"{path} is not a .npz file, whatever its name says: its content is no archive; "
                "save the arrays with numpy.savez."
            )
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return tuple(archive.files)
    except DataError:
        raise
    except Exception as error:
        # zipfile alone has five kinds of errors for files that are not what they claim to be.
        raise DataError(f"{path} cannot be read: {error}; look whether it is whole.") from error


def read_member(path: Path, key: str) -> NDArray[Any]:
    """One array of a .npz file; the others are not read.

    Raises:
        DataError: it is broken, too large for the memory, or pickled.
    """
    try:
        _check_claim(path, key)
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return _checked_text(np.asarray(archive[key]), path, key)
    except DataError:
        raise
    except MemoryError:
        raise DataError(f"{key!r} in {path} is larger than this machine's memory.") from None
    except Exception as error:
        if "pickle" in str(error) or "Object arrays" in str(error):
            raise DataError(
                f"{key!r} in {path} is a pickled object array, which could run any code and is "
                "not opened: save it as an array of numbers or of text."
            ) from error
        # zlib, zipfile and NumPy each have their own errors for the same broken file; what NumPy
        # says of a broken header shows its bytes.
        told = isinstance(error, OSError | zipfile.BadZipFile | zlib.error)
        reason = str(error) if told else "its header is damaged"
        raise DataError(
            f"{key!r} in {path} cannot be read: {reason}; look whether the file is whole."
        ) from error


def _checked_text(array: NDArray[Any], path: Path, key: str) -> NDArray[Any]:
    """The array, unless it is text of characters that do not exist, which Python cannot hold."""
    if array.dtype.kind == "U" and array.size and array.dtype.itemsize:
        flat = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("="), copy=False)
        codes = flat.reshape(-1).view(np.uint32)
        if bool(((codes > 0x10FFFF) | ((codes >= 0xD800) & (codes < 0xE000))).any()):
            raise DataError(
                f"{key!r} in {path} holds characters that do not exist; look whether the file is "
                "whole."
            )
    return array


def _check_claim(path: Path, key: str) -> None:
    """Refuse an array that claims to be larger than what is stored, before memory is taken.

    Raises:
        DataError: its header claims other bytes than the archive holds, or more than MAX_BYTES.
    """
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        member = archive.getinfo(key if key in names else f"{key}.npy")
        stored = member.file_size
        with archive.open(member) as file:
            version = np.lib.format.read_magic(file)
            read = (
                np.lib.format.read_array_header_1_0
                if version == (1, 0)
                else np.lib.format.read_array_header_2_0
            )
            shape, _, dtype = read(file)
            header = file.tell()
    claimed = math.prod(shape) * dtype.itemsize
    # Objects are pickled: their number says nothing of their bytes, and they are refused anyway.
    if not dtype.hasobject and claimed > stored - header:
        raise DataError(
            f"{key!r} in {path} claims {claimed:,} bytes and the archive holds {stored:,} of it: "
            "look whether the file is whole."
        )
    bomb = stored > SMALL and stored > MAX_RATIO * member.compress_size
    if bomb or claimed > MAX_BYTES:
        raise DataError(
            f"{key!r} in {path} would be unpacked to {stored:,} bytes from "
            f"{member.compress_size:,}, which no images are; it is not opened."
        )


def _find_pairs(path: Path, keys: Sequence[str]) -> dict[str, tuple[str, str | None]]:
    """{"all": (images' key, labels' key or None)}, or the same for "train" and "test"."""

    def find(suffix: str) -> tuple[str, str | None] | None:
        images = [key + suffix for key in IMAGE_KEYS if key + suffix in keys]
        labels = [key + suffix for key in LABEL_KEYS if key + suffix in keys]
        return (images[0], labels[0] if labels else None) if images else None

    pairs = {name: pair for name in SPLITS if (pair := find(f"_{name}"))}
    if not pairs and (pair := find("")):
        pairs = {"all": pair}
    if not pairs:
        raise DataError(
            f"{path} holds {', '.join(keys) or 'no arrays'}; wanted are images and labels as x "
            "and y, as x_test and y_test (and x_train and y_train), or as images and labels."
        )
    return pairs


def _choose(path: Path, present: tuple[str, ...], split: str | None) -> tuple[tuple[str, ...], str]:
    """(the splits that are opened, a note or "")."""
    if present == ("all",):
        note = f"{path.name} has no splits, so these are all its images."
        return present, "" if split in (None, "all") else note
    split = split or ("test" if "test" in present else "all")
    if split == "all":
        return present, ""
    if split not in present:
        raise DataError(
            f"{path} has no {split} images, only {' and '.join(present)}: choose that split, or "
            "all."
        )
    return (split,), ""


def _name_classes(
    path: Path,
    labels: NDArray[np.int64],
    found: tuple[str, ...] | None,
    columns: tuple[str, ...] = (),
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """(labels, class names): the file's own, else those in the labels, else the numbers."""
    count = int(labels.max(initial=0)) + 1
    if CLASS_NAMES_KEY not in read_keys(path):
        return labels, found or columns or tuple(str(number) for number in range(count))
    names = tuple(str(name) for name in as_text(read_member(path, CLASS_NAMES_KEY).reshape(-1)))
    if found is not None:
        unknown = sorted(set(found) - set(names))
        if unknown:
            raise DataError(
                f"{CLASS_NAMES_KEY!r} in {path} lacks the label {unknown[0]!r}: add it."
            )
        order = np.array([*(names.index(name) for name in found), UNLABELLED], np.int64)
        return order[labels], names
    if len(names) < count:
        raise DataError(
            f"{CLASS_NAMES_KEY!r} in {path} names {len(names)} classes, and the labels go up to "
            f"{count - 1}: name {count}."
        )
    return labels, names
