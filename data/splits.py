"""Which images are opened where several splits are known."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from util import DataError


def choose_split(
    name: str, present: Collection[str], split: str | None
) -> tuple[tuple[str, ...], str, str]:
    """Which of a dataset's splits are opened.

    Args:
        name: of the dataset.
        present: "train", "val", "test" and whatever others it has; none when it has no splits.
        split: "train", "test", "all", or None for "test" where there is one, else validation
            images, else all.

    Returns:
        The splits; what they are called together; a note or "".

    Raises:
        DataError: that split is not there.
    """
    if not present:
        note = f"{name} has no splits, so these are all its images."
        return (), "all", "" if split in (None, "all") else note
    order = ("train", "val", "test")
    present = [one for one in order if one in present] + [x for x in present if x not in order]
    if split == "all" or (split is None and not {"test", "val"} & set(present)):
        return tuple(present), "all", ""
    split = split or "test"
    if split in present:
        return (split,), split, ""
    if split == "test" and "val" in present:
        return ("val",), split, f"{name} has no test images, so these are for validation."
    raise DataError(
        f"{name} has no {split} images, only {' and '.join(present)}: choose that split, or all."
    )


def choose_rows(
    name: str, parts: NDArray[np.object_] | None, split: str | None, count: int
) -> tuple[NDArray[np.int64], str, str]:
    """(rows that are opened, what they are called together, a note or "").

    Args:
        name: of the dataset.
        parts: (N,), the split of each row, "" for none of them; None when there are no splits.
        split: as for `choose_split`.
        count: N.

    Raises:
        DataError: that split is not there.
    """
    everything = np.arange(count, dtype=np.int64)
    known = () if parts is None else set(parts.tolist())
    present = [one for one in ("train", "val", "test") if one in known]
    chosen, called, note = choose_split(name, present, split)
    if parts is None or called == "all":
        return everything, called, note
    return np.flatnonzero(np.isin(parts.astype(str), chosen)).astype(np.int64), called, note
