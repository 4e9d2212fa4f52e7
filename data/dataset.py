"""A labelled set of images, the same whatever it was read from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.images import ImageSource

# The label of an image that has none.
UNLABELLED = -1


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An image that could not be read, and so is not in the dataset.

    Attributes:
        id: its name, as `Dataset.ids` would have it.
        reason: in a few words.
    """

    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """N images, with labels where there are some, and what is known about them.

    Attributes:
        name: "mnist", or the name of the folder or file.
        split: "test", "train", or "all" when there are no splits or all were asked for.
        images: the N images, read when asked for.
        labels: int64, (N,), 0 to C-1, or UNLABELLED.
        class_names: the C names, by label.
        ids: N unique names of images: "test/0", or a path relative to the folder.
        total: number of images before a limit, M >= N.
        note: "" or one sentence or more that the user should read.
        fingerprint: hex digest of all that results depend on; equal datasets have equal ones.
        columns: further facts by image, such as a manifest's: name -> (N,) of bool, int64,
            float64 or str (as objects); the names are Python identifiers in lower case.
        targets: bool, (N, C), where images have several labels; `labels` then holds the first.
        left_out: images that could not be read.
    """

    name: str
    split: str
    images: ImageSource
    labels: NDArray[np.int64]
    class_names: tuple[str, ...]
    ids: Sequence[str]
    total: int
    note: str
    fingerprint: str
    columns: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    targets: NDArray[np.bool_] | None = None
    left_out: tuple[LeftOut, ...] = ()

    def __post_init__(self) -> None:
        count = len(self.images)
        assert count > 0
        assert self.labels.shape == (count,)
        assert self.labels.dtype == np.int64
        assert self.labels.min() >= UNLABELLED
        assert self.labels.max() < len(self.class_names)
        assert len(self.ids) == count
        assert self.total >= count
        assert all(column.shape == (count,) for column in self.columns.values())
        assert self.targets is None or self.targets.shape == (count, len(self.class_names))

    def __len__(self) -> int:
        return len(self.images)

    @property
    def num_classes(self) -> int:
        return len(self.class_names)

    @property
    def is_labelled(self) -> bool:
        """At least one image has a label."""
        return bool(self.labels.max() > UNLABELLED)
