"""Images and labels in a NumPy archive (.npz), whose keys and number formats differ widely."""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.arrays import array_dataset, as_images, as_labels, as_text, concatenate
from data.dataset import Dataset
from util import DataError

IMAGE_KEYS = ("x", "X", "images", "data")
LABEL_KEYS = ("y", "Y", "labels", "label", "targets")
CLASS_NAMES_KEY = "class_names"
SPLITS = ("train", "test")


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
    pairs = _find_pairs(path, read_keys(path))
    chosen, note = _choose(path, tuple(pairs), split)
    images = {
        name: as_images(read_member(path, pairs[name][0]), path, pairs[name][0]) for name in chosen
    }
    # The labels of every split are read, so that a class has the same number in each.
    answers = [(read_member(path, key), key) for _, key in pairs.values()]
    labels, class_names = _name_classes(path, *as_labels(answers, path))
    bounds = np.cumsum([len(array) for array, _ in answers])[:-1]
    by_split = dict(zip(pairs, np.split(labels, bounds), strict=True))
    for name in chosen:
        if len(by_split[name]) != len(images[name]):
            raise DataError(
                f"{path} holds {len(images[name]):,} images under {pairs[name][0]!r} and "
                f"{len(by_split[name]):,} labels under {pairs[name][1]!r}; the numbers must agree."
            )
    return array_dataset(
        path.name,
        chosen[0] if len(chosen) == 1 else "all",
        concatenate(list(images.values()), path),
        np.concatenate([by_split[name] for name in chosen]),
        class_names,
        [f"{name}/{index}" for name in chosen for index in range(len(images[name]))],
        note,
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
        with np.load(path, allow_pickle=False) as archive:
            return tuple(archive.files)
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise DataError(f"{path} cannot be read: {error}; look whether it is whole.") from error


def read_member(path: Path, key: str) -> NDArray[Any]:
    """One array of a .npz file; the others are not read.

    Raises:
        DataError: it is broken, too large for the memory, or pickled.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            return np.asarray(archive[key])
    except MemoryError:
        raise DataError(f"{key!r} in {path} is larger than this machine's memory.") from None
    except Exception as error:
        if "pickle" in str(error) or "Object arrays" in str(error):
            raise DataError(
                f"{key!r} in {path} is a pickled object array, which could run any code and is "
                "not opened: save it as an array of numbers or of text."
            ) from error
        # zlib, zipfile and NumPy each have their own errors for the same broken file.
        raise DataError(
            f"{key!r} in {path} cannot be read: {error}; look whether the file is whole."
        ) from error


def _find_pairs(path: Path, keys: Sequence[str]) -> dict[str, tuple[str, str]]:
    """{"all": (images' key, labels' key)}, or the same for "train" and "test"."""

    def find(suffix: str) -> tuple[str, str] | None:
        images = [key + suffix for key in IMAGE_KEYS if key + suffix in keys]
        labels = [key + suffix for key in LABEL_KEYS if key + suffix in keys]
        return (images[0], labels[0]) if images and labels else None

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
    path: Path, labels: NDArray[np.int64], found: tuple[str, ...] | None
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """(labels, class names): the file's own, else those in the labels, else the numbers."""
    count = int(labels.max(initial=0)) + 1
    if CLASS_NAMES_KEY not in read_keys(path):
        return labels, found or tuple(str(number) for number in range(count))
    names = tuple(str(name) for name in as_text(read_member(path, CLASS_NAMES_KEY).reshape(-1)))
    if found is not None:
        unknown = sorted(set(found) - set(names))
        if unknown:
            raise DataError(
                f"{CLASS_NAMES_KEY!r} in {path} lacks the label {unknown[0]!r}: add it."
            )
        return np.array([names.index(name) for name in found], np.int64)[labels], names
    if len(names) < count:
        raise DataError(
            f"{CLASS_NAMES_KEY!r} in {path} names {len(names)} classes, and the labels go up to "
            f"{count - 1}: name {count}."
        )
    return labels, names
