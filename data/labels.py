"""Labels written as text, numbers or several at once, as numbers of classes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.arrays import MAX_CLASSES
from data.dataset import UNLABELLED
from util import DataError

SEPARATORS = "|;"
# Yes and no for each image and class, kept in memory.
MAX_TARGETS = 4 * 2**30


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels of N images.

    Attributes:
        numbers: int64, (N,), UNLABELLED where there is none.
        class_names: by number.
        targets: bool, (N, C), where images have several, else None.
    """

    numbers: NDArray[np.int64]
    class_names: tuple[str, ...]
    targets: NDArray[np.bool_] | None = None


def read_labels(text: NDArray[np.object_], names: NDArray[np.object_] | None, where: str) -> Labels:
    """Labels of images from a table's column.

    Whole numbers from 0 are the classes' numbers, whichever of them occur. Other labels are
    numbered in the order of their text, or of their value where all are numbers. Where a
    separator, | or ;, stands between labels that also occur in other places, images have several.

    Args:
        text: (N,), str; "" is no label, and so is -1 among numbers.
        names: (N,), the classes' names beside their numbers, or None.
        where: the column and its file, for messages.

    Raises:
        DataError: there are more than MAX_CLASSES classes.
    """
    import pandas as pd

    codes, found = pd.factorize(pd.Series(text, dtype=object), use_na_sentinel=True)
    distinct = [str(one) for one in found]
    numbers = _whole(distinct)
    if numbers is not None:
        return _numbered(codes, numbers, names, where)
    separator = _separator(distinct)
    parts = [
        [part.strip() for part in one.split(separator)] if separator else [one] if one else []
        for one in distinct
    ]
    parts = [[part for part in group if part] for group in parts]
    classes = sort_names({part for group in parts for part in group})
    _limit(len(classes), where)
    place = {name: number for number, name in enumerate(classes)}
    first = [place[group[0]] if group else UNLABELLED for group in parts]
    labels = np.array(first, np.int64)[codes]
    if separator is None:
        return Labels(labels, classes)
    if len(text) * len(classes) > MAX_TARGETS:
        raise DataError(
            f"{where} has several labels an image of {len(classes):,} classes for {len(text):,} "
            "images, more than is kept in memory: give fewer images or classes."
        )
    targets = np.zeros((len(distinct), len(classes)), np.bool_)
    for row, group in enumerate(parts):
        targets[row, [place[part] for part in group]] = True
    return Labels(labels, classes, targets[codes])


def sort_names(names: set[str]) -> tuple[str, ...]:
    """Names in the order of their text, or of their value where all are numbers."""
    try:
        if all(name.isascii() for name in names):
            return tuple(sorted(names, key=lambda name: (float(name), name)))
    except ValueError:
        pass
    return tuple(sorted(names))


def _whole(distinct: Sequence[str]) -> list[int] | None:
    """Labels as numbers of classes; None where one is something else."""
    numbers = []
    for label in distinct:
        plain = label.removesuffix(".0") if label else str(UNLABELLED)
        if not plain.isascii() or not plain.removeprefix("-").isdigit():
            return None
        # 007 is a name.
        if len(plain) > 1 and plain.startswith(("0", "-0")):
            return None
        # More digits than any class has.
        if len(plain) > 9:
            return None
        numbers.append(int(plain))
    fits = all(UNLABELLED <= number < MAX_CLASSES for number in numbers)
    return numbers if fits and max(numbers, default=-1) >= 0 else None


def _numbered(
    codes: NDArray[np.intp], numbers: list[int], names: NDArray[np.object_] | None, where: str
) -> Labels:
    labels = np.array(numbers, np.int64)[codes]
    count = int(labels.max()) + 1
    class_names = [str(number) for number in range(count)]
    if names is not None:
        for number, row in zip(*np.unique(labels, return_index=True), strict=True):
            if number >= 0 and names[row]:
                class_names[number] = str(names[row])
    if len(set(class_names)) < count:
        class_names = [str(number) for number in range(count)]
    return Labels(labels, tuple(class_names))


def _separator(distinct: Sequence[str]) -> str | None:
    """What stands between several labels of an image, or None."""
    used = [one for one in SEPARATORS if any(one in label for label in distinct)]
    if len(used) != 1:
        return None
    seen: dict[str, int] = {}
    for label in distinct:
        parts = [part.strip() for part in label.split(used[0])]
        if label and not all(parts):
            return None
        for part in set(parts):
            seen[part] = seen.get(part, 0) + 1
    several = [label for label in distinct if used[0] in label]
    again = any(seen[part.strip()] > 1 for label in several for part in label.split(used[0]))
    return used[0] if again else None


def _limit(count: int, where: str) -> None:
    if count > MAX_CLASSES:
        raise DataError(
            f"{where} has {count:,} different labels, more than the {MAX_CLASSES:,} classes that "
            "a network can have: choose a column that says what the images show."
        )
